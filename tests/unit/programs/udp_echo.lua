-- A server of datagrams goes on whatever happens to one of them.
local server <close> = assert(socket.udp4())
assert(server:setsockname("127.0.0.1", 7))
assert(server:settimeout(3))

thread.spawn(function()
  local _ <close> = server
  for _ = 1, 4 do
    local data, ip, port = server:recvfrom()
    local ok, code = data, port
    if data then
      ok, _, code = server:sendto(data:upper(), ip, port)
    end
    if not ok then
      io.stderr:write("handled: (", code, ", server)\n")
    end
  end
end)

local client <close> = assert(socket.udp4())
client:settimeout(1)
for i = 1, 4 do
  assert(client:sendto("word " .. i, "127.0.0.1", 7))
  local data, _, code = client:recvfrom()
  if not data then
    io.stderr:write("handled: (", code, ", client)\n")
  else
    print("client", data)
  end
end
