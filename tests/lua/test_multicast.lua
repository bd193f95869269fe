-- Groups: who joins, who hears, and how it fails. The way goes over the
-- loopback interface, which every machine has; what needs another one is seen
-- in tests/cli. A socket that hears its group hears nothing else before what
-- it is sent afterwards, so that a second datagram tells that there was none.
-- netbox: --allow-listen --allow-net

local check = require("check")
local ipv6 = require("ipv6")

local IP, IPV6 = socket.IPPROTO_IP, socket.IPPROTO_IPV6
local LO = "127.0.0.1"
local taken = { "address already in use", "EADDRINUSE" }
local foreign = { "Cannot assign requested address", "EADDRNOTAVAIL" }
local no_device = { "No such device", "ENODEV" }

-- A group of this process alone: a socket that is bound to every address may
-- hear what another one has joined.
local function new_group()
  return string.format("239.%d.%d.%d", math.random(1, 254),
    math.random(0, 255), math.random(1, 254))
end

-- A bound socket, and its port.
local function bound(make, port)
  local s = (make or socket.udp4)()
  s:settimeout(10)
  check.ok(s:setoption("reuseaddr", true))
  check.values({ true }, s:bind("*", port or 0))
  return s, select(2, s:getsockname())
end

-- A socket that sends to groups by the loopback interface.
local function sender()
  local s = socket.udp4()
  check.values({ true }, s:setoption("ip-multicast-if", LO))
  return s
end

-- The number of the loopback interface: the one by which one can join at it.
local function number_of_lo()
  local s <close> = socket.udp4()
  local join = socket.IP_ADD_MEMBERSHIP
  check.values({ true }, s:setsockopt(IP, join, "239.7.7.7", "lo"))
  for number = 1, 1000 do
    if select(3, s:setsockopt(IP, join, "239.7.7.7", number)) == taken[2] then
      return number
    end
  end
end

check.case("what is sent to a group reaches every member", function()
  local group = new_group()
  local one <close>, port = bound()
  local two <close> = bound(socket.udp4, port)
  for _, s in ipairs({ one, two }) do
    check.values({ true }, s:setsockopt(IP, socket.IP_ADD_MEMBERSHIP, group,
      LO))
  end
  local from <close> = sender()
  check.values({ 6 }, from:sendto("to all", group, port))
  local _, sender_port = from:getsockname()
  check.values({ "to all", LO, sender_port }, one:recvfrom())
  check.values({ "to all", LO, sender_port }, two:recvfrom())
end)

check.case("members may share a port by reuseport, too", function()
  local group = new_group()
  local members, port = {}, 0
  for i = 1, 2 do
    local s = socket.udp4()
    s:settimeout(10)
    check.ok(s:setoption("reuseport", true))
    check.values({ true }, s:bind(group, port))
    port = select(2, s:getsockname())
    check.ok(s:setoption("ip-add-membership",
      { multiaddr = group, interface = LO }))
    members[i] = s
  end
  local from <close> = sender()
  from:sendto("shared", group, port)
  for _, s in ipairs(members) do
    check.values({ "shared" }, s:recv())
    s:close()
  end
end)

check.case("who has left hears no more", function()
  local group = new_group()
  local s <close>, port = bound()
  local from <close> = sender()
  local way = { multiaddr = group, interface = LO }
  check.values({ true }, s:setoption("ip-add-membership", way))
  from:sendto("heard", group, port)
  check.values({ "heard" }, s:recv())
  check.values({ true }, s:setoption("ip-drop-membership", way))
  from:sendto("not heard", group, port)
  from:sendto("end", LO, port)
  check.values({ "end" }, s:recv())
  check.values({ true }, s:setoption("ip-add-membership", way))
  from:sendto("heard again", group, port)
  check.values({ "heard again" }, s:recv())
end)

