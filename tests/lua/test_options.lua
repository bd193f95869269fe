-- Options of sockets: Python's constants and LuaSocket's names.
-- netbox: --allow-listen --allow-raw

local check = require("check")
local ipv6 = require("ipv6")
local pair = require("pair")

check.case("setsockopt and getsockopt take Python's constants", function()
  local s <close> = socket.socket()
  local level = socket.SOL_SOCKET
  for _, option in ipairs({ socket.SO_REUSEADDR, socket.SO_KEEPALIVE }) do
    check.values({ true }, s:setsockopt(level, option, 1))
    check.values({ 1 }, s:getsockopt(level, option))
    check.values({ true }, s:setsockopt(level, option, 0))
    check.values({ 0 }, s:getsockopt(level, option))
  end
  check.values({ true }, s:setsockopt(level, socket.SO_RCVBUF, 8192))
  check.values({ 16384 }, s:getsockopt(level, socket.SO_RCVBUF))
  check.values({ 0 }, s:getsockopt(level, socket.SO_ERROR))
  local tcp = socket.IPPROTO_TCP
  check.values({ true }, s:setsockopt(tcp, socket.TCP_NODELAY, 1))
  check.values({ 1 }, s:getsockopt(tcp, socket.TCP_NODELAY))
end)

check.case("options of UDP: broadcast and multicast TTL", function()
  local s <close> = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
  local ip = socket.IPPROTO_IP
  check.values({ true }, s:setsockopt(ip, socket.IP_MULTICAST_TTL, 2))
  check.values({ 2 }, s:getsockopt(ip, socket.IP_MULTICAST_TTL))
  local level = socket.SOL_SOCKET
  check.values({ true }, s:setsockopt(level, socket.SO_BROADCAST, 1))
  check.values({ 1 }, s:getsockopt(level, socket.SO_BROADCAST))
  check.equal(s:getoption("broadcast"), true)
end)

