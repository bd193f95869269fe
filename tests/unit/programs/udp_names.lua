-- Datagrams to a name, which is looked up each time.
local server <close> = socket.udp()
assert(server:bind("*", 7))
server:settimeout(1)
local client <close> = socket.udp()
for i = 1, 3 do
  assert(client:sendto("number " .. i, "one.test", 7))
  print("server", assert(server:receive()))
end
