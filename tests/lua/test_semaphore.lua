-- thread.semaphore and thread.bounded_semaphore: permits for so many.

local check = require("check")

local function none()
  return thread.semaphore(0)
end

check.case("it has as many permits as it was given, or one", function()
  local semaphore = thread.semaphore(2)
  check.equal(semaphore:value(), 2)
  check.values({ true }, semaphore:acquire())
  check.values({ true }, semaphore:acquire(0))
  check.equal(semaphore:value(), 0)
  check.values({ false }, semaphore:acquire(0))
  check.values({ false }, semaphore:acquire(false))
  semaphore:release()
  check.equal(semaphore:value(), 1)
  check.equal(thread.semaphore():value(), 1)
  check.equal(none():value(), 0)
end)

check.case("permits are handed over in the order they came", function()
  local semaphore, log, threads = none(), {}, {}
  for i = 1, 5 do
    threads[i] = thread.spawn(function()
      semaphore:acquire()
      table.insert(log, i)
    end)
  end
  thread.yield()
  semaphore:release()
  check.equal(semaphore:value(), 0)
  check.values({ false }, semaphore:acquire(0))
  semaphore:release(5)
  check.equal(semaphore:value(), 1)
  for _, t in ipairs(threads) do
    check.joined(t)
  end
  check.equal(log, { 1, 2, 3, 4, 5 })
end)

check.case("acquire gives up after its time-out", function()
  local semaphore = none()
  local start = timer.now()
  check.values({ false }, semaphore:acquire(0.02))
  check.ok(timer.now() - start >= 0.02)
  semaphore:release()
  check.values({ true }, semaphore:acquire(0.02))
end)

check.case("a time-out or a cancellation loses no permit", function()
  local semaphore = none()
  local hasty = thread.spawn(semaphore.acquire, semaphore, 0.001)
  local cancelled = thread.spawn(semaphore.acquire, semaphore)
  local patient = thread.spawn(semaphore.acquire, semaphore, -1)
  check.values({ false }, check.joined(hasty))
  cancelled:cancel()
  semaphore:release()
  check.cancelled(cancelled)
  check.values({ true }, check.joined(patient))
  check.equal(semaphore:value(), 0)
end)

check.case("who is cancelled with a permit has it until then", function()
  local semaphore, log = none(), {}
  local t = thread.spawn(function()
    local _ <close> = semaphore:hold()
    table.insert(log, "held")
    timer.sleep(1)
    table.insert(log, "not reached")
  end)
  thread.yield()
  semaphore:release()
  t:cancel()
  check.equal(semaphore:value(), 0)
  check.cancelled(t)
  check.equal(log, { "held" })
  check.equal(semaphore:value(), 1)
end)

check.case("hold bounds how many are at work", function()
  local semaphore, at_work, most, threads = thread.semaphore(3), 0, 0, {}
  for i = 1, 10 do
    threads[i] = thread.spawn(function()
      local _ <close> = semaphore:hold()
      at_work = at_work + 1
      most = math.max(most, at_work)
      thread.yield()
      at_work = at_work - 1
    end)
  end
  for _, t in ipairs(threads) do
    check.joined(t)
  end
  check.equal(most, 3)
  check.equal(semaphore:value(), 3)
end)

check.case("hold releases after an error", function()
  local semaphore = thread.bounded_semaphore()
  pcall(function()
    local _ <close> = semaphore:hold()
    error("inside")
  end)
  check.equal(semaphore:value(), 1)
end)

check.case("a bounded one takes no more than it had", function()
  local semaphore = thread.bounded_semaphore(2)
  local function too_many(count)
    check.raises("Semaphore released too many times", function()
      semaphore:release(count)
    end)
  end
  too_many(1)
  semaphore:acquire()
  too_many(2)
  check.equal(semaphore:value(), 1)
  semaphore:release()
  too_many()
  check.raises("Semaphore released too many times", function()
    thread.semaphore(math.maxinteger):release()
  end)
end)

check.case("wrong arguments raise in Python's words", function()
  local refused = "semaphore initial value must be >= 0"
  check.raises(refused, thread.semaphore, -1)
  check.raises(refused, thread.bounded_semaphore, -1)
  check.raises("number expected", thread.semaphore, "many")
  for _, count in ipairs({ 0, -1, math.mininteger }) do
    check.raises("bad argument #1 to 'release' (n must be one or more)",
      function() none():release(count) end)
  end
  check.raises("bad argument #1 to 'acquire'", function()
    none():acquire(0 / 0)
  end)
  check.raises("semaphore expected", none().acquire, thread.lock())
end)
