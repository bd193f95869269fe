-- Options by name: what can be set, what is got back, what is not known.
-- netbox: --allow-net=224.0.0.0/4,ff00::/8

local socket = require("socket")
local same = require("same")
local show = same.show

local function set_and_get(s, name, value, shown)
  show("set " .. name, s:setoption(name, value))
  local got = s:getoption(name)
  show("get " .. name, shown and shown(got) or got)
end

local tcp = socket.tcp4()
for _, name in ipairs({ "keepalive", "reuseaddr", "reuseport",
  "tcp-nodelay" }) do
  show(name, tcp:getoption(name))
  set_and_get(tcp, name, true)
  set_and_get(tcp, name, false)
end
for _, name in ipairs({ "tcp-keepidle", "tcp-keepcnt", "tcp-keepintvl" }) do
  set_and_get(tcp, name, 7)
end
for _, name in ipairs({ "send-buffer-size", "recv-buffer-size" }) do
  set_and_get(tcp, name, 20000)
end
show("linger", tcp:getoption("linger").on, tcp:getoption("linger").timeout)
for _, value in ipairs({ { on = true, timeout = 3 },
  { on = false, timeout = 0 } }) do
  set_and_get(tcp, "linger", value, function(got)
    return tostring(got.on) .. " " .. got.timeout
  end)
end
show("error", tcp:getoption("error"))
show("set tcp-defer-accept", tcp:setoption("tcp-defer-accept", 3))
show("set tcp-fastopen", tcp:setoption("tcp-fastopen", 5))
show("set tcp-fastopen-connect", tcp:setoption("tcp-fastopen-connect", true))
show("set ipv6-v6only", socket.tcp6():setoption("ipv6-v6only", true))

local udp = socket.udp4()
for _, name in ipairs({ "dontroute", "broadcast", "reuseaddr", "reuseport",
  "ip-multicast-loop" }) do
  show(name, udp:getoption(name))
  set_and_get(udp, name, true)
  set_and_get(udp, name, false)
end
for _, name in ipairs({ "recv-buffer-size", "send-buffer-size" }) do
  set_and_get(udp, name, 20000)
end
show("set ip-multicast-ttl", udp:setoption("ip-multicast-ttl", 5))
show("set ip-multicast-if", udp:setoption("ip-multicast-if", "127.0.0.1"))
show("get ip-multicast-if", udp:getoption("ip-multicast-if"))
local group = { multiaddr = "239.1.2.3", interface = "127.0.0.1" }
show("join", udp:setoption("ip-add-membership", group))
show("join twice", (udp:setoption("ip-add-membership", group)))
show("leave", udp:setoption("ip-drop-membership", group))
show("leave twice", (udp:setoption("ip-drop-membership", group)))
show("join at any", udp:setoption("ip-add-membership",
  { multiaddr = "239.1.2.3", interface = "*" }))

local udp6 = socket.udp6()
for _, name in ipairs({ "ipv6-v6only", "ipv6-multicast-loop" }) do
  set_and_get(udp6, name, true)
  set_and_get(udp6, name, false)
end
for _, name in ipairs({ "ipv6-unicast-hops", "ipv6-multicast-hops" }) do
  set_and_get(udp6, name, 9)
end
local group6 = { multiaddr = "ff02::1:3", interface = 1 }
show("join", udp6:setoption("ipv6-add-membership", group6))
show("leave", udp6:setoption("ipv6-drop-membership", group6))

for _, s in ipairs({ tcp, udp }) do
  show("set no such option", (pcall(s.setoption, s, "other", true)))
  show("get no such option", (pcall(s.getoption, s, "other")))
end
same.raised("a number for a boolean", tcp.setoption, tcp, "keepalive", 1)
same.raised("a boolean for a table", tcp.setoption, tcp, "linger", true)

-- What a connection has.
local near, far = same.pair()
show("linger before a reset", far:setoption("linger",
  { on = true, timeout = 0 }))
far:close()
show("the end", near:receive())
