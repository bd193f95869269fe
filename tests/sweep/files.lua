-- Files by name: written, read as data and as chunks, renamed, removed.
local sweep = require("sweep")

local first, second = "/etc/file", "/etc/file.lua" -- in the sweep's memory

local function write(path, text)
  local file <close> = assert(io.open(path, "w"))
  assert(file:write(text))
  assert(file:close())
end

sweep.step(function()
  write(first, "return ...\n")
  os.remove(second)
  assert(os.rename(first, second))
  local chunk, message = loadfile(second, "t", {})
  assert(chunk, message)
  assert(chunk(7) == 7 and dofile(second) == nil)
  assert(package.searchpath("file", "/etc/?.lua") == second)
  for line in io.lines(second) do
    assert(line == "return ...")
  end
end)

sweep.step(function()
  local input, output = io.input(), io.output()
  local _ <close> = setmetatable({}, { __close = function()
    io.input(input)
    io.output(output)
  end })
  write(second, "a line\n")
  io.output(second)
  assert(tostring(io.output()):find("^file %("))
  assert(io.close())
  io.input(second)
  assert(io.type(io.input()) == "file")
  assert(io.input():close() and io.type(io.input()) == "closed file")
end)

sweep.step(function()
  assert(os.remove(os.tmpname()))
end)
