-- TCP: bind, listen, accept, connect, their results and how they fail.
-- netbox: --allow-listen --allow-net=0.0.0.0

local socket = require("socket")
local same = require("same")
local show = same.show

-- Where a socket is, but for the port, which is never the same.
local function place(s)
  local ip, port = same.address(s)
  return ip, port > 0, select(3, s:getsockname())
end

-- A port on which nobody listens, kept from others.
local deaf = socket.tcp()
deaf:bind("127.0.0.1", 0)
local _, deaf_port = deaf:getsockname()

-- Step by step.
local server = socket.tcp()
show("a new socket has no descriptor", server:getfd())
show("bind", server:bind("127.0.0.1", 0))
show("its address", place(server))
show("a descriptor", server:getfd() >= 0)
show("listen", server:listen())
local ip, port = server:getsockname()
local client = socket.tcp()
show("connect", client:connect(ip, port))
client:connect(ip, port) -- the system itself says once more that it is
show("connect again", client:connect(ip, port))
local conn = server:accept() -- netbox tells who it is, too
show("accept", conn)
show("a port as a string", socket.connect(ip, tostring(port)))
show("accept it", (server:accept()))
show("the peer of the client", client:getpeername() == ip)
show("the peer of the one accepted",
  same.address(conn, "getpeername") == same.address(client))
show("the families", select(3, conn:getpeername()),
  select(3, client:getsockname()))

show("the family", server:getfamily(), client:getfamily(),
  conn:getfamily())

-- In one step.
local other = socket.bind("127.0.0.1", 0)
show("socket.bind", other)
show("its address", place(other))
local _, other_port = other:getsockname()
show("bind to the same address", socket.bind("127.0.0.1", other_port))
show("all interfaces", place(socket.bind("*", 0)))
show("a name", place(socket.bind("localhost", 0)))
show("an address of nobody here", socket.bind("192.0.2.1", 0))
show("IPv6", place(socket.bind("::1", 0)))
show("no such name", socket.bind("no such name", 0))
local from = socket.connect("127.0.0.1", other_port, "127.0.0.1", 0)
show("from an address", place(from))
show("from an address of nobody here",
  socket.connect("127.0.0.1", other_port, "192.0.2.1", 0))
for _, family in ipairs({ "inet", "unspec" }) do
  show("family " .. family,
    socket.connect("127.0.0.1", other_port, nil, nil, family))
end
show("connect4", socket.connect4("localhost", other_port))
same.raised("another family", socket.connect, "127.0.0.1", other_port, nil,
  nil, "inet5")

-- Refused, and names.
show("refused", socket.connect("127.0.0.1", deaf_port))
show("refused by method", socket.tcp():connect("127.0.0.1", deaf_port))
show("no such name", socket.connect("no such name", 80))
show("no such name by method", socket.tcp():connect("no such name", 80))
show("a name too long", socket.tcp():connect(("x"):rep(300), 80))
show("bind to what is taken", socket.tcp():bind("127.0.0.1", other_port))
show("bind to nobody's address", socket.tcp():bind("192.0.2.1", 0))
local twice = socket.tcp()
show("bind", twice:bind("127.0.0.1", 0))
show("bind again", twice:bind("127.0.0.1", 0))
same.raised("no host by method", client.connect, socket.tcp())
same.raised("bind without a host", client.bind, socket.tcp())

-- Without waiting.
local hasty = socket.tcp()
hasty:settimeout(0)
show("at first", hasty:connect("127.0.0.1", other_port))
socket.select(nil, { hasty }, 10)
show("then", hasty:connect("127.0.0.1", other_port))
show("and again", hasty:connect("127.0.0.1", other_port))

-- Closed.
for name, s in pairs({ client = client, server = other }) do
  same.show("close", s:close())
  same.show("close again", s:close())
  assert(s:getfd() == -1, name)
end
show("accept, closed", other:accept())

-- The other half.
local near, far = same.pair()
show("shutdown of sending", near:shutdown("send"))
show("the peer sees the end", far:receive("*a"))
show("and can answer", far:send("answer\n"))
show("which arrives", near:receive())
show("sending is over", near:send("x"))
show("shutdown of receiving", near:shutdown("receive"))
show("shutdown of both", far:shutdown("both"))
same.raised("another way", near.shutdown, near, "x")
near, far = same.pair()
show("both is what is left out", near:shutdown())
show("and so it is", far:receive())

-- What a socket is called.
for _, make in ipairs({ "tcp", "tcp4", "tcp6", "udp", "udp4", "udp6" }) do
  local s = socket[make]()
  show(make, s, s:getfd() >= 0, s:getfamily())
  s:close()
  show("closed", s)
end
