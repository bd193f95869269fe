-- Threads by the dozen, each of which spawns another.
local sweep = require("sweep")

local function chain(depth, value)
  if depth == 0 then
    return value
  end
  local t = sweep.go(chain, depth - 1, value)
  local _, result = assert(t:join())
  return result
end

sweep.step(function()
  local all = {}
  for i = 1, 12 do
    all[i] = sweep.go(chain, 2, i)
  end
  for i = 1, 12 do
    assert(select(2, all[i]:join()) == i)
  end
end)
