-- What threads wait for in each other, for the random programs: locks, events,
-- conditions, semaphores and barriers, with their books. See playground.lua.

local LOCKS, EVENTS, PERMITS, PARTIES = 2, 2, { 1, 2 }, { 2, 3 }
local MARGIN = 1e-6 -- seconds that rounding may cost
local LUCK = 2      -- of so many actions at a barrier one fails

local now, huge = timer.now, math.huge
local locks, events, semaphores, barriers = {}, {}, {}, {}
local p, tools = ...
local demand, demand_late, me, say = tools.demand, tools.demand_late, tools.me,
  tools.say
local wait, wait_in, is_excused = tools.wait, tools.wait_in, tools.is_excused
local scopes = tools.scopes

-- Lock 2 is an rlock; each has a condition.
for i = 1, LOCKS do
  local lock = i == 2 and thread.rlock() or thread.lock()
  locks[i] = { lock = lock, line = { judge = tools.judge_turn },
    condition = thread.condition(lock), waiters = {} }
end
for i = 1, EVENTS do
  events[i] = { event = thread.event(), sets = 0 }
end
for i, permits in ipairs(PERMITS) do
  semaphores[i] = { semaphore = thread.bounded_semaphore(permits), used = 0,
    permits = permits, line = { judge = tools.judge_turn } }
end

-- Calls f(...), then restores order, then raises what it raised.
local function finally(restore, f, ...)
  local results = table.pack(pcall(f, ...))
  restore()
  if not results[1] then
    error(results[2], 0)
  end
  return table.unpack(results, 2, results.n)
end

local function remove(list, value)
  for i, other in ipairs(list) do
    if other == value then
      table.remove(list, i)
      return
    end
  end
end

local function inside(l, body)
  local record = me()
  demand(l.holder == nil or is_excused(record), "two threads hold a lock")
  l.holder = record
  finally(function()
    demand(l.holder == record or is_excused(record), "a lock was lost")
    l.holder = nil
  end, body)
end

local function take(l, limit, method, ...)
  return wait_in(l.line, function() return l.holder end, limit, method,
    l.lock, ...)
end

local function is_again(l)
  return l.holder == me() and l == locks[2]
end

function p.locked(i, limit, body)
  local l, start = locks[i], now()
  if is_again(l) then
    demand(l.lock:acquire(limit), "an owner waits for its lock")
    finally(function() l.lock:release() end, body)
  elseif take(l, limit, l.lock.acquire, limit) then
    say("acquire", i, true)
    finally(function() l.lock:release() end, inside, l, body)
  else
    say("acquire", i, false)
    demand_late(start, limit)
  end
end

function p.held(i, body)
  local l = locks[i]
  if is_again(l) then
    local _ <close> = l.lock:hold()
    return body()
  end
  local _ <close> = take(l, nil, l.lock.hold)
  say("hold", i)
  inside(l, body)
end

-- Calls body with the lock held, once.
local function holding(i, body)
  if locks[i].holder == me() then
    body()
  else
    p.locked(i, nil, body)
  end
end

-- A place in a line, from which one goes at the latest when the time is up.
local function new_place(limit)
  return { record = me(), deadline = limit and now() + limit or huge,
    scopes = scopes.around() }
end

-- True if who waits at `place` may have given up.
local function may_give_up(place)
  return place.deadline <= now() + MARGIN or
    scopes.may_give_up(place.scopes, place.record)
end

-- True if `place` can still be notified, or can only time out or be cancelled.
local function looks_out(place)
  return not place.notified and place.deadline > now() + MARGIN and
    not scopes.raises(place.scopes, place.record)
end

-- Waits for a notification; however that ends, the lock is there again.
local function look_out(l, place, limit)
  local record = place.record
  table.insert(l.waiters, place)
  l.holder = nil
  return finally(function()
    remove(l.waiters, place)
    demand(l.holder == nil or is_excused(record), "two threads hold a lock")
    l.holder = record
  end, wait, function()
    local ends = math.min(place.deadline, scopes.bound(place.scopes))
    return looks_out(place) and ends == huge or l.holder ~= nil
  end, false, l.condition.wait, l.condition, limit)
end

function p.notice(i, limit)
  holding(i, function()
    local place = new_place(limit)
    local ok, got = pcall(look_out, locks[i], place, limit)
    if not is_excused(place.record) then
      demand(place.doubtful or not place.notified == not (ok and got),
        "a notification is lost")
      demand(not ok or got or place.deadline <= now() + MARGIN,
        "a time-out came too early")
    end
    if not ok then
      error(got, 0)
    end
    say("notice", i, got)
  end)
