-- LuaSocket's functions, from an address and a port of one's own.
local server <close> = assert(socket.bind("localhost", 0, 5))
local _, port = assert(server:getsockname())

thread.spawn(function()
  local _ <close> = server
  local conn, ip, from = assert(server:accept())
  local _ <close> = conn
  print("from", ip, from)
  assert(conn:send("welcome\n"))
end)

local client <close> =
  assert(socket.connect("127.0.0.1", port, "127.0.0.1", 99))
local again = client:connect_ex("127.0.0.1", port)
print("client", again, assert(client:receive()))
