-- The open sockets of this program, as "lsof -i -n" shows them.
--
-- A server and a client run in it: there is the listening socket, and each of
-- the two ends of the connection.
--
--   netbox examples/open_sockets.lua
--
-- Recreates "Communication Breakdown" of "Socket Programming in Python
-- (Guide)".

local TYPE = { inet = "IPv4", inet6 = "IPv6" }

local function server(listener)
  local conn <close> = assert(listener:accept())
  assert(conn:sendall("Hello, world"))
  conn:recv() -- until the client has gone
end

local function show(s)
  local name = s.laddr .. ":" .. s.lport
  if s.raddr then
    name = name .. "->" .. s.raddr .. ":" .. s.rport
  end
  print(("%3du %s %s  %s (%s)"):format(s.fd, TYPE[s.family], s.type:upper(),
    name, s.state:upper()))
end

local listener <close> = assert(socket.bind("127.0.0.1", 0))
local ip, port = listener:getsockname()
thread.spawn({ name = "server", daemon = true }, server, listener)
local client <close> = assert(socket.connect(ip, port))
assert(client:recv())

print(" FD  TYPE NODE NAME")
for _, s in ipairs(socket.sockets()) do
  show(s)
end
