-- recvfrom on a stream, and all the names of its ends.
local server <close> = assert(socket.bind("127.0.0.1", 7))
local client <close> = assert(socket.connect("127.0.0.1", 7, nil))
local conn <close>, ip = assert(server:accept())
assert(client:send("data"))
print("accept", ip)
local data = ""
repeat
  data = data .. assert(conn:recvfrom(3))
until #data == 4
print("data", data)
print("peer", assert(client:getpeername()))
print("own", assert(conn:getsockname()))
