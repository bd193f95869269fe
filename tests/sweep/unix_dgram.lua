-- Unix sockets for datagrams, and a queue that is full.
local sweep = require("sweep")

sweep.step(function()
  local server <close> = assert(socket.unix.dgram())
  assert(server:setsockname(""))
  local client <close> = assert(socket.unix.udp())
  assert(client:bind(""))
  assert(client:sendto("hello", server:getsockname()))
  local data, name = server:recvfrom()
  assert(data, name)
  assert(data == "hello" and name == client:getsockname())
  assert(server:sendto("there", name))
  assert(assert(client:receivefrom()) == "there")
end)

sweep.step(function()
  local server <close> = assert(socket.unix.dgram())
  assert(server:bind(""))
  local client <close> = assert(socket.unix.dgram())
  assert(client:setpeername(server:getsockname()))
  assert(client:settimeout(0.001))
  local last, message, _, code
  repeat
    last, message, _, code = client:send("one more")
  until last == nil
  assert(code == "ETIMEDOUT", message)
  assert(assert(server:recv()) == "one more")
end)
