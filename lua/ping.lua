-- ping(host [, {count=, interval=, timeout=, size=}]): ICMP echo (RFC 792).
-- Returns an iterator; each turn sends one request when its time has come and
-- gives what became of it: seq (from 0), ip, and either bytes, ttl and time
-- (seconds) or message and code. Without a count it goes on for ever; interval
-- and timeout are 1 s, size is 56 bytes of payload, as ping(8) has it.
-- Asks for the datagram kind of ICMP socket, which a system may allow to
-- anybody, then for the raw kind. The kernel puts its own identifier into the
-- datagram kind, so there a reply is known by its sequence and its payload,
-- which opens with the time of sending. The raw kind is netbox's own: a script
-- that may make no raw sockets may ping all the same. IPv4 only.

local core = ...
local socket, recvicmp = core.socket, core.recvicmp
local gethostbyname, new_socket = socket.gethostbyname, socket.socket
local AF_INET, SOCK_DGRAM = socket.AF_INET, socket.SOCK_DGRAM
local IPPROTO_ICMP, IPPROTO_IP = socket.IPPROTO_ICMP, socket.IPPROTO_IP
local IP_RECVTTL = socket.IP_RECVTTL
local rawicmp, maysend = core.rawicmp, core.maysend
local now, sleep = core.timer.now, core.timer.sleep
local error, next, tostring, type = error, next, tostring, type
local byte, pack, rep = string.byte, string.pack, string.rep
local sub, unpack = string.sub, string.unpack
local math_type, random = math.type, math.random

local ECHO_REPLY, UNREACHABLE, ECHO_REQUEST, TIME_EXCEEDED = 0, 3, 8, 11
local HEADER = ">BBI2I2I2" -- type, code, checksum, identifier, sequence
local MAX_SIZE = 65507     -- what an IPv4 packet holds beside the two headers

local REFUSED = "permission denied: the system allows no ICMP socket (let "
  .. "net.ipv4.ping_group_range include your group, or give netbox the "
  .. "capability CAP_NET_RAW)"

-- Each option: whether a value is good, and what it has to be.
local RULES = {
  count = function(v)
    return math_type(v) == "integer" and v >= 1, "an integer of at least 1"
  end,
  interval = function(v)
    return type(v) == "number" and v >= 0, "a number of at least 0"
  end,
  timeout = function(v)
    return type(v) == "number" and v > 0, "a number above 0"
  end,
  size = function(v)
    return math_type(v) == "integer" and v >= 0 and v <= MAX_SIZE,
      "an integer from 0 to " .. MAX_SIZE
  end,
}

local DEFAULTS = { interval = 1, timeout = 1, size = 56 }

-- A table of the options, each read once; or nil, the number of the argument
-- that is wrong, and the problem.
local function read(host, options)
  if type(host) ~= "string" then
    return nil, 1, "string expected, got " .. type(host)
  end
  if options ~= nil and type(options) ~= "table" then
    return nil, 2, "table expected, got " .. type(options)
  end
  local o = {}
  for name, value in next, DEFAULTS do o[name] = value end
  for name, value in next, options or {} do
    local rule = RULES[name]
    if not rule then
      return nil, 2, "unknown option '" .. tostring(name) .. "'"
    end
    local good, wanted = rule(value)
    if not good then
      return nil, 2, name .. " must be " .. wanted .. ", got "
        .. tostring(value)
    end
    o[name] = value
  end
  return o
end

-- An ICMP socket, and from which byte on its replies repeat the request.
local function open()
  local sock, message, code = new_socket(AF_INET, SOCK_DGRAM, IPPROTO_ICMP)
  if sock then
    sock:setsockopt(IPPROTO_IP, IP_RECVTTL, 1)
    return sock, 7
  end
  if code ~= "EACCES" and code ~= "EPROTONOSUPPORT" then
    return nil, message, code
  end
  sock, message, code = rawicmp()
  if sock then return sock, 5 end
  if message == "permission denied" then return nil, REFUSED, "EACCES" end
  return nil, message, code
end

-- RFC 1071.
local function checksum(data)
  if #data % 2 == 1 then data = data .. "\0" end
  local sum = 0
  for i = 1, #data, 2 do sum = sum + unpack(">I2", data, i) end
  while sum > 0xffff do sum = (sum & 0xffff) + (sum >> 16) end
  return ~sum & 0xffff
end

local function echo_request(id, seq, size)
  local payload = sub(pack("n", now()) .. rep("\0", size), 1, size)
  seq = seq & 0xffff
  local sum = checksum(pack(HEADER, ECHO_REQUEST, 0, 0, id, seq) .. payload)
  return pack(HEADER, ECHO_REQUEST, 0, sum, id, seq) .. payload
end

-- An error message quotes the IP header and 8 bytes of the packet it is about.
local function quotes(data, request)
  if #data < 9 then return false end
  local inner = 9 + (byte(data, 9) & 15) * 4
  return sub(data, inner, inner + 7) == sub(request, 1, 8)
end

-- Whether the message answers the request; if with an error, also which. Linux
-- knows an exceeded time to live as EHOSTUNREACH as well.
local function answers(data, request, from)
  if #data < 8 then return false end
  local kind, detail = byte(data, 1, 2)
  if kind == ECHO_REPLY then
    return sub(data, from) == sub(request, from)
  end
  if kind ~= UNREACHABLE and kind ~= TIME_EXCEEDED then return false end
  if kind == UNREACHABLE and detail == 0 then
    return quotes(data, request), "Network is unreachable", "ENETUNREACH"
  end
  return quotes(data, request), "No route to host", "EHOSTUNREACH"
end

local function lost(r, message, code)
  r.message, r.code = message, code
  return r
end

-- One turn of the run p: sends request number seq, and what became of it.
local function exchange(p, seq)
  local r = { seq = seq, ip = p.ip }
  local request, start = echo_request(p.id, seq, p.size), now()
  local sent, message, code = p.sock:sendto(request, p.ip, 0)
  if not sent then return lost(r, message, code) end
  while true do
    local left = start + p.timeout - now()
    if left <= 0 then return lost(r, "timeout", "ETIMEDOUT") end
    p.sock:settimeout(left)
    local data, ip, ttl = recvicmp(p.sock, 65535)
    if not data then return lost(r, ip, ttl) end -- message and code
    local answered, problem, problem_code = answers(data, request, p.from)
    if answered then
      r.ip = ip
      if problem then return lost(r, problem, problem_code) end
      r.bytes, r.ttl, r.time = #data, ttl, now() - start
      return r
    end
  end
end

local function ping(host, options)
  local o, index, problem = read(host, options)
  if not o then
    error(("bad argument #%d to 'ping' (%s)"):format(index, problem), 2)
  end
  local ip, message, code = gethostbyname(host)
  if not ip then return nil, message, code end
  local allowed
  allowed, message, code = maysend(ip)
  if not allowed then return nil, message, code end
  local sock, from, from_code = open()
  if not sock then return nil, from, from_code end -- message and code

  local p = { sock = sock, from = from, ip = ip, id = random(0, 0xffff),
    timeout = o.timeout, size = o.size }
  local seq, count, interval, due = 0, o.count, o.interval, now()
  return function()
    if seq == count then
      sock:close()
      return nil
    end
    local wait = due - now()
    if wait > 0 then sleep(wait) end
    due = now() + interval
    local r = exchange(p, seq)
    seq = seq + 1
    return r
  end
end

return ping
