-- thread.storage: a table for each thread.

local check = require("check")

check.case("each thread has a table of its own", function()
  local mine = thread.storage()
  check.equal(mine, {})
  mine.name = "main's"
  local t = thread.spawn(function()
    local storage = thread.storage()
    check.equal(storage, {})
    storage.name = "the other's"
    thread.yield()
    return storage.name
  end)
  thread.yield()
  check.equal(check.joined(t), "the other's")
  check.equal(thread.storage().name, "main's")
  mine.name = nil
end)

check.case("it is always the same, in coroutines too", function()
  local storage = thread.storage()
  timer.sleep(0)
  check.ok(thread.storage() == storage)
  check.ok(coroutine.wrap(thread.storage)() == storage)
  check.ok(coroutine.wrap(function()
    timer.sleep(0)
    return thread.storage()
  end)() == storage)
end)

check.case("others reach it through the thread", function()
  check.ok(thread.self():storage() == thread.storage())
  local t = thread.spawn(function()
    return thread.storage().gift
  end)
  t:storage().gift = "before it began"
  check.equal(check.joined(t), "before it began")
  t:storage().gift = "after its end"
  check.equal(t:storage(), { gift = "after its end" })
end)

check.case("the thread of a timer has its own", function()
  local event, seen = thread.event(), nil
  thread.storage().mark = true
  timer.after(0, function()
    seen = thread.storage().mark
    event:set()
  end)
  event:wait()
  check.equal(seen, nil)
  thread.storage().mark = nil
end)

check.case("it goes with its thread", function()
  local kept = setmetatable({}, { __mode = "v" })
  check.joined(thread.spawn(function()
    kept[1] = thread.storage()
  end))
  collectgarbage()
  collectgarbage()
  check.equal(kept[1], nil)
end)

check.case("what is no thread has none", function()
  check.raises("thread expected", thread.self().storage, {})
end)
