-- The servers on luv, in coroutines: `server.lua KIND`.

package.path = arg[0]:gsub("[^/]*$", "?.lua;") .. package.path

local tasks = require("tasks")

local function echo(conn)
  while true do
    local data = conn:recv()
    if not data then
      break
    end
    conn:sendall(data)
  end
  conn:close()
end

local function echo_lines(conn)
  conn.handle:nodelay(true)
  local rest = ""
  while true do
    local data = conn:recv()
    if not data then
      break
    end
    local from = 1
    data = rest .. data
    for line, after in data:gmatch("([^\n]*\n)()") do
      conn:sendall(line)
      from = after
    end
    rest = data:sub(from)
  end
  conn:close()
end

local function pump(from, to)
  while true do
    local data = from:recv()
    if not data then
      break
    end
    to:sendall(data)
  end
  from:close()
  to:close()
end

local serve = {}

function serve.tcp()
  print(tasks.listen(function(conn)
    tasks.spawn(echo, conn)
  end))
end

function serve.lines()
  print(tasks.listen(function(conn)
    tasks.spawn(echo_lines, conn)
  end))
end

function serve.proxy()
  local waiting
  print(tasks.listen(function(conn)
    if not waiting then
      waiting = conn
      return
    end
    tasks.spawn(pump, waiting, conn)
    tasks.spawn(pump, conn, waiting)
    waiting = nil
  end))
end

function serve.udp()
  local sock, port = tasks.datagrams()
  print(port)
  tasks.spawn(function()
    while true do
      sock:sendto(sock:recvfrom())
    end
  end)
end

serve[arg[1]]()
io.flush()
tasks.run()
