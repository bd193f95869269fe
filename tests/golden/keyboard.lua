-- Two threads that read lines in turn, and the rest of the input.

local function reader(name)
  for _ = 1, 2 do
    local line = input(name .. "> ")
    print(repr(line))
  end
end

local one = thread.spawn(reader, "one")
local two = thread.spawn(reader, "two")
one:join()
two:join()
print(io.read("n", "l"))
print(repr(io.read("a")))
print(repr(input("end> ")))
