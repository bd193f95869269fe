-- Relays: both directions, much and little, broken off and begun again.
local sweep = require("sweep")

local TEXT = ("0123456789abcdef"):rep(40000)

-- Whoever fails closes: the relay would wait for the others for ever.
local function closing(f)
  return function(s, ...)
    local ok, err = pcall(f, s, ...)
    if not ok then
      s:close()
      error(err, 0)
    end
  end
end

local talk = closing(function(s)
  assert(s:sendall(TEXT))
  assert(s:shutdown("send"))
end)

local listen = closing(function(s)
  assert(#assert(s:receive("*a")) == #TEXT)
end)

local relay_back = closing(function(to, from)
  assert(socket.relay(from, to))
end)

sweep.step(function()
  local near <close>, a = sweep.pair()
  local b, far = socket.socketpair()
  assert(b, far)
  local _ <close> = a
  local _ <close> = b
  local _ <close> = far
  sweep.go(talk, near)
  sweep.go(talk, far)
  local listeners = { sweep.go(listen, near), sweep.go(listen, far) }
  local there, back = socket.relay(a, b)
  assert(there == #TEXT and back == #TEXT, back)
  for _, t in ipairs(listeners) do
    t:join()
  end
end)

sweep.step(function()
  local near <close>, a = sweep.pair()
  local _ <close> = a
  local b, far = socket.socketpair()
  assert(b, far)
  local _ <close> = b
  local _ <close> = far
  local talker = sweep.go(talk, near)
  assert(a:settimeout(0.01))
  assert(b:settimeout(0.01))
  local there, message, code = socket.relay(a, b) -- nobody reads
  assert(there == nil and code == "ETIMEDOUT", message)
  a:settimeout(nil)
  assert(#assert(a:receive(100000)) == 100000)
  talker:cancel()
end)

sweep.step(function()
  local a, b = socket.socketpair()
  assert(a, b)
  local c, d = socket.socketpair()
  assert(c, d)
  assert(a:sendall("hello"))
  local relay = sweep.go(relay_back, c, b)
  assert(d:recv() == "hello")
  relay:cancel()
  relay:join()
  local ok = pcall(socket.relay, b, b)
  assert(not ok)
  for _, s in ipairs { a, b, c, d } do
    s:close()
  end
end)
