-- thread.queue: first in, first out, between any number of threads.

local check = require("check")

check.case("items come out in the order they went in", function()
  local queue = thread.queue()
  for i = 1, 3 do
    check.values({ true }, queue:put(i))
  end
  for i = 1, 3 do
    check.values({ i }, queue:get())
  end
end)

check.case("any value but nil can be put, and comes out unchanged", function()
  local queue = thread.queue()
  local t = {}
  queue:put(false)
  queue:put(t)
  check.values({ false }, queue:get())
  check.ok(queue:get() == t)
  check.raises("bad argument #1 to 'put'", function()
    queue:put(nil)
  end)
  check.raises("bad argument #1 to 'put'", function()
    queue:put()
  end)
  check.fails("timeout", "ETIMEDOUT", queue:get(0))
end)

check.case("getters are served in the order they came", function()
  local queue = thread.queue()
  local log, threads = {}, {}
  for i = 1, 3 do
    threads[i] = thread.spawn(function()
      table.insert(log, i .. queue:get())
    end)
  end
  thread.yield()
  for _, item in ipairs({ "a", "b", "c" }) do
    queue:put(item)
  end
  for _, t in ipairs(threads) do
    check.joined(t)
  end
  check.equal(log, { "1a", "2b", "3c" })
end)

check.case("a newcomer does not take a waiting getter's item", function()
  local queue = thread.queue()
  local t = thread.spawn(queue.get, queue)
  thread.yield()
  queue:put("for the first")
  check.fails("timeout", "ETIMEDOUT", queue:get(0))
  check.equal(check.joined(t), "for the first")
end)

check.case("a full queue makes put wait", function()
  local queue = thread.queue(2)
  queue:put(1)
  queue:put(2)
  check.fails("timeout", "ETIMEDOUT", queue:put(3, 0))
  local start = timer.now()
  check.fails("timeout", "ETIMEDOUT", queue:put(3, 0.02))
  check.ok(timer.now() - start >= 0.02)
  local putters = {}
  for i = 3, 4 do
    putters[i] = thread.spawn(queue.put, queue, i)
  end
  thread.yield()
  check.equal(putters[3]:status(), "waiting")
  for i = 1, 4 do
    check.values({ i }, queue:get())
  end
  check.values({ true }, check.joined(putters[3]))
  check.values({ true }, check.joined(putters[4]))
end)

check.case("get gives up after its time-out", function()
  local queue = thread.queue()
  local start = timer.now()
  check.fails("timeout", "ETIMEDOUT", queue:get(0.02))
  check.ok(timer.now() - start >= 0.02)
end)

check.case("a closed queue takes nothing and is emptied", function()
  local queue = thread.queue()
  queue:put("left")
  queue:close()
  check.fails("closed", "EPIPE", queue:put("more"))
  check.values({ "left" }, queue:get())
  check.fails("closed", "EOF", queue:get())
  check.fails("closed", "EOF", queue:get(0))
  queue:close()
end)

check.case("close wakes whoever waits", function()
  local empty, full = thread.queue(), thread.queue(1)
  full:put("item")
  local getter = thread.spawn(empty.get, empty)
  local putter = thread.spawn(full.put, full, "more")
  thread.yield()
  empty:close()
  full:close()
  check.fails("closed", "EOF", check.joined(getter))
  check.fails("closed", "EPIPE", check.joined(putter))
  check.values({ "item" }, full:get())
  check.fails("closed", "EOF", full:get())
end)

check.case("iter ends when the queue is closed and empty", function()
  local queue = thread.queue()
  local consumer = thread.spawn(function()
    local seen = {}
    for item in queue:iter() do
      table.insert(seen, item)
    end
    return seen
  end)
  for i = 1, 3 do
    queue:put(i)
    thread.yield()
  end
  queue:put("last")
  queue:close()
  check.equal(check.joined(consumer), { 1, 2, 3, "last" })
end)

check.case("it holds as many as come, and few after many", function()
  local queue = thread.queue()
  local put, got = 0, 0
  for _, most in ipairs({ 3, 5, 1000, 2, 300, 1, 1, 1, 17 }) do
    for _ = 1, most do
      put = put + 1
      queue:put(put)
    end
    for _ = 1, most do
      got = got + 1
      check.equal(queue:get(), got)
    end
  end
  check.equal(queue:qsize(), 0)
end)

check.case("an item that its getter has not taken yet stays", function()
  local queue, threads = thread.queue(), {}
  for i = 1, 3 do
    threads[i] = thread.spawn(queue.get, queue)
  end
  thread.yield()
  for i = 1, 30 do
    queue:put(i)
  end
  for i = 1, 3 do
    check.equal(check.joined(threads[i]), i)
  end
  for i = 4, 30 do
    check.equal(queue:get(), i)
  end
end)

check.case("a finalizer may use the queue while it grows", function()
  local queue, last = thread.queue(), 0
  local function drop()
    setmetatable({}, { __gc = function()
      for _ = 1, 9 do
        queue:put("left", 0)
      end
      for _ = 1, 5 do
        queue:get(0)
      end
    end })
  end
  for i = 1, 5000 do
    drop()
    queue:put(i)
  end
  queue:close()
  for item in queue:iter() do
    if item ~= "left" then
      check.ok(item > last)
      last = item
    end
  end
  check.equal(last, 5000)
end)

