-- Names that need no network: localhost, literals, and what cannot be a name.
-- netbox: --allow-listen --allow-net=0.0.0.0,::

local check = require("check")

local NONAME = "host or service not provided, or not known"

-- A server on the address, to which a client connects by name.
local function reach(address, name)
  local server <close> = assert(socket.bind(address, 0))
  local _, port = server:getsockname()
  local client <close> = assert(socket.connect(name, port))
  local conn <close>, ip = server:accept()
  check.equal(client:getpeername(), address)
  check.equal(conn:getpeername(), ip)
  return port
end

check.case("localhost is 127.0.0.1", function()
  reach("127.0.0.1", "localhost")
  check.values({ "127.0.0.1" }, socket.gethostbyname("localhost"))
end)

check.case("localhost is known in any letter case", function()
  reach("127.0.0.1", "LocalHost")
end)

check.case("literal addresses are names of themselves", function()
  reach("127.0.0.1", "127.0.0.1")
  reach("127.0.0.9", "127.0.0.9")
  for _, ip in ipairs({ "127.0.0.1", "192.0.2.7", "255.255.255.255" }) do
    check.values({ ip }, socket.gethostbyname(ip))
  end
end)

check.case("literals and localhost are answered without waiting", function()
  local order = {}
  local other = thread.spawn(table.insert, order, "other")
  socket.gethostbyname("127.0.0.1")
  socket.gethostbyname("localhost")
  local server <close> = socket.bind("localhost", 0)
  table.insert(order, server and "lookups")
  check.joined(other)
  check.equal(order, { "lookups", "other" })
end)

check.case("bind by the name localhost takes 127.0.0.1", function()
  for _, make in ipairs({ socket.tcp, socket.udp, socket.tcp4 }) do
    local s <close> = make()
    check.values({ true }, s:bind("localhost", 0))
    check.equal(s:getsockname(), "127.0.0.1")
  end
end)

check.case("* and the empty host are every interface of a server", function()
  for _, host in ipairs({ "*", "" }) do
    local server <close> = assert(socket.bind(host, 0))
    local ip, port, family = server:getsockname()
    check.equal(ip, "0.0.0.0")
    check.equal(family, "inet")
    local client <close> = assert(socket.connect("127.0.0.1", port))
    check.equal(client:getpeername(), "127.0.0.1")
  end
end)

-- Every way in which a script can hand over a name.
local function ask_all(name)
  local tcp <close> = socket.tcp()
  local udp <close> = socket.udp()
  local server <close> = socket.tcp()
  check.fails(NONAME, "EAI_NONAME", socket.gethostbyname(name))
  check.fails(NONAME, "EAI_NONAME", socket.connect(name, 1))
  check.fails(NONAME, "EAI_NONAME", socket.bind(name, 0))
  check.fails(NONAME, "EAI_NONAME", tcp:connect(name, 1))
  check.fails(NONAME, "EAI_NONAME", udp:sendto("x", name, 1))
  check.fails(NONAME, "EAI_NONAME", server:bind(name, 0))
end

check.case("a name with a zero byte is unknown", function()
  ask_all("127.0.0.1\0.example")
  ask_all("localhost\0")
end)

check.case("a name of 300 characters is unknown", function()
  ask_all(("a"):rep(300))
  ask_all(("label."):rep(50))
end)

check.case("a name with a label of 64 characters is unknown", function()
  ask_all(("a"):rep(64) .. ".test")
end)

check.case("to connect to the empty name is to stay here", function()
  local server <close> = socket.bind("127.0.0.1", 0)
  local _, port = server:getsockname()
  local client <close> = assert(socket.connect("", port))
  check.equal(client:getpeername(), "127.0.0.1")
  check.values({ "0.0.0.0" }, socket.gethostbyname(""))
end)

check.case("a socket that knew no name can be used afterwards", function()
  local server <close> = socket.bind("127.0.0.1", 0)
  local ip, port = server:getsockname()
  local s <close> = socket.tcp()
  check.fails(NONAME, "EAI_NONAME", s:connect(("a"):rep(300), port))
  check.values({ true }, s:connect(ip, port))
end)

