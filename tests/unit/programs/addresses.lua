-- What is behind a name, and behind an address.
print("name", assert(socket.gethostbyname("one.test")))
print("back", (assert(socket.gethostbyaddr("192.0.2.1"))))
print("number", assert(socket.getnameinfo("192.0.2.9", 49151)))
local list = assert(socket.getaddrinfo("two.test", 80, nil,
  socket.SOCK_STREAM))
for _, entry in ipairs(list) do
  print("entry", entry.addr, entry.port)
end
