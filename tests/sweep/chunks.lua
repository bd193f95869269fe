-- Chunks that are compiled while the program runs.
local sweep = require("sweep")

sweep.step(function()
  local lines = { "local t = {}" }
  for i = 1, 100 do
    lines[i + 1] = ("t[%d] = function(...) return %d, ... end"):format(i, i)
  end
  lines[#lines + 1] = "return t"
  local index = 0
  local chunk, message = load(function()
    index = index + 1
    return lines[index] and lines[index] .. "\n"
  end, "=chunks", "t", {})
  assert(chunk, message)
  assert(chunk()[100](2) == 100)
  warn("@off")
end)