check.case("localhost is tried at each of its addresses in turn", function()
  local server = socket.tcp6()
  if not server:bind("::1", 0) then
    server:close()
    return -- no IPv6 here: there is one address only
  end
  server:listen()
  local _, port = server:getsockname()
  local client <close> = assert(socket.connect("localhost", port))
  check.values({ "::1", port, "inet6" }, client:getpeername())
  server:close()
end)

check.case("the loopback addresses are localhost", function()
  for _, ip in ipairs({ "127.0.0.1", "::1" }) do
    check.values({ "localhost", {}, { ip } }, socket.gethostbyaddr(ip))
    check.values({ "localhost", "0" }, socket.getnameinfo(ip, 0))
  end
  check.values({ "localhost", {}, { "127.0.0.1" } },
    socket.gethostbyaddr("localhost"))
end)

check.case("gethostbyaddr knows nothing of what cannot be a host", function()
  for _, host in ipairs({ "", "a..b", "127.1", "127.0.0.1\0" }) do
    check.fails(NONAME, "EAI_NONAME", socket.gethostbyaddr(host))
    check.fails(NONAME, "EAI_NONAME", socket.getnameinfo(host, 1))
  end
end)

check.case("getaddrinfo has what socket.socket needs", function()
  local server <close> = assert(socket.bind("127.0.0.1", 0))
  local _, port = server:getsockname()
  local list = assert(socket.getaddrinfo("localhost", port, socket.AF_INET,
    socket.SOCK_STREAM))
  check.equal(list, { { family = socket.AF_INET, type = socket.SOCK_STREAM,
    proto = socket.IPPROTO_TCP, addr = "127.0.0.1", port = port } })
  local e = list[1]
  local client <close> = assert(socket.socket(e.family, e.type, e.proto))
  check.values({ true }, client:connect(e.addr, e.port))
end)

check.case("getaddrinfo without a name means this machine", function()
  local list = assert(socket.getaddrinfo(nil, 80, nil, socket.SOCK_DGRAM))
  check.equal({ #list, list[1].addr, list[2].addr },
    { 2, "127.0.0.1", "::1" })
  check.fails(NONAME, "EAI_NONAME", socket.getaddrinfo(nil, nil))
  check.fails(NONAME, "EAI_NONAME", socket.getaddrinfo("", 80))
  check.fails("ai_family not supported", "EAI_FAMILY",
    socket.getaddrinfo("::1", 80, socket.AF_INET))
end)

check.case("getaddrinfo refuses what makes no sense", function()
  local bad = {
    { 1, "string expected, got table", {}, 80 },
    { 2, "port must be an integer from 0 to 65535, got 65536", "::1", 65536 },
    { 2, "port must be an integer from 0 to 65535, got -1", "::1", "-1" },
    { 2, "port must be an integer from 0 to 65535, got true", "::1", true },
    { 3, "unsupported family", "::1", 80, 99 },
    { 4, "unsupported type", "::1", 80, 0, 99 },
  }
  for _, b in ipairs(bad) do
    local text = "bad argument #%d to 'getaddrinfo' (%s)"
    check.raises(text:format(b[1], b[2]), function()
      socket.getaddrinfo(table.unpack(b, 3))
    end)
  end
  check.raises("bad argument #2 to 'getnameinfo' (port must be", function()
    socket.getnameinfo("127.0.0.1")
  end)
end)

check.case("a name that is no text raises", function()
  local s <close> = socket.tcp()
  for _, name in ipairs({ {}, true, print }) do
    check.raises("bad argument #1 to 'connect'", function()
      s:connect(name, 1)
    end)
    check.raises("bad argument #1 to 'gethostbyname'", function()
      socket.gethostbyname(name)
    end)
  end
  check.raises("bad argument #1 to 'connect'", function()
    s:connect(nil, 1)
  end)
end)
