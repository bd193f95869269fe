-- LuaSocket's names for options, set before and after there is a descriptor.
local sweep = require("sweep")

local function set(s, options)
  for name, value in pairs(options) do
    assert(s:setoption(name, value))
  end
end

local function check(s, options)
  for name, value in pairs(options) do
    local got, message = s:getoption(name)
    assert(got == value, message)
  end
end

local TCP = { keepalive = true, reuseaddr = true, ["tcp-nodelay"] = true }
local UDP = { broadcast = true, ["ip-multicast-ttl"] = 3,
  ["ip-multicast-loop"] = false }

sweep.step(function()
  local s <close> = socket.tcp()
  set(s, TCP)
  assert(s:setoption("linger", { on = true, timeout = 2 }))
  assert(s:bind("127.0.0.1", 0))
  check(s, TCP)
  local linger = assert(s:getoption("linger"))
  assert(linger.on == true and linger.timeout == 2)
  assert(s:getoption("error") == nil)
end)

sweep.step(function()
  local s <close> = assert(socket.udp4())
  set(s, UDP)
  check(s, UDP)
end)
