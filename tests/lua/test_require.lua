-- require may wait, loads a module once, and fails in Lua's own words.

local check = require("check")

check.case("a module may wait at its top level", function()
  local log = {}
  local other = thread.spawn(table.insert, log, "other ran")
  local module = require("modules.waiting")
  table.insert(log, "loaded")
  check.equal(log, { "other ran", "loaded" })
  check.equal(module.waited, true)
  check.ok(require("modules.waiting") == module)
  check.joined(other)
end)

check.case("two threads that require a module load it once", function()
  local loads = package.loaded["modules.counted"]
  check.equal(loads, nil)
  local function load_it()
    return require("modules.counted")
  end
  local threads = {}
  for i = 1, 3 do
    threads[i] = thread.spawn(load_it)
  end
  local first = check.joined(threads[1])
  check.equal(first.loads, 1)
  check.ok(check.joined(threads[2]) == first)
  check.ok(check.joined(threads[3]) == first)
end)

check.case("a module that fails fails for each who requires it", function()
  local function load_it()
    return pcall(require, "modules.failing")
  end
  local threads = { thread.spawn(load_it), thread.spawn(load_it) }
  for _, t in ipairs(threads) do
    local ok, err = check.joined(t)
    check.equal(ok, false)
    check.has(err, "no good today")
  end
  check.equal(package.loaded["modules.failing"], nil)
end)

check.case("a cancelled require leaves the module to the next", function()
  local function load_it()
    return require("modules.patient")
  end
  local first = thread.spawn(load_it)
  thread.yield()
  local second = thread.spawn(load_it)
  thread.yield()
  first:cancel()
  check.cancelled(first)
  check.equal(check.joined(second).name, "patient")
end)

-- A module that waits and then requires another one.
local function needs(other)
  return function()
    thread.yield()
    return { other = require(other) }
  end
end

check.case("threads whose modules need each other are told of it", function()
  package.preload["loop.a"] = needs("loop.b")
  package.preload["loop.b"] = needs("loop.a")
  local threads = {}
  for i, name in ipairs { "loop.a", "loop.b", "loop.a" } do
    threads[i] = thread.spawn(pcall, require, name)
  end
  for _, t in ipairs(threads) do
    local ok, err = check.joined(t)
    check.equal(ok, false)
    check.has(err, "loop while loading module 'loop.")
  end
  check.equal(package.loaded["loop.a"], nil)
end)

check.case("a module that needs itself is told of it", function()
  package.preload["loop.self"] = needs("loop.self")
  check.raises("loop while loading module 'loop.self'", require, "loop.self")
end)

check.case("threads whose modules need the same one share it", function()
  package.preload["shared.end"] = function()
    thread.yield()
    return { loaded = true }
  end
  package.preload["shared.a"] = needs("shared.end")
  package.preload["shared.b"] = needs("shared.end")
  local a = thread.spawn(require, "shared.a")
  local b = thread.spawn(require, "shared.b")
  check.ok(check.joined(a).other == check.joined(b).other)
end)

check.case("a module left half loaded is left to the next", function()
  local loads = 0
  package.preload["left.half"] = function()
    loads = loads + 1
    if loads == 1 then
      coroutine.yield("half")
    end
    return { loads = loads }
  end
  local t = thread.spawn(function()
    local co = coroutine.wrap(require)
    check.equal(co("left.half"), "half")
  end)
  check.joined(t)
  t = thread.spawn(require, "left.half")
  check.eventually(function()
    collectgarbage()
    return t:status() == "done"
  end, "the module is there")
  check.equal(check.joined(t).loads, 2)
end)

check.case("a module goes on loading in another thread", function()
  package.preload["handed.on"] = function()
    coroutine.yield("half")
    thread.yield()
    return { whole = true }
  end
  local co = coroutine.wrap(require)
  check.equal(check.joined(thread.spawn(co, "handed.on")), "half")
  collectgarbage()
  local other = thread.spawn(require, "handed.on")
  thread.yield()
  check.equal(other:status(), "waiting")
  check.equal(co().whole, true)
  check.ok(check.joined(other) == require("handed.on"))
end)

