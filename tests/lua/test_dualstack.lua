-- IPv6 sockets that serve IPv4 too: bound to "::" and not told otherwise, they
-- see an IPv4 peer as ::ffff:a.b.c.d (RFC 4291, section 2.5.5.2).
-- netbox: --allow-listen

local check = require("check")
local case = require("ipv6").case

local MAPPED = "::ffff:127.0.0.1"
local taken = { "address already in use", "EADDRINUSE" }

-- A socket that is bound to :: for IPv6 only, or for both; and its port.
local function bound(make, only, port)
  local s = make()
  s:settimeout(10)
  check.values({ true }, s:setoption("ipv6-v6only", only))
  check.values({ true }, s:bind("::", port or 0))
  check.values({ only }, s:getoption("ipv6-v6only"))
  return s, select(2, s:getsockname())
end

local function serving(make, only)
  local server, port = bound(make, only)
  check.values({ true }, server:listen())
  return server, port
end

case("a TCP server on :: has clients of both families", function()
  local server <close>, port = serving(socket.tcp6, false)
  local four <close> = assert(socket.connect("127.0.0.1", port))
  local six <close> = assert(socket.connect("::1", port))
  local conn <close>, ip, cport = server:accept()
  check.equal(ip, MAPPED)
  check.values({ MAPPED, cport, "inet6" }, conn:getpeername())
  check.equal(conn:getsockname(), MAPPED)
  check.equal(select(2, four:getsockname()), cport)
  local other <close>, other_ip = server:accept()
  check.equal(other_ip, "::1")
  four:send("four")
  six:send("six")
  check.values({ "four" }, conn:recv())
  check.values({ "six" }, other:recv())
  local form = "tcp [%s]:%d <- [%s]:%d"
  check.equal(tostring(conn), form:format(MAPPED, port, MAPPED, cport))
end)

case("datagrams of both families come to ::", function()
  local server <close>, port = bound(socket.udp6, false)
  local four <close> = socket.udp4()
  local six <close> = socket.udp6()
  four:sendto("four", "127.0.0.1", port)
  local data, ip, from = server:recvfrom()
  check.equal(data, "four")
  check.equal(ip, MAPPED)
  check.values({ 5 }, server:sendto("reply", ip, from))
  data, ip, from = four:recvfrom()
  check.equal(data, "reply")
  check.equal(ip, "127.0.0.1")
  check.equal(from, port)
  six:sendto("six", "::1", port)
  data, ip = server:recvfrom()
  check.equal(data, "six")
  check.equal(ip, "::1")
end)

-- Two sockets on one port: of IPv4, and of IPv6 only. Somebody else may have
-- the port that the system has chosen for the first.
local function neighbours(make_four, make_six)
  for _ = 1, 50 do
    local four, six = make_four(), make_six()
    four:settimeout(10)
    six:settimeout(10)
    check.values({ true }, four:bind("0.0.0.0", 0))
    check.values({ true }, six:setoption("ipv6-v6only", true))
    local _, port = four:getsockname()
    if six:bind("::", port) then
      return four, six, port
    end
    four:close()
    six:close()
  end
  error("no port is free for both")
end

case("IPv6 only leaves the port to IPv4", function()
  local four, six, port = neighbours(socket.tcp4, socket.tcp6)
  local _ <close> = four
  local _ <close> = six
  check.values({ true }, six:listen())
  check.fails("connection refused", "ECONNREFUSED",
    socket.connect("127.0.0.1", port))
  check.values({ true }, four:listen())
  for _, way in ipairs({ { four, "127.0.0.1" }, { six, "::1" } }) do
    local server, address = table.unpack(way)
    local client <close> = assert(socket.connect(address, port))
    local conn <close>, ip, cport = server:accept()
    check.equal(ip, address)
    check.equal(select(2, client:getsockname()), cport)
    check.ok(conn:close())
  end
end)

