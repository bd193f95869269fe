-- The servers on cqueues: `server.lua KIND`. It has no recvfrom that tells the
-- sender, so a datagram socket is LuaSocket's, on which cqueues polls.

local cqueues = require("cqueues")
local socket = require("cqueues.socket")

local loop = cqueues.new()

local function listen()
  local server = assert(socket.listen({ host = "127.0.0.1", port = 0 }))
  assert(server:listen())
  local _, _, port = server:localname()
  print(port)
  io.flush()
  return server
end

-- Without Nagle's algorithm, which would hold back the rest of long messages.
local function accept(server)
  local conn = assert(server:accept({ nodelay = true }))
  conn:setmode("bn", "bn")
  conn:onerror(function(_, _, code)
    return code
  end)
  return conn
end

local function pump(from, to)
  while true do
    local data = from:read(-65536)
    if not data then
      break
    end
    to:write(data)
  end
  to:shutdown("w")
end

local function echo(conn)
  pump(conn, conn)
  conn:close()
end

local function echo_lines(conn)
  for line in conn:lines("*L") do
    conn:write(line)
  end
  conn:close()
end

local serve = {}

function serve.tcp()
  local server = listen()
  while true do
    loop:wrap(echo, accept(server))
  end
end

function serve.lines()
  local server = listen()
  while true do
    loop:wrap(echo_lines, accept(server))
  end
end

function serve.proxy()
  local server = listen()
  while true do
    local one = accept(server)
    local other = accept(server)
    loop:wrap(pump, one, other)
    loop:wrap(pump, other, one)
  end
end

function serve.udp()
  local sock = require("socket").udp()
  assert(sock:setsockname("127.0.0.1", 0))
  sock:settimeout(0)
  local _, port = sock:getsockname()
  print(port)
  io.flush()
  local readable = { pollfd = sock:getfd(), events = "r" }
  while true do
    local data, ip, from = sock:receivefrom(65536)
    if data then
      sock:sendto(data, ip, from)
    else
      cqueues.poll(readable)
    end
  end
end

loop:wrap(serve[arg[1]])
assert(loop:loop())
