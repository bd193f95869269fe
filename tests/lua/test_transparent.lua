-- A wait may happen wherever plain Lua can yield, and nothing of the script
-- sees it: each case does the same with a wait that is none.
-- netbox: --allow-read=/tmp --allow-write=/tmp

local check = require("check")

local function none()
end

-- Each gives its function in exchange for one that may wait.
local cases = {}

cases["the body of pcall"] = function(wait)
  local log = { pcall(function(...)
    wait()
    return ...
  end, 1, nil, 3) }
  table.insert(log, (pcall(function()
    wait()
    error("after a wait")
  end)))
  return log
end

cases["the body of xpcall"] = function(wait)
  local function describe(err)
    return "handled " .. err
  end
  return { xpcall(function(a)
    wait()
    error("x" .. a, 0)
  end, describe, 1) }
end

cases["pcall in pcall, on the way out of an error"] = function(wait)
  return { pcall(function()
    local _, err = pcall(function()
      wait()
      error("inner", 0)
    end)
    wait()
    error(err .. ", outer", 0)
  end) }
end

cases["an iterator, and what it closes at the end"] = function(wait)
  local log = {}
  local closing = setmetatable({}, { __close = function(_, err)
    wait()
    table.insert(log, "closed " .. tostring(err))
  end })
  local function step(limit, i)
    wait()
    return i < limit and i + 1 or nil
  end
  for i in step, 3, 0, closing do
    table.insert(log, i)
  end
  for i in step, 3, 0, closing do
    if i == 2 then
      break
    end
  end
  pcall(function()
    for i in step, 3, 0, closing do
      error("at " .. i, 0)
    end
  end)
  return log
end

cases["__pairs, and a generator under for"] = function(wait)
  local log = {}
  local object = setmetatable({}, { __pairs = function(self)
    wait()
    return coroutine.wrap(function()
      for i = 1, 3 do
        wait()
        coroutine.yield(i, self)
      end
    end)
  end })
  for i, self in pairs(object) do
    table.insert(log, i)
    check.ok(self == object)
  end
  return log
end

-- Every operator, with the object as first and as second operand.
local operators = {
  "a + b", "a - b", "a * b", "a / b", "a // b", "a % b", "a ^ b", "-a",
  "a & b", "a | b", "a ~ b", "a << b", "a >> b", "~a", "a .. b", "#a",
  "a == b", "a ~= b", "a < b", "a <= b", "a > b", "a >= b", "a(b)", "a[b]",
  "'x' .. 1 .. a .. b .. 'y'", "a .. 'x' .. b .. 2", "not (a < b)",
  "a < b and a.x or b.y", "1 + a", "a - 1", "2 < a", "a <= 2", "a:method(b)",
}
local metamethods = {
  "add", "sub", "mul", "div", "idiv", "mod", "pow", "unm", "band", "bor",
  "bxor", "shl", "shr", "bnot", "concat", "len", "eq", "lt", "le", "call",
}

cases["the metamethods of all operators"] = function(wait)
  local log = {}
  local class = {}
  local function name(value)
    return getmetatable(value) == class and "object" or tostring(value)
  end
  for _, event in ipairs(metamethods) do
    class["__" .. event] = function(a, b)
      wait()
      table.insert(log, event .. " " .. name(a) .. " " .. name(b))
      return event
    end
  end
  function class.__index(_, key)
    wait()
    return key == "method" and class.__call or "index of " .. name(key)
  end
  local a, b = setmetatable({}, class), setmetatable({}, class)
  for _, operator in ipairs(operators) do
    local compute = load("local a, b = ... return " .. operator)
    table.insert(log, operator .. " = " .. tostring(compute(a, b)))
  end
  return log
end