-- What a new socket says (nil: the system's settings decide), and what it is
-- set to and says then.
local function turns(s, options)
  for name, values in pairs(options) do
    local before, after = values[1], values[2]
    if before ~= nil then
      check.equal(s:getoption(name), before)
    end
    check.values({ true }, s:setoption(name, after))
    check.equal(s:getoption(name), after)
  end
end

check.case("every option of TCP that can be read", function()
  local s <close> = socket.tcp4()
  turns(s, {
    reuseaddr = { false, true },
    reuseport = { false, true },
    keepalive = { false, true },
    ["tcp-keepidle"] = { nil, 60 },
    ["tcp-keepcnt"] = { nil, 3 },
    ["tcp-keepintvl"] = { nil, 5 },
    ["tcp-nodelay"] = { false, true },
    linger = {
      { on = false, timeout = 0 }, { on = true, timeout = 5 },
    },
    bindtodevice = { "", "lo" },
  })
  s:setoption("recv-buffer-size", 9000)
  check.values({ 18000 }, s:getoption("recv-buffer-size"))
  s:setoption("send-buffer-size", 9000)
  check.values({ 18000 }, s:getoption("send-buffer-size"))
end)

check.case("every option of UDP that can be read", function()
  local s <close> = socket.udp4()
  turns(s, {
    reuseaddr = { false, true },
    reuseport = { false, true },
    dontroute = { false, true },
    broadcast = { false, true },
    ["ip-multicast-if"] = { "0.0.0.0", "127.0.0.1" },
    ["ip-multicast-ttl"] = { 1, 9 },
    ["ip-multicast-loop"] = { true, false },
    bindtodevice = { "", "lo" },
  })
end)

ipv6.case("every option of IPv6 that can be read", function()
  local s <close> = socket.udp6()
  turns(s, {
    ["ipv6-unicast-hops"] = { nil, 9 },
    ["ipv6-multicast-hops"] = { 1, 9 },
    ["ipv6-multicast-loop"] = { true, false },
  })
  for _, only in ipairs({ true, false }) do
    check.values({ true }, s:setoption("ipv6-v6only", only))
    check.values({ only }, s:getoption("ipv6-v6only"))
  end
  check.values({ 0 }, s:getoption("ipv6-multicast-if"))
end)

check.case("some options can only be set", function()
  local tcp = socket.IPPROTO_TCP
  local s <close> = socket.tcp4()
  local values = {
    ["tcp-defer-accept"] = { 1, socket.TCP_DEFER_ACCEPT },
    ["tcp-fastopen"] = { 5, socket.TCP_FASTOPEN },
    ["tcp-fastopen-connect"] = { 1, socket.TCP_FASTOPEN_CONNECT },
  }
  for name, value in pairs(values) do
    check.values({ true }, s:setoption(name, value[1]))
    check.values({ value[1] }, s:getsockopt(tcp, value[2]))
    check.raises("unsupported option `" .. name .. "'", function()
      s:getoption(name)
    end)
  end
  local u <close> = socket.udp()
  for _, name in ipairs({ "ip-add-membership", "ip-drop-membership",
    "ipv6-add-membership", "ipv6-drop-membership" }) do
    check.raises("unsupported option `" .. name .. "'", function()
      u:getoption(name)
    end)
  end
end)

check.case("error can only be read", function()
  local s <close> = socket.tcp4()
  check.values({ nil, n = 1 }, s:getoption("error"))
  check.raises("unsupported option `error'", function()
    s:setoption("error", 1)
  end)
end)

check.case("error is the message of a refused datagram, once", function()
  local gone = socket.udp4()
  gone:bind("127.0.0.1", 0)
  local s <close> = socket.udp4()
  s:setpeername(gone:getsockname())
  gone:close()
  check.values({ 1 }, s:send("x"))
  check.values({ "connection refused" }, s:getoption("error"))
  check.values({ nil, n = 1 }, s:getoption("error"))
end)

check.case("an option of another kind of socket raises", function()
  local others = {
    [socket.tcp] = { "ip-multicast-if", "ip-multicast-ttl",
      "ip-multicast-loop", "ip-add-membership", "ipv6-multicast-hops",
      "ipv6-multicast-loop", "ipv6-multicast-if", "ipv6-drop-membership" },
    [socket.udp] = { "tcp-nodelay", "tcp-keepidle", "tcp-keepcnt",
      "tcp-keepintvl", "tcp-defer-accept", "tcp-fastopen",
      "tcp-fastopen-connect" },
  }
  for make, names in pairs(others) do
    local s <close> = make()
    for _, name in ipairs(names) do
      check.raises("unsupported option `" .. name .. "'", function()
        s:setoption(name, 1)
      end)
    end
  end
end)

check.case("a value beyond what the system takes is an error value", function()
  local s <close> = socket.tcp4()
  local message, code = "Invalid argument", "EINVAL"
  for name, value in pairs({
    ["tcp-keepidle"] = 32768, ["tcp-keepintvl"] = 0, ["tcp-keepcnt"] = 128,
    ["tcp-fastopen-connect"] = 2,
  }) do
    check.fails(message, code, s:setoption(name, value))
  end
end)

check.case("a device that there is not", function()
  local s <close> = socket.udp4()
  for _, name in ipairs({ "nosuch0", ("lo"):rep(8), "lo2" }) do
    check.fails("No such device", "ENODEV", s:setoption("bindtodevice", name))
    check.fails("No such device", "ENODEV",
      s:setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, name))
  end
  check.values({ "" }, s:getoption("bindtodevice"))
end)

check.case("LuaSocket's names set and get the same", function()
  local s <close> = socket.tcp4()
  for _, name in ipairs({ "reuseaddr", "keepalive", "tcp-nodelay" }) do
    check.ok(s:setoption(name, true))
    check.values({ true }, s:getoption(name))
    check.ok(s:setoption(name, false))
    check.values({ false }, s:getoption(name))
  end
  check.ok(s:setoption("linger", { on = true, timeout = 3 }))
  check.equal(s:getoption("linger"), { on = true, timeout = 3 })
  check.ok(s:setoption("send-buffer-size", 8192))
  check.values({ 16384 }, s:getoption("send-buffer-size"))
  check.ok(s:setoption("recv-buffer-size", 8192))
  check.values({ 16384 }, s:getoption("recv-buffer-size"))
end)

check.case("LuaSocket's names for datagrams", function()
  local s <close> = socket.udp4()
  for _, name in ipairs({ "broadcast", "reuseaddr" }) do
    check.ok(s:setoption(name, true))
    check.values({ true }, s:getoption(name))
  end
  check.ok(s:setoption("ip-multicast-ttl", 2))
  check.values({ 2 }, s:getoption("ip-multicast-ttl"))
end)

