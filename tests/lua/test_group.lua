-- thread.group: threads that end together. How failures get about is in
-- lua/group_failure, what is printed of them in unit/lgroup.

local check = require("check")

local function times(n, f)
  for i = 1, n do f(i) end
end

check.case("wait comes back when all members have ended", function()
  local g, sum = thread.group(), 0
  times(10, function(i)
    g:spawn(function(n)
      timer.sleep((11 - n) / 1000)
      sum = sum + n
    end, i)
  end)
  check.values({ true }, g:wait())
  check.equal(sum, 55)
  check.values({ true }, g:wait())
end)

check.case("so does the end of the block", function()
  local done = 0
  do
    local g <close> = thread.group()
    times(3, function()
      g:spawn(function()
        timer.sleep(0)
        done = done + 1
      end)
    end)
    check.equal(done, 0)
  end
  check.equal(done, 3)
end)

check.case("what is returned is evaluated before the wait", function()
  local function inside()
    local answer
    local g <close> = thread.group()
    g:spawn(function() answer = 42 end)
    return answer
  end
  local function behind()
    local answer
    do
      local g <close> = thread.group()
      g:spawn(function() answer = 42 end)
    end
    return answer
  end
  check.equal(inside(), nil)
  check.equal(behind(), 42)
end)

check.case("an empty group has nothing to wait for", function()
  check.values({ true }, thread.group():wait())
  do
    local _ <close> = thread.group()
  end
  check.values({ false }, thread.group():cancel())
end)

check.case("what it is given is checked", function()
  local g <close> = thread.group({})
  check.raises("bad argument #1 to 'group' (unknown option 'limit')",
    function() thread.group({ limit = 2 }) end)
  check.raises("bad argument #1 to 'group' (table expected, got number)",
    function() thread.group(2) end)
  check.raises("bad argument #1 to 'spawn' (function expected, got no value)",
    function() g:spawn() end)
  check.raises("bad argument #1 to 'spawn' (unknown option 'color')",
    function() g:spawn({ color = 1 }, print) end)
  check.raises("bad argument #2 to 'spawn' (function expected, got nil)",
    function() g:spawn({ service = true }, nil) end)
  check.raises("bad argument #1 to 'spawn' (unknown option 'service')",
    function() thread.spawn({ service = true }, print) end)
  check.raises("group expected, got", function() g.wait(thread.lock()) end)
  check.equal(g.unknown, nil)
  check.equal(tostring(g):match("^group: "), "group: ")
end)

check.case("spawn takes options, arguments and gives the thread", function()
  local g <close> = thread.group()
  local t = g:spawn({ name = "adder", daemon = true }, function(a, b)
    return a + b
  end, 1, 2)
  check.equal(t:name(), "adder")
  check.equal(t:daemon(), true)
  check.equal(t:status(), "ready")
  check.values({ true, 3 }, t:join())
  local callable = setmetatable({}, { __call = function() return "called" end })
  check.values({ true, "called" }, g:spawn(callable):join())
  check.equal(g:spawn(print):daemon(), false)
end)

check.case("members spawn members, also while the owner waits", function()
  local g, count = thread.group(), 0
  local function grow(depth)
    count = count + 1
    timer.sleep(0)
    if depth > 0 then
      g:spawn(grow, depth - 1)
      g:spawn(grow, depth - 1)
    end
  end
  g:spawn(grow, 6)
  g:wait()
  check.equal(count, 127)
end)

check.case("after its end nothing can be spawned", function()
  local g = thread.group()
  g:wait()
  check.raises("the group has ended", function() g:spawn(print) end)
  local kept
  do
    local closed <close> = thread.group()
    kept = closed
  end
  check.raises("the group has ended", function() kept:spawn(print) end)
end)

check.case("a member may be cancelled alone", function()
  local g, event = thread.group(), thread.event()
  local one = g:spawn(timer.sleep, 60)
  local other = g:spawn(event.wait, event)
  thread.yield()
  one:cancel("you only")
  check.equal(check.cancelled(one).reason, "you only")
  check.equal(other:status(), "waiting")
  event:set()
  check.values({ true }, g:wait())
  check.equal(other:status(), "done")
end)

check.case("cancel cancels all members, with its reason", function()
  local g, why, threads = thread.group(), {}, {}
  times(3, function(i) threads[i] = g:spawn(timer.sleep, 60) end)
  thread.yield()
  times(3, function(i) threads[i + 3] = g:spawn(timer.sleep, 60) end)
  check.values({ true }, g:cancel(why))
  for _, t in ipairs(threads) do
    check.ok(rawequal(check.cancelled(t).reason, why))
  end
  check.values({ true }, g:wait())
  check.values({ false }, g:cancel())
end)

