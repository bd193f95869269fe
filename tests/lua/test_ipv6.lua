-- IPv6: the same calls with other addresses.
-- netbox: --allow-listen

local check = require("check")
local case = require("ipv6").case

case("a server and a client over ::1", function()
  local server <close> = assert(socket.bind("::1", 0))
  local ip, port, family = server:getsockname()
  check.equal(ip, "::1")
  check.equal(family, "inet6")
  local client <close> = assert(socket.connect("::1", port))
  local conn <close>, cip, cport = server:accept()
  check.values({ cip, cport, "inet6" }, client:getsockname())
  check.values({ 5 }, client:send("hello"))
  check.values({ "hello" }, conn:recv())
end)

case("datagrams over ::1", function()
  local server <close> = socket.udp6()
  check.values({ true }, server:bind("::1", 0))
  local _, port = server:getsockname()
  local client <close> = socket.udp()
  check.values({ 2 }, client:sendto("hi", "::1", port))
  local data, ip, from = server:recvfrom()
  check.equal(data, "hi")
  check.equal(ip, "::1")
  check.values({ 5 }, server:sendto("there", ip, from))
  check.values({ "there" }, client:recv())
end)

case("an IPv6 socket's every interface is ::", function()
  for _, make in ipairs({ socket.tcp6, socket.udp6 }) do
    local s <close> = make()
    check.values({ true }, s:bind("*", 0))
    check.equal(s:getsockname(), "::")
  end
end)

case("an IPv6 socket binds localhost as ::1", function()
  local s <close> = socket.tcp6()
  check.values({ true }, s:bind("localhost", 0))
  check.equal(s:getsockname(), "::1")
end)

case("tostring puts IPv6 addresses into brackets", function()
  local server <close> = socket.bind("::1", 0)
  local _, port = server:getsockname()
  local client <close> = socket.connect("::1", port)
  local conn <close>, ip, cport = server:accept()
  local form = "tcp [::1]:%d <- [%s]:%d"
  check.equal(tostring(conn), form:format(port, ip, cport))
  client:close()
end)

case("the many spellings of an address are one", function()
  local server <close> = socket.bind("0:0:0:0:0:0:0:1", 0)
  local ip, port = server:getsockname()
  check.equal(ip, "::1")
  local client <close> = assert(socket.connect("0::0:1", port))
  check.equal(client:getpeername(), "::1")
end)

case("an address of the other family is no address to a socket", function()
  local four <close> = socket.tcp4()
  local six <close> = socket.tcp6()
  local message, code = "ai_family not supported", "EAI_FAMILY"
  check.fails(message, code, four:connect("::1", 1))
  check.fails(message, code, six:connect("127.0.0.1", 1))
  check.fails(message, code, four:bind("::1", 0))
end)

case("Python's constructor takes the family", function()
  local s <close> = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
  check.values({ true }, s:bind("::1", 0))
  local four <close> = socket.socket()
  check.values({ true }, four:bind("localhost", 0))
  check.equal(four:getsockname(), "127.0.0.1")
end)

case("a zone is a part of the address", function()
  local s <close> = socket.udp6()
  check.values({ true }, s:bind("::1%lo", 0))
end)
