-- netbox: --allow-native
-- Prints what --allow-native adds to globals.out; and the methods of every
-- class of userdata, which no script without it can list.

dofile("tests/golden/globals.lua")

local methods = {}
for name, class in pairs(debug.getregistry()) do
  if type(class) == "table" and class.__name == name then
    for key in pairs(class) do
      methods[#methods + 1] = name .. "." .. key
    end
    local index = class.methods or class.__index
    for key in pairs(type(index) == "table" and index or {}) do
      methods[#methods + 1] = name .. ":" .. key
    end
  end
end
table.sort(methods)
print(table.concat(methods, "\n"))
