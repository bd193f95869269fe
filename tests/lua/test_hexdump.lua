-- hexdump shows bytes as offset, hex and text.

local check = require("check")

local function lines(s)
  local list = {}
  for line in hexdump(s):gmatch("[^\n]+") do
    table.insert(list, line)
  end
  return list
end

check.case("a line has the offset, the bytes and their text", function()
  local line = lines("Hello\r\n\0")[1]
  check.ok(line:find("^0+%f[%s]"), line)
  check.has(line:lower(), "48 65 6c 6c 6f 0d 0a 00")
  check.has(line, "Hello...")
end)

check.case("sixteen bytes are a line", function()
  check.equal(#lines(("x"):rep(16)), 1)
  check.equal(#lines(("x"):rep(17)), 2)
  check.equal(#lines(("x"):rep(256)), 16)
end)

check.case("the offset is that of the line's first byte", function()
  local list = lines(("x"):rep(300))
  for i, line in ipairs(list) do
    check.equal(tonumber(line:match("^%x+"), 16), (i - 1) * 16)
  end
end)

check.case("nothing in it can move a terminal's cursor", function()
  local all = {}
  for byte = 0, 255 do
    all[byte + 1] = string.char(byte)
  end
  local dump = hexdump(table.concat(all))
  check.ok(not dump:find("[^\n\32-\126]"))
end)

check.case("the text column of a short line stands where it did", function()
  local list = lines("0123456789abcdefXYZ")
  local column = list[1]:find("0123456789abcdef", 1, true)
  check.equal(list[2]:find("XYZ", 1, true), column)
end)

check.case("of no bytes there is no line", function()
  check.equal(#lines(""), 0)
end)

check.case("hexdump takes a string", function()
  check.raises("bad argument #1 to 'hexdump'", function()
    hexdump({})
  end)
  check.raises("bad argument #1 to 'hexdump'", function()
    hexdump()
  end)
end)
