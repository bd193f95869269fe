-- Programs written for LuaSocket, each in a thread: two servers and their
-- clients. They run as they are; only print is another, which keeps what they
-- say until all have ended.

local FOLDER = arg[0]:match("^(.*/)[^/]*$") .. "programs/"

-- A program that runs: its thread, what it has said, and a queue of its ports.
local function start(name, ...)
  local program = { name = name, lines = {}, ports = thread.queue() }
  local function say(text)
    local line, ports = text:gsub("127%.0%.0%.1:(%d+)", function(port)
      program.ports:put(port)
      return "127.0.0.1:PORT"
    end)
    assert(ports <= 1)
    table.insert(program.lines, name .. ": " .. line)
  end
  local environment = setmetatable({ print = say }, { __index = _G })
  local chunk = assert(loadfile(FOLDER .. name .. ".lua", "t", environment))
  program.thread = thread.spawn({ name = name }, chunk, ...)
  return program
end

local function finish(program)
  assert(program.thread:join())
  print(table.concat(program.lines, "\n"))
end

local MEMBERS = 3

local echo_server = start("echo_server", "127.0.0.1", 0)
local chat_server = start("chat_server", "127.0.0.1", 0, MEMBERS)
local echo_port, chat_port = echo_server.ports:get(), chat_server.ports:get()

local clients = {}
for member = 1, MEMBERS do
  table.insert(clients,
    start("chat_client", "127.0.0.1", chat_port, MEMBERS, member))
end
for _ = 1, 2 do
  table.insert(clients,
    start("echo_client", "127.0.0.1", echo_port, "one", "two"))
end
for _, client in ipairs(clients) do assert(client.thread:join()) end
finish(start("echo_client", "127.0.0.1", echo_port, "shutdown"))

finish(echo_server)
finish(chat_server)
for _, client in ipairs(clients) do finish(client) end
