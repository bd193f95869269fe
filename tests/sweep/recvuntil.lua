-- Up to a delimiter, which may come late, or not at all.
local sweep = require("sweep")

local function talk(conn)
  for _, piece in ipairs { "ne=v", "alue", ";", "and a longer one;" } do
    assert(conn:sendall(piece))
    thread.yield()
  end
end

sweep.step(function()
  local near <close>, far = sweep.pair()
  assert(far:setoption("tcp-nodelay", true))
  sweep.go(talk, far)
  assert(assert(near:recvuntil("=")) == "ne")
  assert(assert(near:recvuntil(";", 100)) == "value")
  local data, message, code = near:recvuntil(";", 5)
  assert(data == nil and code == "EMSGSIZE", message)
  assert(assert(near:recvuntil(";")) == "and a longer one")
  assert(far:close())
  data, message, code = near:recvuntil(";")
  assert(data == nil and code == "EOF", message)
end)
