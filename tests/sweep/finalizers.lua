-- Objects that the collector ends, and how it is driven.
local sweep = require("sweep")

sweep.step(function()
  local ended, made = 0, 50
  for _ = 1, made do
    setmetatable({}, { __gc = function()
      ended = ended + 1
    end })
  end
  collectgarbage()
  collectgarbage("step")
  assert(collectgarbage("count") > 0)
  assert(ended == made, "some were not ended")
end)

sweep.step(function()
  local weak = setmetatable({}, { __mode = "v" })
  weak[1] = {}
  collectgarbage()
  assert(weak[1] == nil)
end)
