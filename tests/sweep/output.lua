-- Standard output and files.
local sweep = require("sweep")

sweep.step(function()
  print("one", 2, {})
  io.write("three", 4, "\n")
  io.stdout:write(("x"):rep(2000), "\n")
  assert(io.stdout:setvbuf("line"))
  print("flushed")
  assert(io.stdout:setvbuf("full", 100))
  assert(io.stdout:flush() and io.flush())
end)

sweep.step(function()
  local file <close> = assert(io.tmpfile())
  assert(file:write("line\n", 12, "\n"))
  assert(file:seek("set", 0) == 0)
  assert(file:read("l") == "line" and file:read("n") == 12)
  assert(file:seek("set"))
  for line in file:lines() do
    assert(line == "line" or line == "12")
  end
  assert(file:close())
end)
