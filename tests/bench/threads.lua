-- What threads cost: `threads.lua WORK COUNT` does the work COUNT times, after
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
function work.queue(count)
  pass(count, thread.queue(1))
end

-- The same with a queue that never makes the first thread wait.
function work.unbounded(count)
  pass(count, thread.queue())
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
function work.waiting(count)
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
function work.parked(count)
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

local name, count = arg[1], tonumber(arg[2])
local weighs = { suspended = true, waiting = true, parked = true }

if not weighs[name] then
  work[name](count // 4)
end
local start = os.clock()
work[name](count)
print("cpu", (os.clock() - start) / count * 1e9)
