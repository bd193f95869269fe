-- Whoever only looks at a socket sees what there is to see.
local server <close> = assert(socket.bind("127.0.0.1", 7))
local client <close> = assert(socket.connect("127.0.0.1", 7))
local conn <close> = assert(server:accept())
for _, s in ipairs { server, client, conn } do
  assert(tostring(s):find("^tcp "))
  assert(s:fileno() > 2)
end
local list = socket.sockets()
print("sockets", #list)
for _, entry in ipairs(list) do
  assert(entry.fd > 2 and entry.type == "tcp" and entry.family == "inet")
end
