-- Where Lua cannot yield, a wait raises one sentence that names the function
-- in the way, and the program goes on.

local check = require("check")
local pair = require("pair")

-- Runs f, which waits where it must not, and looks at what is raised.
local function refuses(name, f)
  local ok, err = pcall(f)
  check.equal(ok, false)
  check.has(err, name)
  check.ok(not err:find("\n", 1, true), "more than one line: " .. err)
  check.ok(not err:find("C-call boundary", 1, true), err)
  timer.sleep(0)
end

check.case("table.sort's comparison cannot wait", function()
  refuses("sort", function()
    table.sort({ 3, 1, 2 }, function(a, b)
      timer.sleep(0)
      return a < b
    end)
  end)
end)

check.case("string.gsub's callback cannot wait", function()
  refuses("gsub", function()
    string.gsub("text", "t", function()
      thread.yield()
    end)
  end)
end)

check.case("__tostring cannot wait", function()
  local slow = setmetatable({}, {
    __tostring = function()
      timer.sleep(0.001)
      return "slow"
    end,
  })
  refuses("tostring", function()
    tostring(slow)
  end)
end)

check.case("a finalizer cannot wait", function()
  local ok, err
  setmetatable({}, {
    __gc = function()
      ok, err = pcall(timer.sleep, 0)
    end,
  })
  collectgarbage()
  check.equal(ok, false)
  check.has(err, "__gc")
  timer.sleep(0)
end)

check.case("a searcher of require cannot wait", function()
  table.insert(package.searchers, function()
    timer.sleep(0)
  end)
  refuses("require", function()
    require("no.such.module")
  end)
  table.remove(package.searchers)
end)

check.case("a wait inside a coroutine inside sort is refused", function()
  refuses("sort", function()
    table.sort({ 2, 1 }, coroutine.wrap(function()
      timer.sleep(0)
    end))
  end)
end)

check.case("a coroutine of its own inside sort may still yield", function()
  local list = { 3, 1, 2 }
  table.sort(list, function(a, b)
    local less = coroutine.wrap(function()
      coroutine.yield(a < b)
    end)
    return less()
  end)
  check.equal(list, { 1, 2, 3 })
end)

check.case("every kind of wait is refused there", function()
  local near, far = pair()
  local server <close> = socket.bind("127.0.0.1", 0)
  local lock = thread.lock()
  lock:acquire()
  local queue = thread.queue()
  local t = thread.spawn(timer.sleep, math.huge)
  local waits = {
    function() near:recv() end,
    function() near:receive() end,
    function() near:recvuntil("x") end,
    function() server:accept() end,
    function() lock:acquire() end,
    function() queue:get() end,
    function() t:join() end,
  }
  for _, wait in ipairs(waits) do
    refuses("gsub", function()
      string.gsub("x", "x", wait)
    end)
  end
  t:cancel()
  check.cancelled(t)
  check.values({ 4 }, far:send("late"))
  check.values({ "late" }, near:recv())
end)

check.case("a call that can answer at once is not refused", function()
  local near, far = pair()
  far:send("abc")
  check.values({ "a" }, near:recv(1))
  local text = string.gsub("xy", ".", function()
    return near:receive(1)
  end)
  check.equal(text, "bc")
end)
