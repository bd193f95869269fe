-- thread.yield and the order in which threads run.

local check = require("check")

local function join_all(threads)
  for _, t in ipairs(threads) do
    check.joined(t)
  end
end

check.case("threads that yield take turns in order", function()
  local log = {}
  local threads = {}
  for i, name in ipairs({ "a", "b", "c" }) do
    threads[i] = thread.spawn(function()
      for round = 1, 3 do
        table.insert(log, name .. round)
        thread.yield()
      end
    end)
  end
  join_all(threads)
  check.equal(table.concat(log, " "), "a1 b1 c1 a2 b2 c2 a3 b3 c3")
end)

check.case("yield returns after every ready thread's next wait", function()
  local seen = {}
  local gate = thread.event()
  local threads = {}
  for i = 1, 5 do
    threads[i] = thread.spawn(function()
      seen[i] = "started"
      gate:wait()
      seen[i] = "woken"
    end)
  end
  thread.yield()
  check.equal(seen, { "started", "started", "started", "started", "started" })
  gate:set()
  check.equal(seen[1], "started")
  thread.yield()
  check.equal(seen, { "woken", "woken", "woken", "woken", "woken" })
  join_all(threads)
end)

check.case("a chain of wake-ups takes one turn for each link", function()
  local first, second = thread.event(), thread.event()
  local done = false
  local a = thread.spawn(function()
    first:wait()
    second:set()
  end)
  local b = thread.spawn(function()
    second:wait()
    done = true
  end)
  thread.yield()
  first:set()
  thread.yield()
  thread.yield()
  check.equal(done, true)
  join_all({ a, b })
end)

check.case("yield alone comes straight back and gives nothing", function()
  check.values({}, thread.yield())
end)

check.case("a yielding thread does not keep a sleeper from waking", function()
  local woken = false
  local t = thread.spawn(function()
    timer.sleep(0.01)
    woken = true
  end)
  local limit = timer.now() + 10
  while not woken and timer.now() < limit do
    thread.yield()
  end
  check.equal(woken, true)
  check.joined(t)
end)

check.case("calls that never need to wait give way after a slice", function()
  local queue = thread.queue()
  local stop = false
  local turns = 0
  local hog = thread.spawn(function()
    while not stop do
      queue:put(1)
      queue:get()
      turns = turns + 1
      if turns > 1e7 then
        error("nobody else ever ran")
      end
    end
  end)
  local quiet = thread.spawn(function()
    timer.sleep(0)
    stop = true
  end)
  join_all({ hog, quiet })
end)

check.case("sleepers wake in the order of their times", function()
  local log = {}
  local threads = {}
  for _, ms in ipairs({ 30, 10, 20, 0 }) do
    table.insert(threads, thread.spawn(function()
      timer.sleep(ms / 1000)
      table.insert(log, ms)
    end))
  end
  join_all(threads)
  check.equal(log, { 0, 10, 20, 30 })
end)

check.case("a sleep of nothing or less is the next turn", function()
  local log = {}
  local function note(name)
    return function()
      table.insert(log, name)
    end
  end
  local a = thread.spawn(note("first"))
  local b = thread.spawn(note("second"))
  timer.sleep(0)
  table.insert(log, "zero")
  local c = thread.spawn(note("third"))
  timer.sleep(-1)
  table.insert(log, "negative")
  check.equal(
    table.concat(log, " "),
    "first second zero third negative"
  )
  join_all({ a, b, c })
end)

check.case("a sleep never ends early and NaN is refused", function()
  for _, t in ipairs({ 0.001, 0.0105, 0.02 }) do
    local start = timer.now()
    check.values({}, timer.sleep(t))
    check.ok(timer.now() - start >= t, "too early")
  end
  check.raises("bad argument #1 to 'sleep'", function()
    timer.sleep(0 / 0)
  end)
  check.raises("bad argument #1 to 'sleep'", function()
    timer.sleep("soon")
  end)
  check.raises("bad argument #1 to 'sleep'", function()
    timer.sleep()
  end)
end)
