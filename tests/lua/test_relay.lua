-- socket.relay on real sockets: all kinds of streams, much data both ways at
-- once, half-close, and what a relay that is broken off leaves.
local check = require("check")
local pair = require("pair")

local function unix_pair()
  return assert(socket.socketpair())
end

local function ipv6_pair()
  local server <close> = assert(socket.tcp6())
  assert(server:bind("::1", 0))
  assert(server:listen())
  local near = socket.tcp6()
  local ip, port = server:getsockname()
  assert(near:connect(ip, port))
  return near, assert(server:accept())
end

local function has_ipv6()
  local s <close> = socket.tcp6()
  return s and s:bind("::1", 0)
end

-- A relay between two pairs: both outer ends, the thread, the inner ends.
local function connect(left, right)
  local near, a = left()
  local b, far = right()
  return near, far, thread.spawn(socket.relay, a, b), a, b
end

local function close(...)
  for _, s in ipairs { ... } do
    s:close()
  end
end

-- Bytes that show what is lost, doubled or moved: numbered blocks of chance.
local function noise(count)
  local words, blocks = {}, {}
  for i = 1, 1000 do
    words[i] = string.pack("i8", math.random(0))
  end
  local chance = table.concat(words)
  for i = 1, count // 8000 do
    blocks[i] = string.pack("i8", i) .. chance:sub(9)
  end
  return table.concat(blocks)
end

-- Sends in pieces of all sizes, then the end.
local function talk(s, text)
  local at = 1
  while at <= #text do
    local last = at + math.random(200000)
    assert(s:send(text, at, math.min(last, #text)))
    at = last + 1
  end
  assert(s:shutdown("send"))
end

local function much_both_ways(left, right)
  local near, far, relay, a, b = connect(left, right)
  local there, back = noise(2000000), noise(1500000)
  local talkers = {
    thread.spawn(talk, near, there), thread.spawn(talk, far, back)
  }
  local listener = thread.spawn(near.receive, near, "*a")
  check.ok(assert(far:receive("*a")) == there, "not what was sent there")
  check.ok(check.joined(listener) == back, "not what was sent back")
  for _, t in ipairs(talkers) do
    check.joined(t)
  end
  check.values({ #there, #back }, check.joined(relay))
  check.equal((a:getstats()), #there)
  check.equal((select(2, b:getstats())), #there)
  close(near, far, a, b)
end

check.case("much goes both ways at once between any streams", function()
  much_both_ways(pair, pair)
  much_both_ways(pair, unix_pair)
  much_both_ways(unix_pair, unix_pair)
  if has_ipv6() then
    much_both_ways(pair, ipv6_pair)
  end
end)

check.case("each end is passed on, and the other way goes on", function()
  for _, order in ipairs { 1, 2 } do
    local near, far, relay, a, b = connect(pair, unix_pair)
    local first, last = near, far
    if order == 2 then
      first, last = far, near
    end
    assert(first:send("a question"))
    assert(first:shutdown("send"))
    check.equal(last:receive("*a"), "a question")
    check.equal(relay:status(), "waiting")
    assert(last:send("an answer"))
    check.equal(first:recv(), "an answer")
    last:close()
    check.fails("closed", "EOF", first:recv())
    local counts = order == 1 and { 10, 9 } or { 9, 10 }
    check.values(counts, check.joined(relay))
    close(near, far, a, b)
  end
end)

check.case("the sockets are usable before and after", function()
  local near, far, relay, a, b = connect(pair, pair)
  assert(near:send("one\n"))
  check.equal(far:receive(), "one")
  relay:cancel()
  check.cancelled(relay)
  assert(near:send("two\nthree\n"))
  check.equal(a:receive(), "two")
  relay = thread.spawn(socket.relay, a, b)
  check.equal(far:receive(), "three")
  close(near, far)
  check.values({ 6, 0 }, check.joined(relay))
  close(a, b)
end)

check.case("a relay that is cancelled in the middle loses nothing", function()
  local near, far, relay, a, b = connect(
    function() return pair(65536) end, function() return pair(65536) end)
  local text = noise(2000000)
  local talker = thread.spawn(talk, near, text)
  local head = assert(far:receive(200000))
  for _ = 1, 3 do
    relay:cancel()
    check.cancelled(relay)
    relay = thread.spawn(socket.relay, a, b)
    head = head .. assert(far:receive(200000))
  end
  relay:cancel()
  check.cancelled(relay)
  b:shutdown("send")
  local arrived = far:receive("*a") or ""
  local tail = assert(a:receive("*a"))
  check.ok(head .. arrived .. tail == text, "bytes are missing")
  check.joined(talker)
  close(near, far, a, b)
end)

check.case("a side that dies ends it", function()
  local near, far, relay, a, b = connect(pair, unix_pair)
  assert(near:send("a"))
  check.equal(far:recv(), "a")
  near:setoption("linger", { on = true, timeout = 0 })
  near:close()
  check.values({ nil, "closed", "ECONNRESET", 1, 0 }, check.joined(relay))
  close(far, a, b)
end)

check.case("silence ends it, with a time-out", function()
  local near, a = pair()
  local far, b = pair()
  a:settimeout(0.02)
  local begun = timer.now()
  check.values({ nil, "timeout", "ETIMEDOUT", 0, 0 }, socket.relay(a, b))
  check.ok(timer.now() - begun >= 0.02)
  a:settimeout(nil)
  check.fails("timeout", "ETIMEDOUT",
    thread.deadline(0.02, socket.relay, a, b))
  close(near, far, a, b)
end)

check.case("a close under it ends it", function()
  local near, far, relay, a, b = connect(pair, pair)
  thread.yield()
  b:close()
  check.values({ nil, "closed", "EBADF", 0, 0 }, check.joined(relay))
  close(near, far, a)
end)

check.case("relays that have been busy keep no descriptors", function()
  local COUNT = 20
  local ends, relays = {}, {}
  local text = noise(504000)
  for i = 1, COUNT do
    local near, far, relay, a, b = connect(unix_pair, unix_pair)
    ends[i], relays[i] = { near, far, a, b }, relay
    local talker = thread.spawn(near.send, near, text)
    check.ok(far:receive(#text) == text)
    check.joined(talker)
  end
  local last <close> = socket.udp4()
  check.ok(last:fileno() < 4 * COUNT + 16, "there are more than the sockets")
  for i = 1, COUNT do
    ends[i][1]:close()
    ends[i][2]:close()
    check.values({ #text, 0 }, check.joined(relays[i]))
    close(table.unpack(ends[i]))
  end
  local first <close> = socket.udp4()
  check.ok(first:fileno() < 16, "descriptors are left")
end)
