-- Coroutines of the script's own work as in plain Lua, and a wait inside one
-- suspends the whole thread: no resume of the script ever sees it.

local check = require("check")
local pair = require("pair")

-- A generator over a socket, one byte at a time.
local function bytes(conn)
  return coroutine.wrap(function()
    local byte = conn:recv(1)
    while byte do
      coroutine.yield(byte)
      byte = conn:recv(1)
    end
  end)
end

-- Sends text byte by byte and lets the reader wait for each.
local function trickle(conn, text)
  for i = 1, #text do
    conn:send(text, i, i)
    timer.sleep(0)
  end
  conn:close()
end

local function collect(conn)
  local got = {}
  for byte in bytes(conn) do
    table.insert(got, byte)
  end
  conn:close()
  return table.concat(got)
end

check.case("a generator over a socket yields what it reads", function()
  local near, far = pair()
  local sender = thread.spawn(trickle, near, "generator")
  check.equal(collect(far), "generator")
  check.joined(sender)
end)

check.case("two threads run generators over sockets at once", function()
  local near1, far1 = pair()
  local near2, far2 = pair()
  local one = thread.spawn(collect, far1)
  local two = thread.spawn(collect, far2)
  thread.spawn(trickle, near1, "first")
  thread.spawn(trickle, near2, "the second")
  check.equal(check.joined(one), "first")
  check.equal(check.joined(two), "the second")
end)

check.case("a wait three coroutines deep comes back there", function()
  local co = coroutine.wrap(function()
    local inner = coroutine.wrap(function()
      local innermost = coroutine.wrap(function()
        timer.sleep(0)
        coroutine.yield("three")
        timer.sleep(0)
        return "end of three"
      end)
      coroutine.yield(innermost() .. ", two")
      timer.sleep(0)
      return innermost()
    end)
    coroutine.yield(inner() .. ", one")
    return inner()
  end)
  check.equal(co(), "three, two, one")
  check.equal(co(), "end of three")
end)

check.case("a wait a hundred coroutines deep comes back there", function()
  local function nest(depth)
    if depth == 0 then
      timer.sleep(0)
      return "the bottom"
    end
    return coroutine.wrap(nest)(depth - 1)
  end
  check.equal(nest(100), "the bottom")
  check.equal(check.joined(thread.spawn(nest, 100)), "the bottom")
end)

check.case("resume gets the coroutine's values, never a wait's", function()
  local co = coroutine.create(function(a, b)
    timer.sleep(0)
    local c = coroutine.yield(a, b, nil)
    thread.yield()
    return c, nil
  end)
  check.values({ true, 1, 2, nil, n = 4 }, coroutine.resume(co, 1, 2))
  check.values({ true, 3, nil, n = 3 }, coroutine.resume(co, 3))
  check.values(
    { false, "cannot resume dead coroutine" },
    coroutine.resume(co)
  )
end)

check.case("an error after a wait reaches resume and wrap", function()
  local function fail()
    timer.sleep(0)
    error({ "mine" })
  end
  local ok, err = coroutine.resume(coroutine.create(fail))
  check.equal(ok, false)
  check.equal(err, { "mine" })
  ok, err = pcall(coroutine.wrap(fail))
  check.equal(ok, false)
  check.equal(err, { "mine" })
end)

check.case("pcall inside a coroutine inside a thread may wait", function()
  local co = coroutine.wrap(function()
    local ok, err = pcall(function()
      timer.sleep(0)
      coroutine.yield("yielded under pcall")
      timer.sleep(0)
      error("after both", 0)
    end)
    return ok, err
  end)
  check.equal(co(), "yielded under pcall")
  check.values({ false, "after both" }, co())
end)

check.case("metamethods and for iterators may wait", function()
  local slow = setmetatable({}, {
    __index = function(_, key)
      timer.sleep(0)
      return key .. "!"
    end,
    __lt = function()
      thread.yield()
      return true
    end,
  })
  check.equal(slow.name, "name!")
  check.ok(slow < slow)
  local seen = {}
  for i in function(_, last)
    timer.sleep(0)
    return last < 3 and last + 1 or nil
  end, nil, 0 do
    table.insert(seen, i)
  end
  check.equal(seen, { 1, 2, 3 })
end)

