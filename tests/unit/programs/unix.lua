-- Lines over an address that is a path.
local server <close> = assert(socket.unix())
assert(server:bind("/run/echo"))
assert(server:listen())

thread.spawn(function()
  local _ <close> = server
  local conn <close> = assert(server:accept())
  for line in conn:lines() do
    assert(conn:sendall(line:reverse() .. "\n"))
  end
end)

local client <close> = assert(socket.unix.stream())
assert(client:connect("/run/echo"))
for _, word in ipairs { "drawer", "live" } do
  assert(client:sendall(word .. "\n"))
  print("client", assert(client:receive()))
end
print("peer", assert(client:getpeername()))
