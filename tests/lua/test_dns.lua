-- socket.dns: LuaSocket's functions for names, with LuaSocket's results.

local check = require("check")

local dns = socket.dns
local NONAME = "host or service not provided, or not known"
local NAMELESS = { "", "a..b", "no such name", "127.1", "localhost\0", 80 }

check.case("toip gives the address and all about the host", function()
  local info = { name = "localhost", alias = {}, ip = { "127.0.0.1" } }
  check.values({ "127.0.0.1", info }, dns.toip("localhost"))
  check.values({ "127.0.0.1", info }, dns.toip("LocalHost"))
  check.values({ "127.0.0.1", info }, dns.toip("127.0.0.1"))
end)

check.case("tohostname gives the name and all about the host", function()
  local info = { name = "localhost", alias = {}, ip = { "127.0.0.1" } }
  check.values({ "localhost", info }, dns.tohostname("127.0.0.1"))
  check.values({ "localhost", info }, dns.tohostname("localhost"))
  info.ip = { "::1" }
  check.values({ "localhost", info }, dns.tohostname("::1"))
end)

check.case("an unknown host is not found", function()
  for _, host in ipairs(NAMELESS) do
    check.fails("host not found", "EAI_NONAME", dns.toip(host))
    check.fails("host not found", "EAI_NONAME", dns.tohostname(host))
    check.fails(NONAME, "EAI_NONAME", dns.getaddrinfo(host))
    check.fails(NONAME, "EAI_NONAME", dns.getnameinfo(host))
  end
end)

check.case("getaddrinfo lists the addresses of both families", function()
  check.values({ { { family = "inet", addr = "127.0.0.1" },
    { family = "inet6", addr = "::1" } } }, dns.getaddrinfo("localhost"))
  check.values({ { { family = "inet", addr = "192.0.2.1" } } },
    dns.getaddrinfo("192.0.2.1"))
  check.values({ { { family = "inet6", addr = "2001:db8::1" } } },
    dns.getaddrinfo("2001:DB8:0::1"))
end)

check.case("getnameinfo names each address of a host", function()
  check.values({ { "localhost" } }, dns.getnameinfo("127.0.0.1"))
  check.values({ { "localhost", "localhost" } }, dns.getnameinfo("localhost"))
end)

check.case("getnameinfo names the service behind the list", function()
  check.values({ { "localhost" }, "0" }, dns.getnameinfo("127.0.0.1", 0))
  check.values({ { "localhost" }, "0" }, dns.getnameinfo("127.0.0.1", "0"))
  check.values({ {}, "0" }, dns.getnameinfo(nil, 0))
  check.fails("service not supported for socket type", "EAI_SERVICE",
    dns.getnameinfo("localhost", "no such service"))
end)

check.case("gethostname is the library's", function()
  check.values({ socket.gethostname() }, dns.gethostname())
end)

check.case("a mistake is raised where it was made", function()
  local file = "test_dns.lua:"
  for _, name in ipairs({ "toip", "tohostname", "getaddrinfo" }) do
    for _, value in ipairs({ {}, true, print }) do
      local err = check.raises("bad argument #1 to '" .. name
        .. "' (string expected, got " .. type(value) .. ")", function()
        dns[name](value)
      end)
      check.has(err, file)
    end
  end
  local err = check.raises("host and serv cannot be both nil", function()
    dns.getnameinfo()
  end)
  check.has(err, file)
  check.raises("bad argument #1 to 'getnameinfo' (string", function()
    dns.getnameinfo({})
  end)
  for _, service in ipairs({ 65536, -1, "65536", 80.5, true }) do
    err = check.raises("bad argument #2 to 'getnameinfo' (port must be an "
      .. "integer from 0 to 65535, got " .. tostring(service), function()
      dns.getnameinfo("127.0.0.1", service)
    end)
    check.has(err, file)
  end
end)

check.case("nothing that the script redefines changes them", function()
  local saved = socket.gethostbyaddr
  rawset(socket, "gethostbyaddr", nil)
  local ip = dns.toip("localhost")
  rawset(socket, "gethostbyaddr", saved)
  check.equal(ip, "127.0.0.1")
end)
