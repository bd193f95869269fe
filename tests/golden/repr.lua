-- Values as repr shows them.

local loop = { name = "loop" }
loop.itself = loop

local values = {
  "Hello, world", "it's", 'say "hi"', "both ' and \"", "", "tab\tnew\nline",
  "\0\0001\27[31m\127\xff", "Grüße", "back\\slash",
  0, -7, 1.0, 0.1, -0.0, 1e15, 1e16, 1e100, 2 ^ 53, 1 / 3,
  math.maxinteger, math.mininteger, math.huge, -math.huge, 0 / 0,
  true, false,
  {}, { 1, 2, 3 }, { x = 1, y = { "deep", { "er" } } },
  { 1, nil, 3 }, { "list", key = "value", ["two words"] = 2 },
  { [true] = "yes", [2.5] = "half", [-1] = "minus", ["end"] = 0 },
  loop,
}

for _, value in ipairs(values) do
  print(repr(value))
end
print(repr(nil))
print(repr(setmetatable({}, {
  __tostring = function()
    return "a thing"
  end,
})))
