-- Many clients and no thread: one loop around select.
--
-- select says which of the sockets have something to do. The server echoes.
-- While it owes a client something it does not read from it, so that one which
-- never reads what it is sent delays nobody else.
--
--   netbox examples/select_server.lua          at 127.0.0.1, port 12345
--   netbox examples/tcp_hey.lua client 127.0.0.1 12345
--                                              a client, in another terminal
--
-- HOST and PORT may be given. The program is written for LuaSocket: lua5.4 runs
-- it as well, where LuaSocket is installed. In C and in Python it is the loop
-- around select() of many books.

local socket = require("socket")

local host, port = arg[1] or "127.0.0.1", arg[2] or 12345
local listener = assert(socket.bind(host, port))
local owed = {} -- for each client, what it is still to be sent

local function say(client, what)
  print(("client %d %s"):format(client:getfd(), what))
end

local function welcome(client)
  client:settimeout(0)
  owed[client] = ""
  say(client, "is here")
end

local function goodbye(client)
  say(client, "has gone")
  owed[client] = nil
  client:close()
end

local function read(client)
  local data, problem, partial = client:receive(4096)
  owed[client] = data or partial
  if owed[client] == "" and problem ~= "timeout" then goodbye(client) end
end

local function write(client)
  local sent, problem, partial = client:send(owed[client])
  owed[client] = owed[client]:sub((sent or partial) + 1)
  if problem and problem ~= "timeout" then goodbye(client) end
end

-- Who is waited for: to read from, and to write to.
local function waiting()
  local reads, writes = { listener }, {}
  for client, data in pairs(owed) do
    local list = data == "" and reads or writes
    list[#list + 1] = client
  end
  return reads, writes
end

listener:settimeout(0) -- a client may give up before it is accepted
print(("listening on %s:%d"):format(listener:getsockname()))
while true do
  local readable, writable = socket.select(waiting())
  for _, ready in ipairs(readable) do
    if ready ~= listener then
      read(ready)
    else
      local client = listener:accept()
      if client then welcome(client) end
    end
  end
  for _, client in ipairs(writable) do
    write(client)
  end
end