check.case("before there is a family, options are kept", function()
  local s <close> = socket.tcp()
  check.ok(s:setoption("keepalive", true))
  check.ok(s:setoption("tcp-nodelay", true))
  check.ok(s:setoption("linger", { on = true, timeout = 7 }))
  check.values(
    { true },
    s:setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)
  )
  check.values({ true }, s:bind("127.0.0.1", 0))
  check.values({ true }, s:getoption("keepalive"))
  check.values({ true }, s:getoption("tcp-nodelay"))
  check.equal(s:getoption("linger"), { on = true, timeout = 7 })
  check.values({ 16384 }, s:getoption("recv-buffer-size"))
end)

check.case("kept options reach a socket that connects, too", function()
  local server <close> = socket.bind("127.0.0.1", 0)
  local ip, port = server:getsockname()
  local s <close> = socket.tcp()
  s:setoption("keepalive", true)
  s:setoption("keepalive", false)
  s:setoption("tcp-nodelay", true)
  check.values({ true }, s:connect(ip, port))
  check.values({ true }, s:getoption("tcp-nodelay"))
  check.values({ false }, s:getoption("keepalive"))
end)

check.case("kept options reach a socket that sends a datagram", function()
  local server <close> = socket.udp()
  server:bind("*", 0)
  local _, port = server:getsockname()
  local s <close> = socket.udp()
  s:setoption("broadcast", true)
  check.values({ 1 }, s:sendto("x", "127.255.255.255", port))
  check.values({ "x" }, server:recv())
end)

check.case("without a family the system's presets are told", function()
  local tcp <close> = socket.tcp()
  check.ok(tcp:getoption("tcp-keepidle") > 0)
  check.values({ false }, tcp:getoption("keepalive"))
  check.values({ 0 }, tcp:getsockopt(socket.SOL_SOCKET, socket.SO_ERROR))
  check.values({ true }, tcp:setoption("recv-buffer-size", 9000))
  check.values({ 18000 }, tcp:getoption("recv-buffer-size"))
  check.equal(tcp:fileno(), -1)
  local udp <close> = socket.udp()
  check.values({ "0.0.0.0" }, udp:getoption("ip-multicast-if"))
  check.values({ true }, udp:getoption("ip-multicast-loop"))
  check.values({ socket.SOCK_DGRAM },
    udp:getsockopt(socket.SOL_SOCKET, socket.SO_TYPE))
  check.equal(udp:fileno(), -1)
end)

check.case("what is kept and refused then fails the call", function()
  local tcp, too_long = socket.IPPROTO_TCP, 99999
  local server <close> = socket.bind("127.0.0.1", 0)
  local _, port = server:getsockname()
  local s <close> = socket.tcp()
  check.values({ true }, s:setsockopt(tcp, socket.TCP_KEEPIDLE, too_long))
  local message, code = "Invalid argument", "EINVAL"
  check.fails(message, code, s:getoption("tcp-keepidle"))
  check.fails(message, code, s:bind("127.0.0.1", 0))
  check.fails(message, code, s:connect("127.0.0.1", port))
  check.equal(s:fileno(), -1)
  check.values({ true }, s:setoption("tcp-keepidle", 60))
  check.values({ true }, s:connect("127.0.0.1", port))
  check.values({ 60 }, s:getoption("tcp-keepidle"))
end)

check.case("a TCP server has reuseaddr by itself", function()
  local server <close> = socket.bind("127.0.0.1", 0)
  check.values({ true }, server:getoption("reuseaddr"))
end)

check.case("error is what the kernel says, and then none", function()
  local near, far = pair()
  check.values({ 0 }, near:getsockopt(socket.SOL_SOCKET, socket.SO_ERROR))
  far:close()
end)

check.case("linger 0 makes close a reset", function()
  local near, far = pair()
  near:setoption("linger", { on = true, timeout = 0 })
  near:close()
  check.fails("closed", "ECONNRESET", far:recv())
end)

check.case("an unknown name raises", function()
  local s <close> = socket.tcp()
  for _, name in ipairs({ "no-such-option", "", "REUSEADDR" }) do
    check.raises("unsupported option", function()
      s:setoption(name, true)
    end)
    check.raises("unsupported option", function()
      s:getoption(name)
    end)
  end
  check.raises("bad argument #1 to 'setoption'", function()
    s:setoption("no-such-option", true)
  end)
end)

