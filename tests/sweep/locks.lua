-- A lock goes from hand to hand, in the order of asking.
local sweep = require("sweep")

sweep.step(function()
  local lock = thread.lock()
  local order = {}
  local function enter(name)
    local _ <close> = lock:hold()
    table.insert(order, name)
    thread.yield()
  end
  assert(lock:acquire())
  local threads = {}
  for i = 1, 4 do
    threads[i] = sweep.go(enter, i)
  end
  thread.yield()
  assert(not lock:acquire(0) and not lock:acquire(0.001))
  lock:release()
  for i = 1, 4 do
    threads[i]:join()
  end
  assert(table.concat(order) == "1234" and not lock:locked())
  local ok, err = pcall(lock.release, lock)
  if err:find("memory", 1, true) then
    error(err, 0)
  end
  assert(not ok and err:find("unlocked", 1, true))
end)

-- Its owner takes it again.
sweep.step(function()
  local lock = thread.rlock()
  local function enter()
    local _ <close> = lock:hold()
    local _ <close> = lock:hold()
    thread.yield()
  end
  local threads = { sweep.go(enter), sweep.go(enter) }
  for _, t in ipairs(threads) do
    t:join()
  end
  assert(not lock:locked())
end)
