-- Coroutines of Lua's own kind, to their end and closed before it.
local sweep = require("sweep")

sweep.step(function()
  local co = coroutine.create(function(a)
    assert(coroutine.isyieldable() and coroutine.running())
    return coroutine.yield(a + 1)
  end)
  local ok, value = coroutine.resume(co, 1)
  if not ok then
    error(value, 0)
  end
  assert(value == 2 and coroutine.status(co) == "suspended")
  assert(coroutine.close(co) and coroutine.status(co) == "dead")
  local sum = 0
  for n in coroutine.wrap(function()
    for n = 1, 30 do
      coroutine.yield(n)
    end
  end) do
    sum = sum + n
  end
  assert(sum == 465)
end)
