-- What random programs do with scopes and groups: see playground.lua.

local p, tools = ...

local now, scopes = timer.now, tools.scopes
local demand, me, say, wait = tools.demand, tools.me, tools.say, tools.wait
local is_alive = tools.is_alive
local new_thread, keep = tools.new_thread, tools.keep
local groups = {} -- those whose block has not ended
local MARGIN = 1e-6 -- seconds that rounding may cost

-- What the waits of the body raise when the time is up is the deadline's.
function p.deadline(seconds, body)
  local around, record = scopes.around(), me()
  local raises = scopes.raises(around, record)
  local scope = { deadline = now() + seconds }
  local results = table.pack(pcall(thread.deadline, seconds, function()
    demand(not raises, "a deadline began in a cancelled thread")
    local ok, err = scopes.inside(scope, body)
    if not ok then
      scope.error = err
      error(err, 0)
    end
  end))
  if not results[1] then
    local err = results[2]
    demand(err == "boom" or scopes.may_raise(around, record),
      "a deadline raised %s", err)
    error(err, 0)
  end
  say("deadline", results[2], results[4])
  if results[2] == nil then
    demand(results[4] == "ETIMEDOUT", "a deadline failed")
    demand(scope.deadline <= now() + MARGIN, "a deadline came too early")
    demand(scope.error.reason == "the time is up" and
      not scopes.is_foreign(scope, scope.error), "it was something else")
  else
    demand(scope.error == nil, "a deadline hid an error")
  end
end

function p.shield(body)
  local ok, err = pcall(thread.shield, function()
    local ok, err = scopes.inside({ shield = true }, body)
    if not ok then
      error(err, 0)
    end
  end)
  if not ok then
    demand(err == "boom" or err.code == "ECANCELED", "a shield raised %s", err)
    error(err, 0)
  end
end

-- A deadline around what yields; it rests between the steps of p.co().
function p.rest(seconds, body)
  p.co(function()
    p.deadline(seconds, body)
  end)
end

-- The same, but each step is another thread's.
function p.pass(seconds, body)
  local co = coroutine.create(function() p.deadline(seconds, body) end)
  local ok, err = true, nil
  while ok and coroutine.status(co) ~= "dead" do
    ok = nil -- unless the thread runs: at the end of the program none does
    local t = thread.spawn(function()
      ok, err = scopes.resume(co)
    end)
    p.shield(function()
      wait(function() return t:status() == "waiting" end, nil, t.join, t)
    end)
  end
  coroutine.close(co)
  if ok == false then
    error(err, 0)
  end
end

-- The deadline is never left.
function p.abandon(seconds)
  coroutine.wrap(thread.deadline)(seconds, coroutine.yield)
end

-- The shield ends with the coroutine, which an error has ended.
function p.burst()
  local co = coroutine.create(function() thread.shield(p.fail) end)
  local ok, err = coroutine.resume(co)
  demand(not ok and err == "boom", "a shield raised %s", err)
end

local function has_living(group)
  for _, member in ipairs(group.members) do
    if is_alive(member) then
      return true
    end
  end
  return false
end

local function cancel_group(group)
  group.cancelled = true
  for _, member in ipairs(group.members) do
    member.cancelled = member.cancelled or is_alive(member)
  end
end

-- The block of a group: its end waits for the members.
local function block(group, body)
  local g <close> = thread.group()
  group.group = g
  table.insert(groups, group)
  local ok, err = scopes.inside({ group = group }, body)
  group.closing = true
  me().why, me().limit = function() return has_living(group) end, false
  if not ok then
    group.error = err
    cancel_group(group)
    error(err, 0)
  end
end

function p.group(body)
  local group = { members = {}, owner = me(), scopes = scopes.around() }
  local ok, err = pcall(block, group, body)
  me().why = nil
  for i, other in ipairs(groups) do
    if other == group then
      table.remove(groups, i)
    end
  end
  say("group", #group.members, ok)
  demand(not has_living(group), "a member outlived its group")
  if ok then
    demand(not group.failed and not group.error, "a group hid an error")
    return
  end
  demand(group.error ~= "boom" or err == "boom", "an error was lost")
  demand(not group.failed or err == "boom", "a failure was lost")
  demand(err ~= "boom" or group.failed or group.error == "boom",
    "a failure came from nowhere")
  demand(err == "boom" or scopes.may_raise(group.scopes, group.owner),
    "a group raised %s", err)
  error(err, 0)
end

local function pick_group(n)
  return #groups > 0 and groups[n % #groups + 1] or nil
end

function p.member(n, service, body)
  local group = pick_group(n)
  if not group or group.closing and not has_living(group) then
    return
  end
  if group.closing and not scopes.has_workers(group) then
    cancel_group(group)
  end
  local record, run = new_thread(false, function()
    local ok, err = pcall(body)
    if not ok then
      if err == "boom" then
        group.failed = true
        cancel_group(group)
      end
      error(err, 0)
    end
  end)
  if not record then
    return
  end
  record.group, record.service = group, service
  record.cancelled = group.cancelled
  keep(record, group.group:spawn({ service = service }, run))
  table.insert(group.members, record)
end

function p.cancel_group(n)
  local group = pick_group(n)
  if group then
    local alive = has_living(group)
    cancel_group(group)
    demand(group.group:cancel("mine") == alive, "a group's cancel lied")
  end
end

function p.watch(n)
  local group = pick_group(n)
  if not group or group.owner == me() or me().group == group then
    return
  end
  local ok = wait(function() return has_living(group) end, nil, function()
    local ok, err = pcall(group.group.wait, group.group)
    if not ok and err ~= "boom" then
      error(err, 0)
    end
    return ok
  end)
  say("watch", ok)
  demand(ok ~= (group.failed or false), "a watcher was told a lie")
end
