-- Texts: found, replaced, formatted, packed, of lengths that need a buffer.
local sweep = require("sweep")

local long = ("0123456789"):rep(300)

-- Few results at a time: a stack that cannot grow is another error.
sweep.step(function()
  assert(#(long .. "x"):rep(3, ",") == 9005)
  assert(long:reverse():upper():lower():sub(-1) == "0" and long:len() == 3000)
  assert(string.char(long:byte(1, 8)) == long:sub(1, 8))
  assert(string.format("%q %5.1f %s", "a\n", 1.25, long):find(long, 1, true))
end)

sweep.step(function()
  local text, count = long:gsub("%d", { ["7"] = "seven" })
  assert(count == 3000 and #text == 4200)
  assert(select("#", long:find("(1)(2)")) == 4 and long:match("9(0)") == "0")
  local sum = 0
  for digit in long:gmatch("%d%d") do
    sum = sum + tonumber(digit)
  end
  assert(sum == 300 * (1 + 23 + 45 + 67 + 89))
end)

sweep.step(function()
  local packed = string.pack("<s4 i8 z", long, -1, "end")
  assert(#packed == string.packsize("<i4 i8") + 3000 + 4)
  local text, number, last = string.unpack("<s4 i8 z", packed)
  assert(text == long and number == -1 and last == "end")
  assert(#string.dump(sweep.step) > 0)
end)
