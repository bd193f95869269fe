-- Where an error has been: in coroutines, in other threads, in a timer.

local function fail(value)
  error(value)
end

local function generate(value)
  timer.sleep(0)
  fail(value)
end

thread.spawn({ name = "nested" }, function()
  coroutine.wrap(function()
    coroutine.wrap(generate)("too deep")
  end)()
end)

thread.spawn({ name = "joiner" }, function()
  local t = thread.spawn({ name = "joined" }, generate, "for the joiner")
  assert(t:join())
end)

thread.spawn({ name = "owner" }, function()
  local g <close> = thread.group()
  g:spawn({ name = "member" }, generate, { "an object" })
end)

local function last()
  setmetatable({}, { __gc = function() fail("in a finalizer") end })
  collectgarbage()
  local _ <close> = setmetatable({}, {
    __close = function() fail("on leaving") end,
  })
end

timer.after(0.01, function()
  local _ <close> = setmetatable({}, {
    __close = function() timer.after(0, last) end,
  })
  thread.deadline(1, coroutine.wrap(generate), nil)
end)