case("datagrams, too", function()
  local four, six, port = neighbours(socket.udp4, socket.udp6)
  local _ <close> = four
  local _ <close> = six
  local client <close> = socket.udp4()
  client:sendto("four", "127.0.0.1", port)
  check.values({ "four" }, four:recv())
  local other <close> = socket.udp6()
  other:sendto("six", "::1", port)
  check.values({ "six" }, six:recv())
end)

case("a server for both is in the way of one for IPv4", function()
  local _ <close>, port = serving(socket.tcp6, false)
  check.fails(taken[1], taken[2], socket.bind("0.0.0.0", port))
  check.fails(taken[1], taken[2], socket.bind("127.0.0.1", port))
  local _ <close>, udp_port = bound(socket.udp6, false)
  local four <close> = socket.udp4()
  check.fails(taken[1], taken[2], four:bind("0.0.0.0", udp_port))
end)

case("and the reverse", function()
  local four <close> = assert(socket.bind("0.0.0.0", 0))
  local _, port = four:getsockname()
  local six <close> = socket.tcp6()
  check.ok(six:setoption("ipv6-v6only", false))
  check.fails(taken[1], taken[2], six:bind("::", port))
  local udp <close> = socket.udp4()
  udp:bind("0.0.0.0", 0)
  local other <close> = socket.udp6()
  check.ok(other:setoption("ipv6-v6only", false))
  check.fails(taken[1], taken[2],
    other:bind("::", select(2, udp:getsockname())))
end)

case("the option is kept until there is a family", function()
  for _, make in ipairs({ socket.tcp, socket.udp }) do
    for _, only in ipairs({ true, false }) do
      local s <close> = bound(make, only)
      check.equal(s:getsockname(), "::")
    end
    local s <close> = make()
    check.values({ true }, s:setoption("ipv6-v6only", true))
    check.values({ true }, s:getoption("ipv6-v6only"))
    check.equal(s:fileno(), -1)
  end
end)

case("what is kept for IPv6 is nothing to IPv4", function()
  local server <close> = assert(socket.bind("127.0.0.1", 0))
  local _, port = server:getsockname()
  local udp <close> = socket.udp4()
  udp:bind("127.0.0.1", 0)
  for _, use in ipairs({
    function(s) return s:bind("127.0.0.1", 0) end,
    function(s) return s:connect("127.0.0.1", port) end,
  }) do
    local s <close> = socket.tcp()
    check.ok(s:setoption("ipv6-v6only", true))
    check.ok(s:setoption("ipv6-unicast-hops", 9))
    check.values({ true }, use(s))
    check.equal(select(3, s:getoption("ipv6-v6only")), "EOPNOTSUPP")
  end
  local s <close> = socket.udp()
  check.ok(s:setoption("ipv6-multicast-hops", 9))
  check.values({ 1 }, s:sendto("x", udp:getsockname()))
end)

case("once it is bound, it is settled", function()
  local s <close> = bound(socket.tcp6, true)
  check.fails("Invalid argument", "EINVAL", s:setoption("ipv6-v6only", false))
end)

case("an IPv4 address may be written as IPv6", function()
  local server <close> = assert(socket.bind("127.0.0.1", 0))
  local _, port = server:getsockname()
  local client <close> = socket.tcp6()
  check.ok(client:setoption("ipv6-v6only", false))
  check.values({ true }, client:connect(MAPPED, port))
  local _ <close>, ip = server:accept()
  check.equal(ip, "127.0.0.1")
  check.equal(client:getpeername(), MAPPED)
  local udp <close> = socket.udp4()
  udp:bind("127.0.0.1", 0)
  local from <close> = socket.udp6()
  check.ok(from:setoption("ipv6-v6only", false))
  local udp_port = select(2, udp:getsockname())
  check.values({ 6 }, from:sendto("mapped", MAPPED, udp_port))
  local data, from_ip = udp:recvfrom()
  check.equal(data, "mapped")
  check.equal(from_ip, "127.0.0.1")
end)

case("for IPv6 only, such an address is nowhere", function()
  local client <close> = socket.tcp6()
  check.ok(client:setoption("ipv6-v6only", true))
  check.fails("Network is unreachable", "ENETUNREACH",
    client:connect(MAPPED, 9))
end)
