-- Options of sockets: Python's constants and LuaSocket's names.

local check = require("check")
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
  check.fails(message, code, s:getsockopt(level, 30000))
  check.fails(message, code, s:setsockopt(level, 30000, 1))
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