cases["__newindex, and the keys of a constructor"] = function(wait)
  local log = {}
  local object = setmetatable({}, {
    __newindex = function(self, key, value)
      wait()
      rawset(self, key, value .. "!")
    end,
  })
  object.x, object[1] = "one", "two"
  local function slow(value)
    wait()
    return value
  end
  local built = { slow(1), [slow("key")] = slow("value"), slow(2), slow(3) }
  for _, value in ipairs { object.x, object[1], built.key, #built } do
    table.insert(log, value)
  end
  return log
end

cases["conditions, arguments and returns"] = function(wait)
  local function slow(...)
    wait()
    return ...
  end
  local function last(...)
    return slow(select(-1, ...))
  end
  local log = { slow(1, 2, 3) }
  if slow(false) or not slow(nil) then
    table.insert(log, "else")
  end
  for i = slow(3), slow(1), slow(-1) do
    table.insert(log, i)
  end
  repeat
    local done = slow(true)
  until done
  return { last(slow("x", "y")), #log, table.unpack(log) }
end

cases["<close> variables, whatever leaves their block"] = function(wait)
  local log = {}
  local function note(name)
    return setmetatable({}, { __close = function(_, err)
      wait()
      table.insert(log, name .. " " .. tostring(err))
      wait()
    end })
  end
  local function leave(how)
    local a <close> = note("a") -- luacheck: ignore
    do
      local b <close> = note("b") -- luacheck: ignore
      if how == "break" then
        goto out
      end
    end
    if how == "error" then
      local c <close> = note("c") -- luacheck: ignore
      error("failed", 0)
    end
    ::out::
    local d <close> = note("d") -- luacheck: ignore
    return how
  end
  for _, how in ipairs { "end", "break", "error" } do
    table.insert(log, tostring(select(2, pcall(leave, how))))
  end
  return log
end

cases["a <close> variable that fails while another error passes"] =
  function(wait)
    local function failing(text)
      return setmetatable({}, { __close = function(_, err)
        wait()
        error(text .. " after " .. tostring(err), 0)
      end })
    end
    return { pcall(function()
      local a <close> = failing("a") -- luacheck: ignore
      local b <close> = failing("b") -- luacheck: ignore
      wait()
      error("body", 0)
    end) }
  end

cases["dofile and require"] = function(wait)
  local path = os.tmpname()
  local file = assert(io.open(path, "w"))
  file:write("thread.yield() return 'from the file'")
  file:close()
  local log = { dofile(path) }
  os.remove(path)
  package.loaded["made.slowly"] = nil
  package.preload["made.slowly"] = function()
    wait()
    return { made = "slowly" }
  end
  table.insert(log, require("made.slowly").made)
  return log
end

cases["socket.protect and what it tries"] = function(wait)
  local try = socket.newtry(function()
    wait()
  end)
  return { socket.protect(function()
    wait()
    try(nil, "failed")
  end)() }
end

cases["thread.deadline and thread.shield"] = function(wait)
  return { thread.deadline(10, function(...)
    wait()
    return thread.shield(function(...)
      wait()
      return ...
    end, ...)
  end, 1, 2) }
end

cases["generators in generators, by wrap and by resume"] = function(wait)
  local log = {}
  local function count(from, to)
    return coroutine.wrap(function()
      for i = from, to do
        wait()
        coroutine.yield(i)
      end
      return "end of " .. from
    end)
  end
  local both = coroutine.create(function(...)
    table.insert(log, select("#", ...))
    for i in count(1, 2) do
      for j in count(i, i + 1) do
        wait()
        table.insert(log, coroutine.yield(i, j))
        if j == "end of " .. i then
          break
        end
      end
      if i == "end of 1" then
        error({ "done" })
      end
    end
  end)
  local ok, i, j = coroutine.resume(both, nil, nil)
  while ok and i and #log < 40 do
    table.insert(log, i .. " " .. tostring(j))
    ok, i, j = coroutine.resume(both, "resumed")
    wait()
  end
  table.insert(log, tostring(ok) .. coroutine.status(both))
  return log
end

-- Calls f with a wait that lets another thread run, and proves that it did.
local function run_waiting(f)
  local waits, turns, over = 0, 0, false
  local other = thread.spawn(function()
    while not over do
      turns = turns + 1
      thread.yield()
    end
  end)
  local function wait()
    waits = waits + 1
    local before = turns
    thread.yield()
    check.ok(turns > before, "nobody else has run")
  end
  local ok, result = pcall(f, wait)
  over = true
  check.joined(other)
  check.ok(ok, result)
  check.ok(waits > 0, "nothing has waited")
  return result
end

local names = {}
for name in pairs(cases) do
  table.insert(names, name)
end
table.sort(names)

for _, name in ipairs(names) do
  check.case(name .. " may wait", function()
    local expected = cases[name](none)
    check.ok(#expected > 0)
    check.equal(run_waiting(cases[name]), expected)
    local inside = coroutine.wrap(run_waiting)
    check.equal(inside(cases[name]), expected)
    local t = thread.spawn(coroutine.wrap(function(f)
      return coroutine.wrap(run_waiting)(f)
    end), cases[name])
    check.equal(check.joined(t), expected)
  end)
end

check.case("all of it in many threads at once", function()
  local expected, threads = {}, {}
  for i = 1, 3 * #names do
    local name = names[i % #names + 1]
    expected[name] = expected[name] or cases[name](none)
    threads[thread.spawn(cases[name], thread.yield)] = name
  end
  for t, name in pairs(threads) do
    check.equal(check.joined(t), expected[name])
  end
end)