check.case("what was taken is kept by nothing", function()
  local queue, kept = thread.queue(), setmetatable({}, { __mode = "k" })
  for _ = 1, 20 do
    local item = {}
    kept[item] = true
    queue:put(item)
  end
  for _ = 1, 20 do
    queue:get()
  end
  collectgarbage()
  check.equal(next(kept), nil)
end)

check.case("many producers and consumers lose and double nothing", function()
  local queue = thread.queue(3)
  local seen, producers, consumers = {}, {}, {}
  for p = 1, 5 do
    producers[p] = thread.spawn(function()
      for i = 1, 40 do
        queue:put(p * 100 + i)
      end
    end)
    consumers[p] = thread.spawn(function()
      for item in queue:iter() do
        check.equal(seen[item], nil)
        seen[item] = true
        thread.yield()
      end
    end)
  end
  for _, t in ipairs(producers) do
    check.joined(t)
  end
  queue:close()
  for _, t in ipairs(consumers) do
    check.joined(t)
  end
  local count = 0
  for _ in pairs(seen) do
    count = count + 1
  end
  check.equal(count, 200)
end)

check.case("a cancelled getter takes no item", function()
  local queue = thread.queue()
  local t = thread.spawn(queue.get, queue)
  thread.yield()
  t:cancel()
  queue:put("item")
  check.cancelled(t)
  check.values({ "item" }, queue:get(0))
end)

check.case("a cancelled or timed-out putter leaves no item", function()
  local queue = thread.queue(1)
  queue:put("first")
  local t = thread.spawn(queue.put, queue, "never")
  thread.yield()
  t:cancel()
  check.cancelled(t)
  check.fails("timeout", "ETIMEDOUT", queue:put("nor this", 0.001))
  check.values({ "first" }, queue:get())
  check.fails("timeout", "ETIMEDOUT", queue:get(0))
end)

check.case("the nowait forms only try", function()
  local queue = thread.queue(1)
  check.fails("timeout", "ETIMEDOUT", queue:get_nowait())
  check.values({ true }, queue:put_nowait("item", 10))
  check.fails("timeout", "ETIMEDOUT", queue:put_nowait("more"))
  check.values({ "item" }, queue:get_nowait(10))
  check.raises("nil cannot be put", queue.put_nowait, queue)
  queue:close()
  check.fails("closed", "EPIPE", queue:put_nowait("item"))
  check.fails("closed", "EOF", queue:get_nowait())
end)

check.case("empty, full, qsize and maxsize say what it holds", function()
  local queue = thread.queue(2)
  local function holds(size, empty, full)
    check.equal(queue:qsize(), size)
    check.equal(queue:empty(), empty)
    check.equal(queue:full(), full)
  end
  check.equal(queue:maxsize(), 2)
  holds(0, true, false)
  queue:put(1)
  holds(1, false, false)
  queue:put(2)
  holds(2, false, true)
  queue:get()
  holds(1, false, false)
  local endless = thread.queue()
  endless:put(1)
  check.equal(endless:full(), false)
  check.equal(endless:maxsize(), 0)
  check.equal(thread.queue(-1):maxsize(), 0)
end)

check.case("join waits until every item is done", function()
  local queue, log = thread.queue(), {}
  check.values({ true }, queue:join())
  check.values({ true }, queue:join(0))
  local worker = thread.spawn(function()
    for item in queue:iter() do
      thread.yield()
      table.insert(log, item)
      queue:task_done()
    end
  end)
  for i = 1, 3 do
    queue:put(i)
  end
  check.values({ false }, queue:join(0))
  check.values({ false }, queue:join(false))
  check.values({ true }, queue:join())
  check.equal(log, { 1, 2, 3 })
  queue:close()
  check.joined(worker)
end)

check.case("an item that was taken is not done yet", function()
  local queue = thread.queue()
  queue:put("item")
  queue:get()
  local start = timer.now()
  check.values({ false }, queue:join(0.02))
  check.ok(timer.now() - start >= 0.02)
  local joiners = {}
  for i = 1, 2 do
    joiners[i] = thread.spawn(queue.join, queue)
  end
  local cancelled = thread.spawn(queue.join, queue)
  thread.yield()
  check.equal(cancelled:waiting_for(), "the tasks of a queue")
  cancelled:cancel()
  queue:task_done()
  queue:put("more")
  for _, t in ipairs(joiners) do
    check.values({ true }, check.joined(t))
  end
  check.cancelled(cancelled)
  check.values({ false }, queue:join(0))
end)

check.case("close leaves what is to be done", function()
  local queue = thread.queue()
  queue:put("item")
  local joiner = thread.spawn(queue.join, queue)
  thread.yield()
  queue:close()
  thread.yield()
  check.equal(joiner:status(), "waiting")
  queue:get()
  queue:task_done()
  check.values({ true }, check.joined(joiner))
end)

check.case("more done than came raises in Python's words", function()
  local queue = thread.queue()
  check.raises("task_done() called too many times", queue.task_done, queue)
  queue:put(1)
  queue:task_done()
  check.raises("task_done() called too many times", queue.task_done, queue)
end)

check.case("wrong arguments raise", function()
  check.raises("bad argument #1 to 'get'", function()
    thread.queue():get(0 / 0)
  end)
  check.raises("bad argument #2 to 'put'", function()
    thread.queue():put(1, "soon")
  end)
  check.raises("bad argument #1 to 'queue'", function()
    thread.queue("many")
  end)
end)
