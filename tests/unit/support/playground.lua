-- What random programs are made of, for test_random_lua. Each function does
-- one thing with threads, keeps books about it, and writes "broken: ..." to
-- standard error where the books and the facts disagree.
--
-- playground_sync.lua and playground_scopes.lua have more of them.
--
-- At a deadlock, before it is broken, and at the end of the program the books
-- are closed: see support/wire.h.

local QUEUES, MOST_THREADS = 3, 40
local MARGIN = 1e-6 -- seconds that rounding may cost

local now, huge = timer.now, math.huge
local scopes = ... -- the books about scopes: scopebook.lua
local p = {}
local queues = {}
local threads = {}  -- records by number; the main thread is number 0
local book = {}     -- records by thread
local after = {}    -- timers that fire once
local puts, gets = 0, 0

local function demand(fact, ...)
  if not fact then
    io.stderr:write("broken: ", string.format(...), "\n")
  end
end

-- Nobody who came earlier and still waits was overtaken.
local function judge_turn(place, other)
  demand(other == place or other.record.thread:status() ~= "waiting",
    "a thread was served out of turn")
end

-- Whoever came earlier got, or will get, an earlier item.
local function judge_item(place, other, item)
  local index = item.index or huge
  if other == place then
    demand(index < (place.before or huge), "an item was given out of turn")
  else
    other.before = math.min(other.before or huge, index)
  end
end

for i = 1, QUEUES do
  local max = (i - 1) * 2 -- no limit, 2, 4
  queues[i] = { queue = thread.queue(max), max = max, last = {}, count = 0,
    unfinished = 0, finishes = 0,
    putters = { judge = judge_turn }, getters = { judge = judge_item } }
end

-- The end of the program may have cancelled it.
local function is_excused(record)
  return record.daemon or scopes.stopping
end

-- The record of the running thread; a timer's thread has none yet.
local function me()
  local t = thread.self()
  if not book[t] then
    book[t] = { number = -1, thread = t, daemon = t:daemon() }
  end
  return book[t]
end

local function say(...)
  print(string.format("%.3f", now()), me().number, ...)
end

local function is_alive(record)
  local status = record.thread:status()
  return status == "ready" or status == "running" or status == "waiting"
end

-- When a wait of so many seconds, or without a limit, has to end.
local function bound_of(limit, around)
  return math.min(now() + (limit or huge),
    math.max(now(), scopes.bound(around)))
end

-- Calls what may wait. `why` tells whether it has to, at any time; without a
-- limit it may be false: nothing bounds it.
local function wait(why, limit, f, ...)
  local record, around = me(), scopes.around()
  local raises = scopes.raises(around, record)
  local bound = limit == false and huge or bound_of(limit, around)
  record.why, record.limit = why, bound < huge
  local results = table.pack(pcall(f, ...))
  record.why = nil
  demand(now() <= bound + MARGIN, "a wait until %g ended at %g", bound, now())
  if results[1] then
    demand(not raises, "a cancelled thread could wait")
    return table.unpack(results, 2, results.n)
  end
  local misfit = scopes.misfit(around, record, results[2])
  demand(not misfit, "thread %d: a wait raised %s: %s", record.number,
    results[2], misfit)
  error(results[2], 0)
end

-- A wait that gave up did so in time.
local function demand_late(start, limit)
  demand(limit and math.abs(now() - start - limit) < MARGIN,
    "a time-out of %s came after %g", limit, now() - start)
end

function p.yield()
  wait(nil, nil, thread.yield)
end

function p.sleep(seconds)
  local start = now()
  wait(nil, seconds, timer.sleep, seconds)
  demand_late(start, seconds)
  say("slept", seconds)
end

-- Leaves the line; if it was served, whoever came before it is judged.
local function leave(line, place, served)
  for i, other in ipairs(line) do
    if served then
      line.judge(place, other, served)
    end
    if other == place then
      table.remove(line, i)
      return
    end
  end
end

-- Calls what is served in the order in which threads came, as wait does.
local function wait_in(line, why, limit, ...)
  local place = { record = me() }
  table.insert(line, place)
  local results = table.pack(pcall(wait, why, limit, ...))
  leave(line, place, results[1] and results[2])
  if not results[1] then
    error(results[2], 0)
  end
  return table.unpack(results, 2, results.n)
end

function p.put(i, limit)
  local q, item, start = queues[i], {}, now()
  local closed = q.closed
  local ok, _, code = wait_in(q.putters, function()
    return not q.closed and q.queue:qsize() >= q.max
  end, limit, q.queue.put, q.queue, item, limit)
  say("put", i, ok, code)
  if ok then
    demand(not closed, "a closed queue took an item")
    q.count = q.count + 1
    q.unfinished = q.unfinished + 1
    item.index = q.count
    puts = puts + 1
  elseif code == "EPIPE" then
    demand(q.closed, "an open queue said EPIPE")
  else
    demand_late(start, limit)
  end
end

local function count_in(q, item)
  local record = me()
  demand(item.index and not item.taken, "an item came twice, or from nowhere")
  demand((q.last[record] or 0) < item.index, "an item overtook another")
  item.taken = true
  q.last[record] = item.index
  gets = gets + 1
end

function p.get(i, limit)
  local q, start = queues[i], now()
  local item, _, code = wait_in(q.getters, function()
    return not q.closed and q.queue:qsize() == 0
  end, limit, q.queue.get, q.queue, limit)
  say("get", i, item and item.index, code)
  if item then
    count_in(q, item)
  elseif code == "EOF" then
    demand(q.closed and q.queue:qsize() == 0, "a queue ended too early")
  else
    demand_late(start, limit)
  end
end

