-- What threads of cqueues cost: see netbox/work.lua, whose works these are, and
-- which prints the same.

local cqueues = require("cqueues")
local condition = require("cqueues.condition")

local loop = cqueues.new()
local work = {}

-- There is no join: the loop runs until all have ended.
function work.spawn(count)
  local WAVE = 100
  local ran = 0
  local function run()
    ran = ran + 1
  end
  for _ = 1, count // WAVE do
    for _ = 1, WAVE do
      loop:wrap(run)
    end
    assert(loop:loop())
  end
  assert(ran == count // WAVE * WAVE)
end

local Queue = {}
Queue.__index = Queue

local function new_queue()
  return setmetatable({ ready = condition.new() }, Queue)
end

function Queue:put(item)
  self.item = item
  self.ready:signal(1)
end

function Queue:get()
  while not self.item do
    self.ready:wait()
  end
  local item = self.item
  self.item = nil
  return item
end

function work.queue(count)
  local there, back = new_queue(), new_queue()
  local sum = 0
  loop:wrap(function()
    for _ = 1, count do
      back:put(there:get())
    end
  end)
  loop:wrap(function()
    for i = 1, count do
      there:put(i)
      sum = sum + back:get()
    end
  end)
  assert(loop:loop())
  assert(sum == count * (count + 1) // 2)
end

local function memory()
  collectgarbage()
  collectgarbage()
  local file <close> = assert(io.open("/proc/self/status"))
  local resident = file:read("a"):match("VmRSS:%s*(%d+) kB")
  return resident * 1024, collectgarbage("count") * 1024
end

function work.waiting(count)
  local queues = {}
  local sum = 0
  for i = 1, count do
    queues[i] = false
  end
  local resident, heap = memory()
  for i = 1, count do
    queues[i] = new_queue()
    loop:wrap(function()
      local item = queues[i]:get()
      sum = sum + item
    end)
  end
  assert(loop:step(0))
  local resident_now, heap_now = memory()
  print("rss", (resident_now - resident) / count)
  print("heap", (heap_now - heap) / count)
  for i, queue in ipairs(queues) do
    queue:put(i)
  end
  assert(loop:loop())
  assert(sum == count * (count + 1) // 2)
end

function work.sleepers(count)
  local woken = 0
  for i = 1, count do
    loop:wrap(function()
      cqueues.sleep((1 + i % 50) / 1000)
      woken = woken + 1
    end)
  end
  assert(loop:loop())
  assert(woken == count)
end

local name, count = arg[1], tonumber(arg[2])
if name ~= "waiting" and name ~= "sleepers" then
  work[name](count // 4)
end
local start = os.clock()
work[name](count)
print("cpu", (os.clock() - start) / count * 1e9)