check.case("several groups on one socket", function()
  local s <close>, port = bound()
  local from <close> = sender()
  local groups = {}
  for i = 1, 5 do
    groups[i] = new_group()
    check.values({ true },
      s:setsockopt(IP, socket.IP_ADD_MEMBERSHIP, groups[i], "lo"))
  end
  for i, group in ipairs(groups) do
    from:sendto("to " .. i, group, port)
    check.values({ "to " .. i }, s:recv())
  end
end)

check.case("an interface is an address, a name or a number", function()
  local s <close>, port = bound()
  local from <close> = socket.udp4()
  for _, interface in ipairs({ LO, "lo", number_of_lo() }) do
    local group = new_group()
    check.values({ true },
      from:setsockopt(IP, socket.IP_MULTICAST_IF, interface))
    check.values({ true }, from:setoption("ip-multicast-if", interface))
    local way = { multiaddr = group, interface = interface }
    check.values({ true }, s:setoption("ip-add-membership", way))
    from:sendto("by " .. interface, group, port)
    local data, ip = s:recvfrom()
    check.equal(data, "by " .. interface)
    check.equal(ip, LO)
    check.values({ true },
      s:setsockopt(IP, socket.IP_DROP_MEMBERSHIP, group, interface))
  end
end)

check.case("what Python packs into a structure is taken as it is", function()
  local s <close>, port = bound()
  local from <close> = socket.udp4()
  local group, lo = "\xef\1\2\3", "\127\0\0\1"
  check.values({ true }, from:setsockopt(IP, socket.IP_MULTICAST_IF, lo))
  check.values({ LO }, from:getoption("ip-multicast-if"))
  check.values({ true },
    s:setsockopt(IP, socket.IP_ADD_MEMBERSHIP, group .. lo))
  from:sendto("packed", "239.1.2.3", port)
  check.values({ "packed" }, s:recv())
  check.values({ true }, s:setsockopt(IP, socket.IP_DROP_MEMBERSHIP,
    "239.1.2.3", LO))
end)

ipv6.case("so it is for IPv6", function()
  local s <close> = socket.udp6()
  local group = "\xff\2" .. ("\0"):rep(13) .. "\7"
  check.ok(s:setoption("ipv6-multicast-if", "lo"))
  local number = string.pack("=i4", s:getoption("ipv6-multicast-if"))
  check.values({ true },
    s:setsockopt(IPV6, socket.IPV6_JOIN_GROUP, group .. number))
  check.fails(taken[1], taken[2],
    s:setsockopt(IPV6, socket.IPV6_JOIN_GROUP, "ff02::7", "lo"))
  check.values({ true },
    s:setsockopt(IPV6, socket.IPV6_MULTICAST_IF, number))
end)

check.case("the interface to send by is told", function()
  local s <close> = socket.udp4()
  check.values({ "0.0.0.0" }, s:getoption("ip-multicast-if"))
  check.values({ true }, s:setoption("ip-multicast-if", LO))
  check.values({ LO }, s:getoption("ip-multicast-if"))
  check.values({ true }, s:setoption("ip-multicast-if", "*"))
  check.values({ "0.0.0.0" }, s:getoption("ip-multicast-if"))
  check.values({ true }, s:setoption("ip-multicast-if", "lo"))
  check.values({ LO }, s:getoption("ip-multicast-if"))
end)

check.case("TTL and loop are set and told", function()
  local four <close> = socket.udp4()
  check.values({ 1 }, four:getoption("ip-multicast-ttl"))
  check.values({ true }, four:getoption("ip-multicast-loop"))
  for _, ttl in ipairs({ 0, 1, 255 }) do
    check.values({ true }, four:setoption("ip-multicast-ttl", ttl))
    check.values({ ttl }, four:getoption("ip-multicast-ttl"))
  end
  check.values({ true }, four:setoption("ip-multicast-loop", false))
  check.values({ 0 }, four:getsockopt(IP, socket.IP_MULTICAST_LOOP))
  local message, code = "Invalid argument", "EINVAL"
  check.fails(message, code, four:setoption("ip-multicast-ttl", 256))
end)

