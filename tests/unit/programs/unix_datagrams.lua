-- Datagrams between two paths.
local left <close> = assert(socket.unix.dgram())
local right <close> = assert(socket.unix.dgram())
assert(left:bind("/run/left"))
assert(right:bind("/run/right"))
left:settimeout(1)
right:settimeout(1)
for i = 1, 2 do
  assert(left:sendto("there " .. i, "/run/right"))
  local data, path = right:recvfrom()
  assert(data, path)
  print("right", data, path)
  assert(right:sendto("back " .. i, path))
  print("left", assert(left:recvfrom()))
end
assert(left:setpeername("/run/right"))
assert(left:send("to my peer"))
print("right", assert(right:receive()))