check.case("<close> variables of a coroutine may wait", function()
  local log = {}
  local co = coroutine.wrap(function()
    local _ <close> = setmetatable({}, {
      __close = function()
        timer.sleep(0)
        table.insert(log, "closed")
      end,
    })
    coroutine.yield("open")
  end)
  check.equal(co(), "open")
  co()
  check.equal(log, { "closed" })
end)

check.case("a waiting coroutine is normal to other threads", function()
  local gate = thread.event()
  local co = coroutine.create(function()
    gate:wait()
    return "passed"
  end)
  local t = thread.spawn(function()
    return coroutine.resume(co)
  end)
  thread.yield()
  check.equal(coroutine.status(co), "normal")
  check.values(
    { false, "cannot resume non-suspended coroutine" },
    coroutine.resume(co)
  )
  check.raises("cannot close a normal coroutine", coroutine.close, co)
  gate:set()
  check.values({ true, "passed" }, check.joined(t))
  check.equal(coroutine.status(co), "dead")
end)

check.case("status, running and isyieldable are plain Lua's", function()
  local outer
  outer = coroutine.create(function()
    local inner = coroutine.wrap(function()
      check.equal(coroutine.status(outer), "normal")
      check.equal(coroutine.isyieldable(), true)
      timer.sleep(0)
      check.equal(coroutine.status(outer), "normal")
    end)
    inner()
    local co, main = coroutine.running()
    check.ok(co == outer)
    check.equal(main, false)
    check.equal(coroutine.status(outer), "running")
  end)
  check.equal(coroutine.status(outer), "suspended")
  check.values({ true }, coroutine.resume(outer))
end)

check.case("a thread's own body cannot coroutine.yield", function()
  local words = "attempt to yield from outside a coroutine"
  local function body()
    check.equal(coroutine.isyieldable(), false)
    check.raises(words, coroutine.yield, 1)
    timer.sleep(0)
    return "went on"
  end
  check.equal(body(), "went on")
  check.equal(check.joined(thread.spawn(body)), "went on")
end)

check.case("thread.self inside is the thread around", function()
  local t = thread.spawn(function()
    return coroutine.wrap(function()
      timer.sleep(0)
      return thread.self()
    end)()
  end)
  check.ok(check.joined(t) == t)
end)

check.case("a coroutine may be handed from thread to thread", function()
  local count = coroutine.wrap(function()
    for i = 1, 3 do
      timer.sleep(0)
      coroutine.yield(i)
    end
  end)
  check.equal(check.joined(thread.spawn(count)), 1)
  check.equal(count(), 2)
  check.equal(check.joined(thread.spawn(count)), 3)
end)

check.case("close ends a suspended coroutine that had waited", function()
  local log = {}
  local co = coroutine.create(function()
    local _ <close> = setmetatable({}, {
      __close = function()
        table.insert(log, "closed")
      end,
    })
    timer.sleep(0)
    coroutine.yield()
  end)
  coroutine.resume(co)
  check.values({ true }, coroutine.close(co))
  check.equal(coroutine.status(co), "dead")
  check.equal(log, { "closed" })
end)

check.case("a cancellation is raised in the innermost coroutine", function()
  local log = {}
  local t = thread.spawn(function()
    coroutine.wrap(function()
      local ok, err = pcall(timer.sleep, math.huge)
      table.insert(log, ok)
      table.insert(log, err.code)
      coroutine.yield()
    end)()
    table.insert(log, "came out")
    timer.sleep(0)
    table.insert(log, "not reached")
  end)
  thread.yield()
  t:cancel()
  check.cancelled(t)
  check.equal(log, { false, "ECANCELED", "came out" })
end)

check.case("a thread dropped inside a generator is cancelled", function()
  local near, far = pair()
  local t = thread.spawn(collect, far)
  thread.yield()
  t:cancel()
  check.cancelled(t)
  near:close()
  far:close()
end)

check.case("a thread ended by force still closes with generators", function()
  local log = {}
  local closing = { __close = function()
    local gen = coroutine.wrap(function()
      coroutine.yield("one")
      coroutine.yield("two")
    end)
    table.insert(log, gen())
    table.insert(log, gen())
  end }
  local t = thread.spawn(function()
    local _ <close> = setmetatable({}, closing)
    coroutine.wrap(function()
      local _ <close> = setmetatable({}, closing)
      while true do
        pcall(timer.sleep, math.huge)
      end
    end)()
  end)
  thread.yield()
  t:cancel()
  check.cancelled(t)
  check.equal(log, { "one", "two", "one", "two" })
end)
