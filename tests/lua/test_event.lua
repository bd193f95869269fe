-- thread.event: set once, seen by all.

local check = require("check")

check.case("wait on a set event is true at once", function()
  local event = thread.event()
  check.equal(event:is_set(), false)
  event:set()
  check.equal(event:is_set(), true)
  check.values({ true }, event:wait())
  check.values({ true }, event:wait(0))
end)

check.case("set wakes every waiter, in the order they came", function()
  local event = thread.event()
  local log, threads = {}, {}
  for i = 1, 4 do
    threads[i] = thread.spawn(function()
      check.values({ true }, event:wait())
      table.insert(log, i)
    end)
  end
  thread.yield()
  check.equal(log, {})
  event:set()
  for _, t in ipairs(threads) do
    check.joined(t)
  end
  check.equal(log, { 1, 2, 3, 4 })
end)

check.case("clear makes later waits wait again", function()
  local event = thread.event()
  event:set()
  event:clear()
  check.equal(event:is_set(), false)
  check.values({ false }, event:wait(0))
end)

check.case("who was woken stays woken in spite of a clear", function()
  local event = thread.event()
  local t = thread.spawn(event.wait, event)
  thread.yield()
  event:set()
  event:clear()
  check.equal(check.joined(t), true)
end)

check.case("wait gives up after its time-out", function()
  local event = thread.event()
  local start = timer.now()
  check.values({ false }, event:wait(0.02))
  check.ok(timer.now() - start >= 0.02)
  check.values({ false }, event:wait(0))
  check.values({ false }, event:wait(false))
end)

check.case("a timer may set it", function()
  local event = thread.event()
  timer.after(0.001, event.set, event)
  check.values({ true }, event:wait(10))
end)

check.case("set twice is as once", function()
  local event = thread.event()
  event:set()
  event:set()
  event:clear()
  check.equal(event:is_set(), false)
end)

check.case("NaN raises", function()
  check.raises("bad argument #1 to 'wait'", function()
    thread.event():wait(0 / 0)
  end)
end)
