-- Some make things, others use them; the queue between makes the fast wait.
--
-- A full queue holds up who puts, an empty one who gets. When all producers
-- have ended the queue is closed; what is in it is still used, then the
-- consumers end too.
--
--   netbox examples/producer_consumer.lua
--   netbox examples/producer_consumer.lua 3 2 10   3 producers, 2 consumers,
--                                                  10 things from each

local producers = tonumber(arg[1] or 2)
local consumers = tonumber(arg[2] or 2)
local things = tonumber(arg[3] or 3)
local queue = thread.queue(2)

local function produce(name)
  for i = 1, things do
    queue:put(name .. "." .. i)
    print(name .. " has made " .. i .. " of " .. things)
  end
end

local function consume(name)
  local used = 0
  for thing in queue:iter() do
    timer.sleep(0.01) -- it takes time to use one
    used = used + 1
    print(name .. " has used " .. thing)
  end
  return used
end

local function spawn(count, role, f)
  local threads = {}
  for i = 1, count do
    local name = role .. " " .. i
    threads[i] = thread.spawn({ name = name }, f, name)
  end
  return threads
end

local makers = spawn(producers, "producer", produce)
local users = spawn(consumers, "consumer", consume)
for _, t in ipairs(makers) do
  assert(t:join())
end
queue:close()

local used = 0
for _, t in ipairs(users) do
  local _, count = assert(t:join())
  used = used + count
end
print(used .. " made and used")
