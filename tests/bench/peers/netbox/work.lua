-- What threads cost: `work.lua WORK COUNT` does the work COUNT times, after
-- a warm-up, and prints nanoseconds of CPU for each. Works on bare coroutines
-- run in stock Lua too.

local WAVE = 100 -- threads between two rounds of joins

local work = {}

local function nothing() end

-- A coroutine is made, and that is all.
function work.create(count)
  for _ = 1, count do
    coroutine.create(nothing)
  end
end

-- A coroutine is made and runs to its end.
function work.run(count)
  for _ = 1, count do
    assert(coroutine.resume(coroutine.create(nothing)))
  end
end

-- A coroutine is resumed and yields.
function work.pair(count)
  local resume, yield = coroutine.resume, coroutine.yield
  local passed = 0
  local co = coroutine.create(function()
    while true do
      passed = passed + 1
      yield()
    end
  end)
  for _ = 1, count do
    resume(co)
  end
  assert(passed == count)
end

-- A thread is spawned, runs and is joined.
function work.spawn(count)
  local ran = 0
  local function run()
    ran = ran + 1
  end
  local threads = {}
  for _ = 1, count // WAVE do
    for i = 1, WAVE do
      threads[i] = thread.spawn(run)
    end
    for i = 1, WAVE do
      assert(threads[i]:join())
    end
  end
  assert(ran == count // WAVE * WAVE)
end

-- The same, each before the next is spawned: the joiner has to wait.
function work.singly(count)
  local ran = 0
  local function run()
    ran = ran + 1
  end
  for _ = 1, count do
    assert(thread.spawn(run):join())
  end
  assert(ran == count)
end

local function pass(count, queue)
  local taker = thread.spawn(function()
    local sum = 0
    for value in queue:iter() do
      sum = sum + value
    end
    return sum
  end)
  for i = 1, count do
    queue:put(i)
  end
  queue:close()
  local _, sum = assert(taker:join())
  assert(sum == count * (count + 1) // 2)
end

-- An item goes from one thread to another, through a queue with room for one.
function work.pass(count)
  pass(count, thread.queue(1))
end

-- The same with a queue that never makes the first thread wait.
function work.unbounded(count)
  pass(count, thread.queue())
end

-- An item goes to another thread and comes back, through a queue each way.
function work.queue(count)
  local there, back = thread.queue(), thread.queue()
  local other = thread.spawn(function()
    for value in there:iter() do
      back:put(value)
    end
  end)
  local sum = 0
  for i = 1, count do
    there:put(i)
    sum = sum + back:get()
  end
  there:close()
  assert(other:join())
  assert(sum == count * (count + 1) // 2)
end

-- Two threads run `turn`, which waits for the other one to do so.
local function alternate(count, turn)
  local function take_turns(me)
    for _ = 1, count // 2 do
      turn(me)
    end
  end
  local other = thread.spawn(take_turns, 2)
  take_turns(1)
  return other
end

-- A lock goes to a thread that waits for it.
function work.lock(count)
  local lock = thread.lock()
  local passed = 0
  lock:acquire()
  local other = alternate(count, function(me)
    if me == 2 then
      lock:acquire()
    end
    passed = passed + 1
    lock:release()
    if me == 1 then
      lock:acquire()
    end
  end)
  lock:release()
  assert(other:join())
  assert(passed == count // 2 * 2)
end

-- An event wakes the thread that waits for it.
function work.event(count)
  local events = { thread.event(), thread.event() }
  local passed = 0
  local other = alternate(count, function(me)
    if me == 1 then
      events[2]:set()
    end
    events[me]:wait()
    events[me]:clear()
    passed = passed + 1
    if me == 2 then
      events[1]:set()
    end
  end)
  assert(other:join())
  assert(passed == count // 2 * 2)
end

-- Bytes of the process, and bytes that Lua has in use.
local function memory()
  collectgarbage()
  collectgarbage()
  local file <close> = assert(io.open("/proc/self/status"))
  local resident = file:read("a"):match("VmRSS:%s*(%d+) kB")
  return resident * 1024, collectgarbage("count") * 1024
end

-- Prints what each of `count` things that `make` makes takes, and keeps them.
local function weigh(count, make)
  local kept = {}
  for i = 1, count do
    kept[i] = false
  end
  local resident, heap = memory()
  for i = 1, count do
    kept[i] = make()
  end
  if thread then
    thread.yield()
  end
  local resident_now, heap_now = memory()
  print("rss", (resident_now - resident) / count)
  print("heap", (heap_now - heap) / count)
  return kept
end

-- A coroutine that has yielded.
function work.suspended(count)
  local function wait()
    coroutine.yield()
  end
  weigh(count, function()
    local co = coroutine.create(wait)
    coroutine.resume(co)
    return co
  end)
end

-- A thread that waits for an event.
function work.listening(count)
  local event = thread.event()
  local woken = 0
  local function wait()
    event:wait()
    woken = woken + 1
  end
  local threads = weigh(count, function()
    return thread.spawn(wait)
  end)
  event:set()
  for _, waiting in ipairs(threads) do
    assert(waiting:join())
  end
  assert(woken == count)
end

-- A thread that waits for an item of a queue of its own.
function work.waiting(count)
  local queues = {}
  local sum = 0
  local function wait(queue)
    local value = queue:get()
    sum = sum + value
  end
  local threads = weigh(count, function()
    local queue = thread.queue()
    queues[#queues + 1] = queue
    return thread.spawn(wait, queue)
  end)
  for i, queue in ipairs(queues) do
    queue:put(i)
  end
  for _, parked in ipairs(threads) do
    assert(parked:join())
  end
  assert(sum == count * (count + 1) // 2)
end

-- A thread that sleeps, for 1 to 50 ms.
function work.sleepers(count)
  local done = thread.event()
  local woken = 0
  local function nap(i)
    thread.sleep((1 + i % 50) / 1000)
    woken = woken + 1
    if woken == count then
      done:set()
    end
  end
  for i = 1, count do
    thread.spawn(nap, i)
  end
  done:wait()
  assert(woken == count)
end

-- A timer is armed and cancelled.
function work.timers(count)
  local fired = 0
  local function fire()
    fired = fired + 1
  end
  for _ = 1, count do
    timer.after(5, fire):cancel()
  end
  assert(fired == 0)
end

-- Timers fire that are all armed at once, at moments spread over `seconds`.
local function fire_all(count, seconds)
  local done = thread.event()
  local fired = 0
  local function fire()
    fired = fired + 1
    if fired == count then
      done:set()
    end
  end
  for i = 1, count do
    timer.after(i * 7919 % count * seconds / count, fire)
  end
  done:wait()
  assert(fired == count)
end

-- Timers that fire, a thousand at a time.
function work.thousands(count)
  for _ = 1, count // 1000 do
    fire_all(1000, 0.002)
  end
end

-- Timers that fire, all armed at once.
function work.million(count)
  fire_all(count, 0.5)
end

-- A byte goes there and back `count` times; every receive has to wait.
-- Returns the CPU time.
local function play(count, one, other, seconds)
  one:settimeout(seconds)
  other:settimeout(seconds)
  local partner = thread.spawn(function()
    for _ = 1, count do
      other:send(other:recv(1))
    end
  end)
  local start = os.clock()
  for _ = 1, count do
    one:send("x")
    one:recv(1)
  end
  assert(partner:join())
  return os.clock() - start
end

-- What a time-out adds to a receive that waits, and in time. It is the small
-- difference of large numbers: so games without one and with one take turns,
-- and the median of their differences counts.
function work.timeout(count)
  local ROUNDS = 200
  local one, other = assert(socket.socketpair())
  local differences = {}
  for i = 1, count // ROUNDS do
    local forth = i % 2 == 0
    local first = play(ROUNDS, one, other, forth and 5 or nil)
    local second = play(ROUNDS, one, other, not forth and 5 or nil)
    differences[i] = (forth and first - second or second - first) / ROUNDS / 2
  end
  table.sort(differences)
  return differences[#differences // 2 + 1] * 1e9
end

local name, count = arg[1], tonumber(arg[2])
local once = {
  suspended = true, waiting = true, listening = true, sleepers = true,
  million = true,
}

if not once[name] then
  work[name](count // 4)
end
local start = os.clock()
local found = work[name](count)
print("cpu", found or (os.clock() - start) / count * 1e9)
