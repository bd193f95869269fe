-- What one coroutine.resume and the yield that answers it cost.
-- `coroutine.lua SECONDS` prints nanoseconds of CPU; runs in netbox and in
-- stock Lua alike.

local PAIRS = 20000 -- between two looks at the clock

local seconds = tonumber(arg[1])
local resume, yield = coroutine.resume, coroutine.yield

local co = coroutine.create(function()
  while true do
    yield()
  end
end)

local function measure(time)
  local count = 0
  local start = os.clock()
  local now
  repeat
    for _ = 1, PAIRS do
      resume(co)
    end
    count = count + PAIRS
    now = os.clock()
  until now - start >= time
  return (now - start) / count * 1e9
end

measure(seconds / 4)
print("cpu", measure(seconds))
