-- Threads: spawn, join, status, names, the list.
-- netbox: --allow-native

local check = require("check")

check.case("spawn never switches; threads start in spawn order", function()
  local log = {}
  local threads = {}
  for i = 1, 3 do
    threads[i] = thread.spawn(function()
      table.insert(log, i)
    end)
    table.insert(log, "spawned " .. i)
  end
  for i = 1, 3 do
    check.joined(threads[i])
  end
  check.equal(log, { "spawned 1", "spawned 2", "spawned 3", 1, 2, 3 })
end)

check.case("a spawned thread runs its own spawns after the others", function()
  local log = {}
  local function note(name)
    table.insert(log, name)
  end
  local inner
  local a = thread.spawn(function()
    inner = thread.spawn(note, "child of a")
    note("a")
  end)
  local b = thread.spawn(note, "b")
  check.joined(a)
  check.joined(b)
  check.joined(inner)
  check.equal(log, { "a", "b", "child of a" })
end)

check.case("arguments and results pass whole, nils included", function()
  local t = thread.spawn(function(...)
    timer.sleep(0)
    return select("#", ...), ...
  end, nil, "x", nil)
  check.values({ true, 3, nil, "x", nil, n = 5 }, t:join())
end)

check.case("join without results is true alone", function()
  local t = thread.spawn(function() end)
  check.values({ true }, t:join())
end)

check.case("join gives the error value unchanged", function()
  local value = { "any", "value" }
  for _, err in ipairs({ value, "text", 42, false }) do
    local t = thread.spawn(error, err, 0)
    local ok, got = t:join()
    check.equal(ok, false)
    check.ok(rawequal(got, err))
    check.equal(t:status(), "failed")
  end
  check.values({ false, nil, n = 2 }, thread.spawn(error, nil):join())
end)

check.case("join of an ended thread answers at once, and again", function()
  local t = thread.spawn(function()
    return "result"
  end)
  thread.yield()
  check.equal(t:status(), "done")
  check.values({ true, "result" }, t:join())
  check.values({ true, "result" }, t:join(0))
end)

check.case("several threads may join one", function()
  local t = thread.spawn(function()
    timer.sleep(0)
    return "shared"
  end)
  local joiners = {}
  for i = 1, 3 do
    joiners[i] = thread.spawn(t.join, t)
  end
  for i = 1, 3 do
    check.values({ true, "shared" }, check.joined(joiners[i]))
  end
end)

check.case("join gives up after its time-out and can be repeated", function()
  local gate = thread.event()
  local t = thread.spawn(gate.wait, gate)
  local start = timer.now()
  check.fails("timeout", "ETIMEDOUT", t:join(0.02))
  check.ok(timer.now() - start >= 0.02)
  check.fails("timeout", "ETIMEDOUT", t:join(0))
  gate:set()
  check.values({ true, true }, t:join())
end)

check.case("a thread cannot join itself", function()
  check.raises("cannot join current thread", function()
    thread.self():join()
  end)
end)

check.case("status tells every state", function()
  local gate = thread.event()
  local t
  t = thread.spawn(function()
    check.equal(t:status(), "running")
    gate:wait()
  end)
  check.equal(t:status(), "ready")
  thread.yield()
  check.equal(t:status(), "waiting")
  check.equal(thread.self():status(), "running")
  gate:set()
  check.equal(t:status(), "ready")
  check.joined(t)
  check.equal(t:status(), "done")
  t = thread.spawn(error, "on purpose")
  t:join()
  check.equal(t:status(), "failed")
  t = thread.spawn(timer.sleep, math.huge)
  t:cancel()
  t:join()
  check.equal(t:status(), "cancelled")
end)

check.case("waiting_for says what a waiting thread waits for", function()
  local t = thread.spawn(timer.sleep, math.huge)
  thread.yield()
  check.equal(type(t:waiting_for()), "string")
  t:cancel()
  check.cancelled(t)
end)

check.case("names are given or made up, ids differ", function()
  local a = thread.spawn({ name = "worker" }, function() end)
  local b = thread.spawn(function() end)
  check.equal(a:name(), "worker")
  check.equal(type(b:name()), "string")
  check.ok(b:name() ~= "")
  check.equal(math.type(a:id()), "integer")
  check.ok(a:id() ~= b:id() and a:id() ~= thread.self():id())
  check.joined(a)
  check.joined(b)
  check.equal(a:name(), "worker")
end)

