-- A producer, two consumers, and a queue with little room.
local sweep = require("sweep")

local function produce(queue)
  for i = 1, 20 do
    assert(queue:put({ i }))
  end
  queue:close()
end

local function consume(queue)
  local sum = 0
  for item in queue:iter() do
    sum = sum + item[1]
  end
  return sum
end

sweep.step(function()
  local queue = thread.queue(3)
  local consumers = { sweep.go(consume, queue), sweep.go(consume, queue) }
  sweep.go(produce, queue)
  local sum = 0
  for _, t in ipairs(consumers) do
    sum = sum + select(2, t:join())
  end
  assert(sum == 210 and queue:qsize() == 0)
  local item, message, code = queue:get()
  assert(item == nil and code == "EOF", message)
end)

-- What was put in before memory ran out is still there.
sweep.step(function()
  local queue = thread.queue()
  for i = 1, 40 do
    assert(queue:put(i))
  end
  for i = 1, 40 do
    assert(queue:get() == i)
  end
  local item, message, code = queue:get(0.001)
  assert(item == nil and code == "ETIMEDOUT", message)
end)
