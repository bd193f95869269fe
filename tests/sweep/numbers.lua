-- Arithmetic, and numbers as texts.
local sweep = require("sweep")

local one = { "abs", "acos", "asin", "atan", "ceil", "cos", "deg", "exp",
  "floor", "log", "modf", "rad", "sin", "sqrt", "tan", "tointeger", "type" }

-- From earlier versions, where they are left.
local old = { "pow", "ldexp", "frexp", "log10", "cosh", "sinh", "tanh",
  "atan2" }

sweep.step(function()
  for _, name in ipairs(one) do
    assert(select("#", math[name](1)) > 0, name)
  end
  for _, name in ipairs(old) do
    assert(not math[name] or math[name](1, 1))
  end
  assert(math.max(1, 2) == 2 and math.min(1, 2) == 1 and math.fmod(5, 3) == 2)
  assert(math.ult(1, -1))
  math.randomseed(1)
  assert(math.random(3) <= 3)
  assert(tonumber("0x1p4") == 16 and tostring(2^53) == "9.007199254741e+15")
end)

sweep.step(function()
  assert(os.time { year = 2020, month = 1, day = 1 } > 0)
  assert(#os.date("%Y-%m-%d") == 10 and os.date("*t").year > 2000)
  assert(os.difftime(2, 1) == 1 and os.clock() >= 0)
  os.getenv("HOME")
end)

-- What is no numeral is refused by the string's own method.
sweep.step(function()
  local ten, two = "10", "2"
  assert(ten + 1 == 11 and ten - two == 8 and ten * two == 20)
  assert(ten / two == 5 and ten // "3" == 3 and ten % "4" == 2)
  assert(ten ^ two == 100 and -ten == -10)
end)
