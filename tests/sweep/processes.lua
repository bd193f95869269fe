-- Other processes, and the end of this one.
local sweep = require("sweep")

sweep.step(function()
  assert(os.execute())
  assert(os.execute("true"))
  local pipe <close> = assert(io.popen("echo a line"))
  assert(pipe:read() == "a line")
  assert(pipe:close())
  assert(os.setlocale() == "C")
end)

sweep.step(function()
  local event = thread.event()
  require("roles").run { both = function() event:set() end }
  assert(event:is_set())
end)

local _ <close> = setmetatable({}, { __close = function()
  print("closed")
end })
os.exit(true, true)
