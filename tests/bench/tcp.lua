-- A TCP echo server as a user of netbox writes it, a thread for each
-- connection.

local function echo(conn)
  while true do
    local data = conn:recv(65536)
    if not data then
      break
    end
    conn:sendall(data)
  end
  conn:close()
end

local server = socket.tcp()
assert(server:bind("127.0.0.1", 0))
assert(server:listen(128))
local _, port = server:getsockname()
print(port)

while true do
  local conn = assert(server:accept())
  thread.spawn(echo, conn)
end