function p.done(i)
  local q = queues[i]
  if q.unfinished == 0 then
    demand(not pcall(q.queue.task_done, q.queue), "more is done than came")
    return
  end
  q.queue:task_done()
  q.unfinished = q.unfinished - 1
  q.finishes = q.finishes + (q.unfinished == 0 and 1 or 0)
end

function p.finish(i, limit)
  local q, start = queues[i], now()
  local finishes, finished = q.finishes, q.unfinished == 0
  local function is_unfinished()
    return not finished and q.finishes == finishes
  end
  local got = wait(is_unfinished, limit, q.queue.join, q.queue, limit)
  say("finish", i, got)
  if got then
    demand(not is_unfinished(), "a queue was joined too early")
  else
    demand_late(start, limit)
  end
end

function p.close(i)
  queues[i].closed = true
  queues[i].queue:close()
end

local function pick(n)
  return #threads > 0 and threads[n % #threads + 1] or nil
end

-- What a join gave is what the thread ended with.
local function demand_outcome(record, ok, value)
  local may_end = scopes.may_end(record)
  demand(not is_alive(record), "a thread that lives was joined")
  if ok then
    demand(value == record.number, "a thread gave %s", value)
  elseif type(value) == "table" then
    demand(value.code == "ECANCELED" and may_end, "a thread was cancelled")
  else
    demand(value == "boom", "a thread failed: %s", value)
  end
end

function p.join(n, limit)
  local record, start = pick(n), now()
  if not record or record == me() then
    return
  end
  local ok, value, code = wait(function() return is_alive(record) end, limit,
    record.thread.join, record.thread, limit)
  say("join", record.number, ok, code)
  if ok == nil then
    demand_late(start, limit)
  else
    demand_outcome(record, ok, value)
  end
end

function p.cancel(n)
  local record = pick(n)
  if record then
    local alive = is_alive(record)
    record.cancelled = record.cancelled or alive
    local done = record.thread:cancel("mine")
    demand(done == alive, "cancel said %s", done)
  end
end

-- A record and what the thread of it is to run; nil if there are many.
local function new_thread(daemon, body)
  if #threads == MOST_THREADS then
    return
  end
  local record = { number = #threads + 1, daemon = daemon or me().daemon }
  threads[record.number] = record
  return record, function()
    demand(not record.cancelled, "a thread ran that was cancelled before")
    body()
    return record.number
  end
end

local function keep(record, t)
  record.thread = t
  demand(t:daemon() == record.daemon, "a daemon is a daemon")
  book[t] = record
end

function p.spawn(daemon, body)
  local record, run = new_thread(daemon, body)
  if record then
    keep(record, thread.spawn({ daemon = daemon }, run))
  end
end

function p.after(seconds, body)
  local start = now()
  local record = { daemon = me().daemon }
  record.timer = timer.after(seconds, function()
    demand(not record.fired, "a timer fired twice")
    record.fired = true
    demand_late(start, seconds)
    demand(me().daemon == record.daemon, "a daemon's timer is a daemon's")
    body()
  end)
  table.insert(after, record)
end

function p.every(seconds, times, body)
  local start, count, tm = now(), 0, nil
  tm = timer.every(seconds, function()
    local ticks = (now() - start) / seconds
    demand(math.abs(ticks - math.floor(ticks + 0.5)) < MARGIN,
      "a timer drifted by %g ticks", ticks)
    count = count + 1
    if count == times then
      tm:cancel()
    end
    body()
  end)
end

-- Runs the body in a coroutine; it yields 1, 2, 3 ...
function p.co(body)
  local record, expected = me(), 0
  local co = coroutine.create(body)
  while true do
    local ok, value = scopes.resume(co)
    demand(me() == record, "a coroutine changed its thread")
    if not ok then
      coroutine.close(co) -- for its <close> variables
      error(value, 0)
    end
    if coroutine.status(co) == "dead" then
      return
    end
    expected = expected + 1
    demand(value == expected, "a coroutine yielded %s", value)
  end
end

function p.try(body)
  local ok, err = pcall(body)
  demand(ok or err == "boom" or err.code == "ECANCELED", "%s", err)
end

function p.fail()
  error("boom", 0)
end

-- Every thread waits, for something that has not come and cannot.
local function stuck()
  local held = false
  for _, record in pairs(book) do
    if is_alive(record) then
      held = held or not record.daemon
      demand(record.why, "thread %d waits for no reason", record.number)
      demand(not record.why or record.why(), "thread %d was forgotten",
        record.number)
      demand(not record.limit, "a deadline was forgotten")
    end
  end
  demand(held, "nobody is stuck")
  scopes.stopping = true
end

local function is_over(record)
  return record.fired or is_excused(record)
end

local function over()
  local left = 0
  for _, q in ipairs(queues) do
    left = left + q.queue:qsize()
  end
  demand(puts == gets + left, "%d put, %d got, %d left", puts, gets, left)
  for _, record in pairs(book) do
    demand(not is_alive(record), "thread %d still lives", record.number)
  end
  for _, record in ipairs(after) do
    demand(is_over(record), "a timer never fired")
  end
  demand(#thread.list() == 0, "threads are left")
end

book[thread.self()] = { number = 0, thread = thread.self(), daemon = false }

-- The other parts add to p what they know to do.
return function(wire, ...)
  for _, part in ipairs { ... } do
    part(p, {
      demand = demand, demand_late = demand_late, judge_turn = judge_turn,
      me = me, say = say, wait = wait, wait_in = wait_in, keep = keep,
      is_excused = is_excused, is_alive = is_alive, new_thread = new_thread,
      scopes = scopes,
    })
  end
  wire.stuck, wire.over = stuck, over
  return p
end