ipv6.case("hops and loop of IPv6 are set and told", function()
  local six <close> = socket.udp6()
  check.values({ 1 }, six:getoption("ipv6-multicast-hops"))
  check.values({ true }, six:getoption("ipv6-multicast-loop"))
  check.values({ true }, six:setoption("ipv6-multicast-hops", 9))
  check.values({ 9 }, six:getsockopt(IPV6, socket.IPV6_MULTICAST_HOPS))
  check.values({ true }, six:setoption("ipv6-multicast-loop", false))
  check.values({ false }, six:getoption("ipv6-multicast-loop"))
  check.fails("Invalid argument", "EINVAL",
    six:setoption("ipv6-multicast-hops", 256))
end)

-- Joining and leaving on each family: what an option is called, a group, and
-- an address that is none.
local families = {
  { make = socket.udp4, level = IP, join = socket.IP_ADD_MEMBERSHIP,
    leave = socket.IP_DROP_MEMBERSHIP, name = "ip", group = "239.7.7.7",
    other = "239.7.7.8", none = LO },
  { make = socket.udp6, level = IPV6, join = socket.IPV6_JOIN_GROUP,
    leave = socket.IPV6_LEAVE_GROUP, name = "ipv6", group = "ff02::7:7",
    other = "ff02::7:8", none = "::1" },
}
if not ipv6.available then
  families[2] = nil
end

check.case("one joins once and leaves once", function()
  for _, f in ipairs(families) do
    local s <close> = f.make()
    check.values({ true }, s:setsockopt(f.level, f.join, f.group, "lo"))
    check.fails(taken[1], taken[2],
      s:setsockopt(f.level, f.join, f.group, "lo"))
    check.values({ true }, s:setsockopt(f.level, f.leave, f.group, "lo"))
    check.fails(foreign[1], foreign[2],
      s:setsockopt(f.level, f.leave, f.group, "lo"))
    check.fails(foreign[1], foreign[2],
      s:setsockopt(f.level, f.leave, f.other, "lo"))
    local way = { multiaddr = f.group, interface = "lo" }
    check.values({ true }, s:setoption(f.name .. "-add-membership", way))
    check.fails(taken[1], taken[2],
      s:setoption(f.name .. "-add-membership", way))
    check.values({ true }, s:setoption(f.name .. "-drop-membership", way))
    check.fails(foreign[1], foreign[2],
      s:setoption(f.name .. "-drop-membership", way))
  end
end)

check.case("an interface that there is not is no device", function()
  for _, f in ipairs(families) do
    local s <close> = f.make()
    for _, interface in ipairs({ "nosuch0", "", 99999, "lo\0" }) do
      check.fails(no_device[1], no_device[2],
        s:setsockopt(f.level, f.join, f.group, interface))
      check.fails(no_device[1], no_device[2],
        s:setoption(f.name .. "-add-membership",
          { multiaddr = f.group, interface = interface }))
    end
    check.fails(no_device[1], no_device[2],
      s:setoption(f.name .. "-multicast-if", "nosuch0"))
  end
  local s <close> = socket.udp4()
  check.fails(no_device[1], no_device[2],
    s:setsockopt(IP, socket.IP_ADD_MEMBERSHIP, "239.7.7.7", "192.0.2.99"))
  check.fails(foreign[1], foreign[2],
    s:setoption("ip-multicast-if", "192.0.2.99"))
end)

check.case("what is no group is no good argument to the system", function()
  local message, code = "Invalid argument", "EINVAL"
  for _, f in ipairs(families) do
    local s <close> = f.make()
    for _, group in ipairs({ f.none, "no address", "" }) do
      check.fails(message, code,
        s:setsockopt(f.level, f.join, group, "lo"))
    end
  end
end)

