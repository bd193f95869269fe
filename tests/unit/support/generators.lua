-- Random use of generators by random threads, for test_random_generators. The
-- threads resume and close generators that they share, and are cancelled or
-- have a deadline meanwhile. A generator yields 1, 2, 3 ... and waits between,
-- so the books know what whoever resumes it has to get; where they and the
-- facts disagree, "broken: ..." goes to standard error.
--
-- What happens is printed: a second run with the same seed prints the same.

local ACTORS, STEPS, SLOTS, DEEPEST = 6, 40, 5, 4

local random, now = math.random, timer.now
local shared = {}  -- records of generators
local actors = {}  -- records of threads
local numbers = {} -- theirs, by thread
local made = 0

local function demand(fact, ...)
  if not fact then
    io.stderr:write("broken: ", string.format(...), "\n")
  end
end

local function say(...)
  print(string.format("%.2f", now()), numbers[thread.self()], ...)
end

local function is_cancellation(err)
  return type(err) == "table" and err.code == "ECANCELED"
end

local function wait()
  if random(2) == 1 then
    thread.yield()
  else
    timer.sleep(random(0, 4) / 4)
  end
end

-- It runs in the thread that has resumed it, also after each of its waits.
local function demand_runner(g)
  demand(g.runner == thread.self(), "a generator changed its thread")
  demand(coroutine.status(g.co) == "running", "one that runs does not")
  demand(coroutine.running() == g.co, "another one runs")
end

local function wait_inside(g)
  wait()
  demand_runner(g)
end

local function closing(g, name)
  return setmetatable({}, { __close = function()
    table.insert(g.closed, name)
  end })
end

local new

-- Through a generator of its own, which is forgotten then.
local function step_deeper(g)
  local inner = new(g.depth + 1)
  inner.runner = thread.self()
  local ok, value = inner.call(inner, 0)
  if not ok and is_cancellation(value) then
    error(value, 0)
  end
  if inner.length > 0 then
    demand(ok and value == 1, "an inner generator began with %s", value)
  else
    demand(ok ~= inner.fails, "an inner generator ended with %s", value)
  end
  demand_runner(g)
end

-- Waits in one of the ways in which Lua has to come back.
local steps = {
  wait_inside,
  function(g)
    if g.depth < DEEPEST then
      step_deeper(g)
    end
  end,
  function(g)
    pcall(wait_inside, g)
  end,
  function(g)
    for _ in function(_, i)
      wait_inside(g)
      return i < 2 and i + 1 or nil
    end, nil, 1 do
      demand_runner(g)
    end
  end,
  function(g)
    thread.deadline(random(0, 3) / 4, wait_inside, g)
  end,
  function(g)
    local _ <close> = setmetatable({}, { __close = function()
      thread.shield(wait_inside, g)
    end })
  end,
}