check.case("a thread is a daemon by option or by its spawner", function()
  local function spawned(options)
    return thread.spawn(options, function() end)
  end
  local plain = spawned({})
  local daemon = thread.spawn({ daemon = true }, function()
    return spawned({}), spawned({ daemon = false })
  end)
  check.equal(plain:daemon(), false)
  check.equal(daemon:daemon(), true)
  local inherited, stubborn = check.joined(daemon)
  check.equal(inherited:daemon(), true)
  check.equal(stubborn:daemon(), true)
  check.equal(thread.self():daemon(), false)
  check.joined(plain)
  check.joined(inherited)
  check.joined(stubborn)
end)

check.case("options: unknown ones and wrong types raise", function()
  local function nothing() end
  check.raises("colour", thread.spawn, { colour = "red" }, nothing)
  check.raises("bad argument", thread.spawn, { name = {} }, nothing)
  check.raises("bad argument", thread.spawn, { name = "x" })
  check.raises("bad argument #1 to 'spawn'", function()
    thread.spawn()
  end)
  check.raises("bad argument #1 to 'spawn'", function()
    thread.spawn("print")
  end)
end)

check.case("a table with __call is a function, not options", function()
  local callable = setmetatable({}, {
    __call = function(_, a, b)
      return a + b
    end,
  })
  check.values({ true, 5 }, thread.spawn(callable, 2, 3):join())
end)

check.case("list has every living thread and no other", function()
  local t = thread.spawn(timer.sleep, math.huge)
  local ended = thread.spawn(function() end)
  thread.yield()
  local found = {}
  for _, one in ipairs(thread.list()) do
    found[one] = true
  end
  check.ok(found[thread.self()])
  check.ok(found[t])
  check.ok(not found[ended])
  t:cancel()
  check.cancelled(t)
end)

check.case("traceback shows the script's lines and no others", function()
  local t = thread.spawn(socket.protect(function()
    timer.sleep(math.huge)
  end))
  thread.yield()
  local _, lines = t:traceback():gsub("\n\t", "")
  check.has(t:traceback(), "test_thread.lua:")
  check.equal(lines, 1)
  t:cancel()
  check.cancelled(t)
end)

check.case("thread.sleep is timer.sleep", function()
  local start = timer.now()
  thread.sleep(0.01)
  check.ok(timer.now() - start >= 0.01)
end)

check.case("two thousand threads come and go", function()
  local sum = 0
  local threads = {}
  for i = 1, 2000 do
    threads[i] = thread.spawn(function()
      thread.yield()
      sum = sum + i
    end)
  end
  for i = 1, #threads do
    threads[i]:join()
  end
  check.equal(sum, 2000 * 2001 // 2)
end)

-- Spawns and joins one thread after the other; each ends well.
local function spend_threads(f)
  for _ = 1, 300 do
    assert(thread.spawn(f):join())
  end
end

check.case("a coroutine that was seen stays its thread's for ever", function()
  local _, co = thread.spawn(coroutine.running):join()
  local seen = { [co] = true }
  spend_threads(function()
    local mine = coroutine.running()
    check.ok(not seen[mine])
    seen[mine] = true
  end)
  check.equal(coroutine.status(co), "dead")
  check.values({ false, "cannot resume dead coroutine" }, coroutine.resume(co))
end)

check.case("a hook and what is on the stack end with the thread", function()
  spend_threads(function()
    check.equal(debug.gethook(), nil)
    debug.sethook(function() end, "", 1000000)
  end)
  local left = setmetatable({}, { __mode = "k" })
  thread.spawn(function()
    left[{}] = true
  end):join()
  spend_threads(function() end)
  collectgarbage()
  check.equal(next(left), nil)
end)

check.case("the one result stays with its thread", function()
  local threads = {}
  for i = 1, 300 do
    threads[i] = thread.spawn(function(...)
      return ...
    end, { i })
    threads[i]:join()
  end
  collectgarbage()
  for i, t in ipairs(threads) do
    local _, result = t:join()
    check.equal(result[1], i)
  end
  check.values({ true, nil, n = 2 }, thread.spawn(rawget, {}, 1):join())
end)

check.case("a finalizer may spawn while a thread is made", function()
  local LIMIT = 5000
  local made, ended, selves = 0, 0, {}
  local gate, done = thread.event(), thread.event()
  local function run()
    check.ok(not selves[thread.self()])
    selves[thread.self()] = true
    gate:wait()
    ended = ended + 1
    if ended == LIMIT then
      done:set()
    end
  end
  local function spawn()
    if made < LIMIT then
      made = made + 1
      thread.spawn(run)
    end
  end
  local function arm()
    setmetatable({}, { __gc = function()
      if made < LIMIT then
        spawn()
        arm()
      end
    end })
  end
  arm()
  local pause = collectgarbage("setpause", 0) -- one cycle after the other
  while made < LIMIT do
    spawn()
  end
  collectgarbage("setpause", pause)
  thread.yield()
  gate:set()
  check.equal(done:wait(10), true)
end)
