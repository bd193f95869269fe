-- timer.after, timer.every and the clocks.

local check = require("check")

check.case("after runs f with its arguments in a thread of its own", function()
  local got, runner
  timer.after(0.001, function(...)
    runner = thread.self()
    got = table.pack(...)
  end, "a", nil, 3, nil)
  check.eventually(function()
    return got
  end)
  check.equal(got, { n = 4, "a", nil, 3, nil })
  check.ok(runner ~= thread.self())
end)

check.case("after never runs at once, not even at 0 or less", function()
  local log = {}
  timer.after(0, table.insert, log, "zero")
  timer.after(-5, table.insert, log, "negative")
  check.equal(log, {})
  check.eventually(function()
    return #log == 2
  end)
end)

check.case("timers fire in the order of their times, then of arming", function()
  local log = {}
  for _, ms in ipairs({ 20, 5, 10, 5 }) do
    local name = ms .. "/" .. #log
    timer.after(ms / 1000, table.insert, log, name)
  end
  local last = {}
  for i = 1, 5 do
    timer.after(0.03, table.insert, last, i)
  end
  check.eventually(function()
    return #last == 5
  end)
  check.equal(log, { "5/0", "5/0", "10/0", "20/0" })
  check.equal(last, { 1, 2, 3, 4, 5 })
end)

check.case("a timer never fires early", function()
  local start, fired = timer.now(), nil
  timer.after(0.02, function()
    fired = timer.now()
  end)
  check.eventually(function()
    return fired
  end)
  check.ok(fired - start >= 0.02)
end)

check.case("the function of a timer may wait", function()
  local steps = {}
  timer.after(0.001, function()
    table.insert(steps, "before")
    timer.sleep(0.001)
    table.insert(steps, "after")
  end)
  check.eventually(function()
    return #steps == 2
  end)
  check.equal(steps, { "before", "after" })
end)

check.case("cancel is true once, while the timer is armed", function()
  local fired = false
  local tm = timer.after(0.001, function()
    fired = true
  end)
  check.values({ true }, tm:cancel())
  check.values({ false }, tm:cancel())
  timer.sleep(0.005)
  check.equal(fired, false)
end)

check.case("cancel after the timer fired is false", function()
  local fired = false
  local tm = timer.after(0, function()
    fired = true
  end)
  check.eventually(function()
    return fired
  end)
  check.values({ false }, tm:cancel())
end)

check.case("cancel leaves a running function alone", function()
  local gate = thread.event()
  local started, ended = false, false
  local tm = timer.every(0.001, function()
    started = true
    gate:wait()
    ended = true
  end)
  check.eventually(function()
    return started
  end)
  check.values({ true }, tm:cancel())
  gate:set()
  check.eventually(function()
    return ended
  end)
end)

check.case("remaining counts down to the next call", function()
  local tm = timer.after(100, print)
  local before = tm:remaining()
  timer.sleep(0.002)
  local after = tm:remaining()
  check.ok(before <= 100 and after <= before - 0.002 and after > 90)
  tm:cancel()
end)

check.case("every repeats until it is cancelled", function()
  local count = 0
  local tm
  tm = timer.every(0.001, function(step)
    count = count + step
    if count == 6 then
      tm:cancel()
    end
  end, 2)
  check.eventually(function()
    return count == 6
  end)
  timer.sleep(0.005)
  check.equal(count, 6)
  check.values({ false }, tm:cancel())
end)

check.case("every never overlaps itself", function()
  local running, most, count = 0, 0, 0
  local tm = timer.every(0.001, function()
    running = running + 1
    most = math.max(most, running)
    timer.sleep(0.005)
    running = running - 1
    count = count + 1
  end)
  check.eventually(function()
    return count >= 3
  end)
  tm:cancel()
  check.equal(most, 1)
  check.eventually(function()
    return running == 0
  end)
end)

-- How far after its due time, in parts of the period, the last of four calls
-- came, each of which takes four tenths of the period itself.
local function lateness(period)
  local start, last, count = timer.now(), nil, 0
  local tm = timer.every(period, function()
    last = timer.now()
    count = count + 1
    timer.sleep(0.4 * period)
  end)
  check.eventually(function()
    return count >= 4
  end)
  tm:cancel()
  timer.sleep(0.5 * period)
  return (last - start) / period - 4
end

check.case("every does not drift", function()
  local best = math.huge
  for _ = 1, 5 do -- a busy machine may be late by itself
    best = math.min(best, lateness(0.02))
    check.ok(best >= 0, "a call came early")
    if best < 0.4 then
      return
    end
  end
  error("late by " .. best .. " periods at best")
end)

check.case("every skips the calls that it missed", function()
  local start, times = timer.now(), {}
  local tm = timer.every(0.01, function()
    table.insert(times, timer.now() - start)
    if #times == 1 then
      timer.sleep(0.035)
    end
  end)
  check.eventually(function()
    return #times >= 3
  end)
  tm:cancel()
  check.ok(times[2] >= times[1] + 0.035)
  check.ok(times[3] > times[2])
  check.ok(times[3] >= 0.06, "a missed call was made up for")
end)

check.case("a time that never comes is legal and can be cancelled", function()
  local never = timer.after(math.huge, print)
  local rarely = timer.every(1e300, print)
  timer.sleep(0)
  check.ok(never:remaining() > 1e6)
  check.values({ true }, never:cancel())
  check.values({ true }, rarely:cancel())
end)

check.case("what is not a time or a function raises", function()
  check.raises("bad argument #1 to 'after'", function()
    timer.after(0 / 0, print)
  end)
  check.raises("bad argument #1 to 'after'", function()
    timer.after("soon", print)
  end)
  check.raises("bad argument #2 to 'after'", function()
    timer.after(1)
  end)
  for _, t in ipairs({ 0, -1, 0 / 0, {} }) do
    check.raises("bad argument #1 to 'every'", function()
      timer.every(t, print)
    end)
  end
  check.raises("bad argument #2 to 'every'", function()
    timer.every(1, "print")
  end)
end)

check.case("a thousand timers all fire", function()
  local count = 0
  for i = 1, 1000 do
    timer.after(i % 7 / 1000, function()
      count = count + 1
    end)
  end
  check.eventually(function()
    return count == 1000
  end)
end)

check.case("now is monotonic, time is the wall clock", function()
  local last = timer.now()
  for _ = 1, 100 do
    local now = timer.now()
    check.ok(now >= last)
    last = now
    timer.sleep(0)
  end
  check.equal(math.type(timer.now()), "float")
  check.ok(math.abs(timer.time() - os.time()) <= 2)
end)
