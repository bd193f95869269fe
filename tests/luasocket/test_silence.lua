-- settimeout: a peer that says nothing, other calls that wait, and what can be
-- set.

local socket = require("socket")
local same = require("same")
local show, timed = same.show, same.timed

local LONG = 20 -- seconds: far more than what is waited for

local kept = {} -- else the collector would close them

-- Nothing comes at all.
local function silence(block, total)
  local near, far = same.pair()
  table.insert(kept, near)
  far:settimeout(block)
  far:settimeout(total, "t")
  local least = math.min(block < 0 and LONG or block,
    total < 0 and LONG or total)
  local name = ("silence, %g and %g"):format(block, total)
  timed(name, least, LONG / 2, far.receive, far, 5)
  timed(name .. ", again", least, LONG / 2, far.receive, far)
end
for _, times in ipairs({
  { 0.2, -1 }, { -1, 0.2 }, { 0.2, LONG }, { LONG, 0.2 }, { 0.2, 0.2 },
  { 0, -1 }, { -1, 0 }, { 0, LONG }, { LONG, 0 }, { 0, 0 },
}) do
  silence(times[1], times[2])
end

-- Other calls.
local server = assert(socket.bind("127.0.0.1", 0))
server:settimeout(0.2)
timed("accept", 0.2, LONG / 2, server.accept, server)
server:settimeout(0)
timed("accept at once", 0, LONG / 2, server.accept, server)
local udp = socket.udp()
udp:setsockname("127.0.0.1", 0)
udp:settimeout(0.2)
timed("receivefrom", 0.2, LONG / 2, udp.receivefrom, udp)
timed("receive a datagram", 0.2, LONG / 2, function()
  local data, message = udp:receive()
  return data, message
end)
udp:settimeout(-1)
udp:settimeout(0.2, "t")
timed("receivefrom, total", 0.2, LONG / 2, udp.receivefrom, udp)

-- A server whose queue is full does not answer.
local full = socket.tcp()
full:bind("127.0.0.1", 0)
full:listen(0)
local ip, full_port = full:getsockname()
for _ = 1, 5 do
  local client = socket.tcp()
  table.insert(kept, client)
  client:settimeout(0.05)
  client:connect(ip, full_port)
end
local hasty = socket.tcp()
hasty:settimeout(0)
show("connect at once", hasty:connect(ip, full_port))
show("and again", hasty:connect(ip, full_port))
for _, mode in ipairs({ "b", "t", "r" }) do
  local client = socket.tcp()
  client:settimeout(0.1, mode)
  timed("connect, " .. mode, 0.1, LONG / 2, client.connect, client, ip,
    full_port)
  client:close()
end

-- What can be set and what is set.
local s = socket.tcp()
show("at first", s:gettimeout())
show("set", s:settimeout(1.5))
show("both", s:settimeout(2, "t"), s:gettimeout())
show("r is t", s:settimeout(3, "r"), s:gettimeout())
show("words count by their first letter", s:settimeout(4, "block"),
  s:settimeout(5, "total"), s:gettimeout())
show("nil", s:settimeout(nil), s:settimeout(nil, "t"), s:gettimeout())
show("nothing", s:settimeout())
show("a numeral", s:settimeout("2"), s:gettimeout())
same.raised("another mode", s.settimeout, s, 1, "x")
same.raised("no mode", s.settimeout, s, 1, "")
same.raised("a time that is none", s.settimeout, s, "x")

-- Who is accepted has no time-out, whoever accepts.
local accepting = assert(socket.bind("127.0.0.1", 0))
accepting:settimeout(LONG)
accepting:settimeout(LONG, "t")
local near = socket.tcp()
near:settimeout(LONG)
near:connect(accepting:getsockname())
show("accepted", accepting:accept():gettimeout())
show("connected", near:gettimeout())
