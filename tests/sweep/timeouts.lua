-- Both modes of a socket's time-out.
local sweep = require("sweep")

local function drip(conn)
  for _ = 1, 100 do
    timer.sleep(0.001)
    assert(conn:send("."))
  end
end

sweep.step(function()
  local near <close>, far = sweep.pair()
  assert(near:settimeout(0.002))
  assert(near:settimeout(0.005, "t"))
  local each, total = near:gettimeout()
  assert(each == 0.002 and total == 0.005)
  assert(far:setoption("tcp-nodelay", true))
  sweep.go(drip, far)
  local data, message, partial, code = near:receive(1000)
  assert(data == nil and code == "ETIMEDOUT", message)
  assert(#partial < 1000)
end)

sweep.step(function()
  local near <close>, far = sweep.pair()
  assert(near:settimeout(0))
  local data, message, code = near:recv()
  assert(data == nil and code == "EAGAIN", message)
  assert(near:settimeout(-1))
  assert(far:send("now"))
  assert(assert(near:recv()) == "now")
end)
