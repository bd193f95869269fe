-- Standard input, which the sweep feeds with five lines. What was read is
-- gone: a step that is tried again goes on behind it.
local sweep = require("sweep")

local function read_all(next_line, ...)
  while next_line(...) do
    thread.yield()
  end
end

sweep.step(function()
  local line = input("name? ")
  assert(line == nil or #line > 5)
end)

sweep.step(function()
  io.read("n", "n", "l")
end)

sweep.step(function()
  local reader = sweep.go(input)
  local other = sweep.go(io.read, 5)
  reader:join()
  other:join()
  read_all(io.lines())
  read_all(io.stdin.read, io.stdin, "L")
  assert(io.stdin:lines(4)() == nil)
  local text, message = io.read("a")
  assert(assert(text, message) == "")
  text, message = input()
  assert(text == nil, message)
end)
