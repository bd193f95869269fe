-- Tables: filled, moved, sorted, joined, unpacked.
local sweep = require("sweep")

sweep.step(function()
  local t = {}
  for i = 1, 200 do
    table.insert(t, 1, i)
  end
  table.sort(t)
  assert(t[1] == 1 and table.remove(t) == 200 and #t == 199)
  assert(#table.move(t, 1, 199, 200) == 398)
  assert(#table.concat(t, ",") > 1000)
  local packed = table.pack(table.unpack(t, 1, 8))
  assert(packed.n == 8)
end)

sweep.step(function()
  local t = setmetatable({}, { __index = function(_, k)
    return { k }
  end, __len = function()
    return 3
  end, __pairs = function(t)
    return next, { t }
  end })
  assert(#t == 3 and rawlen(t) == 0 and t.x[1] == "x")
  for _, inner in pairs(t) do
    assert(rawequal(inner, t) and rawget(inner, 1) == nil)
  end
  for i, v in ipairs { "a" } do
    assert(i == 1 and v == "a")
  end
  assert(type(getmetatable(rawset(t, 1, {}))) == "table" and next(t) == 1)
end)
