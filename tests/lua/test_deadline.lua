-- thread.deadline: when the time is up the waits inside raise, and deadline
-- turns that into its result. What is exact about time is in unit/lscope.

local check = require("check")
local pair = require("pair")

local SOON = 0.01

local function timed_out(...)
  check.fails("timeout", "ETIMEDOUT", ...)
end

check.case("the results of the function come behind true", function()
  check.values({ true }, thread.deadline(1, function() end))
  check.values({ true, nil, 2, nil, n = 4 }, thread.deadline(1, function(...)
    return ...
  end, nil, 2, nil))
  local many = table.pack(thread.deadline(1, table.unpack, {}, 1, 5000))
  check.equal(many.n, 5001)
  local callable = setmetatable({}, { __call = function(_, a) return a end })
  check.values({ true, 7 }, thread.deadline(1, callable, 7))
end)

check.case("it runs in the caller's thread", function()
  local me = thread.self()
  check.values({ true, me }, thread.deadline(1, thread.self))
end)

check.case("what it is given is checked", function()
  local f = function() end
  for _, case in ipairs({
    { "bad argument #1 to 'deadline' (number expected, got string)", "x", f },
    { "bad argument #1 to 'deadline' (time must not be NaN)", 0 / 0, f },
    { "bad argument #2 to 'deadline' (function expected, got no value)", 1 },
    { "bad argument #2 to 'deadline' (function expected, got table)", 1, {} },
  }) do
    check.raises(case[1], function()
      thread.deadline(table.unpack(case, 2))
    end)
  end
end)

check.case("no time, an endless one and a numeral are good", function()
  for _, seconds in ipairs({ false, math.huge, 1e300, "10" }) do
    check.values({ true, "well" }, thread.deadline(seconds or nil, function()
      timer.sleep(0)
      return "well"
    end))
  end
end)

check.case("with no time left the first wait is the last", function()
  for _, seconds in ipairs({ 0, -1, -math.huge }) do
    local began, went_on = false, false
    timed_out(thread.deadline(seconds, function()
      began = true
      thread.lock():acquire()
      went_on = true
    end))
    check.ok(began)
    check.ok(not went_on)
    check.values({ true, 1 }, thread.deadline(seconds, function()
      return 1
    end))
  end
end)

-- Everything that may wait, made so that it waits for ever.
local function endless_waits()
  local near, far = pair(65536)
  local server = assert(socket.bind("127.0.0.1", 0))
  local udp = socket.udp()
  udp:bind("127.0.0.1", 0)
  local lock, event, empty = thread.lock(), thread.event(), thread.queue()
  local full = thread.queue(1)
  local sleeper = thread.spawn(timer.sleep, math.huge)
  local group = thread.group()
  group:spawn(timer.sleep, math.huge)
  lock:acquire()
  full:put("full")
  near:settimeout(60)
  return {
    recv = function() return near:recv() end,
    receive = function() return near:receive("*a") end,
    recvuntil = function() return near:recvuntil("\n") end,
    lines = function() for _ in near:lines() do end end,
    send = function() return near:send(("x"):rep(2 ^ 21)) end,
    sendall = function() return near:sendall(("x"):rep(2 ^ 21)) end,
    accept = function() return server:accept() end,
    recvfrom = function() return udp:recvfrom() end,
    select = function() return socket.select({ server }, nil) end,
    sleep = function() return timer.sleep(math.huge) end,
    socket_sleep = function() return socket.sleep(1e6) end,
    yield = function() while true do thread.yield() end end,
    lock = function() return lock:acquire() end,
    hold = function() return lock:hold() end,
    event = function() return event:wait() end,
    get = function() return empty:get() end,
    iter = function() for _ in empty:iter() do end end,
    put = function() return full:put("more") end,
    join = function() return sleeper:join() end,
    join_within = function() return sleeper:join(60) end,
    deadline = function() return thread.deadline(60, event.wait, event) end,
    group = function() return group:wait() end,
    within = function() coroutine.wrap(event.wait)(event) end,
  }, sleeper, far
end

check.case("it ends every wait there is", function()
  local waits, sleeper, far = endless_waits()
  for name, wait in pairs(waits) do
    local result = table.pack(thread.deadline(SOON, wait))
    check.equal(result, { nil, "timeout", "ETIMEDOUT", n = 3 })
    check.ok(name)
  end
  far:close()
  sleeper:cancel()
  check.cancelled(sleeper)
end)

check.case("a call that need not wait raises too when it is late", function()
  local queue = thread.queue()
  queue:put("item")
  timed_out(thread.deadline(SOON, function()
    pcall(timer.sleep, math.huge)
    queue:get()
  end))
  check.values({ "item" }, queue:get(0))
end)

-- Takes so long without waiting.
local function compute(seconds)
  local start = timer.now()
  repeat until timer.now() - start >= seconds
end

check.case("so is the call of who computes for too long", function()
  local queue = thread.queue()
  queue:put("item")
  timed_out(thread.deadline(SOON, function()
    compute(2 * SOON)
    queue:get()
  end))
  check.values({ "item" }, queue:get(0))
  check.values({ true, "done" }, thread.deadline(SOON, function()
    compute(2 * SOON)
    return "done"
  end))
end)

