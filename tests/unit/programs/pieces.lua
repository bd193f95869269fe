-- Pieces up to a delimiter, one of them too long.
local server <close> = assert(socket.bind("127.0.0.1", 0))
local _, port = assert(server:getsockname())

thread.spawn(function()
  local _ <close> = server
  local conn <close> = assert(server:accept())
  assert(conn:sendall("first;;se"))
  assert(conn:sendall("cond;;much too lo"))
  timer.sleep(0.1)
  assert(conn:sendall("ng;;last;;"))
end)

local client <close> = assert(socket.connect("127.0.0.1", port))
print("piece", assert(client:recvuntil(";;")))
print("piece", assert(client:recvuntil(";;", 20)))
local _, message, code = client:recvuntil(";;", 5)
assert(code == "EMSGSIZE", message)
print("long", assert(client:recvuntil(";;")))
print("piece", assert(client:recvuntil(";;")))