check.case("cancel does not reach the owner", function()
  local g <close> = thread.group()
  g:spawn(timer.sleep, 60)
  g:cancel()
  timer.sleep(0)
  thread.yield()
end)

check.case("what comes after a cancel never runs", function()
  local g, ran = thread.group(), false
  g:cancel("closed")
  local t = g:spawn(function() ran = true end)
  check.equal(check.cancelled(t).reason, "closed")
  g:wait()
  check.equal(ran, false)
end)

check.case("a member that cancels the group is cancelled too", function()
  local g, log = thread.group(), {}
  local other = g:spawn(timer.sleep, 60)
  local t = g:spawn(function()
    timer.sleep(0)
    check.values({ true }, g:cancel("mine"))
    table.insert(log, "goes on")
    timer.sleep(0)
    table.insert(log, "not reached")
  end)
  check.values({ true }, g:wait())
  check.equal(check.cancelled(t).reason, "mine")
  check.equal(check.cancelled(other).reason, "mine")
  check.equal(log, { "goes on" })
end)

check.case("another thread may wait for it", function()
  local g, log = thread.group(), {}
  local event = thread.event()
  g:spawn(event.wait, event)
  local watcher = thread.spawn(function()
    table.insert(log, g:wait())
  end)
  thread.yield()
  check.equal(watcher:status(), "waiting")
  check.equal(watcher:waiting_for(), "the threads of a group")
  event:set()
  check.joined(watcher)
  check.equal(log, { true })
  -- It has not ended: its owner may go on.
  local t = g:spawn(function() return "more" end)
  g:wait()
  check.values({ true, "more" }, t:join())
end)

check.case("a watcher that is cancelled leaves the group alone", function()
  local g, event = thread.group(), thread.event()
  local t = g:spawn(event.wait, event)
  local watcher = thread.spawn(g.wait, g)
  thread.yield()
  watcher:cancel()
  check.cancelled(watcher)
  check.equal(t:status(), "waiting")
  event:set()
  g:wait()
  check.equal(t:status(), "done")
end)

check.case("a member cannot wait for its own end", function()
  local g = thread.group()
  local t = g:spawn(function()
    check.raises("a thread of the group cannot wait for it", function()
      g:wait()
    end)
    check.raises("a thread of the group cannot wait for it", function()
      local _ <close> = g
    end)
    return "well"
  end)
  g:wait()
  check.values({ true, "well" }, t:join())
end)

check.case("services end when all others have", function()
  local g, served = thread.group(), 0
  local gate = thread.event()
  local service = g:spawn({ service = true }, function()
    while true do
      gate:wait()
      gate:clear()
      served = served + 1
    end
  end)
  times(3, function()
    g:spawn(function()
      gate:set()
      timer.sleep(0)
    end)
  end)
  timer.sleep(0.01)
  check.equal(service:status(), "waiting")
  check.values({ true }, g:wait())
  check.ok(served > 0)
  check.cancelled(service)
end)

check.case("services alone end with the block", function()
  local t
  do
    local g <close> = thread.group()
    t = g:spawn({ service = true }, timer.sleep, 60)
    timer.sleep(0)
    check.equal(t:status(), "waiting")
  end
  check.equal(t:status(), "cancelled")
end)

check.case("a service that tidies up is waited for", function()
  local log = {}
  do
    local g <close> = thread.group()
    g:spawn({ service = true }, function()
      local _ <close> = setmetatable({}, { __close = function()
        thread.shield(timer.sleep, 0.01)
        g:spawn(function() table.insert(log, "never runs") end)
        table.insert(log, "tidy")
      end })
      timer.sleep(60)
    end)
    timer.sleep(0)
  end
  check.equal(log, { "tidy" })
end)

check.case("a service may be spawned by the last worker", function()
  local g, service = thread.group(), nil
  g:spawn(function()
    timer.sleep(0)
    service = g:spawn({ service = true }, timer.sleep, 60)
  end)
  g:wait()
  check.cancelled(service)
end)

check.case("without <close> and wait the members go on", function()
  local event, t = thread.event(), nil
  check.joined(thread.spawn(function()
    t = thread.group():spawn(event.wait, event)
  end))
  collectgarbage()
  check.equal(t:status(), "waiting")
  event:set()
  check.values({ true, true }, t:join())
end)

