-- thread.barrier: so many threads wait for each other and go on together.

local check = require("check")

-- A thread that waits at the barrier.
local function waiting(barrier, ...)
  local t = thread.spawn(barrier.wait, barrier, ...)
  thread.yield()
  check.equal(t:waiting_for(), "a barrier")
  return t
end

check.case("all go on when the last one has come", function()
  local barrier = thread.barrier(3)
  check.equal(barrier:parties(), 3)
  local first, second = waiting(barrier), waiting(barrier)
  check.equal(barrier:waiting(), 2)
  check.values({ 2 }, barrier:wait())
  check.equal(barrier:waiting(), 0)
  check.values({ 0 }, check.joined(first))
  check.values({ 1 }, check.joined(second))
  check.equal(barrier:broken(), false)
end)

check.case("it serves round after round", function()
  local barrier, log, threads = thread.barrier(2), {}, {}
  for i = 1, 2 do
    threads[i] = thread.spawn(function()
      for round = 1, 3 do
        check.ok(barrier:wait())
        table.insert(log, round)
      end
    end)
  end
  for _, t in ipairs(threads) do
    check.joined(t)
  end
  check.equal(log, { 1, 1, 2, 2, 3, 3 })
end)

check.case("a barrier for one holds nobody up", function()
  local barrier = thread.barrier(1)
  check.values({ 0 }, barrier:wait())
  check.values({ 0 }, barrier:wait(0))
end)

check.case("the last one acts before any goes on", function()
  local log, actor = {}, nil
  local barrier = thread.barrier(2, function(...)
    check.equal(select("#", ...), 0)
    actor = thread.self()
    timer.sleep(0.001)
    table.insert(log, "acted")
    return "not seen"
  end)
  local t = thread.spawn(function()
    check.values({ 0 }, barrier:wait())
    table.insert(log, "went on")
  end)
  thread.yield()
  check.values({ 1 }, barrier:wait())
  check.ok(actor == thread.self())
  check.joined(t)
  check.equal(log, { "acted", "went on" })
end)

check.case("once all have come no time-out counts", function()
  local barrier = thread.barrier(2, function() timer.sleep(0.02) end)
  local t = waiting(barrier, 0.01)
  check.values({ 1 }, barrier:wait())
  check.values({ 0 }, check.joined(t))
end)

check.case("who comes while one acts is of the next round", function()
  local gate, acts = thread.event(), 0
  local barrier = thread.barrier(2, function()
    acts = acts + 1
    gate:wait()
  end)
  local threads = {}
  for i = 1, 6 do
    threads[i] = thread.spawn(barrier.wait, barrier)
  end
  thread.yield()
  check.equal(acts, 1)
  check.equal(barrier:waiting(), 4)
  gate:set()
  for i, t in ipairs(threads) do
    check.values({ (i - 1) % 2 }, check.joined(t))
  end
  check.equal(acts, 3)
end)

check.case("an action that fails breaks it and raises in its thread", function()
  local barrier = thread.barrier(2, function()
    thread.yield()
    error("no luck")
  end)
  local t = waiting(barrier)
  check.raises("no luck", barrier.wait, barrier)
  check.values({ false }, check.joined(t))
  check.equal(barrier:broken(), true)
end)

check.case("who is cancelled while it acts breaks it", function()
  local barrier = thread.barrier(2, function() timer.sleep(math.huge) end)
  local t = waiting(barrier)
  local actor = thread.spawn(barrier.wait, barrier)
  thread.yield()
  actor:cancel()
  check.cancelled(actor)
  check.values({ false }, check.joined(t))
  check.equal(barrier:broken(), true)
end)

check.case("who ignores its cancellation breaks it too", function()
  local barrier = thread.barrier(2, function()
    while true do
      pcall(timer.sleep, math.huge)
    end
  end)
  local t = waiting(barrier)
  local actor = thread.spawn(barrier.wait, barrier)
  thread.yield()
  actor:cancel()
  check.cancelled(actor)
  check.values({ false }, check.joined(t))
  check.equal(barrier:broken(), true)
end)

check.case("a time-out breaks it for all, until it is reset", function()
  local barrier = thread.barrier(3)
  local patient = waiting(barrier)
  local start = timer.now()
  check.values({ false }, barrier:wait(0.02))
  check.ok(timer.now() - start >= 0.02)
  check.values({ false }, check.joined(patient))
  check.equal(barrier:broken(), true)
  check.equal(barrier:waiting(), 0)
  check.values({ false }, barrier:wait())
  barrier:reset()
  check.equal(barrier:broken(), false)
  local again = { waiting(barrier), waiting(barrier) }
  check.values({ 2 }, barrier:wait(0))
  check.values({ 0 }, check.joined(again[1]))
  check.values({ 1 }, check.joined(again[2]))
end)

check.case("wait(0) of one who is not the last breaks it", function()
  for _, try in ipairs({ 0, false }) do
    local barrier = thread.barrier(2)
    check.values({ false }, barrier:wait(try))
    check.equal(barrier:broken(), true)
  end
end)

check.case("a cancellation breaks it for all", function()
  local barrier = thread.barrier(3)
  local cancelled, other = waiting(barrier), waiting(barrier)
  cancelled:cancel()
  check.cancelled(cancelled)
  check.values({ false }, check.joined(other))
  check.equal(barrier:broken(), true)
end)

check.case("the last one does not go on without one who gave up", function()
  local barrier = thread.barrier(2)
  local cancelled = waiting(barrier)
  cancelled:cancel()
  check.values({ false }, barrier:wait())
  check.equal(barrier:broken(), true)
  barrier:reset()
  check.cancelled(cancelled)
  check.equal(barrier:broken(), false)
end)

check.case("abort breaks it, reset sends those away who wait", function()
  local barrier = thread.barrier(2)
  local t = waiting(barrier)
  barrier:reset()
  check.values({ false }, check.joined(t))
  check.equal(barrier:broken(), false)
  t = waiting(barrier)
  barrier:abort()
  check.values({ false }, check.joined(t))
  check.values({ false }, barrier:wait())
  check.equal(barrier:broken(), true)
end)

check.case("where nothing can wait nobody is counted", function()
  local barrier = thread.barrier(2)
  local function sort()
    table.sort({ 1, 2 }, function() return barrier:wait() == 0 end)
  end
  check.raises("cannot wait inside 'table.sort'", sort)
  check.equal(barrier:waiting(), 0)
  local t = waiting(barrier)
  sort()
  check.values({ 0 }, check.joined(t))
end)

check.case("to close it does nothing to it", function()
  local barrier = thread.barrier(2)
  do
    local _ <close> = barrier
  end
  check.equal(barrier:broken(), false)
end)

check.case("wrong arguments raise", function()
  check.raises("parties must be >= 1", thread.barrier, 0)
  check.raises("number expected", thread.barrier)
  check.raises("function expected", thread.barrier, 2, "act")
  check.raises("bad argument #1 to 'wait'", function()
    thread.barrier(2):wait(0 / 0)
  end)
end)
