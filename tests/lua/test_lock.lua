-- thread.lock: fair, with Python's names and words.

local check = require("check")

local function held()
  local lock = thread.lock()
  check.values({ true }, lock:acquire())
  return lock
end

check.case("a free lock is taken at once", function()
  local lock = thread.lock()
  check.equal(lock:locked(), false)
  check.values({ true }, lock:acquire())
  check.equal(lock:locked(), true)
  lock:release()
  check.equal(lock:locked(), false)
  check.values({ true }, lock:acquire(0))
end)

check.case("waiters are served in the order they came", function()
  local lock = held()
  local log = {}
  local threads = {}
  for i = 1, 5 do
    threads[i] = thread.spawn(function()
      lock:acquire()
      table.insert(log, i)
      thread.yield()
      lock:release()
    end)
  end
  thread.yield()
  check.equal(log, {})
  lock:release()
  for _, t in ipairs(threads) do
    check.joined(t)
  end
  check.equal(log, { 1, 2, 3, 4, 5 })
  check.equal(lock:locked(), false)
end)

check.case("a newcomer does not overtake a waiter", function()
  local lock = held()
  local waiter = thread.spawn(function()
    lock:acquire()
    return "waiter"
  end)
  thread.yield()
  lock:release()
  check.values({ false }, lock:acquire(0))
  check.equal(check.joined(waiter), "waiter")
  check.equal(lock:locked(), true)
end)

check.case("acquire(0) and acquire(false) only try", function()
  local lock = held()
  check.values({ false }, lock:acquire(0))
  check.values({ false }, lock:acquire(false))
end)

check.case("acquire gives up after its time-out", function()
  local lock = held()
  local start = timer.now()
  check.values({ false }, lock:acquire(0.02))
  check.ok(timer.now() - start >= 0.02)
  lock:release()
  check.values({ true }, lock:acquire(0.02))
end)

check.case("a waiter that gave up is passed over", function()
  local lock = held()
  local log = {}
  local impatient = thread.spawn(function()
    table.insert(log, lock:acquire(0.001))
  end)
  local patient = thread.spawn(function()
    table.insert(log, lock:acquire(-1))
  end)
  check.joined(impatient)
  lock:release()
  check.joined(patient)
  check.equal(log, { false, true })
end)

check.case("any thread may release", function()
  local lock = held()
  local helper = thread.spawn(lock.release, lock)
  check.values({ true }, lock:acquire())
  check.joined(helper)
end)

check.case("releasing an unlocked lock raises in Python's words", function()
  local lock = thread.lock()
  check.raises("release unlocked lock", lock.release, lock)
  lock:acquire()
  lock:release()
  check.raises("release unlocked lock", lock.release, lock)
end)

check.case("hold releases at the end of the block", function()
  local lock = thread.lock()
  do
    local _ <close> = lock:hold()
    check.equal(lock:locked(), true)
  end
  check.equal(lock:locked(), false)
end)

check.case("hold waits its turn", function()
  local lock = held()
  local t = thread.spawn(function()
    local _ <close> = lock:hold()
    return "held"
  end)
  thread.yield()
  check.equal(t:status(), "waiting")
  lock:release()
  check.equal(check.joined(t), "held")
  check.equal(lock:locked(), false)
end)

check.case("hold releases after an error and a cancellation", function()
  local lock = thread.lock()
  pcall(function()
    local _ <close> = lock:hold()
    error("inside")
  end)
  check.equal(lock:locked(), false)
  local t = thread.spawn(function()
    local _ <close> = lock:hold()
    timer.sleep(math.huge)
  end)
  thread.yield()
  check.equal(lock:locked(), true)
  t:cancel()
  check.cancelled(t)
  check.equal(lock:locked(), false)
end)

check.case("a counter kept under a lock loses nothing", function()
  local lock, counter, threads = thread.lock(), 0, {}
  for i = 1, 10 do
    threads[i] = thread.spawn(function()
      for _ = 1, 20 do
        local _ <close> = lock:hold()
        local value = counter
        thread.yield()
        counter = value + 1
      end
    end)
  end
  for _, t in ipairs(threads) do
    check.joined(t)
  end
  check.equal(counter, 200)
end)

check.case("NaN and what is not a time raise", function()
  local lock = held()
  for _, t in ipairs({ 0 / 0, "soon", {} }) do
    check.raises("bad argument #1 to 'acquire'", function()
      lock:acquire(t)
    end)
  end
  check.raises("bad argument", thread.lock().acquire, {})
  lock:release()
end)
