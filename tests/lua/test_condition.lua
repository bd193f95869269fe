-- thread.condition: wait for a notification, with the lock before and after.

local check = require("check")

-- A thread that runs f with the condition held.
local function holding(condition, f, ...)
  return thread.spawn(function(...)
    local _ <close> = condition:hold()
    return f(...)
  end, ...)
end

-- A thread that waits for a notification, with the condition held.
local function waiting(condition, ...)
  local t = holding(condition, condition.wait, condition, ...)
  thread.yield()
  check.equal(t:waiting_for(), "a condition")
  return t
end

local function notify(condition, count)
  local _ <close> = condition:hold()
  condition:notify(count)
end

-- Both kinds of locks, and none given, which makes an rlock.
local function each_kind(f)
  f(thread.condition(), "rlock")
  f(thread.condition(thread.rlock()), "rlock")
  local lock = thread.lock()
  f(thread.condition(lock), "lock")
  check.equal(lock:locked(), false)
end

check.case("wait gives the lock back and has it again", function()
  each_kind(function(condition)
    local t = waiting(condition)
    check.values({ true }, condition:acquire(0))
    condition:notify()
    thread.yield()
    check.equal(t:waiting_for(), "a lock")
    condition:release()
    check.values({ true }, check.joined(t))
  end)
end)

check.case("an rlock is given back whole, and taken back whole", function()
  local lock = thread.rlock()
  local condition = thread.condition(lock)
  local t = thread.spawn(function()
    lock:acquire()
    condition:acquire()
    lock:acquire()
    condition:wait()
    lock:release()
    condition:release()
    check.equal(lock:locked(), true)
    lock:release()
    check.equal(lock:locked(), false)
  end)
  thread.yield()
  check.equal(lock:locked(), false)
  notify(condition)
  check.joined(t)
end)

