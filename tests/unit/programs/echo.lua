-- Lines there and back.
local server <close> = assert(socket.bind("127.0.0.1", 0))
local _, port = assert(server:getsockname())

thread.spawn(function()
  local _ <close> = server
  local conn <close> = assert(server:accept())
  for line in conn:lines() do
    print("server", line)
    assert(conn:sendall(line .. "\n"))
  end
end)

local client <close> = assert(socket.connect("127.0.0.1", port))
for i = 1, 3 do
  assert(client:sendall("line " .. i .. "\n"))
  print("client", assert(client:receive()))
end
