-- Threads wait for each other, round after round; who gives up breaks it.
local sweep = require("sweep")

sweep.step(function()
  local acts = 0
  local barrier = thread.barrier(3, function()
    thread.yield()
    acts = acts + 1
  end)
  local function meet()
    return barrier:wait() and barrier:wait()
  end
  local threads = {}
  for i = 1, 3 do
    threads[i] = sweep.go(meet)
  end
  local seen = {}
  for _, t in ipairs(threads) do
    seen[select(2, t:join())] = true
  end
  assert(acts == 2 and seen[0] and seen[1] and seen[2])
  assert(barrier:parties() == 3 and barrier:waiting() == 0)
end)

sweep.step(function()
  local barrier = thread.barrier(3)
  local first, second = sweep.go(barrier.wait, barrier),
    sweep.go(barrier.wait, barrier)
  thread.yield()
  first:cancel()
  first:join()
  assert(select(2, second:join()) == false and barrier:broken())
  barrier:reset()
  assert(not barrier:broken() and barrier:wait(0.001) == false)
  barrier:reset()
  barrier:abort()
  assert(barrier:wait() == false)
end)
