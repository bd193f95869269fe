-- A chat of so many: what one says is sent to all. It tells everybody how many
-- have come, and ends when all have left.
--
--     chat_server.lua HOST PORT MEMBERS

local socket = require("socket")

local host, port, expected = ...
local server = assert(socket.bind(host, port))
print("listening on " .. table.concat({ server:getsockname() }, ":", 1, 2))
io.stdout:flush()

local members = {}
local come, left = 0, 0

local function tell(text)
  for _, member in ipairs(members) do member:send(text .. "\n") end
end

local function welcome()
  local member = server:accept()
  table.insert(members, member)
  come = come + 1
  tell("members " .. come)
end

local function listen_to(member)
  local line = member:receive()
  if line then
    tell(line)
    return
  end
  for i, other in ipairs(members) do
    if other == member then table.remove(members, i) end
  end
  member:close()
  left = left + 1
end

while left < tonumber(expected) do
  for _, s in ipairs((socket.select({ server, table.unpack(members) }))) do
    if s == server then welcome() else listen_to(s) end
  end
end
server:close()
print("all have left")
