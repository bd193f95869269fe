-- A name with two addresses: nobody listens at the first.
local server <close> = assert(socket.bind("*", 7))

thread.spawn(function()
  local _ <close> = server
  local conn <close> = assert(server:accept())
  assert(conn:sendall("hello\n"))
end)

print("address", assert(socket.gethostbyname("one.test")))
local client <close> = socket.tcp()
assert(client:connect("two.test", 7))
print("client", assert(client:receive()))
