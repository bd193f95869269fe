-- More than a connection takes at once: the sender waits.
local sweep = require("sweep")

local DATA = ("0123456789abcdef"):rep(30000)

local function drain(conn)
  local size = 0
  while size < #DATA do
    size = size + #assert(conn:recv())
  end
  assert(conn:send("thanks"))
end

sweep.step(function()
  local near <close>, far = sweep.pair()
  sweep.go(drain, far)
  assert(near:sendall(DATA))
  assert(assert(near:receive(6)) == "thanks")
end)

sweep.step(function()
  local near <close>, far = sweep.pair()
  assert(assert(near:send("abcdef", 2, 4)) == 4)
  assert(assert(far:recv()) == "bcd")
  assert(near:settimeout(0.001))
  local last, message, sent, code
  repeat
    last, message, sent, code = near:send(DATA)
  until last == nil
  assert(code == "ETIMEDOUT", message)
  assert(sent < #DATA)
end)

sweep.step(function()
  local near <close>, far = sweep.pair()
  assert(near:shutdown("both"))
  local last, message, sent, code = near:send("late")
  assert(last == nil and code == "EPIPE", message)
  assert(sent == 0 and far:close())
end)
