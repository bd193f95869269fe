-- Whoever waits for a condition has its lock again, however the wait ends.
local sweep = require("sweep")

-- Runs f in a thread of the step, with the condition held.
local function holding(condition, f)
  return sweep.go(function()
    local _ <close> = condition:hold()
    return f()
  end)
end

sweep.step(function()
  local lock = thread.rlock()
  local condition = thread.condition(lock)
  local box, threads = nil, {}
  for i = 1, 3 do
    threads[i] = holding(condition, function()
      return condition:wait_for(function() return box end)
    end)
  end
  thread.yield()
  do
    local _ <close> = condition:hold()
    condition:notify()
    box = {}
    condition:notify_all()
  end
  for _, t in ipairs(threads) do
    assert(select(2, t:join()) == box)
  end
  assert(not lock:locked())
end)

-- One gives up, one is cancelled, one is notified.
sweep.step(function()
  local condition = thread.condition()
  local function wait(limit)
    return holding(condition, function() return condition:wait(limit) end)
  end
  local hasty, cancelled, patient = wait(0.001), wait(), wait()
  hasty:join()
  cancelled:cancel()
  assert(condition:acquire())
  condition:notify()
  condition:release()
  assert(select(2, hasty:join()) == false)
  cancelled:join()
  assert(select(2, patient:join()) == true)
  local ok, err = pcall(condition.wait, condition)
  if err:find("memory", 1, true) then
    error(err, 0)
  end
  assert(not ok and err:find("un-acquired", 1, true))
end)
