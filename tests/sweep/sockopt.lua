-- Options by Python's constants: kept for later, as integers, as bytes.
local sweep = require("sweep")

sweep.step(function()
  local s <close> = socket.tcp()
  assert(s:setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1))
  assert(s:setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, true))
  local linger = string.pack("ii", 1, 5)
  assert(s:setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger))
  assert(s:bind("127.0.0.1", 0))
  local level = socket.SOL_SOCKET
  assert(assert(s:getsockopt(level, socket.SO_KEEPALIVE)) == 1)
  assert(assert(s:getsockopt(level, socket.SO_LINGER, 8)) == linger)
  local ok, message, code = s:getsockopt(level, 9999)
  assert(ok == nil and code == "ENOPROTOOPT", message)
end)
