-- Exceptions after LuaSocket: try and newtry raise, protect turns what they
-- raised into nil and the problem, and lets everything else pass.

local check = require("check")
local pair = require("pair")

local protect, newtry, try = socket.protect, socket.newtry, socket.try

check.case("a protected function gives what it returns", function()
  local f = protect(function(...) return select("#", ...), ... end)
  check.values({ 3, 1, nil, nil, n = 4 }, f(1, nil, nil))
  check.values({ 0 }, f())
end)

check.case("try gives all it was given if the first is true", function()
  check.values({ 1, nil, 3, n = 3 }, try(1, nil, 3))
  check.values({ "", n = 1 }, try(""))
end)

check.case("protect turns what try raised into nil and the problem", function()
  local f = protect(function(...) try(...) end)
  check.values({ nil, "problem", n = 2 }, f(nil, "problem"))
  check.values({ nil, "problem", n = 2 }, f(false, "problem", "more"))
  check.values({ nil, nil, n = 2 }, f())
  local problem = {}
  check.values({ nil, problem }, f(nil, problem))
end)

check.case("what protect gives for a failed call", function()
  local nobody <close> = socket.tcp()
  nobody:bind("127.0.0.1", 0)
  local ip, port = nobody:getsockname()
  local open = protect(function() return try(socket.connect(ip, port)) end)
  check.values({ nil, "connection refused", n = 2 }, open())
end)

check.case("other errors pass unchanged", function()
  local raise = protect(error)
  local problem = setmetatable({}, {})
  for _, value in ipairs({ "text", problem, 7, false }) do
    check.values({ false, value }, pcall(raise, value))
  end
  check.values({ false, nil, n = 2 }, pcall(raise))
end)

check.case("the inner protect takes it, the outer one sees a result", function()
  local inner = protect(function() try(nil, "inner") end)
  local outer = protect(function() return "out", inner() end)
  check.values({ "out", nil, "inner" }, outer())
  outer = protect(function() try(inner()) end)
  check.values({ nil, "inner" }, outer())
end)

check.case("what try raised reads as the problem and stays shut", function()
  local ok, thrown = pcall(try, nil, "the problem")
  check.equal(ok, false)
  check.equal(tostring(thrown), "the problem")
  check.raises("protected metatable", setmetatable, thrown, nil)
  local caught = protect(function() error(thrown, 0) end)
  check.values({ nil, "the problem" }, caught())
end)

check.case("a finalizer runs before the error, and only then", function()
  local log = {}
  local own_try = newtry(function(...)
    table.insert(log, select("#", ...))
    return "ignored"
  end)
  local f = protect(own_try)
  check.values({ 1, 2 }, f(1, 2))
  check.equal(log, {})
  check.values({ nil, "e" }, f(nil, "e"))
  check.equal(log, { 0 })
end)

check.case("an error of a finalizer takes the place of the problem", function()
  local f = protect(newtry(function() error("in the finalizer", 0) end))
  check.values({ false, "in the finalizer" }, pcall(f, nil, "e"))
end)

check.case("what can be called will do, what cannot raises", function()
  local callable = setmetatable({}, { __call = function(_, v) return v end })
  check.values({ 5 }, protect(callable)(5))
  check.values({ nil, "e" }, protect(newtry(callable))(nil, "e"))
  check.raises("bad argument #1 to 'protect' (function expected, got nil)",
    protect)
  check.raises("bad argument #1 to 'newtry' (function expected, got number)",
    newtry, 1)
end)

check.case("protected functions wait, each in its thread", function()
  local near, far = pair()
  local other, other_far = pair()
  local read = protect(function(s) return try(s:receive()) end)
  local first = thread.spawn(read, near)
  local second = thread.spawn(read, other)
  thread.yield()
  check.equal(first:status(), "waiting")
  check.equal(second:status(), "waiting")
  other_far:send("for the second\n")
  check.values({ "for the second" }, check.joined(second))
  far:close()
  check.values({ nil, "closed", n = 2 }, check.joined(first))
  for _, s in ipairs({ near, other, other_far }) do s:close() end
end)

check.case("a coroutine yields through protect", function()
  local co = coroutine.wrap(protect(function(a)
    local b = coroutine.yield(a)
    thread.yield()
    try(nil, b)
  end))
  check.values({ 1 }, co(1))
  check.values({ nil, 2 }, co(2))
end)

check.case("a finalizer may wait", function()
  local near <close>, far = pair()
  local log = {}
  local own_try = newtry(function() table.insert(log, near:receive()) end)
  local t = thread.spawn(protect(own_try), nil, "e")
  thread.yield()
  check.equal(t:status(), "waiting")
  far:send("good-bye\n")
  check.values({ nil, "e" }, check.joined(t))
  check.equal(log, { "good-bye" })
  far:close()
end)

check.case("a cancellation passes protect", function()
  local reached
  local t = thread.spawn(function()
    local ok, problem = pcall(protect(function()
      timer.sleep(math.huge)
    end))
    reached = { ok, problem.code, problem.reason }
    error(problem, 0)
  end)
  thread.yield()
  t:cancel("enough")
  check.equal(check.cancelled(t).reason, "enough")
  check.equal(reached, { false, "ECANCELED", "enough" })
end)

check.case("a cancellation in a finalizer passes protect", function()
  local own_try = newtry(function() timer.sleep(math.huge) end)
  local t = thread.spawn(protect(own_try), nil, "e")
  thread.yield()
  t:cancel()
  check.cancelled(t)
end)

check.case("what a script does to its globals does not matter", function()
  local kept = { pcall = pcall, error = error, select = select, type = type }
  local near, far = pair()
  for name in pairs(kept) do _G[name] = false end
  local f = protect(function() try(nil, "e") end)
  local failed, problem = f()
  local sent = socket.sink("keep-open", near)("x")
  local skipped = socket.skip(1, 2, 3)
  for name, value in pairs(kept) do _G[name] = value end
  check.values({ nil, "e" }, failed, problem)
  check.values({ 1, 3 }, sent, skipped)
  near:close()
  far:close()
end)