check.case("those who wait first are notified first", function()
  local condition, log, threads = thread.condition(), {}, {}
  for i = 1, 5 do
    threads[i] = holding(condition, function()
      condition:wait()
      table.insert(log, i)
    end)
  end
  thread.yield()
  notify(condition)
  thread.yield()
  check.equal(log, { 1 })
  notify(condition, 2)
  check.eventually(function() return #log == 3 end)
  notify(condition, 0)
  thread.yield()
  check.equal(log, { 1, 2, 3 })
  do
    local _ <close> = condition:hold()
    condition:notify_all()
  end
  for _, t in ipairs(threads) do
    check.joined(t)
  end
  check.equal(log, { 1, 2, 3, 4, 5 })
end)

check.case("a notification that nobody waits for is none", function()
  local condition = thread.condition()
  notify(condition)
  local t = waiting(condition, 0.001)
  check.values({ false }, check.joined(t))
end)

check.case("a time-out gives false, and the lock", function()
  each_kind(function(condition)
    local start = timer.now()
    local _ <close> = condition:hold()
    check.values({ false }, condition:wait(0.02))
    check.ok(timer.now() - start >= 0.02)
    condition:notify()
  end)
end)

check.case("a time-out waits for the lock for as long as it takes", function()
  local condition = thread.condition()
  local t = waiting(condition, 0.001)
  condition:acquire()
  check.eventually(function() return t:waiting_for() == "a lock" end)
  timer.sleep(0.001)
  check.equal(t:status(), "waiting")
  condition:release()
  check.values({ false }, check.joined(t))
end)

check.case("one who timed out takes no notification", function()
  local condition = thread.condition()
  local hasty = waiting(condition, 0.001)
  local patient = waiting(condition)
  condition:acquire()
  check.eventually(function() return hasty:waiting_for() == "a lock" end)
  condition:notify()
  condition:release()
  check.values({ false }, check.joined(hasty))
  check.values({ true }, check.joined(patient))
end)

check.case("wait(0) lets those have a turn who wait for the lock", function()
  local condition, turns = thread.condition(), 0
  check.values({ false }, check.joined(
    holding(condition, condition.wait, condition, 0)))
  condition:acquire()
  local t = holding(condition, function() turns = turns + 1 end)
  thread.yield()
  check.values({ false }, condition:wait(false))
  check.equal(turns, 1)
  condition:release()
  check.joined(t)
end)

check.case("a cancelled wait has the lock before it raises", function()
  each_kind(function(condition, kind)
    local released
    local t = thread.spawn(function()
      condition:acquire()
      local ok, err = pcall(condition.wait, condition)
      released = pcall(condition.release, condition)
      error(not ok and err, 0)
    end)
    thread.yield()
    condition:acquire()
    t:cancel(kind)
    thread.yield()
    check.equal(t:waiting_for(), "a lock")
    condition:release()
    check.equal(check.cancelled(t).reason, kind)
    check.equal(released, true)
  end)
end)

check.case("a cancellation takes no notification from others", function()
  local condition = thread.condition()
  local cancelled, other = waiting(condition), waiting(condition)
  cancelled:cancel()
  notify(condition)
  check.cancelled(cancelled)
  check.values({ true }, check.joined(other))
end)

check.case("who is notified and then cancelled was notified", function()
  local condition, log = thread.condition(), {}
  local t = holding(condition, function()
    log[1] = condition:wait()
    log[2] = "held"
    condition:wait()
    log[3] = "not reached"
  end)
  thread.yield()
  condition:acquire()
  condition:notify()
  t:cancel()
  thread.yield()
  check.equal(t:status(), "waiting")
  condition:release()
  check.cancelled(t)
  check.equal(log, { true, "held" })
end)

check.case("wait_for asks until the predicate is true", function()
  local condition, box, asked = thread.condition(), nil, 0
  local t = holding(condition, condition.wait_for, condition, function()
    asked = asked + 1
    return box
  end)
  for i = 1, 3 do
    thread.yield()
    check.equal(asked, i)
    notify(condition)
  end
  do
    local _ <close> = condition:hold()
    box = { "full" }
    condition:notify()
  end
  check.ok(check.joined(t) == box)
end)

check.case("wait_for gives the last answer when the time is up", function()
  local condition = thread.condition()
  local _ <close> = condition:hold()
  local start = timer.now()
  check.values({ false }, condition:wait_for(function() return false end, 0.02))
  check.ok(timer.now() - start >= 0.02)
  check.values({ nil, n = 1 }, condition:wait_for(function() end, 0))
  check.values({ 7 }, condition:wait_for(function() return 7, 8 end, 0))
  local asked = 0
  check.values({ true }, condition:wait_for(function()
    asked = asked + 1
    return asked == 2
  end, 0.001))
end)

check.case("a predicate may wait, and may fail", function()
  local condition = thread.condition()
  local _ <close> = condition:hold()
  check.values({ "slept" }, condition:wait_for(function()
    timer.sleep(0.001)
    return "slept"
  end))
  check.raises("no answer", condition.wait_for, condition, function()
    thread.yield()
    error("no answer")
  end)
  condition:notify()
end)

check.case("a cancelled wait_for has the lock before it raises", function()
  local condition, released = thread.condition(), nil
  local t = thread.spawn(function()
    condition:acquire()
    local ok, err = pcall(condition.wait_for, condition, function() end)
    released = pcall(condition.release, condition)
    error(not ok and err, 0)
  end)
  thread.yield()
  t:cancel()
  check.cancelled(t)
  check.equal(released, true)
end)

check.case("the refusals are Python's", function()
  each_kind(function(condition, kind)
    local unlocked = kind == "lock" and "release unlocked lock" or
      "cannot release un-acquired lock"
    check.raises(unlocked, condition.release, condition)
    check.raises("cannot wait on un-acquired lock", condition.wait, condition)
    check.raises("cannot wait on un-acquired lock", condition.wait_for,
      condition, function() end)
    check.raises("cannot notify on un-acquired lock", condition.notify,
      condition)
    check.raises("cannot notify on un-acquired lock", condition.notify_all,
      condition)
    condition:acquire()
    condition:notify()
    check.joined(thread.spawn(function()
      local ok = pcall(condition.notify, condition)
      check.equal(ok, kind == "lock")
    end))
    condition:release()
  end)
end)

check.case("where nothing can wait the lock is kept", function()
  local condition = thread.condition()
  local _ <close> = condition:hold()
  check.raises("cannot wait inside 'table.sort'", table.sort, { 1, 2 },
    function() return condition:wait() end)
  condition:notify()
end)

check.case("wrong arguments raise", function()
  local condition = thread.condition()
  check.raises("lock expected", thread.condition, {})
  check.raises("lock expected", thread.condition, condition)
  check.raises("bad argument #1 to 'wait_for' (function expected", function()
    condition:wait_for(nil)
  end)
  check.raises("bad argument #1 to 'wait'", function()
    condition:wait(0 / 0)
  end)
  check.raises("bad argument #2 to 'wait_for'", function()
    condition:wait_for(print, "soon")
  end)
  check.raises("number expected", condition.notify, condition, "all")
end)
