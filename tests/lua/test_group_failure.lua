-- The failures of a group's threads: who is cancelled, who is told.

local check = require("check")

-- f(g) in a block with a group of its own: what pcall says of that, and the
-- group.
local function grouped(f)
  local kept
  local results = table.pack(pcall(function()
    local g <close> = thread.group()
    kept = g
    return f(g)
  end))
  results.n = math.max(results.n, 2)
  return results[1], results[2], kept
end

local function raise_later(err)
  timer.sleep(0)
  error(err, 0)
end

check.case("wait raises the first failure, each time", function()
  local g, object = thread.group(), {}
  g:spawn(raise_later, object)
  for _ = 1, 2 do
    local ok, err = pcall(g.wait, g)
    check.equal(ok, false)
    check.ok(rawequal(err, object))
  end
  check.equal(#g.others, 0)
end)

check.case("errors of every kind arrive unchanged", function()
  local object = setmetatable({}, { __tostring = function() return "o" end })
  for _, err in ipairs({ "text", 42, 4.5, true, false, {}, object, print }) do
    local ok, got = grouped(function(g) g:spawn(error, err, 0) end)
    check.equal(ok, false)
    check.ok(rawequal(got, err))
  end
  local ok, got = grouped(function(g) g:spawn(error) end)
  check.values({ false, nil, n = 2 }, ok, got)
  ok, got = grouped(function(g)
    g:spawn(function() error("with its place") end)
  end)
  check.equal(ok, false)
  check.has(got, "test_group_failure.lua:")
end)

check.case("the others are cancelled, those that have not begun too", function()
  local sleeper, unborn
  local ok, err = grouped(function(g)
    sleeper = g:spawn(timer.sleep, 60)
    g:spawn(function()
      unborn = g:spawn(function() error("it ran") end)
      error("boom", 0)
    end)
  end)
  check.values({ false, "boom" }, ok, err)
  check.cancelled(sleeper)
  check.cancelled(unborn)
end)

check.case("so is the wait of the owner", function()
  local seen
  local ok, err = grouped(function(g)
    g:spawn(raise_later, "boom")
    local _, cancellation = pcall(timer.sleep, 60)
    seen = cancellation
    timer.sleep(0)
    error("not reached")
  end)
  check.values({ false, "boom" }, ok, err)
  check.equal(seen.code, "ECANCELED")
  check.equal(seen.reason, "a thread of the group failed")
end)

check.case("an owner that catches it and goes on is told in the end", function()
  local went_on
  local ok, err = grouped(function(g)
    g:spawn(raise_later, "boom")
    pcall(timer.sleep, 60)
    went_on = true
    return "ignored"
  end)
  check.values({ false, "boom" }, ok, err)
  check.ok(went_on)
end)

check.case("outside of the block the owner waits as ever", function()
  grouped(function(g) g:spawn(error, "boom", 0) end)
  timer.sleep(0)
  local g = thread.group()
  g:spawn(raise_later, "boom")
  pcall(g.wait, g)
  timer.sleep(0)
end)

check.case("the further ones are in others, in their order", function()
  local ok, err, g = grouped(function(g)
    for i = 1, 3 do
      g:spawn(function()
        pcall(timer.sleep, 60)
        error(i)
      end)
    end
    g:spawn(raise_later, "boom")
  end)
  check.values({ false, "boom" }, ok, err)
  check.equal(g.others, { 1, 2, 3 })
end)

check.case("who is told by wait is not told again", function()
  local ok, err, g = grouped(function(g)
    g:spawn(raise_later, "boom")
    check.values({ false, "boom" }, pcall(g.wait, g))
    return "well"
  end)
  check.values({ true, "well" }, ok, err)
  check.equal(g.others, {})
end)

check.case("an error in the block cancels all and passes", function()
  local t
  local ok, err = grouped(function(g)
    t = g:spawn(timer.sleep, 60)
    timer.sleep(0)
    error("mine", 0)
  end)
  check.values({ false, "mine" }, ok, err)
  check.equal(t:status(), "cancelled")
end)

check.case("it is waited for the members all the same", function()
  local tidy = false
  local ok, err = grouped(function(g)
    g:spawn(function()
      pcall(timer.sleep, 60)
      thread.shield(timer.sleep, 0.01)
      tidy = true
    end)
    timer.sleep(0)
    error("mine", 0)
  end)
  check.values({ false, "mine" }, ok, err)
  check.ok(tidy)
end)

check.case("a cancelled member is no failure", function()
  local ok = grouped(function(g)
    g:spawn(timer.sleep, 60)
    g:spawn(function() thread.self():cancel() timer.sleep(0) end)
    timer.sleep(0)
    g:cancel()
  end)
  check.equal(ok, true)
end)

check.case("a service that fails is one", function()
  local worker
  local ok, err = grouped(function(g)
    worker = g:spawn(timer.sleep, 60)
    g:spawn({ service = true }, raise_later, "boom")
  end)
  check.values({ false, "boom" }, ok, err)
  check.cancelled(worker)
end)

check.case("a daemon that fails is one", function()
  local ok, err = grouped(function(g)
    g:spawn({ daemon = true }, raise_later, "boom")
  end)
  check.values({ false, "boom" }, ok, err)
end)

check.case("one that is joined is one too", function()
  local got
  local ok, err = grouped(function(g)
    local t = g:spawn(raise_later, "boom")
    got = table.pack(thread.spawn(t.join, t):join())
    error("not reached")
  end)
  check.values({ false, "boom" }, ok, err)
  check.equal(got, nil)
  local joined
  ok, err = grouped(function(g)
    local t = g:spawn(raise_later, "boom")
    local joiner = thread.spawn(function()
      joined = table.pack(t:join())
    end)
    pcall(timer.sleep, 60)
    thread.shield(check.joined, joiner)
  end)
  check.values({ false, "boom" }, ok, err)
  check.equal(joined, { false, "boom", n = 2 })
end)

check.case("a member that failed can be joined afterwards", function()
  local t
  grouped(function(g) t = g:spawn(raise_later, "boom") end)
  check.values({ false, "boom" }, t:join())
  check.equal(t:status(), "failed")
  check.has(t:traceback(), "test_group_failure.lua:")
end)

check.case("watchers are told, and so is the owner", function()
  local g = thread.group()
  g:spawn(raise_later, "boom")
  local watcher = thread.spawn(function()
    return pcall(g.wait, g)
  end)
  thread.yield()
  check.equal(watcher:status(), "waiting")
  check.values({ false, "boom" }, pcall(g.wait, g))
  check.values({ true, false, "boom" }, watcher:join())
end)

check.case("a failure passes from group to group", function()
  local log = {}
  local ok, err = grouped(function(outer)
    outer:spawn(function()
      local _ <close> = setmetatable({}, { __close = function(_, e)
        table.insert(log, e)
      end })
      local inner <close> = thread.group()
      inner:spawn(raise_later, "boom")
      inner:spawn(timer.sleep, 60)
    end)
    outer:spawn(timer.sleep, 60)
  end)
  check.values({ false, "boom" }, ok, err)
  check.equal(log, { "boom" })
end)

check.case("that of an outer group ends an inner one", function()
  local log = {}
  local ok, err = grouped(function(outer)
    outer:spawn(raise_later, "boom")
    local ok, err = grouped(function(inner)
      inner:spawn(function()
        local _ <close> = setmetatable({}, { __close = function(_, e)
          table.insert(log, e.code)
        end })
        timer.sleep(60)
      end)
      inner:wait()
    end)
    table.insert(log, ok)
    error(err, 0)
  end)
  check.values({ false, "boom" }, ok, err)
  check.equal(log, { "ECANCELED", false })
end)

check.case("it fires while its coroutine rests", function()
  local log, t = {}, nil
  local step = coroutine.wrap(function()
    local ok, err = grouped(function(g)
      t = g:spawn(raise_later, "boom")
      coroutine.yield()
      table.insert(log, (pcall(timer.sleep, 0)))
      timer.sleep(0)
      table.insert(log, "not reached")
    end)
    table.insert(log, err)
    return ok
  end)
  step()
  check.eventually(function() return t:status() == "failed" end)
  timer.sleep(0)
  check.equal(step(), false)
  check.equal(log, { false, "boom" })
end)

check.case("thousands that fail at once", function()
  local ok, err, g = grouped(function(g)
    for i = 1, 2000 do
      g:spawn(function()
        pcall(timer.sleep, 0.01)
        error(i, 0)
      end)
    end
  end)
  check.equal(ok, false)
  check.equal(#g.others, 1999)
  check.equal(err, 1)
  check.equal(g.others[1999], 2000)
end)
