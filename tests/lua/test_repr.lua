-- repr shows a value as Lua source; what has one reads back to its equal.

local check = require("check")

local function same(a, b)
  if type(a) ~= "table" then
    return a == b and math.type(a) == math.type(b)
  end
  for key, value in pairs(a) do
    if not same(value, b[key]) then
      return false
    end
  end
  return true
end

-- The source that repr makes of v reads back to a value like v.
local function reads_back(v)
  local source = repr(v)
  local f = assert(load("return " .. source, source, "t"))
  check.ok(same(v, f()) and same(f(), v), source)
end

check.case("strings are in single quotes where possible", function()
  check.equal(repr("Hello, world"), "'Hello, world'")
  check.equal(repr("it's"), [["it's"]])
  check.equal(repr([[say "hi"]]), [['say "hi"']])
  check.equal(repr([[it's "both"]]), [['it\'s "both"']])
  check.equal(repr(""), "''")
end)

check.case("control characters are escaped", function()
  check.equal(repr("a\nb\tc\rd\\e\0f"), [['a\nb\tc\rd\\e\0f']])
  local text = repr(("\0\1\27\127\x80\xff"):rep(2))
  check.ok(not text:find("[\0-\31\127-\xff]"), text)
end)

check.case("text in UTF-8 stays readable", function()
  check.equal(repr("Grüße, 世界"), "'Grüße, 世界'")
end)

check.case("strings of every byte read back", function()
  for byte = 0, 255 do
    for _, after in ipairs({ "", "0", "a", "'", '"', "\xc2\x80" }) do
      reads_back(string.char(byte) .. after)
    end
  end
end)

check.case("numbers keep their kind", function()
  check.equal(repr(42), "42")
  check.equal(repr(-0), "0")
  check.equal(repr(1.0), "1.0")
  check.equal(repr(0.1), "0.1")
  check.equal(repr(1e100), "1e+100")
  local numbers = {
    0, -1, math.maxinteger, math.mininteger, 1 / 3, 2 ^ 53, -0.5, 1e-300,
    math.huge, -math.huge, math.pi, 123456789.125,
  }
  for _, n in ipairs(numbers) do
    reads_back(n)
  end
  check.equal(1 / load("return " .. repr(-0.0))(), -math.huge)
  local nan = load("return " .. repr(0 / 0))()
  check.ok(nan ~= nan)
end)

check.case("nil and booleans are their words", function()
  check.equal(repr(nil), "nil")
  check.equal(repr(true), "true")
  check.equal(repr(false), "false")
end)

check.case("tables read back: sequences, records, both, nested", function()
  check.equal(repr({}), "{}")
  check.equal(repr({ 1, "two", { 3 } }), "{1, 'two', {3}}")
  check.equal(repr({ b = 2, a = 1 }), "{a = 1, b = 2}")
  check.equal(repr({ 10, x = 1 }), "{10, x = 1}")
  check.equal(repr({ ["end"] = 1 }), "{['end'] = 1}")
  reads_back({ 1, nil, 3, [10] = "ten", [-1] = "minus", [1.5] = 1.5 })
  reads_back({ ["a b"] = 1, [""] = 2, [true] = 3, ["1"] = 4 })
  reads_back({ { { { "deep" } } }, list = { {}, { {} } } })
end)

check.case("a table inside itself does not go round for ever", function()
  local t = { name = "t" }
  t.self = t
  check.has(repr(t), "name = 't'")
  local shared = {}
  reads_back({ shared, shared })
end)

check.case("depth is no limit", function()
  local t = {}
  for _ = 1, 10000 do
    t = { t }
  end
  check.equal(#repr(t), 2 * 10001)
end)

check.case("what has no source stands as tostring says it", function()
  for _, v in ipairs({ print, thread.self(), io.stdout }) do
    check.has(repr(v), tostring(v))
  end
  local s <close> = socket.tcp()
  check.has(repr(s), tostring(s))
end)

check.case("tables are read raw: no metamethod runs", function()
  local t = setmetatable({ 1 }, {
    __index = error,
    __pairs = error,
    __len = error,
    __eq = error,
  })
  check.equal(repr(t), "{1}")
end)

check.case("repr needs a value", function()
  check.raises("bad argument #1 to 'repr'", repr)
end)
