-- Two ends of one TCP connection over loopback.
--
--   local near, far = pair()
--   local near, far = pair(65536)   -- with small buffers on the way to far
--
-- The ends are closed by the case that asked for them, or by the collector.

return function(size)
  local server <close> = assert(socket.bind("127.0.0.1", 0))
  local near = socket.tcp()
  if size then
    server:setoption("recv-buffer-size", size)
    near:setoption("send-buffer-size", size)
  end
  local ip, port = server:getsockname()
  assert(near:connect(ip, port))
  return near, assert(server:accept())
end