check.case("but services, when their owner has ended, do not", function()
  local service, worker
  local event = thread.event()
  check.joined(thread.spawn(function()
    local g = thread.group()
    service = g:spawn({ service = true }, timer.sleep, 60)
    worker = g:spawn(event.wait, event)
  end))
  thread.yield()
  check.equal(service:status(), "waiting")
  event:set()
  check.joined(worker)
  check.cancelled(service)
end)

check.case("groups nest", function()
  local log = {}
  do
    local outer <close> = thread.group()
    times(3, function(i)
      outer:spawn(function()
        local inner <close> = thread.group()
        times(2, function(j)
          inner:spawn(function()
            timer.sleep(0)
            table.insert(log, i * 10 + j)
          end)
        end)
      end)
    end)
  end
  check.equal(#log, 6)
end)

check.case("inside a deadline it ends with that", function()
  local t, went_on
  check.fails("timeout", "ETIMEDOUT", thread.deadline(0.01, function()
    local g <close> = thread.group()
    t = g:spawn(timer.sleep, 60)
    g:wait()
    went_on = true
  end))
  check.equal(t:status(), "cancelled")
  check.equal(went_on, nil)
end)

check.case("a deadline waits until the members have tidied up", function()
  local tidy = false
  check.fails("timeout", "ETIMEDOUT", thread.deadline(0.01, function()
    local g <close> = thread.group()
    g:spawn(function()
      local _ <close> = setmetatable({}, { __close = function()
        thread.shield(timer.sleep, 0.02)
        tidy = true
      end })
      timer.sleep(60)
    end)
  end))
  check.equal(tidy, true)
end)

check.case("an owner that is cancelled cancels and waits", function()
  for _, close in ipairs({ true, false }) do
    local event, member, left = thread.event(), nil, false
    local owner = thread.spawn(function()
      local g <close> = thread.group()
      member = g:spawn(function()
        pcall(timer.sleep, 60)
        thread.shield(event.wait, event)
      end)
      if close then return end
      g:wait()
      left = true
    end)
    timer.sleep(0)
    owner:cancel("enough")
    timer.sleep(0)
    check.equal(owner:status(), "waiting")
    owner:cancel("again")
    timer.sleep(0)
    check.equal(owner:status(), "waiting")
    event:set()
    check.cancelled(owner)
    check.equal(left, false)
    check.equal(member:status(), "done")
  end
end)

check.case("a member that is joined is a member still", function()
  local g = thread.group()
  local t = g:spawn(function()
    timer.sleep(0)
    return "joined"
  end)
  check.values({ true, "joined" }, t:join())
  check.values({ true }, g:wait())
end)

check.case("in a coroutine that waits it is as ever", function()
  local count = 0
  coroutine.wrap(function()
    local g <close> = thread.group()
    times(3, function()
      g:spawn(function()
        timer.sleep(0)
        count = count + 1
      end)
    end)
  end)()
  check.equal(count, 3)
end)

check.case("in a generator that yields it lives on", function()
  local function squares(n)
    return coroutine.wrap(function()
      local g <close> = thread.group()
      local queue = thread.queue()
      times(n, function(i)
        g:spawn(function()
          timer.sleep(0)
          queue:put(i * i)
        end)
      end)
      times(n, function() coroutine.yield((queue:get())) end)
    end)
  end
  local sum = 0
  for square in squares(10) do
    timer.sleep(0)
    sum = sum + square
  end
  check.equal(sum, 385)
end)

check.case("a generator that is closed cannot wait for it", function()
  local t
  local co = coroutine.create(function()
    local g <close> = thread.group()
    t = g:spawn(timer.sleep, 60)
    coroutine.yield()
  end)
  coroutine.resume(co)
  thread.yield()
  local ok, err = coroutine.close(co)
  check.equal(ok, false)
  check.has(err, "cannot wait inside 'coroutine.close'")
  check.cancelled(t)
  co = coroutine.create(function()
    local _ <close> = thread.group()
    coroutine.yield()
  end)
  coroutine.resume(co)
  check.values({ true }, coroutine.close(co))
end)

check.case("thousands of members", function()
  local count = 0
  do
    local g <close> = thread.group()
    times(5000, function()
      g:spawn(function()
        timer.sleep(0)
        count = count + 1
      end)
    end)
  end
  check.equal(count, 5000)
end)
