-- The servers as a user of netbox writes them: `server.lua KIND [SECONDS]`.
-- SECONDS is the time-out of each connection. The port is the first line.

local kind, seconds = arg[1], tonumber(arg[2])

local function listen()
  local server = socket.tcp()
  assert(server:bind("127.0.0.1", 0))
  assert(server:listen(128))
  local _, port = server:getsockname()
  print(port)
  return server
end

local function echo(conn)
  while true do
    local data = conn:recv(65536)
    if not data then
      break
    end
    conn:sendall(data)
  end
  conn:close()
end

local function echo_lines(conn)
  conn:setoption("tcp-nodelay", true)
  while true do
    local line = conn:receive("*l")
    if not line then
      break
    end
    conn:sendall(line .. "\n")
  end
  conn:close()
end

local function pump(from, to)
  while true do
    local data = from:recv(65536)
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
  local server = listen()
  while true do
    local conn = assert(server:accept())
    if seconds then
      conn:settimeout(seconds)
    end
    thread.spawn(echo, conn)
  end
end

function serve.lines()
  local server = listen()
  while true do
    thread.spawn(echo_lines, assert(server:accept()))
  end
end

-- Of every two clients each gets what the other one sends.
function serve.proxy()
  local server = listen()
  while true do
    local one = assert(server:accept())
    local other = assert(server:accept())
    thread.spawn(pump, one, other)
    thread.spawn(pump, other, one)
  end
end

local function relay(one, other)
  socket.relay(one, other)
  one:close()
  other:close()
end

-- The same without a loop.
function serve.relay()
  local server = listen()
  while true do
    thread.spawn(relay, assert(server:accept()), assert(server:accept()))
  end
end

function serve.udp()
  local server = socket.udp()
  assert(server:bind("127.0.0.1", 0))
  local _, port = server:getsockname()
  print(port)
  while true do
    local data, ip, from = assert(server:recvfrom(65536))
    assert(server:sendto(data, ip, from))
  end
end

serve[kind]()
