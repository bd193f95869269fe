-- Threads that share a counter, without a lock and with one.
--
-- Between reading the counter and writing it a thread lets others run, as it
-- would with any call that waits; what they count meanwhile is overwritten.
--
--   netbox examples/lock.lua
--   netbox examples/lock.lua 50        with 50 threads
--   netbox examples/lock.lua 50 1000   each of which counts to 1000
--
-- Recreates "What is a Thread?" of "Socket Programming in Python (Guide)":
-- acquire() changes the lock to locked, release() to unlocked.

local threads = tonumber(arg[1] or 10)
local rounds = tonumber(arg[2] or 100)
local counter
local lock = thread.lock()

local function without_lock()
  for _ = 1, rounds do
    local seen = counter
    thread.yield()
    counter = seen + 1
  end
end

local function with_lock()
  for _ = 1, rounds do
    lock:acquire()
    local seen = counter
    thread.yield()
    counter = seen + 1
    lock:release()
  end
end

local function count(f)
  counter = 0
  local running = {}
  for i = 1, threads do
    running[i] = thread.spawn(f)
  end
  for _, t in ipairs(running) do
    assert(t:join())
  end
  return counter
end

print("expected:       " .. threads * rounds)
print("without a lock: " .. count(without_lock))
print("with a lock:    " .. count(with_lock))
