-- A UDP echo server as a user of netbox writes it.

local server = socket.udp()
assert(server:bind("127.0.0.1", 0))
local _, port = server:getsockname()
print(port)

while true do
  local data, ip, from = assert(server:recvfrom(65536))
  assert(server:sendto(data, ip, from))
end
