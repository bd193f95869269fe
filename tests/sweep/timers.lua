-- Timers: once, again and again, taken back.
local sweep = require("sweep")

sweep.step(function()
  local event = thread.event()
  local tm = timer.after(0.001, sweep.guarded, event.set, event)
  local left = tm:remaining()
  assert(left == nil or left <= 0.001)
  sweep.await(function()
    return event:is_set()
  end)
  assert(not tm:cancel() and tm:remaining() == nil)
end)

sweep.step(function()
  local queue = thread.queue()
  local tick = timer.every(0.001, sweep.guarded, queue.put, queue, "tick")
  sweep.await(function()
    return queue:qsize() >= 3
  end)
  assert(tick:cancel() and not tick:cancel())
end)

-- A timer that could not be made keeps nothing of what it was given.
for _, make in ipairs { timer.after, timer.every } do
  sweep.step(function()
    local s = assert(socket.udp4())
    local tm = make(60, print, s)
    assert(tm:remaining() > 1 and tm:cancel())
  end)
end

sweep.step(function()
  local before = timer.now()
  timer.sleep(0.001)
  thread.sleep(0)
  assert(tostring(timer.after(0, function() end)):find("^timer"))
  assert(timer.now() > before and timer.time() > 0)
end)
