-- Every kind of wait that nothing ends, and a circle among them.

local a, b, left = thread.lock(), thread.lock(), thread.lock()
local queue, event = thread.queue(1), thread.event()

local function take(first, second)
  first:acquire()
  thread.yield()
  second:acquire()
end

thread.spawn({ name = "upwards" }, take, a, b)
thread.spawn({ name = "downwards" }, take, b, a)
thread.spawn({ name = "heir" }, function()
  thread.spawn({ name = "gone" }, left.acquire, left):join()
  left:acquire()
end)
thread.spawn({ name = "getter" }, function() thread.queue():get() end)
thread.spawn({ name = "putter" }, function()
  queue:put("room for one")
  queue:put("not for two")
end)
thread.spawn({ name = "waiter", daemon = true }, event.wait, event)
thread.spawn({ name = "owner" }, function()
  local g <close> = thread.group()
  for _, name in ipairs({ "first", "second" }) do
    g:spawn({ name = name }, function() event:wait() end)
  end
end)

print("main joins a thread")
thread.list()[2]:join()
