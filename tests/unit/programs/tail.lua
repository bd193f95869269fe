-- A last line without its end, in a stream that ends.
local server <close> = assert(socket.bind("127.0.0.1", 0))
local _, port = assert(server:getsockname())

thread.spawn(function()
  local _ <close> = server
  local conn <close> = assert(server:accept())
  assert(conn:sendall("dos\r\nunix\nnone"))
end)

local client <close> = assert(socket.connect("127.0.0.1", port))
for line in client:lines() do
  print("line", line)
end
local _, message, code = client:recv()
assert(code == "EOF", message)
print("end")
