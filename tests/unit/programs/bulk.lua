-- More bytes than the network holds: the sender waits for the reader.
local data = {}
for i = 1, 2000 do
  data[i] = string.format("%05d", i)
end
data = table.concat(data)

local server <close> = assert(socket.bind("127.0.0.1", 0))
local _, port = assert(server:getsockname())

thread.spawn(function()
  local _ <close> = server
  local conn <close> = assert(server:accept())
  assert(conn:sendall(data))
end)

local client <close> = assert(socket.connect("127.0.0.1", port))
local got = 0
while got < #data do
  local piece = assert(client:recv(3000))
  assert(piece == data:sub(got + 1, got + #piece), "not what was sent")
  got = got + #piece
end
print("received", got)
