-- LuaSocket's names for what is known of names.
local sweep = require("sweep")

sweep.step(function()
  local ip, info = socket.dns.toip("seven")
  assert(ip, info)
  assert(ip == "192.0.2.7" and info.name == "seven" and #info.alias == 0)
  local name
  name, info = socket.dns.tohostname("192.0.2.7")
  assert(name, info)
  assert(name == "seven" and info.ip[1] == "192.0.2.7")
  assert(#assert(socket.dns.gethostname()) > 0)
end)

sweep.step(function()
  local list = assert(socket.dns.getaddrinfo("localhost"))
  assert(list[1].addr == "127.0.0.1" and list[2].family == "inet6")
  local names, service = socket.dns.getnameinfo("127.0.0.1", "http")
  assert(names, service)
  assert(names[1] == "localhost" and service == "http")
end)

sweep.step(function()
  local ip, info = socket.dns.toip("chain.test")
  assert(ip, info)
  assert(ip == "192.0.2.1" and info.name == "end.test")
  local name, message, code = socket.dns.tohostname("nobody.test")
  assert(name == nil and code == "EAI_NONAME", message)
end)
