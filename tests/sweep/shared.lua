-- One socket, several threads: two readers in turn, a writer meanwhile.
local sweep = require("sweep")

local function read(conn, n)
  local data, message = conn:receive(n)
  return assert(data, message)
end

sweep.step(function()
  local near <close>, far = sweep.pair()
  local first = sweep.go(read, near, 3)
  local second = sweep.go(read, near, 3)
  local writer = sweep.go(near.sendall, near, "meanwhile")
  thread.yield()
  assert(far:send("onetwo"))
  assert(select(2, first:join()) == "one")
  assert(select(2, second:join()) == "two")
  assert(select(2, writer:join()) == true)
  assert(read(far, 9) == "meanwhile")
end)
