-- Checks for the behaviour tests: one process for each test file.
--
--   local check = require("check")
--   check.case("a sum is a sum", function() check.equal(1 + 1, 2) end)
--
-- A case runs at once, in the main thread. It fails when it raises, and when
-- it leaves a thread or a socket behind. The process ends with status 1 if a
-- case failed, if there was none, or if the file takes longer than LIMIT.

-- Seconds, for a whole file; sanitizers are slow, and tests/collect slower.
local LIMIT = os.getenv("NETBOX_COLLECT") and 500 or 30

local check = {}
local ran = 0
local failed = 0

local function say(...)
  io.stderr:write(string.format(...), "\n")
end

local function show(value)
  if type(value) ~= "string" then
    return tostring(value)
  end
  local text = string.format("%q", value):gsub("\n", "n")
  return #text <= 200 and text or text:sub(1, 200) .. "..."
end

local function same(a, b)
  if type(a) ~= "table" or type(b) ~= "table" then
    return a == b and math.type(a) == math.type(b)
  end
  for key, value in pairs(a) do
    if not same(value, b[key]) then
      return false
    end
  end
  for key in pairs(b) do
    if a[key] == nil then
      return false
    end
  end
  return true
end

local function show_all(values)
  local texts = {}
  for i = 1, values.n or #values do
    texts[i] = show(values[i])
  end
  return table.concat(texts, ", ")
end

-- A number is equal to one of its own kind only: 1 is not 1.0. Two plain
-- tables are equal if they hold the same.
function check.equal(got, expected)
  if not same(got, expected) then
    local list = type(got) == "table" and type(expected) == "table"
    local text = list and show_all or show
    error(string.format("expected %s, got %s", text(expected), text(got)), 2)
  end
end

-- The values after `expected` are exactly its elements, as many and in order;
-- `n` is needed only where the last one is nil.
local function check_values(expected, level, ...)
  local got = table.pack(...)
  expected.n = expected.n or #expected
  if not same(got, expected) then
    local text = "expected (%s), got (%s)"
    error(text:format(show_all(expected), show_all(got)), level + 1)
  end
end

function check.values(expected, ...)
  check_values(expected, 2, ...)
end

-- The one way of failing: nil, message, code and nothing else.
function check.fails(message, code, ...)
  check_values({ nil, message, code, n = 3 }, 2, ...)
end

-- The way `receive` and `send` fail: the code comes after the partial result.
function check.partial(message, partial, code, ...)
  check_values({ nil, message, partial, code, n = 4 }, 2, ...)
end

function check.ok(value, what)
  if not value then
    error(what or "expected a true value, got " .. tostring(value), 2)
  end
end

-- `text` is somewhere in `got`, to the letter.
function check.has(got, text)
  if type(got) ~= "string" or not got:find(text, 1, true) then
    error(string.format("expected %s in %s", show(text), show(got)), 2)
  end
end

-- f(...) raises something that reads as text with `text` in it. Call a method
-- inside a function of its own: only then does Lua know that it is one.
function check.raises(text, f, ...)
  local ok, err = pcall(f, ...)
  if ok then
    error("expected an error with " .. show(text) .. ", got none", 2)
  end
  if not tostring(err):find(text, 1, true) then
    local got = show(tostring(err))
    error("expected an error with " .. show(text) .. ", got " .. got, 2)
  end
  return err
end

-- t ends without failure within a few seconds; gives its results.
function check.joined(t)
  local results = table.pack(t:join(10))
  if not results[1] then
    local why = tostring(results[2])
    error("thread " .. t:name() .. " did not end well: " .. why, 2)
  end
  return table.unpack(results, 2, results.n)
end

-- t ended by a cancellation; gives the object that was raised in it.
function check.cancelled(t)
  local ok, err = t:join(10)
  if ok ~= false or t:status() ~= "cancelled" then
    local text = "expected a cancelled thread, got one %s: %s"
    error(text:format(t:status(), tostring(err)), 2)
  end
  return err
end

-- Waits until f() holds, for what no call can wait for.
function check.eventually(f, what)
  local limit = timer.now() + 10
  while not f() do
    if timer.now() > limit then
      error("never came true: " .. (what or "the condition"), 2)
    end
    timer.sleep(0.001)
  end
end

local function living()
  local set = {}
  for _, t in ipairs(thread.list()) do
    set[t] = true
  end
  return set
end

local function open_sockets()
  collectgarbage()
  collectgarbage()
  return #socket.sockets()
end

-- Ends the threads that a case left behind and gives their names.
local function sweep(before)
  local names = {}
  for _, t in ipairs(thread.list()) do
    if not before[t] then
      table.insert(names, t:name())
      t:cancel()
      t:join(1)
    end
  end
  return names
end

local function run(f)
  local threads = living()
  local sockets = open_sockets()
  local ok, err = xpcall(f, debug.traceback)
  local left = sweep(threads)
  if not ok then
    return false, err
  end
  if #left > 0 then
    return false, "it left threads behind: " .. table.concat(left, ", ")
  end
  if open_sockets() > sockets then
    return false, "it left a socket open"
  end
  return true
end

function check.case(name, f)
  ran = ran + 1
  local ok, err = run(f)
  if not ok then
    failed = failed + 1
    local where = debug.getinfo(2, "Sl")
    local at = where.short_src .. ":" .. where.currentline
    say("%s: FAILED: %s\n%s", at, name, tostring(err))
  end
end

-- Waits for the end of the main thread and gives the verdict.
local function conclude(main)
  local ok, err = main:join()
  if not ok then
    say("the file itself failed: %s", tostring(err))
    os.exit(1)
  end
  if failed > 0 or ran == 0 then
    say("%d of %d cases failed", failed, ran)
    os.exit(1)
  end
end

local function guard()
  timer.sleep(LIMIT)
  say("not done within %s s; these threads are left:", LIMIT)
  for _, t in ipairs(thread.list()) do
    say("%s, %s: %s", t:name(), t:status(), tostring(t:waiting_for()))
    say("%s", t:traceback())
  end
  os.exit(1)
end

thread.spawn({ name = "verdict" }, conclude, thread.self())
thread.spawn({ name = "guard", daemon = true }, guard)

return check