check.case("a module gets its name and its file", function()
  local module, file = require("modules.named")
  check.equal(module.arguments[1], "modules.named")
  check.ok(module.arguments[2]:find("modules/named%.lua$"))
  check.equal(file, module.arguments[2])
  check.values({ module }, require("modules.named"))
end)

check.case("a module without a value is true", function()
  check.equal(require("modules.silent"), true)
end)

check.case("package.preload and package.loaded work as ever", function()
  package.preload["made.up"] = function(name, extra)
    timer.sleep(0)
    return { name = name, extra = extra }
  end
  local module = require("made.up")
  check.equal(module, { name = "made.up", extra = ":preload:" })
  package.loaded["made.up"] = "replaced"
  check.equal(require("made.up"), "replaced")
end)

check.case("a searcher of the script's own is asked", function()
  local function searcher(name)
    if name == "from.nowhere" then
      return function(...)
        timer.sleep(0)
        return { ... }
      end, "data"
    end
    return "no idea of '" .. name .. "'"
  end
  table.insert(package.searchers, searcher)
  check.equal(require("from.nowhere"), { "from.nowhere", "data" })
  check.raises("no idea of 'no.such.module'", require, "no.such.module")
  table.remove(package.searchers)
end)

check.case("a module that is not there: stock Lua's message", function()
  local err = check.raises("module 'no.such' not found:", require, "no.such")
  check.has(err, "\n\tno field package.preload['no.such']")
  for path in package.path:gmatch("[^;]+") do
    local file = path:gsub("%?", "no/such")
    check.has(err, "\n\tno file '" .. file .. "'")
  end
end)

check.case("a module with a syntax error: stock Lua's message", function()
  local path = package.path
  local folder = arg[0]:match("^(.*)/")
  package.path = folder .. "/modules/?.txt" -- luacheck: ignore
  local ok, err = pcall(require, "broken")
  package.path = path -- luacheck: ignore
  local file = folder .. "/modules/broken.txt"
  local words = "error loading module 'broken' from file '" .. file .. "':"
  check.equal(ok, false)
  check.has(err, words .. "\n\t" .. file .. ":3: unexpected symbol near <eof>")
end)

check.case("package.path must be a string: stock Lua's message", function()
  local path = package.path
  package.path = nil -- luacheck: ignore
  local ok, err = pcall(require, "no.such")
  package.path = path -- luacheck: ignore
  check.equal(ok, false)
  check.has(err, "'package.path' must be a string")
end)

check.case("socket is netbox's own, by both its names", function()
  check.ok(require("socket") == socket)
  check.ok(require("socket.core") == socket)
end)

check.case("socket is found again by whoever has forgotten it", function()
  for name, module in pairs({
    socket = socket, ["socket.core"] = socket, ["socket.unix"] = socket.unix,
  }) do
    package.loaded[name] = nil
    check.ok(require(name) == module, name)
  end
end)

check.case("timer and thread can be required", function()
  check.ok(require("timer") == timer)
  check.ok(require("thread") == thread)
end)

check.case("netbox has everything, and its version", function()
  local netbox = require("netbox")
  check.equal(type(netbox.version), "string")
  check.ok(netbox.version:find("^%d+%.%d+"))
  local parts = {
    socket = socket, timer = timer, thread = thread, input = input,
    repr = repr, hexdump = hexdump,
  }
  for name, value in pairs(parts) do
    check.ok(netbox[name] == value, name)
  end
end)

check.case("no metatable is set on _G", function()
  check.equal(getmetatable(_G), nil)
end)

check.case("a script may overwrite the globals", function()
  local kept = { socket, timer, thread, repr }
  socket, timer, thread, repr = nil, nil, nil, nil -- luacheck: ignore
  local ok, err = pcall(function()
    local s <close> = require("socket").bind("127.0.0.1", 0)
    s:settimeout(0.001)
    s:accept()
    require("timer").sleep(0)
    require("netbox").repr({ 1 })
  end)
  socket, timer, thread, repr = table.unpack(kept) -- luacheck: ignore
  check.ok(ok, err)
end)
