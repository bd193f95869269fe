-- Datagram sockets and their peers: one, another, none, one again.

local check = require("check")
local ipv6 = require("ipv6")

local no_peer = { "Destination address required", "EDESTADDRREQ" }

-- A bound socket, and its address.
local function bound(address)
  local s = socket.udp()
  s:settimeout(10)
  check.values({ true }, s:bind(address or "127.0.0.1", 0))
  local ip, port = s:getsockname()
  return s, ip, port
end

-- The address of a socket that is gone.
local function nobody()
  local s, ip, port = bound()
  s:close()
  return ip, port
end

check.case("without a peer there is nowhere to send", function()
  for _, make in ipairs({ socket.udp, socket.udp4 }) do
    local s <close> = make()
    check.partial(no_peer[1], 0, no_peer[2], s:send("x"))
    check.fails(no_peer[1], no_peer[2], s:sendall("x"))
    check.equal(select(3, s:getpeername()), "ENOTCONN")
  end
end)

check.case("another peer takes the place of the first", function()
  for _, name in ipairs({ "connect", "setpeername" }) do
    local one <close>, ip, port_one = bound()
    local two <close>, _, port_two = bound()
    local s <close>, _, port = bound()
    check.values({ true }, s[name](s, ip, port_one))
    check.values({ 3 }, s:send("one"))
    check.values({ "one" }, one:recv())
    check.values({ true }, s[name](s, ip, port_two))
    check.values({ ip, port_two, "inet" }, s:getpeername())
    check.values({ 3 }, s:send("two"))
    check.values({ "two" }, two:recv())
    one:sendto("from the first", ip, port)
    two:sendto("from the second", ip, port)
    check.values({ "from the second" }, s:recv())
  end
end)

check.case("what came before the peer was set is still there", function()
  local one <close>, ip, port_one = bound()
  local s <close>, _, port = bound()
  local stranger <close> = bound()
  stranger:sendto("early", ip, port)
  check.values({ true }, s:setpeername(ip, port_one))
  stranger:sendto("late", ip, port)
  one:sendto("right", ip, port)
  check.values({ "early" }, s:recv())
  check.values({ "right" }, s:recv())
end)

check.case("without the peer again it hears anybody and sends to none",
  function()
    local peer <close>, ip, peer_port = bound()
    local stranger <close> = bound()
    local s <close> = bound()
    check.ok(s:setpeername(ip, peer_port))
    check.values({ true }, s:setpeername("*"))
    check.equal(select(3, s:getpeername()), "ENOTCONN")
    check.partial(no_peer[1], 0, no_peer[2], s:send("x"))
    check.values({ 6 }, s:sendto("anyway", ip, peer_port))
    check.values({ "anyway" }, peer:recv())
    -- The system may have taken back the port that it had chosen.
    local own_ip, port = s:getsockname()
    check.equal(own_ip, ip)
    check.equal(tostring(s), "udp 127.0.0.1:" .. port)
    stranger:sendto("stranger", ip, port)
    check.values({ "stranger" }, s:recv())
    check.values({ true }, s:connect(ip, peer_port))
    check.values({ 5 }, s:send("again"))
    check.values({ "again" }, peer:recv())
  end)

check.case("no peer is no peer, asked how often ever", function()
  local s <close> = socket.udp()
  check.values({ true }, s:setpeername("*"))
  check.equal(s:fileno(), -1)
  local four <close> = socket.udp4()
  check.values({ true }, four:setpeername("*"))
  check.values({ true }, four:setpeername("*"))
  four:close()
  check.fails("closed", "EBADF", four:setpeername("*"))
end)

check.case("one can still send to others", function()
  local peer <close>, ip, peer_port = bound()
  local other <close>, _, other_port = bound()
  local s <close> = socket.udp()
  check.ok(s:setpeername(ip, peer_port))
  check.values({ 5 }, s:sendto("other", ip, other_port))
  check.values({ "other" }, other:recv())
  check.values({ 4 }, s:send("peer"))
  check.values({ "peer" }, peer:recv())
end)

check.case("a refusal comes with the next call, whichever, and once", function()
  local calls = {
    function(s) return s:recv() end,
    function(s) return s:recvfrom() end,
    function(s) return s:sendall("x") end,
  }
  for _, call in ipairs(calls) do
    local s <close> = socket.udp()
    s:settimeout(10)
    check.ok(s:setpeername(nobody()))
    check.values({ 8 }, s:send("anybody?"))
    check.fails("connection refused", "ECONNREFUSED", call(s))
    s:settimeout(0)
    check.fails("timeout", "EAGAIN", s:recv())
  end
end)

check.case("a refusal leaves the socket as it was", function()
  local s <close> = socket.udp()
  s:settimeout(10)
  check.ok(s:setpeername(nobody()))
  s:send("anybody?")
  check.partial("connection refused", 0, "ECONNREFUSED", s:send("x"))
  local peer <close>, ip, peer_port = bound()
  check.values({ true }, s:setpeername(ip, peer_port))
  check.values({ 3 }, s:send("yes"))
  local data, from_ip, from_port = peer:recvfrom()
  check.equal(data, "yes")
  peer:sendto("heard", from_ip, from_port)
  check.values({ "heard" }, s:recv())
end)

check.case("a refusal wakes who waits", function()
  local s <close> = socket.udp()
  check.ok(s:setpeername(nobody()))
  local t = thread.spawn(s.recv, s)
  thread.yield()
  check.equal(t:status(), "waiting")
  check.values({ 8 }, s:send("anybody?"))
  check.fails("connection refused", "ECONNREFUSED", check.joined(t))
end)

check.case("the peer may change under one who waits", function()
  local one <close>, ip, port_one = bound()
  local two <close>, _, port_two = bound()
  local s <close>, _, port = bound()
  check.ok(s:setpeername(ip, port_one))
  local t = thread.spawn(s.recv, s)
  thread.yield()
  check.ok(s:setpeername(ip, port_two))
  one:sendto("one", ip, port)
  two:sendto("two", ip, port)
  check.equal(check.joined(t), "two")
end)

check.case("connect_ex gives the number of success", function()
  local peer <close>, ip, peer_port = bound()
  local s <close> = socket.udp()
  check.values({ 0 }, s:connect_ex(ip, peer_port))
  check.values({ 2 }, s:send("ok"))
  check.values({ "ok" }, peer:recv())
end)

ipv6.case("IPv6 has peers like any", function()
  local one <close>, ip, port_one = bound("::1")
  local two <close>, _, port_two = bound("::1")
  local s <close> = socket.udp()
  check.ok(s:setpeername(ip, port_one))
  s:send("one")
  check.values({ "one" }, one:recv())
  check.ok(s:setpeername(ip, port_two))
  s:send("two")
  check.values({ "two" }, two:recv())
  check.values({ true }, s:setpeername("*"))
  check.partial(no_peer[1], 0, no_peer[2], s:send("x"))
  check.values({ 5 }, s:sendto("again", ip, port_one))
  check.values({ "again" }, one:recv())
end)
