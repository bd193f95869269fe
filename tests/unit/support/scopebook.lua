-- The books of random programs about scopes: which ones a thread is in, and
-- whether a wait has to raise there, or may. See playground.lua.
--
-- A scope is a table: a shield, one with a deadline, or one with a group,
-- which counts when that has failed. Scopes belong to coroutines; each
-- coroutine knows who resumes it.

local MARGIN = 1e-6 -- seconds that rounding may cost

local now, huge = timer.now, math.huge
local book = { stopping = false }
local entered = setmetatable({}, { __mode = "k" }) -- lists by coroutine
local resumers = setmetatable({}, { __mode = "k" })
local raisers = setmetatable({}, { __mode = "k" }) -- scopes by object

-- Runs f(...) in the coroutine that calls, as inside of the scope.
function book.inside(scope, f, ...)
  local co = coroutine.running()
  local list = entered[co] or {}
  entered[co] = list
  table.insert(list, scope)
  local results = table.pack(pcall(f, ...))
  for i, other in ipairs(list) do
    if other == scope then
      table.remove(list, i)
      break
    end
  end
  return table.unpack(results, 1, results.n)
end

-- As coroutine.resume(co).
function book.resume(co)
  resumers[co] = coroutine.running()
  return coroutine.resume(co)
end

-- The scopes of who calls, the innermost first.
function book.around()
  local scopes, co = {}, coroutine.running()
  while co do
    local list = entered[co] or {}
    for i = #list, 1, -1 do
      table.insert(scopes, list[i])
    end
    co = resumers[co]
  end
  return scopes
end

-- Which of them, or the thread itself, is the outermost that has fired; and
-- whether a shield hides the thread.
local function outermost(scopes, record)
  local found
  for _, scope in ipairs(scopes) do
    if scope.shield then
      return found, true
    end
    local late = scope.deadline and scope.deadline <= now() + MARGIN
    if late or scope.group and scope.group.failed then
      found = scope
    end
  end
  return record.cancelled and record or found, false
end

-- What a wait raises for certain, nil if nothing.
function book.raises(scopes, record)
  return (outermost(scopes, record))
end

-- True if a member that is no service lives.
function book.has_workers(group)
  for _, member in ipairs(group.members) do
    local status = member.thread and member.thread:status()
    local over = status == "done" or status == "failed" or
      status == "cancelled"
    if not over and not member.service then
      return true
    end
  end
  return false
end

-- The group may have cancelled this member, at a moment we cannot see.
local function cancelled_by_group(record)
  local group = record.group
  return group and group.closing and (not book.has_workers(group) or
    book.may_raise(group.scopes, group.owner))
end

-- True if the thread may be cancelled by now.
function book.may_end(record)
  return record.cancelled or record.daemon or book.stopping or
    cancelled_by_group(record)
end

-- True if a wait may raise before the end of the program.
function book.may_give_up(scopes, record)
  local found, hidden = outermost(scopes, record)
  return found or not hidden and cancelled_by_group(record)
end

-- True if a wait may raise.
function book.may_raise(scopes, record)
  return book.may_give_up(scopes, record) or book.stopping or record.daemon
end

-- True if another scope than this one has raised the object.
function book.is_foreign(scope, object)
  return (raisers[object] or scope) ~= scope
end

-- When one of the deadlines ends a wait.
function book.bound(scopes)
  local bound = huge
  for _, scope in ipairs(scopes) do
    if scope.shield then
      break
    end
    bound = math.min(bound, scope.deadline or huge)
  end
  return bound
end

-- The scope whose object a wait raises, nil where there is a doubt.
local function certain(scopes, record)
  local scope = book.raises(scopes, record)
  return not book.may_end(record) and scope or nil
end

local function reason_of(scope)
  return scope.deadline and "the time is up" or "a thread of the group failed"
end

-- What is wrong with the object that a wait raised, or nil.
function book.misfit(scopes, record, object)
  if object.code ~= "ECANCELED" then
    return "it has no code"
  end
  if not book.may_raise(scopes, record) then
    return "nobody was cancelled"
  end
  local scope = certain(scopes, record)
  if not scope then
    return nil
  end
  raisers[object] = raisers[object] or scope
  local fits = raisers[object] == scope and object.reason == reason_of(scope)
  return not fits and "it is another scope's" or nil
end

return book
