-- An event lets all go on that wait for it.
local sweep = require("sweep")

sweep.step(function()
  local event = thread.event()
  assert(not event:is_set() and not event:wait(0.001))
  local threads = {}
  for i = 1, 3 do
    threads[i] = sweep.go(event.wait, event)
  end
  thread.yield()
  event:set()
  for _, t in ipairs(threads) do
    assert(select(2, t:join()) == true)
  end
  assert(event:is_set() and event:wait())
  event:clear()
  assert(not event:wait(0))
end)
