-- Deadlines, shields and groups: who waits in them is told, and nobody is left.
local sweep = require("sweep")

sweep.step(function()
  local ok, message, code = thread.deadline(0.001, timer.sleep, 5)
  assert(ok == nil and message == "timeout" and code == "ETIMEDOUT")
  local fine, a, b = thread.deadline(5, function(...)
    thread.yield()
    return ...
  end, 1, 2)
  assert(fine and a == 1 and b == 2)
end)

sweep.step(function()
  local t = thread.spawn({ daemon = true }, function()
    thread.shield(thread.yield)
    timer.sleep(math.huge)
  end)
  thread.yield()
  t:cancel()
  local _, err = t:join()
  if t:status() ~= "cancelled" then
    error(err, 0)
  end
end)

sweep.step(function()
  local g <close> = thread.group()
  local done = 0
  for _ = 1, 2 do
    g:spawn(function()
      thread.yield()
      done = done + 1
    end)
  end
  g:spawn({ service = true }, timer.sleep, math.huge)
  assert(g:wait())
  assert(done == 2)
end)

-- The failure of a member ends the others, and the owner hears of it.
sweep.step(function()
  local ok, err = pcall(function()
    local g <close> = thread.group()
    g:spawn(timer.sleep, math.huge)
    g:spawn(error, { "no luck" })
    g:wait()
  end)
  if type(err) ~= "table" then
    error(err, 0)
  end
  assert(not ok and err[1] == "no luck")
end)

sweep.step(function()
  local g <close> = thread.group()
  local t = g:spawn({ name = "member" }, timer.sleep, math.huge)
  thread.yield()
  g:cancel("enough")
  local _, err = t:join()
  if t:status() ~= "cancelled" then
    error(err, 0)
  end
end)
