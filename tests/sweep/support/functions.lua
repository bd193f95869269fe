-- Finds all that a script can call; note(name, f) is told of each function:
-- those in the golden list of names, by their paths, and those of the classes,
-- as "socket:accept" and "socket.__close". Finalizers are not among them: Lua
-- calls no hook for them.

local note = ...

-- The value of a path, whose names may have hyphens: "_G.a.keep-open".
local function value_of(path)
  local code = path:gsub("%.(%w+%-[%w-]+)", "['%1']")
  return assert(load("return " .. code))()
end

for line in io.lines("tests/golden/globals.out") do
  local path = line:match("^(.+): function$")
  if path then
    note(path, value_of(path))
  end
end

local function note_all(prefix, functions)
  for name, f in pairs(functions) do
    if type(f) == "function" and name ~= "__gc" then
      note(prefix .. name, f)
    end
  end
end

note_all("string.", debug.getmetatable(""))
for name, class in pairs(debug.getregistry()) do
  if type(class) == "table" and class.__name == name then
    note_all(name .. ".", class)
    local methods = class.methods or class.__index
    note_all(name .. ":", type(methods) == "table" and methods or {})
  end
end