check.case("a value of the wrong type raises", function()
  local s <close> = socket.tcp()
  local wrong = {
    reuseaddr = 1,
    keepalive = "yes",
    linger = true,
    ["recv-buffer-size"] = {},
  }
  for name, value in pairs(wrong) do
    check.raises("bad argument #2 to 'setoption'", function()
      s:setoption(name, value)
    end)
  end
  check.raises("bad argument #2 to 'setoption'", function()
    s:setoption("reuseaddr")
  end)
end)

check.case("numbers that no kernel knows are an error value", function()
  local s <close> = socket.socket()
  local level = socket.SOL_SOCKET
  local message, code = "Protocol not available", "ENOPROTOOPT"
  check.fails(message, code, s:getsockopt(level, 200))
  check.fails(message, code, s:setsockopt(level, 200, 1))
end)

check.case("setsockopt's arguments are numbers", function()
  local s <close> = socket.socket()
  local level, option = socket.SOL_SOCKET, socket.SO_REUSEADDR
  check.raises("bad argument #1 to 'setsockopt'", function()
    s:setsockopt("socket", option, 1)
  end)
  check.raises("bad argument #2 to 'setsockopt'", function()
    s:setsockopt(level, {}, 1)
  end)
  check.raises("bad argument #3 to 'setsockopt'", function()
    s:setsockopt(level, option, {})
  end)
  check.raises("bad argument #3 to 'setsockopt'", function()
    s:setsockopt(level, option, 2 ^ 40)
  end)
  check.raises("bad argument #2 to 'getsockopt'", function()
    s:getsockopt(level)
  end)
end)

check.case("Python's constants have the kernel's values", function()
  local linux = {
    AF_INET = 2, AF_INET6 = 10, SOCK_STREAM = 1, SOCK_DGRAM = 2,
    SOCK_RAW = 3, IPPROTO_ICMP = 1, IPPROTO_TCP = 6, IPPROTO_UDP = 17,
    IPPROTO_IP = 0, SOL_SOCKET = 1, SO_REUSEADDR = 2, SO_ERROR = 4,
    SO_BROADCAST = 6, SO_SNDBUF = 7, SO_RCVBUF = 8, SO_KEEPALIVE = 9,
    SO_LINGER = 13, TCP_NODELAY = 1, IP_TTL = 2, IP_MULTICAST_TTL = 33,
  }
  for name, value in pairs(linux) do
    check.ok(socket[name] == value, name .. " = " .. tostring(socket[name]))
  end
end)

check.case("servers with reuseport share a port", function()
  local servers, port = {}, 0
  for i = 1, 2 do
    local s = socket.tcp()
    check.ok(s:setoption("reuseport", true))
    check.values({ true }, s:bind("127.0.0.1", port))
    check.values({ true }, s:listen())
    s:settimeout(0)
    port = select(2, s:getsockname())
    servers[i] = s
  end
  check.fails("address already in use", "EADDRINUSE",
    socket.bind("127.0.0.1", port))
  local clients, accepted = {}, 0
  for i = 1, 20 do
    clients[i] = assert(socket.connect("127.0.0.1", port))
  end
  for _, s in ipairs(servers) do
    local conn = s:accept()
    while conn do
      accepted = accepted + 1
      conn:close()
      conn = s:accept()
    end
    s:close()
  end
  check.equal(accepted, #clients)
  for _, s in ipairs(clients) do
    s:close()
  end
end)

check.case("datagram sockets share a port where all allow it", function()
  for _, name in ipairs({ "reuseaddr", "reuseport" }) do
    local one <close> = socket.udp()
    check.ok(one:setoption(name, true))
    check.values({ true }, one:bind("127.0.0.1", 0))
    local ip, port = one:getsockname()
    local two <close> = socket.udp()
    check.fails("address already in use", "EADDRINUSE", two:bind(ip, port))
    local three <close> = socket.udp()
    check.ok(three:setoption(name, true))
    check.values({ true }, three:bind(ip, port))
  end
end)

check.case("defer-accept holds a client back until it says something",
  function()
    local server <close> = assert(socket.bind("127.0.0.1", 0))
    check.ok(server:setoption("tcp-defer-accept", 20))
    local client <close> = socket.tcp()
    check.values({ true }, client:connect(server:getsockname()))
    server:settimeout(0)
    check.fails("timeout", "EAGAIN", server:accept())
    server:settimeout(10)
    check.values({ 5 }, client:send("hello"))
    local conn <close> = assert(server:accept())
    check.values({ "hello" }, conn:recv())
  end)
