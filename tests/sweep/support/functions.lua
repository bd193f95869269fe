-- Finds what netbox's libraries and Lua's offer; note(name, f) is told of each
-- function.
-- Names are as a script writes them: "socket.bind", "socket:accept".

local note = ...
local seen = {}

local function walk(name, value)
  if type(value) == "function" then
    note(name, value)
  elseif type(value) == "table" and not seen[value] then
    seen[value] = true
    for key, inner in pairs(value) do
      if type(key) == "string" then
        walk(name .. "." .. key, inner)
      end
    end
    local class = debug.getmetatable(value)
    if class and class.__call then
      note(name .. "()", class.__call)
    end
  end
end

for name, library in pairs(require("netbox")) do
  walk(name, library)
end
for _, name in ipairs { "coroutine", "math", "string", "table", "utf8" } do
  walk(name, _G[name])
end
for _, name in ipairs { "collectgarbage", "error", "getmetatable", "ipairs",
  "load", "next", "pairs", "pcall", "rawequal", "rawget", "rawlen", "rawset",
  "select", "setmetatable", "tonumber", "tostring", "type", "warn",
  "xpcall" } do
  note(name, _G[name])
end
for _, name in ipairs { "clock", "date", "difftime", "getenv", "time" } do
  note("os." .. name, os[name])
end
note("require", require)
note("io.read", io.read)
note("io.lines", io.lines)

for name, class in pairs(debug.getregistry()) do
  local is_class = type(name) == "string" and type(class) == "table"
  if is_class and type(class.__index) == "table" then
    for method, f in pairs(class.__index) do
      note(name .. ":" .. method, f)
    end
  end
end