check.case("what was handed over before is delivered", function()
  local queue, got = thread.queue(), nil
  timed_out(thread.deadline(SOON, function()
    thread.spawn(function()
      queue:put("item")
      compute(2 * SOON)
    end)
    got = queue:get()
    queue:get()
  end))
  check.equal(got, "item")
end)

check.case("what was read before it stays in the socket", function()
  local near, far = pair()
  far:send("half a li")
  timed_out(thread.deadline(SOON, near.recvuntil, near, "\n"))
  far:send("ne\n")
  check.values({ "half a line" }, near:recvuntil("\n"))
end)

check.case("who was ended has left the line", function()
  local lock, queue = thread.lock(), thread.queue()
  lock:acquire()
  timed_out(thread.deadline(SOON, lock.acquire, lock))
  timed_out(thread.deadline(SOON, queue.get, queue))
  lock:release()
  check.equal(lock:locked(), false)
  queue:put(1)
  check.values({ 1 }, queue:get(0))
end)

check.case("the cancellation can be seen, and tidied up after", function()
  local closed, seen
  timed_out(thread.deadline(SOON, function()
    local _ <close> = setmetatable({}, { __close = function(_, err)
      closed = err
    end })
    local ok, err = pcall(timer.sleep, math.huge)
    check.equal(ok, false)
    seen = err
    error(err, 0)
  end))
  check.equal(seen.code, "ECANCELED")
  check.equal(seen.reason, "the time is up")
  check.equal(tostring(seen), "cancelled: the time is up")
  check.ok(closed == seen)
end)

check.case("it is the same object each time", function()
  timed_out(thread.deadline(SOON, function()
    local _, first = pcall(timer.sleep, math.huge)
    local _, second = pcall(timer.sleep, math.huge)
    check.ok(rawequal(first, second))
    error(second, 0)
  end))
end)

check.case("who catches it and returns has done well", function()
  check.values({ true, "all the same" }, thread.deadline(SOON, function()
    pcall(timer.sleep, math.huge)
    return "all the same"
  end))
end)

check.case("it is over when the function is", function()
  thread.deadline(0, pcall, timer.sleep, 1)
  timer.sleep(0)
  timed_out(thread.deadline(SOON, timer.sleep, 60))
  timer.sleep(0)
  pcall(thread.deadline, 0, function()
    pcall(timer.sleep, 1)
    error("x")
  end)
  timer.sleep(0)
end)

check.case("a cancellation of one that is over is an error", function()
  local kept
  thread.deadline(0, function()
    kept = select(2, pcall(timer.sleep, 1))
  end)
  local ok, err = pcall(thread.deadline, 1, error, kept, 0)
  check.equal(ok, false)
  check.ok(rawequal(err, kept))
end)

check.case("errors pass unchanged", function()
  local object = setmetatable({}, { __tostring = function() return "o" end })
  for _, err in ipairs({ "text", 42, 4.5, true, {}, object, print }) do
    local got = table.pack(pcall(thread.deadline, 1, error, err, 0))
    check.equal(got.n, 2)
    check.ok(rawequal(got[2], err))
  end
  check.values({ false, nil, n = 2 }, pcall(thread.deadline, 1, error))
  local f = function() error("with its place") end
  local line = debug.getinfo(f, "S").linedefined
  local _, err = pcall(thread.deadline, 1, f)
  check.equal(err, ("tests/lua/test_deadline.lua:%d: with its place"):format(
    line))
end)

check.case("errors of every depth of it pass", function()
  local function nest(depth)
    if depth == 0 then
      timer.sleep(0)
      error("deep", 0)
    end
    local _, value = thread.deadline(60, nest, depth - 1)
    return value
  end
  check.values({ false, "deep" }, pcall(nest, 30))
end)

check.case("an error in what closes takes the place of the time-out", function()
  check.raises("cannot tidy", function()
    thread.deadline(SOON, function()
      local _ <close> = setmetatable({}, { __close = function()
        error("cannot tidy")
      end })
      timer.sleep(60)
    end)
  end)
end)

check.case("nested, the nearer one wins", function()
  local inner
  timed_out(thread.deadline(SOON, function()
    inner = table.pack(thread.deadline(60, timer.sleep, 60))
  end))
  check.equal(inner, nil)
  check.values({ true, "went on" }, thread.deadline(60, function()
    timed_out(thread.deadline(SOON, timer.sleep, 60))
    timer.sleep(0)
    return "went on"
  end))
end)

check.case("when both are up the outer one is the result", function()
  local went_on = false
  timed_out(thread.deadline(0, function()
    thread.deadline(0, timer.sleep, 60)
    went_on = true
  end))
  check.equal(went_on, false)
end)

check.case("a call's own time-out may come first", function()
  local event = thread.event()
  check.values({ true, false }, thread.deadline(60, event.wait, event, SOON))
  local near = pair()
  near:settimeout(SOON)
  check.values({ true, nil, "timeout", "ETIMEDOUT", n = 4 },
    thread.deadline(60, near.recv, near))
end)

