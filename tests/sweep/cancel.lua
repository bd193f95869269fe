-- A cancellation reaches every kind of wait, and loses nothing.
local sweep = require("sweep")

local options = { daemon = true }

local function cancelled(f, ...)
  local t = thread.spawn(options, f, ...)
  thread.yield()
  t:cancel("enough")
  local ok, err, message = t:join()
  if t:status() ~= "cancelled" then
    error(message or err, 0)
  end
  assert(not ok and err.code == "ECANCELED" and err.reason == "enough")
  assert(tostring(err):find("enough", 1, true))
end

sweep.step(function()
  local server <close> = assert(socket.bind("127.0.0.1", 0))
  cancelled(server.accept, server)
  cancelled(timer.sleep, math.huge)
  local event = thread.event()
  cancelled(event.wait, event)
  local queue = thread.queue()
  cancelled(queue.get, queue)
end)

sweep.step(function()
  local near <close>, far = sweep.pair()
  assert(far:send("half"))
  cancelled(near.recvuntil, near, "\n")
  assert(far:send(" and half\n"))
  assert(assert(near:recvuntil("\n")) == "half and half")
end)

-- One that has not begun never does; one may clean up.
sweep.step(function()
  local t = thread.spawn(options, error, "never")
  assert(t:cancel())
  t:join()
  assert(not t:cancel())
  local lock = thread.lock()
  cancelled(function()
    local _ <close> = lock:hold()
    timer.sleep(math.huge)
  end)
  assert(not lock:locked())
end)
