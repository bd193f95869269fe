-- Values as text.
local sweep = require("sweep")

sweep.step(function()
  local list = { 1, 2.5, "it's\n", name = "Ada", [true] = { {} } }
  list.list = list
  local text = repr(list)
  local copy = assert(load("return " .. repr { "a", b = { 1 } }))()
  assert(copy[1] == "a" and copy.b[1] == 1)
  assert(text:find("<cycle>", 1, true) and text:find("'Ada'", 1, true))
  assert(repr(print):find("function", 1, true))
end)

sweep.step(function()
  local dump = hexdump(("netbox\0\255"):rep(10))
  assert(select(2, dump:gsub("\n", "\n")) == 4)
  assert(dump:find("netbox..", 1, true))
end)