end

function p.notify(i, count)
  holding(i, function()
    local doubtful = false
    locks[i].condition:notify(count)
    for _, place in ipairs(locks[i].waiters) do
      if count > 0 and looks_out(place) then
        doubtful = doubtful or may_give_up(place)
        place.doubtful = place.doubtful or doubtful
        place.notified = not doubtful
        count = count - 1
      end
    end
  end)
end

function p.await(i, limit)
  local e, start = events[i], now()
  local sets, set = e.sets, e.event:is_set()
  local got = wait(function() return not set and e.sets == sets end, limit,
    e.event.wait, e.event, limit)
  say("await", i, got)
  if got then
    demand(set or e.sets > sets, "an event came that nobody set")
  else
    demand_late(start, limit)
  end
end

function p.set(i)
  events[i].sets = events[i].sets + 1
  events[i].event:set()
end

function p.clear(i)
  events[i].event:clear()
end

local function use(s, body)
  s.used = s.used + 1
  demand(s.used <= s.permits, "there are too many permits")
  finally(function() s.used = s.used - 1 end, body)
end

local function ask(s, limit, method, ...)
  return wait_in(s.line, function() return s.used == s.permits end, limit,
    method, s.semaphore, ...)
end

function p.permit(i, limit, body)
  local s, start = semaphores[i], now()
  local got = ask(s, limit, s.semaphore.acquire, limit)
  say("permit", i, got)
  if got then
    finally(function() s.semaphore:release() end, use, s, body)
  else
    demand_late(start, limit)
  end
end

function p.held_permit(i, body)
  local s = semaphores[i]
  local _ <close> = ask(s, nil, s.semaphore.hold)
  say("held permit", i)
  use(s, body)
end

-- The last one to come to barrier 2 acts: that takes time, and may fail.
local function act()
  local b = barriers[2]
  b.acting = true
  b.acts = b.acts + 1
  finally(function() b.acting = false end, function()
    p.sleep(0.25)
    if b.acts % LUCK == 1 then
      error("boom", 0)
    end
  end)
end

for i, parties in ipairs(PARTIES) do
  barriers[i] = { barrier = thread.barrier(parties, i == 2 and act or nil),
    parties = parties, line = {}, trouble = 0, acts = 0, counts = {} }
  for number = 0, parties - 1 do
    barriers[i].counts[number] = 0
  end
end

-- One has given up and has not run since.
local function has_deserter(b)
  for _, place in ipairs(b.line) do
    if may_give_up(place) then
      return true
    end
  end
  return false
end

-- What the last one's action raised is a result here.
local function come(b, limit)
  local ok, value = pcall(b.barrier.wait, b.barrier, limit)
  if not ok and value ~= "boom" then
    error(value, 0)
  end
  return value
end

local function count(b, number)
  demand(b.counts[number], "a barrier counted to %s", number)
  b.counts[number] = b.counts[number] + 1
  demand(b.counts[number] <= b.counts[b.parties - 1],
    "one went on before all had come")
end

-- What came of a meeting, with which the barrier may have broken.
local function judge_meeting(b, place, value, trouble)
  if math.type(value) == "integer" then
    return count(b, value)
  end
  demand(value ~= "boom" or b.barrier:broken(), "an action failed unseen")
  demand(value ~= false or b.trouble > trouble or has_deserter(b) or
    is_excused(place.record), "a barrier broke without a reason")
  b.trouble = b.trouble + (b.barrier:broken() and 1 or 0)
end

function p.meet(i, limit)
  local b = barriers[i]
  local place = new_place(limit)
  local trouble = b.trouble - (b.barrier:broken() and 1 or 0)
  table.insert(b.line, place)
  local ok, value = pcall(wait, function()
    return b.acting or #b.line < b.parties and b.trouble == trouble
  end, nil, come, b, limit)
  judge_meeting(b, place, value, trouble)
  remove(b.line, place)
  if not ok or value == "boom" then
    error(value, 0)
  end
  say("meet", i, value)
end

function p.break_off(i)
  barriers[i].trouble = barriers[i].trouble + 1
  barriers[i].barrier:abort()
end

function p.mend(i)
  barriers[i].trouble = barriers[i].trouble + 1
  barriers[i].barrier:reset()
end
