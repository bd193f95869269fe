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

-- Whoever joins it goes on when all that came is done.
sweep.step(function()
  local queue = thread.queue(4)
  local worker = sweep.go(function()
    for _ in queue:iter() do
      thread.yield()
      queue:task_done()
    end
  end)
  for i = 1, 4 do
    assert(queue:put_nowait(i))
  end
  assert(queue:full() and queue:maxsize() == 4)
  assert(not queue:join(0) and queue:join())
  assert(queue:empty() and not queue:get_nowait())
  queue:close()
  worker:join()
end)