local function step(g)
  steps[random(#steps)](g)
end

local function body(g)
  local outer <close> = closing(g, "outer") -- luacheck: ignore
  local inner <close> = closing(g, "inner") -- luacheck: ignore
  for count = 1, g.length do
    step(g)
    demand_runner(g)
    demand(coroutine.yield(count) == count, "an argument was lost")
    demand_runner(g)
  end
  step(g)
  if g.fails then
    error(g, 0)
  end
  return "end", g.number
end

local function call_resumed(g, ...)
  return coroutine.resume(g.co, ...)
end

local function call_wrapped(g, ...)
  return pcall(g.wrapped, ...)
end

-- Half of them are wrapped, and in a yield from the start.
function new(depth)
  made = made + 1
  local g = { number = made, depth = depth, length = random(0, 5), count = 0,
    fails = random(4) == 1, closed = {} }
  if random(2) == 1 then
    g.co, g.call = coroutine.create(function() return body(g) end), call_resumed
  else
    g.call, g.wrapped = call_wrapped, coroutine.wrap(function()
      g.co = coroutine.running()
      coroutine.yield()
      return body(g)
    end)
    g.wrapped()
  end
  return g
end

-- An error leaves the variables of a coroutine open, unless it is wrapped.
local function over(g, state)
  local closes = g.wrapped or state == "ended"
  if state == "closed" then
    closes = g.count > 0
  end
  g.over = state
  demand(table.concat(g.closed, " ") == (closes and "inner outer" or ""),
    "one that has %s closed '%s'", state, table.concat(g.closed, " "))
end

-- What a generator gave whose thread was not cancelled, nor its time up.
local function demand_count(g, ok, value, number)
  if not ok then
    demand(value == g and g.fails and g.count == g.length, "it failed: %s",
      value)
    over(g, "failed")
  elseif value == "end" then
    demand(number == g.number and g.count == g.length, "it ended too early")
    over(g, "ended")
  else
    demand(value == g.count + 1, "%s came after %d", value, g.count)
    g.count = value
  end
end

local function refusal_of(g)
  return g.over and "cannot resume dead coroutine" or
    g.runner and "cannot resume non-suspended coroutine"
end

local function resume(g)
  local refusal = refusal_of(g)
  if refusal then
    local ok, message = g:call(g.count)
    demand(not ok and message:find(refusal, 1, true), "it said %s", message)
    return say("refused", g.number, refusal)
  end
  g.runner = thread.self()
  local results = table.pack(g:call(g.count))
  g.runner = nil
  local err = results[2]
  if not results[1] and is_cancellation(err) then
    over(g, "cancelled")
    say("cancelled", g.number)
    error(err, 0)
  end
  demand_count(g, table.unpack(results, 1, results.n))
  say("resumed", g.number, g.count, g.over)
end

local function status_of(g)
  if g.over then
    return "dead"
  end
  return g.runner and "normal" or "suspended"
end

local function close(g)
  local state = status_of(g)
  demand(coroutine.status(g.co) == state, "it is not %s", state)
  local done, ok, err = pcall(coroutine.close, g.co)
  say("close", g.number, done, done and ok)
  if state == "normal" then
    demand(not done and ok == "cannot close a normal coroutine",
      "one that waits was closed")
  elseif state == "suspended" then
    demand(done and ok, "close failed: %s", err)
    over(g, "closed")
  else
    demand(done, "close raised %s", ok)
    demand(ok or err == g or is_cancellation(err), "it told %s", err)
  end
  demand(g.runner or #g.closed == 0 or #g.closed == 2, "it is half closed")
end

local actions = {
  function(index) shared[index] = new(1) end, -- who runs the old one still does
  function(_, g) close(g) end,
  function() collectgarbage() end,
  wait,
  function(_, g)
    local ok = thread.deadline(random(0, 4) / 4, resume, g)
    demand(ok or g.over == "cancelled" or not g.runner, "it still runs")
  end,
}

local function act()
  local index = random(SLOTS)
  local g = shared[index]
  if g.over and random(3) == 1 then
    shared[index] = new(1)
  else
    (actions[random(12)] or function() resume(g) end)(index, g)
  end
end

local function play()
  for _ = 1, STEPS do
    act()
    demand(coroutine.isyieldable() == false, "a thread is no generator")
  end
end

local function demand_end(record)
  local ok, err = record.thread:join()
  demand(ok or record.cancelled and is_cancellation(err),
    "thread %d failed: %s", record.number, err)
end

return function(seed)
  math.randomseed(seed)
  for i = 1, SLOTS do
    shared[i] = new(1)
  end
  for i = 1, ACTORS do
    actors[i] = { number = i }
    actors[i].thread = thread.spawn(play)
    numbers[actors[i].thread] = i
  end
  for _ = 1, ACTORS // 2 do
    timer.sleep(random(0, 8) / 4)
    local victim = actors[random(ACTORS)]
    victim.cancelled = victim.thread:cancel() or victim.cancelled
  end
  for _, record in ipairs(actors) do
    demand_end(record)
  end
  for _, g in ipairs(shared) do
    demand(not g.runner, "a generator still runs")
    demand(coroutine.status(g.co) == status_of(g), "it is %s",
      coroutine.status(g.co))
  end
  print(made)
end
