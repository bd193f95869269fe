-- UTF-8, made and taken apart.
local sweep = require("sweep")

sweep.step(function()
  local text = {}
  for code = 0x400, 0x47F do
    table.insert(text, utf8.char(code, 0x20AC))
  end
  local joined = table.concat(text)
  assert(utf8.len(joined) == 256 and utf8.codepoint(joined, 1) == 0x400)
  assert(utf8.offset(joined, 3) == 6)
  local count = 0
  for _ in utf8.codes(joined) do
    count = count + 1
  end
  assert(count == 256 and joined:match(utf8.charpattern) == utf8.char(0x400))
end)
