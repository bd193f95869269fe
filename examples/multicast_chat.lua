-- A chat without a server, by datagrams to a group.
--
-- Each line of the keyboard goes to a multicast group, and reaches whoever has
-- joined it. That is done on the loopback interface, so all of them are on this
-- machine: start it in two terminals, or in more.
--
--   examples/run multicast_chat       in your name
--   examples/run multicast_chat ada   in another one
--
-- NAME may be followed by GROUP, PORT and INTERFACE: the address of a network
-- card lets the other machines of that network take part. Ctrl-D ends it.
-- The options are those of Python and of C (IP_ADD_MEMBERSHIP and others); what
-- they take is written out, instead of packed into a struct ip_mreq.
-- netbox: --allow-net=239.255.0.0/16 --allow-env=USER

local name = arg[1] or os.getenv("USER") or "somebody"
local group = arg[2] or "239.255.0.1"
local port = arg[3] or 5007
local interface = arg[4] or "127.0.0.1"

local function open_ear()
  local ear = socket.udp()
  -- else one ear is all that a machine can have at this port
  assert(ear:setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1))
  assert(ear:bind(group, port))
  assert(ear:setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP,
    group, interface))
  return ear
end

local function open_mouth()
  local mouth = socket.udp()
  assert(mouth:bind(interface, 0))
  local function set(option, value)
    assert(mouth:setsockopt(socket.IPPROTO_IP, option, value))
  end
  set(socket.IP_MULTICAST_IF, interface) -- where it goes out
  set(socket.IP_MULTICAST_TTL, 1) -- not beyond this network
  set(socket.IP_MULTICAST_LOOP, 1) -- this machine hears it too
  return mouth
end

local function listen(ear, my_ip, my_port)
  while true do
    local text, ip, from_port = assert(ear:recvfrom())
    if ip ~= my_ip or from_port ~= my_port then
      print(text)
    end
  end
end

local ear, mouth = open_ear(), open_mouth()
thread.spawn({ daemon = true }, listen, ear, mouth:getsockname())
print(name .. " listens to " .. group .. ":" .. port)
for line in io.lines() do
  assert(mouth:sendto(name .. ": " .. line, group, port))
end
