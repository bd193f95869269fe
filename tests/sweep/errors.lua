-- Errors of every kind, passed on and shown.
local sweep = require("sweep")

sweep.step(function()
  local ok, err = pcall(error, { code = 1 })
  assert(not ok and (type(err) ~= "table" or err.code == 1))
  if type(err) == "string" then
    error(err, 0)
  end
  local fine, shown = xpcall(error, debug.traceback, "boom")
  assert(not fine)
  if not shown:find("boom", 1, true) then
    error(shown, 0)
  end
end)

-- Each level of the handlers fails in its turn.
sweep.step(function()
  local function fail(depth)
    local _ <close> = setmetatable({}, { __close = function(_, err)
      error(err, 0)
    end })
    if depth == 0 then
      error("deep", 0)
    end
    fail(depth - 1)
  end
  local ok, err = pcall(fail, 20)
  assert(not ok)
  if err ~= "deep" then
    error(err, 0)
  end
  local _, message = load("x = =")
  if not message:find("unexpected", 1, true) then
    error(message, 0)
  end
end)

sweep.step(function()
  local info = debug.getinfo(1)
  assert(info.currentline == 40 and info.short_src:find("errors.lua", 1, true))
  assert(debug.getinfo(print).what == "C")
end)
