-- Nothing ever waits but the clock.
local function poll(f, ...)
  for _ = 1, 1000 do
    local values = table.pack(f(...))
    if values[1] then
      return table.unpack(values, 1, values.n)
    end
    local code = values[values.n]
    if code == "EISCONN" then
      return true
    end
    if code ~= "EAGAIN" and code ~= "EINPROGRESS" and code ~= "EALREADY" then
      return nil, values[2], code
    end
    timer.sleep(0.001)
  end
  return nil, "timeout"
end

local server <close> = assert(socket.bind("127.0.0.1", 0))
local _, port = assert(server:getsockname())
server:settimeout(0)

thread.spawn(function()
  local _ <close> = server
  local conn <close> = assert(poll(server.accept, server))
  conn:settimeout(0)
  print("server", assert(poll(conn.recvuntil, conn, "\n")))
  assert(poll(conn.sendall, conn, "pong\n"))
end)

local client <close> = assert(socket.tcp4())
client:settimeout(0)
assert(poll(client.connect, client, "127.0.0.1", port))
assert(poll(client.sendall, client, "ping\n"))
print("client", assert(poll(client.recvuntil, client, "\n")))
