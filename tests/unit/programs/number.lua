-- Python's way to connect, which returns a number.
local server <close> = assert(socket.bind("127.0.0.1", 0))
local _, port = assert(server:getsockname())

thread.spawn(function()
  local _ <close> = server
  local conn <close> = assert(server:accept())
  assert(conn:sendall("number\n"))
end)

local client <close> = socket.tcp()
local number, code = client:connect_ex("127.0.0.1", port)
if number ~= 0 then
  io.stderr:write("handled: (", code, ", connect_ex)\n")
  return
end
print("client", number, assert(client:receive()))
