-- Prints every name that is reachable from _G, through fields and metatables:
-- the list beside it is what a script has. What it does not list, no script
-- gets; whoever adds a name adds it there, and can say why it is harmless.

local queue = {} -- of paths and values; what is near is looked at first
local seen = {}
local lines = {}

-- What has no name for a key is no library's.
local function names_of(value)
  local names = {}
  for key in next, value do
    names[#names + 1] = type(key) == "string" and key or nil
  end
  table.sort(names)
  return names
end

local function add(path, value)
  queue[#queue + 1] = { path = path, value = value }
end

local function look_at(path, value)
  if seen[value] then
    lines[#lines + 1] = path .. " = " .. seen[value]
    return
  end
  lines[#lines + 1] = path .. ": " .. (math.type(value) or type(value))
  if type(value) == "table" then
    seen[value] = path
    for _, name in ipairs(names_of(value)) do
      add(path .. "." .. name, value[name])
    end
  end
  local class = type(value) ~= "string" and getmetatable(value)
  if class then
    add("getmetatable(" .. path .. ")", class)
  end
end

local netbox = require("netbox")
add("_G", _G)
add("getmetatable('')", getmetatable(""))
for _, name in ipairs { "roles", "socket.unix" } do
  add("require('" .. name .. "')", require(name))
end
add("require('netbox')", netbox)
local at = 0
while queue[at + 1] do
  at = at + 1
  look_at(queue[at].path, queue[at].value)
end
table.sort(lines)
print(table.concat(lines, "\n"))