check.case("a cancellation of the thread passes", function()
  local result, err
  local t = thread.spawn(function()
    result = table.pack(pcall(thread.deadline, 60, timer.sleep, 60))
    err = result[2]
    timer.sleep(0)
  end)
  thread.yield()
  t:cancel("enough")
  check.ok(rawequal(check.cancelled(t).reason, "enough"))
  check.equal(result[1], false)
  check.equal(err.reason, "enough")
end)

check.case("cancelled and late at once, it is cancelled", function()
  local event, result = thread.event(), nil
  local t = thread.spawn(function()
    result = table.pack(thread.deadline(0, event.wait, event))
  end)
  t:cancel()
  check.cancelled(t)
  local sleeper = thread.spawn(function()
    result = table.pack(thread.deadline(0, function()
      pcall(timer.sleep, 60)
      thread.self():cancel("as well")
      timer.sleep(60)
    end))
  end)
  check.equal(check.cancelled(sleeper).reason, "as well")
  check.equal(result, nil)
end)

check.case("a cancelled thread does not begin", function()
  local began = false
  local t = thread.spawn(function()
    thread.self():cancel()
    thread.deadline(60, function() began = true end)
  end)
  check.cancelled(t)
  check.equal(began, false)
end)

check.case("threads that it spawns live on", function()
  local event, t = thread.event(), nil
  timed_out(thread.deadline(SOON, function()
    t = thread.spawn(event.wait, event)
    timer.sleep(60)
  end))
  check.equal(t:status(), "waiting")
  event:set()
  check.equal(check.joined(t), true)
end)

check.case("pcall in a loop does not outlive it", function()
  local rounds = 0
  timed_out(thread.deadline(SOON, function()
    while true do
      pcall(timer.sleep, 60)
      rounds = rounds + 1
    end
  end))
  check.ok(rounds >= 64 and rounds < 100, rounds)
end)

check.case("nor does anything else that catches errors", function()
  local function wait() timer.sleep(60) end
  local function caught(err) return err end
  for _, once in ipairs({
    function() xpcall(wait, caught) end,
    function() coroutine.resume(coroutine.create(wait)) end,
    function() pcall(pcall, pcall, wait) end,
    function() pcall(coroutine.wrap(wait)) end,
    function() coroutine.resume(coroutine.create(pcall), wait) end,
    function() thread.shield(function() end) pcall(wait) end,
    function() pcall(thread.deadline, 0, wait) end,
    function()
      pcall(function()
        local g <close> = thread.group()
        g:spawn(wait)
      end)
    end,
    function()
      local co = coroutine.create(function()
        local _ <close> = setmetatable({}, { __close = wait })
        coroutine.yield()
      end)
      coroutine.resume(co)
      coroutine.close(co)
    end,
  }) do
    timed_out(thread.deadline(SOON, function()
      pcall(wait)
      while true do
        once()
      end
    end))
  end
  timer.sleep(0)
end)

check.case("what closes runs then as ever, and may catch", function()
  local log = {}
  timed_out(thread.deadline(SOON, function()
    local _ <close> = setmetatable({}, { __close = function()
      table.insert(log, (pcall(timer.sleep, 60)))
      table.insert(log, (pcall(error, "x")))
      thread.shield(timer.sleep, 0)
      table.insert(log, "waited")
    end })
    while true do
      pcall(timer.sleep, 60)
    end
  end))
  check.equal(log, { false, false, "waited" })
end)

check.case("a pcall around it catches as ever afterwards", function()
  local rounds = 0
  local ok, err = pcall(function()
    timed_out(thread.deadline(0, function()
      while true do pcall(timer.sleep, 60) end
    end))
    for _ = 1, 200 do
      check.equal(pcall(error, "x"), false)
      rounds = rounds + 1
    end
    error("the end", 0)
  end)
  check.equal(rounds, 200)
  check.values({ false, "the end" }, ok, err)
end)

check.case("an error of its own passes when it is forced out", function()
  check.raises("cannot tidy", function()
    thread.deadline(0, function()
      local _ <close> = setmetatable({}, { __close = function()
        error("cannot tidy", 0)
      end })
      while true do pcall(timer.sleep, 60) end
    end)
  end)
end)

check.case("where nothing can wait it says so", function()
  check.raises("cannot wait inside 'table.sort'", function()
    table.sort({ 2, 1 }, function(a, b)
      thread.deadline(1, timer.sleep, 0.1)
      return a < b
    end)
  end)
  table.sort({ 2, 1 }, function(a, b)
    check.values({ true, a < b }, thread.deadline(1, function()
      return a < b
    end))
    return a < b
  end)
end)

check.case("thousands at once", function()
  local threads, late = {}, 0
  for i = 1, 2000 do
    threads[i] = thread.spawn(function()
      local ok = thread.deadline(i % 2 == 0 and SOON or 60, function()
        timer.sleep(i % 2 == 0 and 60 or 0)
      end)
      late = late + (ok and 0 or 1)
    end)
  end
  for _, t in ipairs(threads) do
    check.joined(t)
  end
  check.equal(late, 1000)
end)
