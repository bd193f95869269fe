-- A guest of chat_server: waits until all are there, says hello, and leaves
-- when everybody has. It prints who said hello.
--
--     chat_client.lua HOST PORT MEMBERS NAME

local socket = require("socket")

local host, port, expected, name = ...
local conn = assert(socket.tcp())
assert(conn:connect(host, port))
conn:settimeout(0)

local part = ""

-- The next line; looks after other things while there is none.
local function next_line()
  for _ = 1, 2000 do
    local line, problem, rest = conn:receive("*l", part)
    if line then
      part = ""
      return line
    end
    assert(problem == "timeout", problem)
    part = rest
    socket.select({ conn }, nil, 0.01)
  end
  error("nobody says anything")
end

repeat until next_line() == "members " .. expected
conn:send(name .. " says hello\n")

local greetings = {}
while #greetings < tonumber(expected) do
  local line = next_line()
  if line:find("says hello") then table.insert(greetings, line) end
end
conn:close()
table.sort(greetings)
print(table.concat(greetings, "\n"))
