-- The servers on LuaSocket: `server.lua KIND`. Threads are coroutines, and one
-- loop round socket.select resumes those whose socket is ready. select stops
-- at 1,024 sockets.

local socket = require("socket")

local reads, writes = {}, {} -- sockets, and by socket the coroutine that waits

local function wait(list, sock)
  list[#list + 1] = sock
  list[sock] = coroutine.running()
  coroutine.yield()
end

-- Forgets the socket at `index` and resumes who waited for it.
local function wake(list, index)
  local sock = list[index]
  local co = list[sock]
  list[index] = list[#list]
  list[#list] = nil
  list[sock] = nil
  assert(coroutine.resume(co))
end

local function wake_ready(list, ready)
  for i = #list, 1, -1 do
    if ready[list[i]] then
      wake(list, i)
    end
  end
end

local function run()
  while true do
    local readable, writable = socket.select(reads, writes)
    wake_ready(reads, readable)
    wake_ready(writes, writable)
  end
end

local function spawn(f, ...)
  assert(coroutine.resume(coroutine.create(f), ...))
end

local function recv(conn)
  while true do
    local data, message, partial = conn:receive(65536)
    if data or partial ~= "" then
      return data or partial
    elseif message ~= "timeout" then
      return nil
    end
    wait(reads, conn)
  end
end

local function sendall(conn, data)
  local last, message, sent = conn:send(data)
  while not last and message == "timeout" do
    wait(writes, conn)
    last, message, sent = conn:send(data, sent + 1)
  end
  return last
end

local function pump(from, to)
  while true do
    local data = recv(from)
    if not data or not sendall(to, data) then
      break
    end
  end
  from:close()
  to:close()
end

local function echo(conn)
  pump(conn, conn)
end

local function echo_lines(conn)
  local begin = ""
  while true do
    local line, message, partial = conn:receive("*l", begin)
    if line then
      begin = ""
      sendall(conn, line .. "\n")
    elseif message == "timeout" then
      begin = partial
      wait(reads, conn)
    else
      break
    end
  end
  conn:close()
end

-- Without Nagle's algorithm, which would hold back the rest of long messages.
local function accept(server)
  while true do
    local conn = server:accept()
    if conn then
      conn:settimeout(0)
      conn:setoption("tcp-nodelay", true)
      return conn
    end
    wait(reads, server)
  end
end

local function listen()
  local server = assert(socket.bind("127.0.0.1", 0, 128))
  server:settimeout(0)
  local _, port = server:getsockname()
  print(port)
  io.flush()
  return server
end

local serve = {}

function serve.tcp()
  local server = listen()
  while true do
    spawn(echo, accept(server))
  end
end

function serve.lines()
  local server = listen()
  while true do
    spawn(echo_lines, accept(server))
  end
end

function serve.proxy()
  local server = listen()
  while true do
    local one, other = accept(server), accept(server)
    spawn(pump, one, other)
    spawn(pump, other, one)
  end
end

function serve.udp()
  local sock = socket.udp()
  assert(sock:setsockname("127.0.0.1", 0))
  sock:settimeout(0)
  local _, port = sock:getsockname()
  print(port)
  io.flush()
  while true do
    local data, ip, from = sock:receivefrom(65536)
    if data then
      sock:sendto(data, ip, from)
    else
      wait(reads, sock)
    end
  end
end

spawn(serve[arg[1]])
run()
