-- What nobody can reach any more is closed, once, and nothing else is.

local check = require("check")
local pair = require("pair")

local function collect()
  collectgarbage()
  collectgarbage()
end

check.case("an unreachable socket is closed by the collector", function()
  local before = #socket.sockets()
  do
    local s = socket.udp4()
    check.equal(#socket.sockets(), before + 1)
    s:bind("127.0.0.1", 0)
  end
  collect()
  check.equal(#socket.sockets(), before)
end)

check.case("the peer of a collected socket sees the end", function()
  local function drop()
    local near, far = pair()
    near:send("last words")
    return far
  end
  local far = drop()
  collect()
  check.values({ "last words" }, far:receive("*a"))
end)

check.case("a socket that a thread waits on is not collected", function()
  local function start()
    local near, far = pair()
    return near, thread.spawn(function()
      return far:recv()
    end)
  end
  local near, t = start()
  thread.yield()
  collect()
  near:send("still there")
  check.equal(check.joined(t), "still there")
end)

check.case("a thread that nobody holds runs to its end", function()
  local done = thread.event()
  thread.spawn(function()
    timer.sleep(0.001)
    collect()
    done:set()
  end)
  collect()
  check.equal(done:wait(10), true)
end)

check.case("a timer that nobody holds fires", function()
  local fired = thread.event()
  timer.after(0.001, fired.set, fired)
  collect()
  check.equal(fired:wait(10), true)
end)

check.case("a closed socket's collection spares its number's heir", function()
  for _ = 1, 20 do
    local near, far = pair()
    near:close()
    local heir = socket.udp4()
    heir:bind("127.0.0.1", 0)
    local _, port = heir:getsockname()
    near = nil -- luacheck: ignore
    collect()
    heir:sendto("alive", "127.0.0.1", port)
    check.values({ "alive" }, heir:recv())
    heir:close()
    far:close()
  end
end)

check.case("numbers are used again and again, events stay apart", function()
  for round = 1, 50 do
    local near, far = pair()
    local t = thread.spawn(far.recv, far)
    thread.yield()
    if round % 2 == 0 then
      near:send("round " .. round)
      check.equal(check.joined(t), "round " .. round)
    else
      far:close()
      check.fails("closed", "EBADF", check.joined(t))
    end
    near:close()
    far:close()
  end
end)

check.case("locks, events and queues with waiters are not collected", function()
  local log = {}
  local function start()
    local event = thread.event()
    local t = thread.spawn(function()
      event:wait()
      table.insert(log, "woken")
    end)
    return t, timer.after(0.001, event.set, event)
  end
  local t = start()
  thread.yield()
  collect()
  check.joined(t)
  check.equal(log, { "woken" })
end)

check.case("thousands of dropped sockets leave no descriptor", function()
  local before = #socket.sockets()
  for _ = 1, 2000 do
    socket.udp4():settimeout(1)
  end
  collect()
  check.equal(#socket.sockets(), before)
end)

check.case("closed sockets do not pile up", function()
  collect()
  local alive, most = collectgarbage("count"), 0
  for _ = 1, 50000 do
    socket.tcp():close()
    most = math.max(most, collectgarbage("count"))
  end
  check.ok(most < alive + 4096, most .. " KiB, but " .. alive .. " are alive")
end)

check.case("what a cancelled thread held is free again", function()
  local before = #socket.sockets()
  local t = thread.spawn(function()
    local s = socket.bind("127.0.0.1", 0)
    s:accept()
  end)
  thread.yield()
  check.equal(#socket.sockets(), before + 1)
  t:cancel()
  check.cancelled(t)
  collect()
  check.equal(#socket.sockets(), before)
end)

-- Finalizers run in the opposite order of their setting.
check.case("a socket that was finalized takes no time-out", function()
  local results
  do
    local last = setmetatable({}, { __gc = function(t)
      results = { t.socket:settimeout(1) }
    end })
    last.socket = socket.tcp()
  end
  collect()
  check.equal(results[3], "EBADF")
end)
