-- thread.shield: what it calls may wait in spite of a cancellation from
-- outside. The end of the program is in cli/scopes.

local check = require("check")
local pair = require("pair")

-- A thread that runs f and is at its first wait.
local function waiting(f, ...)
  local t = thread.spawn(f, ...)
  thread.yield()
  check.equal(t:status(), "waiting")
  return t
end

check.case("the results of the function are its own", function()
  check.values({}, thread.shield(function() end))
  check.values({ nil, 2, nil, n = 3 }, thread.shield(function(...)
    return ...
  end, nil, 2, nil))
  local many = table.pack(thread.shield(table.unpack, {}, 1, 5000))
  check.equal(many.n, 5000)
  check.values({ thread.self() }, thread.shield(thread.self))
end)

check.case("what it is given is checked", function()
  check.raises("bad argument #1 to 'shield' (function expected, got no value)",
    function() thread.shield() end)
  check.raises("bad argument #1 to 'shield' (function expected, got table)",
    function() thread.shield({}) end)
end)

check.case("errors pass unchanged", function()
  local object = {}
  for _, err in ipairs({ "text", 42, true, object }) do
    local ok, got = pcall(thread.shield, error, err, 0)
    check.equal(ok, false)
    check.ok(rawequal(got, err))
  end
  check.values({ false, nil, n = 2 }, pcall(thread.shield, error))
end)

check.case("a cancellation does not end a wait inside", function()
  local event, log = thread.event(), {}
  local t = waiting(function()
    thread.shield(function()
      table.insert(log, event:wait())
      timer.sleep(0)
      table.insert(log, "inside")
    end)
    table.insert(log, "behind")
    timer.sleep(0)
    table.insert(log, "not reached")
  end)
  check.values({ true }, t:cancel())
  thread.yield()
  check.equal(t:status(), "waiting")
  event:set()
  check.cancelled(t)
  check.equal(log, { true, "inside", "behind" })
end)

check.case("it begins in a thread that is cancelled", function()
  local near, far = pair()
  local t = waiting(function()
    local conn <close> = near
    local _ <close> = setmetatable({}, { __close = function(_, err)
      check.equal(err.code, "ECANCELED")
      thread.shield(function()
        conn:sendall("bye\n")
        check.equal(conn:receive(), "bye, bye")
      end)
    end })
    conn:receive()
  end)
  t:cancel()
  check.equal(far:receive(), "bye")
  far:send("bye, bye\n")
  check.cancelled(t)
  check.equal(select(3, far:receive()), "")
end)

check.case("what closes may wait so after pcall in a loop too", function()
  local closed = false
  local t = waiting(function()
    local _ <close> = setmetatable({}, { __close = function()
      thread.shield(timer.sleep, 0)
      closed = true
    end })
    while true do
      pcall(timer.sleep, 60)
    end
  end)
  t:cancel()
  check.cancelled(t)
  check.ok(closed)
end)

check.case("inside a deadline it lasts longer than that", function()
  local began = timer.now()
  check.fails("timeout", "ETIMEDOUT", thread.deadline(0.01, function()
    thread.shield(timer.sleep, 0.05)
    check.ok(timer.now() - began >= 0.05)
    timer.sleep(0)
  end))
end)

check.case("a deadline inside of it ends its waits", function()
  local t = waiting(function()
    thread.shield(function()
      local event <const> = thread.event()
      check.fails("timeout", "ETIMEDOUT",
        thread.deadline(0.02, event.wait, event))
      timer.sleep(0)
    end)
    timer.sleep(0)
  end)
  t:cancel()
  check.cancelled(t)
end)

check.case("a shield in a shield is one shield", function()
  local event, log = thread.event(), {}
  local t = waiting(thread.shield, function()
    thread.shield(event.wait, event)
    timer.sleep(0)
    table.insert(log, "still")
  end)
  t:cancel()
  event:set()
  check.values({ true }, t:join())
  check.equal(log, { "still" })
end)

check.case("it goes where its coroutine goes", function()
  local log = {}
  local step = coroutine.wrap(function()
    thread.shield(function()
      coroutine.yield()
      timer.sleep(0)
      table.insert(log, "inside")
    end)
  end)
  local t = thread.spawn(function()
    thread.self():cancel()
    step()
    table.insert(log, (pcall(timer.sleep, 0)))
    step()
    timer.sleep(0)
  end)
  check.cancelled(t)
  check.equal(log, { false, "inside" })
end)

check.case("an error that passes it leaves it", function()
  local t = thread.spawn(function()
    thread.self():cancel()
    pcall(thread.shield, error, "x")
    timer.sleep(0)
  end)
  check.cancelled(t)
end)

check.case("a failed group is no way into it", function()
  local log = {}
  local ok, err = pcall(function()
    local g <close> = thread.group()
    g:spawn(error, "boom", 0)
    thread.shield(function()
      timer.sleep(0.01)
      table.insert(log, "inside")
    end)
    timer.sleep(60)
  end)
  check.values({ false, "boom" }, ok, err)
  check.equal(log, { "inside" })
end)

check.case("where nothing can wait, waits in it say so", function()
  check.raises("cannot wait inside 'string.gsub'", function()
    string.gsub("x", "x", function()
      thread.shield(timer.sleep, 0)
    end)
  end)
end)

check.case("a finalizer may call it", function()
  local called = false
  setmetatable({}, { __gc = function()
    thread.shield(function() called = true end)
  end })
  collectgarbage()
  check.ok(called)
end)
