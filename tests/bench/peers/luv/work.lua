-- What coroutines on luv cost: see netbox/work.lua, whose works these are, and
-- which prints the same.

package.path = arg[0]:gsub("[^/]*$", "?.lua;") .. package.path

local uv = require("luv")
local tasks = require("tasks")

local work = {}

-- There is nobody to join: a coroutine runs to its end at once.
function work.spawn(count)
  local ran = 0
  local function run()
    ran = ran + 1
  end
  for _ = 1, count do
    tasks.spawn(run)
  end
  assert(ran == count)
end

function work.sleepers(count)
  local woken = 0
  local function nap(i)
    tasks.sleep((1 + i % 50) / 1000)
    woken = woken + 1
  end
  for i = 1, count do
    tasks.spawn(nap, i)
  end
  uv.run()
  assert(woken == count)
end

-- One timer, again and again: luv's are made for that.
function work.timers(count)
  local fired = 0
  local timer = uv.new_timer()
  local function fire()
    fired = fired + 1
  end
  for _ = 1, count do
    timer:start(5000, 0, fire)
    timer:stop()
  end
  timer:close()
  uv.run()
  assert(fired == 0)
end

local name, count = arg[1], tonumber(arg[2])
if name ~= "sleepers" then
  work[name](count // 4)
end
local start = os.clock()
work[name](count)
print("cpu", (os.clock() - start) / count * 1e9)
