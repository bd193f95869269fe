-- Sockets that nobody has any more make room for new ones.
local server = assert(socket.bind("127.0.0.1", 7))
for i = 1, 3 do
  local client = assert(socket.connect("127.0.0.1", 7))
  local conn = assert(server:accept())
  assert(conn:send(i .. "\n"))
  print("client", assert(client:receive()))
end
assert(socket.udp4())
server = assert(socket.udp4())
server:close()
