-- settimeout: what a time-out covers, alone and with the other one. The peer
-- does a little every few hundredths of a second, without an end, so that a
-- limit that were counted anew for each piece would never be reached.
-- netbox: --allow-run

local socket = require("socket")
local same = require("same")
local timed = same.timed

local peer = assert(io.popen("exec python3 tests/luasocket/peer.py"))
local port = assert(peer:read("n"))

local MANY = 20000000 -- bytes: more than comes, more than there is room for
local LONG = 20       -- seconds: far more than what is waited for

-- A connection to a peer that does `what`, with the time-outs given.
local function slow(what, block, total)
  local conn = assert(socket.connect("127.0.0.1", port))
  assert(conn:send(what .. " 0.02\n"))
  conn:settimeout(block, "b")
  conn:settimeout(total, "t")
  return conn
end

-- The pieces come for ever: shows how it ends, and that some had come.
local function receive(conn, pattern)
  local data, message, partial = conn:receive(pattern)
  return data, message, #partial > 0
end

for _, pattern in ipairs({ MANY, "*l", "*a" }) do
  local name = tostring(pattern)
  timed("block " .. name, 0.3, LONG, receive, slow("drip", 0.3, -1), pattern)
  timed("total " .. name, 0.3, LONG, receive, slow("drip", -1, 0.3), pattern)
end
timed("both", 0.8, LONG, receive, slow("drip", 0.7, 0.8), MANY)
timed("less total", 0.3, LONG, receive, slow("drip", LONG, 0.3), MANY)

local function send(conn)
  local last, message, index = conn:send(("x"):rep(MANY))
  return last, message, index > 0
end
timed("block, send", 0.3, LONG, send, slow("drain", 0.3, -1))
timed("total, send", 0.3, LONG, send, slow("drain", -1, 0.3))
timed("both, send", 0.8, LONG, send, slow("drain", 0.7, 0.8))

peer:close()
