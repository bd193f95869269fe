-- A loop over the lines of a connection, the last one without an end.
local sweep = require("sweep")

local function dictate(conn)
  for i = 1, 5 do
    assert(conn:send("line " .. i .. "\r\n"))
    thread.yield()
  end
  assert(conn:send("the end"))
  assert(conn:close())
end

sweep.step(function()
  local near <close>, far = sweep.pair()
  assert(far:setoption("tcp-nodelay", true))
  sweep.go(dictate, far)
  local lines = {}
  for line in near:lines() do
    table.insert(lines, line)
  end
  assert(#lines == 6 and lines[5] == "line 5" and lines[6] == "the end")
end)
