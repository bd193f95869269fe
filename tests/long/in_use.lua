-- The bytes that Lua has in use for what is alive. A cycle of the collector
-- halves the table of strings if it is too large by far: hence so many.

local CYCLES = 10

return function()
  for _ = 1, CYCLES do
    collectgarbage()
  end
  return math.tointeger(collectgarbage("count") * 1024)
end
