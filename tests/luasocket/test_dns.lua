-- dns: names and addresses of this machine; nobody else is asked.

local socket = require("socket")
local same = require("same")
local show = same.show
local dns = socket.dns

-- An answer: the table that comes with a name or an address.
local function answer(what, first, info)
  if not first then
    show(what, first, info)
    return
  end
  show(what, first)
  show("the name", info.name)
  show("aliases", type(info.alias))
  for i, ip in ipairs(info.ip) do show("address " .. i, ip) end
end

local functions = {}
for name in pairs(dns) do table.insert(functions, name) end
table.sort(functions)
show("dns", table.concat(functions, " "))

answer("the address of an address", dns.toip("127.0.0.1"))
answer("localhost", dns.toip("localhost"))
answer("no such name", dns.toip("no such name"))
answer("an empty name", dns.toip("no..such"))
show("this machine", dns.gethostname() ~= "")
answer("the name of an address", dns.tohostname("127.0.0.1"))
answer("the name of a name", dns.tohostname("localhost"))
answer("the name of no name", dns.tohostname("no such name"))

local function list(what, found, problem)
  if not found then
    show(what, found, problem)
    return
  end
  for i, entry in ipairs(found) do
    show(what .. " " .. i, entry.family, entry.addr)
  end
  show(what .. ": no more", found[#found + 1])
end
list("IPv4", dns.getaddrinfo("127.0.0.1"))
list("IPv6", dns.getaddrinfo("::1"))
list("none", dns.getaddrinfo("no such name"))

show("the host of an address", dns.getnameinfo("127.0.0.1")[1])
same.raised("no name", dns.toip)
same.raised("no name for getaddrinfo", dns.getaddrinfo)
