-- Several addresses for one server: the first connection wins.
--
-- A name often has addresses of both families, and some may not answer. Taken
-- one after the other, each of those would cost its whole time-out. So the next
-- one is tried a quarter of a second after the last, or at once if that fails,
-- while the earlier ones go on; the first that is connected wins, the others
-- are cancelled and closed.
--
--   netbox examples/happy_eyeballs.lua                two addresses of its own,
--                                                     the first of them silent
--   netbox examples/happy_eyeballs.lua localhost 80   those of a name
--
-- The idea of RFC 8305, "Happy Eyeballs Version 2".

local delay = 0.25 -- between two attempts (RFC 8305, section 8)
local limit = 10 -- for all of them
local started = timer.now()

local function say(address, what)
  local where = address.addr:find(":") and "[%s]:%d" or "%s:%d"
  local ms = math.floor((timer.now() - started) * 1000)
  where = where:format(address.addr, address.port)
  print(("%5d ms  %s %s"):format(ms, where, what))
end

local function attempt(sock, address, outcomes)
  say(address, "is tried")
  local ok, problem = sock:connect(address.addr, address.port)
  say(address, ok and "is connected" or "fails: " .. problem)
  outcomes:put { sock = sock, connected = ok }
end

-- The sockets that are in use, each with its address. Those that are left when
-- their block ends, in whatever way it does, are closed.
local function open_sockets()
  return setmetatable({}, {
    __close = function(sockets)
      for sock, address in pairs(sockets) do
        sock:close()
        say(address, "is given up")
      end
    end,
  })
end

local function connect(addresses)
  local trying <close> = open_sockets()
  local group <close> = thread.group() -- ends before they are closed
  local outcomes = thread.queue()
  local i = 1
  while addresses[i] or next(trying) do
    local address = addresses[i]
    if address then
      local sock = socket.tcp()
      trying[sock] = address
      group:spawn(attempt, sock, address, outcomes)
    end
    i = i + 1
    local outcome = outcomes:get(addresses[i] and delay)
    if outcome then
      trying[outcome.sock] = nil
      if outcome.connected then
        group:cancel("another one was first")
        return outcome.sock
      end
      outcome.sock:close()
    end
  end
end

-- IPv6 first, then the families by turns (RFC 8305, section 4).
local function by_turns(addresses)
  local v6, v4, ordered = {}, {}, {}
  for _, address in ipairs(addresses) do
    local list = address.family == socket.AF_INET6 and v6 or v4
    list[#list + 1] = address
  end
  for i = 1, #addresses do
    ordered[#ordered + 1] = v6[i]
    ordered[#ordered + 1] = v4[i]
  end
  return ordered
end

local function show(addresses)
  local in_time, sock = thread.deadline(limit, connect, addresses)
  if not in_time then
    print("nobody has answered in " .. limit .. " seconds")
  elseif not sock then
    print("no address is left")
  else
    print(sock)
    sock:close()
  end
end

-- One connection fills the queue of the first, which accepts none: whoever
-- comes next gets no answer. (Where there is no IPv6 both are at IPv4.)
local function show_own()
  local silent <close> = socket.bind("::1", 0, 0)
    or assert(socket.bind("127.0.0.1", 0, 0))
  local server <close> = assert(socket.bind("127.0.0.1", 0))
  local ip, port = silent:getsockname()
  local _ <close> = assert(socket.connect(ip, port))
  local ip4, port4 = server:getsockname()
  show { { addr = ip, port = port }, { addr = ip4, port = port4 } }
end

if arg[1] then
  local stream = socket.SOCK_STREAM
  local port = arg[2] or 80
  show(by_turns(assert(socket.getaddrinfo(arg[1], port, nil, stream))))
else
  show_own()
end
