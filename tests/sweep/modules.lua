-- Modules that wait while they are loaded, and netbox's own.
local sweep = require("sweep")

package.preload.slow = function(name)
  timer.sleep(0.001)
  return { name = name }
end

sweep.step(function()
  package.loaded.slow = nil
  local others = { sweep.go(require, "slow"), sweep.go(require, "slow") }
  local slow = require("slow")
  for _, t in ipairs(others) do
    local _, module = t:join()
    assert(module == slow)
  end
end)

sweep.step(function()
  package.loaded.roles = nil
  local netbox = require("netbox")
  assert(netbox.socket == socket and require("socket.core") == socket)
  assert(require("timer") == timer and require("thread") == thread)
  assert(type(require("roles").run) == "function")
  local ok, err = pcall(require, "no such module")
  if err:find("memory", 1, true) then
    error(err, 0)
  end
  assert(not ok and err:find("not found", 1, true))
end)
