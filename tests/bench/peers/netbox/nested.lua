-- What a wait costs a thread that is DEPTH generators deep.
-- `nested.lua DEPTH SECONDS` prints nanoseconds of CPU for one wait. Several
-- threads wait in turn, so that a turn of the loop is shared among them.

local THREADS = 16
local WAITS = 1000 -- of each thread, between two looks at the clock

local depth, seconds = tonumber(arg[1]), tonumber(arg[2])

local function wait_often()
  for _ = 1, WAITS do
    thread.yield()
  end
end

local function run_inside(generators, f)
  if generators == 0 then
    return f()
  end
  return coroutine.wrap(run_inside)(generators - 1, f)
end

local function measure(time)
  local count = 0
  local start = os.clock()
  local now
  repeat
    local threads = {}
    for i = 1, THREADS do
      threads[i] = thread.spawn(run_inside, depth, wait_often)
    end
    for i = 1, THREADS do
      assert(threads[i]:join())
    end
    count = count + THREADS * WAITS
    now = os.clock()
  until now - start >= time
  return (now - start) / count * 1e9
end

measure(seconds / 4)
print("cpu", measure(seconds))