ipv6.case("a zone is an interface", function()
  local s <close> = socket.udp6()
  local join = socket.IPV6_ADD_MEMBERSHIP
  check.values({ true }, s:setsockopt(IPV6, join, "ff02::9%lo"))
  check.fails(taken[1], taken[2], s:setsockopt(IPV6, join, "ff02::9", "lo"))
  check.values({ true }, s:setoption("ipv6-drop-membership",
    { multiaddr = "ff02::9%lo" }))
  check.fails(no_device[1], no_device[2],
    s:setsockopt(IPV6, join, "ff02::9%nosuch0"))
end)

ipv6.case("joining gives a socket the family of the group", function()
  local four <close> = socket.udp()
  local six <close> = socket.udp()
  for i = 1, 3 do
    check.values({ true }, four:setsockopt(IP, socket.IP_ADD_MEMBERSHIP,
      "239.7.7." .. i, LO))
    check.values({ true }, six:setsockopt(IPV6, socket.IPV6_JOIN_GROUP,
      "ff02::7:" .. i, "lo"))
  end
  check.ok(four:fileno() >= 0 and six:fileno() >= 0)
  check.equal(select(3, four:getsockname()), "inet")
  check.equal(select(3, six:getsockname()), "inet6")
  for i = 1, 3 do
    check.values({ true }, four:setsockopt(IP, socket.IP_DROP_MEMBERSHIP,
      "239.7.7." .. i, LO))
    check.values({ true }, six:setsockopt(IPV6, socket.IPV6_LEAVE_GROUP,
      "ff02::7:" .. i, "lo"))
  end
end)

check.case("how to send is kept until there is a family", function()
  local group = new_group()
  local s <close>, port = bound()
  check.values({ true },
    s:setsockopt(IP, socket.IP_ADD_MEMBERSHIP, group, LO))
  local from <close> = socket.udp()
  check.values({ true }, from:setoption("ip-multicast-if", LO))
  check.values({ true }, from:setoption("ip-multicast-ttl", 7))
  check.equal(from:fileno(), -1)
  check.values({ LO }, from:getoption("ip-multicast-if"))
  check.values({ 7 }, from:getoption("ip-multicast-ttl"))
  check.values({ 4 }, from:sendto("kept", group, port))
  check.values({ "kept" }, s:recv())
  check.values({ 7 }, from:getoption("ip-multicast-ttl"))
end)

ipv6.case("a socket of IPv6 may be in groups of both families", function()
  local group = new_group()
  local s <close> = socket.udp6()
  s:settimeout(10)
  check.ok(s:setoption("ipv6-v6only", false))
  check.values({ true }, s:bind("::", 0))
  local _, port = s:getsockname()
  check.values({ true }, s:setoption("ip-add-membership",
    { multiaddr = group, interface = LO }))
  check.values({ true }, s:setoption("ipv6-add-membership",
    { multiaddr = "ff02::7:7", interface = "lo" }))
  local from <close> = sender()
  from:sendto("mapped", group, port)
  local data, ip = s:recvfrom()
  check.equal(data, "mapped")
  check.equal(ip, "::ffff:127.0.0.1")
end)

ipv6.case("a socket of the other family cannot join", function()
  local s <close> = socket.udp4()
  check.equal(select(3, s:setsockopt(IPV6, socket.IPV6_JOIN_GROUP,
    "ff02::1", "lo")), "ENOPROTOOPT")
end)

check.case("a closed socket joins nothing", function()
  local s = socket.udp4()
  s:close()
  check.fails("closed", "EBADF",
    s:setsockopt(IP, socket.IP_ADD_MEMBERSHIP, "239.1.2.3", "nosuch0"))
  check.fails("closed", "EBADF", s:setoption("ip-drop-membership",
    { multiaddr = "239.1.2.3" }))
end)

check.case("a thread may wait for its group", function()
  local group = new_group()
  local s <close>, port = bound()
  check.values({ true },
    s:setsockopt(IP, socket.IP_ADD_MEMBERSHIP, group, LO))
  local t = thread.spawn(s.recvfrom, s)
  thread.yield()
  local from <close> = sender()
  from:sendto("awaited", group, port)
  check.equal(check.joined(t), "awaited")
end)
