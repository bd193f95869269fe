-- Generators in threads: several over sockets at once, nested, left half-way,
-- cancelled, handed on; and a scheduler of the script's own in a thread.

local check = require("check")
local pair = require("pair")

-- Logs its name when it is closed.
local function note(log, name)
  return setmetatable({}, { __close = function()
    table.insert(log, name)
  end })
end

-- The lines of a connection, and the words of a generator of lines.
local function lines(conn)
  return coroutine.wrap(function()
    for line in conn:lines() do
      coroutine.yield(line)
    end
  end)
end

local function words(next_line)
  return coroutine.wrap(function()
    for line in next_line do
      for word in line:gmatch("%a+") do
        coroutine.yield(word)
      end
    end
  end)
end

-- Sends in pieces that end anywhere, and lets the reader wait for each.
local function speak(conn, text, size)
  for i = 1, #text, size do
    assert(conn:send(text, i, math.min(i + size - 1, #text)))
    thread.yield()
  end
  conn:close()
end

check.case("nested generators over sockets, in many threads", function()
  local text = ("one two three\nfour\n\nfive six\n"):rep(5)
  local expected = {}
  for word in text:gmatch("%a+") do
    table.insert(expected, word)
  end
  local readers = {}
  for i = 1, 8 do
    local near, far = pair()
    thread.spawn(speak, near, text, i)
    readers[i] = thread.spawn(function()
      local conn <close>, got = far, {}
      for word in words(lines(conn)) do
        table.insert(got, word)
      end
      return got
    end)
  end
  for _, t in ipairs(readers) do
    check.equal(check.joined(t), expected)
  end
end)

check.case("one generator is shared by threads, one at a time", function()
  local near, far = pair()
  local next_line = lines(far)
  local lock = thread.lock()
  local got, readers = {}, {}
  for i = 1, 4 do
    readers[i] = thread.spawn(function()
      local line
      repeat
        local _ <close> = lock:hold()
        line = next_line and next_line()
        table.insert(got, line)
        next_line = line and next_line
      until not line
    end)
  end
  speak(near, "1\n2\n3\n4\n5\n6\n7\n8\n", 3)
  for _, t in ipairs(readers) do
    check.joined(t)
  end
  check.equal(got, { "1", "2", "3", "4", "5", "6", "7", "8" })
end)

check.case("a generator that waits is refused to a second resume", function()
  local near, far = pair()
  local words_here = "cannot resume non-suspended coroutine"
  local co = coroutine.create(function()
    return far:receive()
  end)
  local wrapped = coroutine.wrap(function()
    return coroutine.resume(co)
  end)
  local t = thread.spawn(wrapped)
  thread.yield()
  check.equal(t:status(), "waiting")
  for _ = 1, 2 do
    check.values({ false, words_here }, coroutine.resume(co))
    check.raises(words_here, wrapped)
    check.raises("cannot close a normal coroutine", coroutine.close, co)
    check.equal(coroutine.status(co), "normal")
  end
  check.ok(coroutine.isyieldable(co))
  check.has(debug.traceback(co), "test_generators.lua")
  check.has(t:traceback(), "test_generators.lua")
  near:send("line\n")
  check.values({ true, "line" }, check.joined(t))
  check.equal(coroutine.status(co), "dead")
  check.values({ false, "cannot resume dead coroutine" }, coroutine.resume(co))
  check.raises("cannot resume dead coroutine", wrapped)
  check.values({ true }, coroutine.close(co))
end)

check.case("a generator resumes itself and its resumer in vain", function()
  local refused = { false, "cannot resume non-suspended coroutine" }
  local outer
  outer = coroutine.create(function()
    local inner
    inner = coroutine.create(function()
      thread.yield()
      check.values(refused, coroutine.resume(inner))
      check.values(refused, coroutine.resume(outer))
      check.raises("cannot close a running", coroutine.close, inner)
      check.raises("cannot close a normal", coroutine.close, outer)
      return "well"
    end)
    check.values({ true, "well" }, coroutine.resume(inner))
  end)
  check.values({ true }, coroutine.resume(outer))
end)

check.case("running, status and isyieldable around a wait", function()
  local function look(expect_main)
    local co, main = coroutine.running()
    check.equal(main, expect_main)
    check.equal(coroutine.status(co), "running")
    check.equal(coroutine.isyieldable(), not expect_main)
    check.equal(coroutine.isyieldable(co), not expect_main)
    return co
  end
  local gate = thread.event()
  local base, inner
  local t = thread.spawn(function()
    base = look(true)
    coroutine.wrap(function()
      inner = look(false)
      gate:wait()
      look(false)
    end)()
    look(true)
    return "results"
  end)
  look(true)
  thread.yield()
  local refused = { false, "cannot resume non-suspended coroutine" }
  for _, co in ipairs { base, inner } do
    check.equal(coroutine.status(co), "normal")
    check.values(refused, coroutine.resume(co))
    check.raises("cannot close a normal coroutine", coroutine.close, co)
  end
  gate:set()
  check.equal(check.joined(t), "results")
  for _, co in ipairs { base, inner } do
    check.equal(coroutine.status(co), "dead")
    check.values({ true }, coroutine.close(co))
    local dead = { false, "cannot resume dead coroutine" }
    check.values(dead, coroutine.resume(co))
  end
  check.equal(check.joined(t), "results")
end)

check.case("nothing yields out of what netbox calls", function()
  local outside = "attempt to yield from outside a coroutine"
  local answers = thread.queue()
  local function try()
    answers:put(select(2, pcall(coroutine.yield, 1)))
  end
  timer.after(0, try)
  check.has(answers:get(5), outside)
  local every = timer.every(0.001, try)
  check.has(answers:get(5), outside)
  every:cancel()
  check.joined(thread.spawn(try))
  check.has(answers:get(5), outside)
  local ok, err = thread.spawn(coroutine.yield, 1):join(5)
  check.equal(ok, false)
  check.has(err, outside)
  check.raises(outside, thread.deadline, 5, coroutine.yield, 1)
end)

check.case("a generator lives on in whoever resumes it next", function()
  local near, far = pair()
  local selves = {}
  local gen = coroutine.wrap(function()
    for line in far:lines() do
      table.insert(selves, thread.self())
      coroutine.yield(line)
    end
  end)
  near:send("1\n2\n3\n4\n")
  local threads = {}
  for i = 1, 3 do
    threads[i] = thread.spawn(gen)
    check.equal(check.joined(threads[i]), tostring(i))
    check.ok(selves[i] == threads[i])
  end
  local answers = thread.queue()
  timer.after(0, function()
    answers:put(gen())
  end)
  check.equal(answers:get(5), "4")
end)

check.case("a cancellation leaves three generators in order", function()
  local _, far = pair()
  local log = {}
  local function nest(depth)
    local _ <close> = note(log, "closed " .. depth)
    if depth == 3 then
      local ok, err = pcall(far.receive, far)
      table.insert(log, tostring(ok) .. " " .. err.code)
      error(err, 0)
    end
    local inner = coroutine.wrap(nest)
    coroutine.yield(inner(depth + 1))
  end
  local t = thread.spawn(nest, 0)
  thread.yield()
  check.equal(t:status(), "waiting")
  check.ok(t:cancel("enough"))
  check.equal(check.cancelled(t).reason, "enough")
  check.equal(log, {
    "false ECANCELED", "closed 3", "closed 2", "closed 1", "closed 0",
  })
end)

check.case("a deadline ends a wait inside of generators", function()
  local _, far = pair()
  local log = {}
  local function read()
    local _ <close> = note(log, "closed")
    coroutine.yield("first")
    return far:receive()
  end
  local gen = coroutine.wrap(read)
  check.equal(gen(), "first")
  check.fails("timeout", "ETIMEDOUT", thread.deadline(0.01, gen))
  check.equal(log, { "closed" })
  check.raises("cannot resume dead coroutine", gen)
  check.equal(thread.deadline(5, timer.sleep, 0), true)
end)

check.case("a deadline inside of a generator rests with it", function()
  local gen = coroutine.wrap(function()
    return thread.deadline(0.01, function()
      coroutine.yield("resting")
      timer.sleep(math.huge)
    end)
  end)
  check.equal(gen(), "resting")
  timer.sleep(0.02)
  check.fails("timeout", "ETIMEDOUT", gen())
end)

check.case("an error leaves five generators with all their lines", function()
  local function nest(depth)
    timer.sleep(0)
    if depth == 5 then
      error("deep down")
    end
    return (coroutine.wrap(nest)(depth + 1))
  end
  local ok, err = thread.spawn(nest, 0):join()
  check.equal(ok, false)
  local positions = select(2, err:gsub("test_generators%.lua:%d+: ", ""))
  check.equal(positions, 6)
  check.ok(err:find("deep down$"), err)
end)

-- A chain of generators, each of which asks the next; the last one reads.
local function chain(length, conn, log)
  local gen = lines(conn)
  for _ = 2, length do
    local inner = gen
    gen = coroutine.wrap(function()
      local _ <close> = note(log, "closed")
      while true do
        local ok, line = pcall(inner)
        if not ok then
          error(line, 0)
        end
        coroutine.yield(line)
      end
    end)
  end
  return gen
end

check.case("twenty thousand generators chained to a socket", function()
  local near, far = pair()
  local log = {}
  local gen = chain(20000, far, log)
  local t = thread.spawn(gen)
  thread.yield()
  check.equal(t:status(), "waiting")
  near:send("one\ntwo\n")
  check.equal(check.joined(t), "one")
  check.equal(gen(), "two")
  check.fails("timeout", "ETIMEDOUT", thread.deadline(0.01, gen))
  check.equal(#log, 19999)
  check.raises("cannot resume dead coroutine", gen)
end)

check.case("twenty thousand chained generators are cancelled", function()
  local _, far = pair()
  local log = {}
  local t = thread.spawn(chain(20000, far, log))
  thread.yield()
  check.ok(#t:traceback() < 20000)
  t:cancel()
  check.cancelled(t)
  check.equal(#log, 19999)
end)

-- How many bytes more there are after `f` than before, all collected.
local function growth(f)
  local function count()
    collectgarbage()
    collectgarbage()
    return collectgarbage("count") * 1024
  end
  f()
  local before = count()
  f()
  return count() - before
end

check.case("generators that nobody resumes again are collected", function()
  local function leave(count, gen)
    for _ = 1, count do
      gen()
    end
  end
  local closed = 0
  local function wait_and_yield()
    local _ <close> = setmetatable({}, { __close = function()
      closed = closed + 1
    end })
    thread.yield()
    coroutine.yield(1)
  end
  local kinds = {
    function() coroutine.wrap(wait_and_yield)() end,
    function() coroutine.resume(coroutine.create(wait_and_yield)) end,
    function() coroutine.wrap(coroutine.wrap(wait_and_yield))() end,
    function() pcall(coroutine.wrap(error), {}) end,
    function()
      local gen
      gen = coroutine.wrap(function()
        coroutine.yield(gen) -- it holds itself
      end)
      gen()
    end,
    function() thread.spawn(coroutine.wrap(wait_and_yield)):join() end,
    function()
      local t = thread.spawn(coroutine.wrap(timer.sleep), math.huge)
      thread.yield()
      t:cancel()
      t:join()
    end,
  }
  for i, kind in ipairs(kinds) do
    local bytes = growth(function()
      leave(200, kind)
    end)
    check.ok(bytes < 4096, "kind " .. i .. " left " .. bytes .. " bytes")
  end
  check.equal(closed, 0)
end)

check.case("a hundred thousand generators at once", function()
  local generators, sum = {}, 0
  for i = 1, 100000 do
    generators[i] = coroutine.wrap(function()
      coroutine.yield(i)
      return -i
    end)
    sum = sum + generators[i]()
  end
  thread.yield()
  for i = 1, #generators do
    sum = sum + generators[i]()
  end
  check.equal(sum, 0)
end)

-- A scheduler as scripts bring it along, over socket.select: tasks yield the
-- socket that they want to read.
local function scheduler()
  local self = { reading = {}, waiting = {}, ended = {} }

  local function step(task)
    local ok, sock = coroutine.resume(task.co)
    if not ok or coroutine.status(task.co) == "dead" then
      table.insert(self.ended, { task.name, ok, sock })
    else
      table.insert(self.reading, sock)
      self.waiting[sock] = task
    end
  end

  function self.add(name, f, ...)
    local args = table.pack(...)
    step { name = name, co = coroutine.create(function()
      return f(table.unpack(args, 1, args.n))
    end) }
  end

  function self.loop()
    while #self.reading > 0 do
      local ready = socket.select(self.reading, nil)
      for _, sock in ipairs(ready) do
        for i, other in ipairs(self.reading) do
          if other == sock then
            table.remove(self.reading, i)
            break
          end
        end
        step(self.waiting[sock])
      end
    end
    return self.ended
  end
  return self
end

-- Reads without waiting; its yields go to the scheduler.
local function receive(sock)
  sock:settimeout(0)
  local text = ""
  while true do
    local data, _, part, code = sock:receive("*a")
    text = text .. (data or part)
    if code ~= "EAGAIN" then
      return text
    end
    coroutine.yield(sock)
  end
end

check.case("a scheduler of the script's own runs in a thread", function()
  local function run(names)
    local own = scheduler()
    for _, name in ipairs(names) do
      local near, far = pair()
      thread.spawn(speak, near, name:rep(20), 7)
      own.add(name, function()
        local conn <close> = far
        timer.sleep(0) -- the whole scheduler waits, as it would in C
        return receive(conn)
      end)
    end
    own.add("failing", error, "own error", 0)
    local ended = own.loop()
    table.sort(ended, function(a, b) return a[1] < b[1] end)
    return ended
  end
  local over, turns = false, 0
  local other = thread.spawn(function()
    while not over do
      turns = turns + 1
      thread.yield()
    end
  end)
  local first = thread.spawn(run, { "ab", "cd", "ef" })
  local second = thread.spawn(run, { "gh", "ij" })
  check.equal(check.joined(first), {
    { "ab", true, ("ab"):rep(20) }, { "cd", true, ("cd"):rep(20) },
    { "ef", true, ("ef"):rep(20) }, { "failing", false, "own error" },
  })
  check.equal(check.joined(second), {
    { "failing", false, "own error" }, { "gh", true, ("gh"):rep(20) },
    { "ij", true, ("ij"):rep(20) },
  })
  over = true
  check.joined(other)
  check.ok(turns > 2)
end)
