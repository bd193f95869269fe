-- settimeout: one deadline for the whole call; with both modes set, each wait
-- has its own and the call the other.

local check = require("check")
local pair = require("pair")

-- Sends a byte every few milliseconds until it is cancelled.
local function drip(conn)
  for _ = 1, 1000 do
    conn:send("x")
    timer.sleep(0.005)
  end
end

-- How long f takes.
local function took(f)
  local start = timer.now()
  f()
  return timer.now() - start
end

check.case("settimeout gives true, gettimeout what was set", function()
  local s <close> = socket.tcp()
  check.values({ true }, s:settimeout(1.5))
  check.values({ true }, s:settimeout(2.5, "t"))
  check.values({ 1.5, 2.5 }, s:gettimeout())
  check.values({ true }, s:settimeout(0.25, "b"))
  check.values({ 0.25, 2.5 }, s:gettimeout())
end)

check.case("what gettimeout gives can be set again", function()
  local s <close> = socket.tcp()
  local none = table.pack(s:gettimeout())
  check.equal(none.n, 2)
  s:settimeout(3)
  check.values({ true }, s:settimeout(none[1]))
  check.values(none, s:gettimeout())
end)

check.case("nil and less than 0 wait for ever, 0 never", function()
  local near, far = pair()
  for _, t in ipairs({ -1, -0.5, false }) do
    far:settimeout(0.001)
    far:settimeout(t or nil)
    local reader = thread.spawn(far.recv, far)
    check.fails("timeout", "ETIMEDOUT", reader:join(0.005))
    near:send("x")
    check.equal(check.joined(reader), "x")
  end
  far:settimeout(0)
  check.fails("timeout", "EAGAIN", far:recv())
  near:send("there")
  check.values({ "there" }, far:recv())
end)

for _, mode in ipairs({ "b", "t" }) do
  check.case("mode " .. mode .. " alone covers the whole call", function()
    local near, far = pair()
    local dripping = thread.spawn(drip, near)
    far:settimeout(0.05, mode)
    local time = took(function()
      local ok, message, partial, code = far:receive(100000)
      check.values(
        { nil, "timeout", "ETIMEDOUT", n = 3 },
        ok, message, code
      )
      check.ok(#partial > 0)
    end)
    check.ok(time >= 0.05 and time < 3, time)
    dripping:cancel()
    check.cancelled(dripping)
  end)
end

check.case("with both, a silent peer ends the wait by mode b", function()
  local near, far = pair()
  far:settimeout(0.02, "b")
  far:settimeout(20, "t")
  local time = took(function()
    check.partial("timeout", "", "ETIMEDOUT", far:receive(10))
  end)
  check.ok(time >= 0.02 and time < 5, time)
  near:close()
end)

check.case("with both, a dripping peer ends the call by mode t", function()
  local near, far = pair()
  local dripping = thread.spawn(drip, near)
  far:settimeout(2, "b")
  far:settimeout(0.05, "t")
  local time = took(function()
    check.equal(select(2, far:receive(100000)), "timeout")
  end)
  check.ok(time >= 0.05 and time < 1.5, time)
  dripping:cancel()
  check.cancelled(dripping)
end)

check.case("with both, each wait has mode b for itself", function()
  local near, far = pair()
  far:settimeout(0.2, "b")
  far:settimeout(60, "t")
  local reader = thread.spawn(far.receive, far, 4)
  local time = took(function()
    for _ = 1, 4 do
      timer.sleep(0.055)
      near:send("x")
    end
    check.equal(check.joined(reader), "xxxx")
  end)
  check.ok(time >= 0.22)
end)

check.case("a time-out is for one call, the next has all its time", function()
  local near, far = pair()
  far:settimeout(0.02)
  for _ = 1, 3 do
    local time = took(function()
      check.fails("timeout", "ETIMEDOUT", far:recv())
    end)
    check.ok(time >= 0.02)
  end
  near:send("in time")
  check.values({ "in time" }, far:recv())
end)

check.case("what is ready wins against a time-out of 0", function()
  local near, far = pair()
  near:send("a line\nrest")
  far:settimeout(0)
  check.values({ "a line" }, far:receive())
  check.values({ "rest" }, far:recv())
end)

check.case("a change does not reach a call that waits already", function()
  local near, far = pair()
  local reader = thread.spawn(far.recv, far)
  thread.yield()
  far:settimeout(0.001)
  check.fails("timeout", "ETIMEDOUT", reader:join(0.01))
  near:send("x")
  check.equal(check.joined(reader), "x")
end)

check.case("one reader times out, the other still gets its turn", function()
  local near, far = pair()
  far:settimeout(0.01)
  local first = thread.spawn(far.recv, far, 1)
  thread.yield()
  far:settimeout(nil)
  local second = thread.spawn(far.recv, far, 1)
  check.fails("timeout", "ETIMEDOUT", check.joined(first))
  near:send("x")
  check.equal(check.joined(second), "x")
end)

check.case("reading in time and writing have deadlines of their own", function()
  local near, far = pair(65536)
  near:settimeout(0.05)
  local reader = thread.spawn(near.recv, near)
  local writer = thread.spawn(near.sendall, near, ("x"):rep(2 ^ 21))
  thread.yield()
  far:send("in time")
  check.equal(check.joined(reader), "in time")
  check.fails("timeout", "ETIMEDOUT", check.joined(writer))
end)

check.case("what is no time and no mode raises", function()
  local s <close> = socket.tcp()
  for _, t in ipairs({ 0 / 0, "soon", {}, true }) do
    check.raises("bad argument #1 to 'settimeout'", function()
      s:settimeout(t)
    end)
  end
  check.raises("invalid timeout mode", function()
    s:settimeout(1, "x")
  end)
  check.values({ true }, s:settimeout(math.huge))
end)
