-- The heap stays in proportion to what is alive, whatever passes through it:
-- a small one may grow by some MiB between two cycles of the collector, a
-- large one by half only.
-- netbox: --allow-native

local check = require("check")

local MIB = 1024 -- in the KiB that collectgarbage counts

-- Makes `total` KiB of strings of `size` KiB that nobody keeps; returns the
-- largest size that the heap had meanwhile.
local function peak_of(total, size)
  local peak = 0
  for i = 1, total // size do
    local data = string.rep(string.char(i % 256), size * 1024 - 24)
    peak = math.max(peak, collectgarbage("count"))
    if i % 64 == #data % 64 then
      thread.yield()
    end
  end
  return peak
end

local function settle()
  collectgarbage()
  collectgarbage()
  return collectgarbage("count")
end

local function check_below(limit, value)
  check.ok(value < limit, ("%.0f KiB, not below %.0f"):format(value, limit))
end

check.case("messages through a small heap", function()
  settle()
  check_below(2 * MIB, peak_of(16 * MIB, 1))
  check_below(2 * MIB, peak_of(64 * MIB, 16))
end)

check.case("a small heap is not collected for every few messages", function()
  local alive = settle()
  check.ok(peak_of(8 * MIB, 16) > 3 * alive)
end)

local function hold(size)
  local held = {}
  for i = 1, size // 16 do
    held[i] = string.rep("x", 16 * 1024 - 24)
  end
  return held
end

check.case("a large heap grows by half of what is alive", function()
  local held <const> = hold(8 * MIB)
  local alive = settle()
  peak_of(2 * alive, 16) -- the cycle that was paced for less is over
  check_below(2 * alive, peak_of(8 * alive, 16))
  check.equal(#held, 8 * MIB // 16)
end)

check.case("a heap that has become small is a small one again", function()
  do
    local held <const> = hold(8 * MIB)
    check.equal(#held, 8 * MIB // 16)
  end
  settle()
  check_below(2 * MIB, peak_of(16 * MIB, 16))
end)

check.case("connections that come and go leave no mountain", function()
  local server = assert(socket.bind("127.0.0.1", 0))
  local _, port = server:getsockname()
  local peak = 0
  for _ = 1, 2000 do
    local near = assert(socket.connect("127.0.0.1", port))
    local far = assert(server:accept())
    local closing = thread.spawn(function()
      near:close()
      far:close()
    end)
    closing:join()
    peak = math.max(peak, collectgarbage("count"))
  end
  server:close()
  check_below(4 * MIB, peak)
end)

-- Calls `body`, and returns how many cycles of the collector begin meanwhile.
local function cycles_of(body)
  local cycles = 0
  local over = false
  local function watch()
    setmetatable({}, { __gc = function()
      if not over then
        cycles = cycles + 1
        watch()
      end
    end })
  end
  settle()
  watch()
  body()
  over = true
  return cycles
end

-- Makes `count` threads that wait, then lets them end.
local function crowd(count)
  local event = thread.event()
  local last
  for _ = 1, count do
    last = thread.spawn(function()
      event:wait()
    end)
  end
  thread.yield()
  return function()
    event:set()
    last:join()
  end
end

check.case("a crowd of threads is not collected over and over", function()
  local leave
  local cycles = cycles_of(function()
    leave = crowd(20000)
  end)
  leave()
  check.ok(cycles >= 1 and cycles <= 4, cycles .. " cycles")
end)

check.case("a collector that is stopped does not go on for threads", function()
  collectgarbage("stop")
  local leave
  local cycles = cycles_of(function()
    leave = crowd(25000)
  end)
  collectgarbage("restart")
  leave()
  check.equal(cycles, 0)
end)

check.case("threads that come and go leave no mountain", function()
  settle()
  local peak = 0
  for _ = 1, 10000 do
    thread.spawn(function()
      return 1, 2
    end):join()
    peak = math.max(peak, collectgarbage("count"))
  end
  check_below(4 * MIB, peak)
end)

check.case("a script's own pace is left alone", function()
  collectgarbage("setpause", 120)
  local held <const> = hold(8 * MIB)
  check.equal(#held, 8 * MIB // 16)
  settle()
  check.equal(collectgarbage("setpause", 200), 120)
end)
