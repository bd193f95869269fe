-- LTN12's ends of a pipe.
local sweep = require("sweep")

sweep.step(function()
  local near <close>, far = sweep.pair()
  local sink = socket.sink("close-when-done", far)
  for _, chunk in ipairs { "one ", "two ", "three" } do
    assert(sink(chunk))
  end
  assert(sink(nil))
  local source, text = socket.source("until-closed", near), ""
  repeat
    local chunk, message = source()
    assert(chunk or not message, message)
    text = text .. (chunk or "")
  until chunk == nil
  assert(text == "one two three")
end)

sweep.step(function()
  local near <close>, far = sweep.pair()
  local sink = socket.sink(far)
  assert(sink("1234567") and sink(nil) and far:fileno() >= 0)
  local source = socket.source("by-length", near, 5)
  local chunk, message = source()
  assert(assert(chunk, message) == "12345" and source() == nil)
  assert(far:close())
  source = socket.source(near)
  chunk, message = source()
  assert(assert(chunk, message) == "67" and source() == nil)
end)

sweep.step(function()
  local near <close>, far = sweep.pair()
  assert(socket.sinkt.default(far)("x"))
  assert(far:close())
  assert(assert(socket.sourcet.default(near)()) == "x")
end)
