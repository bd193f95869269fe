-- What can be known of threads, and what they give and raise.
local sweep = require("sweep")

local function work(...)
  thread.yield()
  return ...
end

sweep.step(function()
  local t = thread.spawn({ name = "worker", daemon = true }, work, 1, "two")
  assert(t:name() == "worker" and t:daemon() and t:status() == "ready")
  local ok, one, two = t:join()
  if not ok then
    error(one, 0)
  end
  assert(one == 1 and two == "two" and t:status() == "done")
  assert(t:id() > thread.self():id() and tostring(t) == "thread: worker")
end)

sweep.step(function()
  local t = sweep.go(timer.sleep, math.huge)
  local ok, message, code = t:join(0.001)
  assert(ok == nil and code == "ETIMEDOUT", message)
  assert(t:waiting_for() == "sleep")
  assert(t:traceback():find("support/sweep", 1, true))
  local found = false
  for _, other in ipairs(thread.list()) do
    found = found or other == t
  end
  assert(found)
end)

sweep.step(function()
  local t = sweep.go(function()
    thread.storage().name = thread.storage().name .. "!"
  end)
  t:storage().name = "mine"
  t:join()
  assert(t:storage().name == "mine!" and thread.storage().name == nil)
end)

-- Whoever joins a thread gets its error, unchanged.
sweep.step(function()
  local reason = {}
  local t = thread.spawn({ daemon = true }, function()
    error(reason)
  end)
  local ok, err = t:join()
  if type(err) == "string" then
    error(err, 0)
  end
  assert(not ok and err == reason and t:status() == "failed")
  local trace = t:traceback() -- without memory there is none
  assert(trace == "" or trace:find("in function", 1, true))
end)
