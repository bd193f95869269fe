-- An echo server in one loop: each line goes back to who sent it. It ends when
-- somebody says "shutdown".
--
--     echo_server.lua HOST PORT

local socket = require("socket")

local host, port = ...
local server = assert(socket.bind(host, port))
server:settimeout(0)
print("listening on " .. table.concat({ server:getsockname() }, ":", 1, 2))
io.stdout:flush()

local clients = {}
local input, output = {}, {} -- of each client: what is not whole, not sent
local running = true

local function join(client)
  client:settimeout(0)
  table.insert(clients, client)
  input[client], output[client] = "", ""
end

local function leave(client)
  client:close()
  for i, other in ipairs(clients) do
    if other == client then table.remove(clients, i) end
  end
  input[client], output[client] = nil, nil
end

local function read(client)
  local line, problem, part = client:receive("*l", input[client])
  if line then
    input[client] = ""
    output[client] = output[client] .. line .. "\n"
    running = running and line ~= "shutdown"
  elseif problem == "timeout" then
    input[client] = part
  else
    leave(client)
  end
end

local function write(client)
  local data = output[client]
  local last, problem, sent = client:send(data)
  if last or problem == "timeout" then
    output[client] = data:sub((last or sent) + 1)
  else
    leave(client)
  end
end

local function writers()
  local list = {}
  for _, client in ipairs(clients) do
    if output[client] ~= "" then table.insert(list, client) end
  end
  return list
end

while running or #writers() > 0 do
  local readers = { server, table.unpack(clients) }
  local readable, writable = socket.select(readers, writers())
  for _, s in ipairs(readable) do
    if s ~= server then
      read(s)
    else
      local client = server:accept()
      if client then join(client) end
    end
  end
  for _, s in ipairs(writable) do
    if output[s] then write(s) end
  end
end

for _, client in ipairs(clients) do client:close() end
server:close()
print("good-bye")
