-- Cancellation: raised at the thread's current or next waiting call, and
-- again at each later one; what was handed over already is never dropped.

local check = require("check")
local pair = require("pair")

-- A thread that runs f and is at its first wait.
local function waiting(f, ...)
  local t = thread.spawn(f, ...)
  thread.yield()
  check.equal(t:status(), "waiting")
  return t
end

check.case("the object has a code, the reason and a text", function()
  local reason = { "why" }
  local t = waiting(timer.sleep, math.huge)
  check.values({ true }, t:cancel(reason))
  local err = check.cancelled(t)
  check.equal(err.code, "ECANCELED")
  check.ok(err.reason == reason)
  check.ok(#tostring(err) > 0)
  check.values({ false, err }, t:join())
end)

check.case("a thread not yet started never runs", function()
  local ran = false
  local t = thread.spawn(function()
    ran = true
  end)
  check.values({ true }, t:cancel("too late"))
  local err = check.cancelled(t)
  check.equal(err.reason, "too late")
  check.equal(ran, false)
end)

check.case("cancel of an ended thread is false", function()
  local t = thread.spawn(function() end)
  check.joined(t)
  check.values({ false }, t:cancel())
  check.equal(t:status(), "done")
  t = thread.spawn(error, "on purpose")
  t:join()
  check.values({ false }, t:cancel())
  check.equal(t:status(), "failed")
end)

check.case("a ready thread is cancelled at its next wait", function()
  local log = {}
  local t = thread.spawn(function()
    thread.yield()
    table.insert(log, "runs on")
    timer.sleep(0)
    table.insert(log, "not reached")
  end)
  local gate = thread.event()
  local woken = waiting(function()
    table.insert(log, gate:wait())
    gate:wait()
    table.insert(log, "not reached")
  end)
  gate:set()
  t:cancel()
  woken:cancel()
  check.cancelled(t)
  check.cancelled(woken)
  check.equal(log[#log], true)
  for _, entry in ipairs(log) do
    check.ok(entry ~= "not reached")
  end
end)

check.case("it is raised again at every later wait", function()
  local codes = {}
  local t = waiting(function()
    for i = 1, 3 do
      local ok, err = pcall(timer.sleep, math.huge)
      codes[i] = not ok and err.code
    end
    timer.sleep(0)
  end)
  t:cancel()
  check.cancelled(t)
  check.equal(codes, { "ECANCELED", "ECANCELED", "ECANCELED" })
end)

check.case("even calls that need not wait notice it", function()
  local near, far = pair()
  local sent = far:send("ready")
  check.equal(sent, 5)
  local done = thread.spawn(function() end)
  check.joined(done)
  local queue = thread.queue()
  queue:put("item")
  local calls = {
    function() timer.sleep(0) end,
    function() near:recv() end,
    function() near:receive(1) end,
    function() near:send("x") end,
    function() done:join() end,
    function() queue:get() end,
    function() thread.lock():acquire() end,
    function() socket.gethostbyname("127.0.0.1") end,
  }
  local t = thread.spawn(function()
    thread.self():cancel("by myself")
    for i, call in ipairs(calls) do
      local ok, err = pcall(call)
      assert(not ok and err.code == "ECANCELED", "call " .. i)
      assert(err.reason == "by myself")
    end
    timer.sleep(0)
  end)
  check.cancelled(t)
  check.values({ "ready" }, near:recv())
  check.values({ "item" }, queue:get(0))
end)

check.case("no call returns ECANCELED, whatever it waits for", function()
  local near, far = pair(65536)
  local server <close> = socket.bind("127.0.0.1", 0)
  local udp <close> = socket.udp()
  udp:bind("127.0.0.1", 0)
  local lock, gate, queue = thread.lock(), thread.event(), thread.queue(1)
  lock:acquire()
  queue:put("full")
  local sleeper = waiting(timer.sleep, math.huge)
  local empty = thread.queue()
  local calls = {
    function() return near:recv() end,
    function() return far:receive("*a") end,
    function() return server:accept() end,
    function() return udp:recvfrom() end,
    function() return lock:acquire() end,
    function() return gate:wait() end,
    function() return queue:put("more") end,
    function() return empty:get() end,
    function() return sleeper:join() end,
    function() return sleeper:join(100) end,
    function() return near:sendall(("x"):rep(2 ^ 21)) end,
  }
  for _, call in ipairs(calls) do
    local returned
    local t = waiting(function()
      returned = table.pack(call())
    end)
    t:cancel()
    check.cancelled(t)
    check.equal(returned, nil)
  end
  sleeper:cancel()
  check.cancelled(sleeper)
end)

check.case("<close> variables run, innermost first", function()
  local log = {}
  local function noted(name)
    return setmetatable({}, {
      __close = function(_, err)
        table.insert(log, name .. " " .. err.code)
      end,
    })
  end
  local t = waiting(function()
    local _ <close> = noted("outer")
    local _ <close> = noted("inner")
    timer.sleep(math.huge)
  end)
  t:cancel()
  check.cancelled(t)
  check.equal(log, { "inner ECANCELED", "outer ECANCELED" })
end)

check.case("a thread that ends well all the same is done", function()
  local t = waiting(function()
    pcall(timer.sleep, math.huge)
    return "made it"
  end)
  t:cancel()
  check.values({ true, "made it" }, t:join())
  check.equal(t:status(), "done")
end)

check.case("an error of its own after a cancellation is a failure", function()
  local t = waiting(function()
    pcall(timer.sleep, math.huge)
    error("my own", 0)
  end)
  t:cancel()
  check.values({ false, "my own" }, t:join())
  check.equal(t:status(), "failed")
end)

check.case("what was handed over before is delivered", function()
  local queue, lock = thread.queue(), thread.lock()
  lock:acquire()
  local log = {}
  local getter = waiting(function()
    table.insert(log, (queue:get()))
    queue:get()
  end)
  local holder = waiting(function()
    table.insert(log, lock:acquire())
    lock:release()
    timer.sleep(0)
  end)
  queue:put("item")
  getter:cancel()
  lock:release()
  holder:cancel()
  check.cancelled(getter)
  check.cancelled(holder)
  check.equal(log, { "item", true })
  check.equal(lock:locked(), false)
end)

check.case("a cancelled waiter leaves its queue", function()
  local lock = thread.lock()
  lock:acquire()
  local first = waiting(lock.acquire, lock)
  local second = waiting(lock.acquire, lock)
  first:cancel()
  check.cancelled(first)
  lock:release()
  check.equal(check.joined(second), true)
  check.equal(lock:locked(), true)
end)

check.case("cancelling twice is one cancellation", function()
  local t = waiting(timer.sleep, math.huge)
  check.values({ true }, t:cancel())
  check.values({ true }, t:cancel())
  check.cancelled(t)
  check.values({ false }, t:cancel())
end)

check.case("a cancelled join leaves the joined thread alone", function()
  local gate = thread.event()
  local t = waiting(gate.wait, gate)
  local joiner = waiting(t.join, t)
  joiner:cancel()
  check.cancelled(joiner)
  check.equal(t:status(), "waiting")
  gate:set()
  check.values({ true, true }, t:join())
end)

check.case("a thread that cancels itself runs on to its next wait", function()
  local log = {}
  local t = thread.spawn(function()
    table.insert(log, thread.self():cancel("enough"))
    table.insert(log, thread.self():status())
    coroutine.wrap(timer.sleep)(0)
    table.insert(log, "not reached")
  end)
  check.equal(check.cancelled(t).reason, "enough")
  check.equal(log, { true, "running" })
end)

check.case("a thread may cancel whoever joins it, and lives on", function()
  local joiner, t
  t = thread.spawn(function()
    thread.yield()
    check.ok(joiner:cancel("do not wait"))
    thread.yield()
    check.equal(joiner:status(), "cancelled")
    return "my own end"
  end)
  joiner = waiting(t.join, t)
  check.equal(check.cancelled(joiner).reason, "do not wait")
  check.values({ true, "my own end" }, t:join())
end)

check.case("of two that join each other one is cancelled", function()
  local one, other
  one = thread.spawn(function() return other:join() end)
  other = thread.spawn(function() return one:join() end)
  thread.yield()
  check.ok(one:cancel("apart"))
  local err = check.cancelled(one)
  check.equal(err.reason, "apart")
  check.values({ true, false, err }, other:join())
end)
