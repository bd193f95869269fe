-- Permits go from hand to hand, and none is lost.
local sweep = require("sweep")

sweep.step(function()
  local semaphore = thread.bounded_semaphore(2)
  local at_work = 0
  local function work()
    local _ <close> = semaphore:hold()
    at_work = at_work + 1
    assert(at_work <= 2)
    thread.yield()
    at_work = at_work - 1
  end
  local threads = {}
  for i = 1, 5 do
    threads[i] = sweep.go(work)
  end
  for _, t in ipairs(threads) do
    t:join()
  end
  assert(semaphore:value() == 2)
end)

sweep.step(function()
  local semaphore = thread.semaphore(0)
  local hasty = sweep.go(semaphore.acquire, semaphore, 0.001)
  local patient = sweep.go(semaphore.acquire, semaphore)
  assert(select(2, hasty:join()) == false)
  semaphore:release(2)
  assert(select(2, patient:join()) == true)
  assert(semaphore:acquire(0) and not semaphore:acquire(0))
end)
