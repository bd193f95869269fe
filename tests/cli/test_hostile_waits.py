"""Hostile scripts of timers and of coroutines: times that are none, yields that
look like waits, waits where Lua cannot suspend anything.
"""
from cli import run
from hostile import all_end_well, failing

# A generator that takes from another one, so many deep, and waits in the last.
CHAIN = """
    local function chain(n)
      if n == 0 then return function() timer.sleep(0) return 1 end end
      local inner = chain(n - 1)
      return coroutine.wrap(function()
        while true do coroutine.yield(inner() + 1) end
      end)
    end
"""

TIMERS = {
    "times that are none": ("""
        for _, t in ipairs {0 / 0, -(0 / 0), "x", {}, true, print} do
          print((pcall(timer.sleep, t)), (pcall(timer.after, t, print)))
        end
        print((pcall(timer.sleep)))""",
        "false\tfalse\nfalse\tfalse\nfalse\tfalse\nfalse\tfalse\n"
        "false\tfalse\nfalse\tfalse\nfalse"),
    "intervals that are none": ("""
        for _, t in ipairs {0 / 0, 0, -1, -1 / 0, "x"} do
          print((pcall(timer.every, t, print)))
        end""",
        "false\nfalse\nfalse\nfalse\nfalse"),
    "times in the past": ("""
        timer.sleep(-1)
        timer.sleep(-1 / 0)
        timer.sleep(math.mininteger)
        timer.sleep(-1e308)
        timer.after(-1, print, "after")
        timer.sleep(0)
        timer.sleep(0)""",
        "after"),
    "times without end": ("""
        for _, t in ipairs {1 / 0, 1e308, 1e18, math.maxinteger, 9.3e9} do
          local a, b = timer.after(t, print), timer.every(t, print)
          assert(a:remaining() > 1e6)
          assert(a:cancel() and b:cancel())
        end
        print(thread.deadline(0.01, timer.sleep, 1 / 0))""",
        "nil\ttimeout\tETIMEDOUT"),
    "times that are tiny": ("""
        local n = 0
        print((pcall(timer.every, 5e-324, print)))
        local e
        e = timer.every(1e-9, function()
          n = n + 1
          if n == 3 then e:cancel() end
        end)
        while n < 3 do timer.sleep(0) end
        print(n, e:cancel())""",
        "false\n3\tfalse"),
    "functions that are none": ("""
        for _, f in ipairs {1, "x", {}, io.stdout} do
          print((pcall(timer.after, 0, f)), (pcall(timer.every, 1, f)))
        end
        print((pcall(timer.after, 0)))""",
        "false\tfalse\nfalse\tfalse\nfalse\tfalse\nfalse\tfalse\nfalse"),
    "callable": ("""
        timer.after(0, setmetatable({}, {__call = function(_, x)
          print("called", x)
        end}), 1)""",
        "called\t1"),
    "cancelled in itself": ("""
        local e
        e = timer.every(0.001, function() print(e:cancel(), e:cancel()) end)""",
        "true\tfalse"),
    "cancelled by its neighbour": ("""
        local a, b
        a = timer.after(0, function() print("a", b:cancel()) end)
        b = timer.after(0, function() print("b", a:cancel()) end)""",
        "a\tfalse\nb\tfalse"),
    "cancelled by its finalizer": ("""
        do
          local e = timer.every(0.001, print)
          setmetatable({}, {__gc = function() e:cancel() print("gone") end})
        end
        collectgarbage()""",
        "gone"),
    "arms others for ever": ("""
        local n = 0
        local function again()
          n = n + 1
          if n < 1000 then
            timer.after(0, again)
            timer.after(0, again):cancel()
          else
            print(n)
          end
        end
        again()""",
        "1000"),
    "many": ("""
        local all = {}
        for i = 1, 20000 do all[i] = timer.after(1e6 + i, print) end
        for i = 20000, 1, -1 do assert(all[i]:cancel()) end
        print("fine")""",
        "fine"),
    "many at once": ("""
        local n = 0
        for i = 1, 5000 do
          timer.after(0, function()
            n = n + 1
            if n == 5000 then print(n) end
          end)
        end""",
        "5000"),
    "one that fails": failing("""
        local n = 0
        timer.every(0.001, function() n = n + 1 error("no", 0) end)
        timer.sleep(0.01)
        print(n)""",
        r"thread 'thread 2' \(timer armed at \(command line\):3\): no", "1"),
    "one that never returns": ("""
        timer.every(0.001, function() thread.event():wait(0.02) end)
        timer.sleep(0.01)
        os.exit(0)""",
        ""),
    "one in a finalizer": ("""
        setmetatable({}, {__gc = function() timer.after(0, print, "armed") end})
        collectgarbage()""",
        "armed"),
    "one in a finalizer of the end": ("""
        setmetatable({}, {__gc = function()
          print(pcall(timer.after, 0, print))
        end})""",
        "false\tthe program is closing"),
    "one in <close> of the end": ("""
        thread.spawn({daemon = true}, function()
          local x <close> = setmetatable({}, {__close = function()
            timer.after(0, print, "late")
            print("closed")
          end})
          timer.sleep(1e9)
        end)
        thread.yield()""",
        "closed"),
    "of another kind": ("""
        local e = timer.after(1, print)
        for _, m in ipairs {"cancel", "remaining"} do
          print((pcall(e[m], thread.lock())), (pcall(e[m])), (pcall(e[m],
            io.stdout)))
        end
        e:cancel()""",
        "false\tfalse\tfalse\nfalse\tfalse\tfalse"),
    "remaining": ("""
        local e = timer.after(0, function() end)
        timer.sleep(0)
        timer.sleep(0)
        print(e:remaining(), e:cancel())""",
        "nil\tfalse"),
    "a deadline that is none": ("""
        print((pcall(thread.deadline, 0 / 0, print)))
        print(thread.deadline(-1, timer.sleep, 1))
        print(thread.deadline(1e308, function() return 1 end))
        print((pcall(thread.deadline, 1)))
        print(thread.deadline(0, function() return 2 end))""",
        "false\nnil\ttimeout\tETIMEDOUT\ntrue\t1\nfalse\ntrue\t2"),
    "deadlines within deadlines": ("""
        local function go(n)
          if n == 0 then timer.sleep(1e6) end
          return thread.deadline(1e6 - n, go, n - 1)
        end
        print(pcall(thread.deadline, 0.01, go, 50))""",
        "true\tnil\ttimeout\tETIMEDOUT"),
    "time-outs that are none": ("""
        local s = socket.udp4()
        for _, t in ipairs {0 / 0, "x", {}} do
          print((pcall(s.settimeout, s, t)))
        end
        for _, t in ipairs {1 / 0, -1 / 0, 1e308, math.maxinteger, -0.0, 5e-324}
          do
          print(s:settimeout(t))
        end
        print((pcall(s.settimeout, s, 1, "x")))
        local l, e, q = thread.lock(), thread.event(), thread.queue()
        l:acquire()
        for _, t in ipairs {0 / 0} do
          print((pcall(l.acquire, l, t)), (pcall(e.wait, e, t)), (pcall(q.get,
            q, t)))
        end
        print(l:acquire(0), e:wait(false), q:get(0))""",
        "false\nfalse\nfalse\ntrue\ntrue\ntrue\ntrue\ntrue\n"
        "true\nfalse\nfalse\tfalse\tfalse\nfalse\tfalse\tnil\ttimeout\t"
        "ETIMEDOUT"),
    "the clock is theirs alone": ("""
        local now, time = timer.now, timer.time
        timer.now, timer.time = nil, error
        socket.gettime = error
        timer.sleep(0.001)
        print(now() > 0, time() > 1e9)""",
        "true\ttrue"),
}

YIELDS = {
    "the main function yields": (
        "print(pcall(coroutine.yield, 1))",
        "false\tattempt to yield from outside a coroutine"),
    "a thread yields": ("""
        print(thread.spawn(function()
          return pcall(coroutine.yield, 1)
        end):join())""",
        "true\tfalse\tattempt to yield from outside a coroutine"),
    "yields that look like waits": ("""
        local co = coroutine.wrap(function()
          for i = 1, 9 do
            coroutine.yield(i, thread.self(), print, nil, 0 / 0)
          end
        end)
        local n = 0
        for i in co do n = n + i timer.sleep(0) end
        print(n)""",
        "45"),
    "waits in metamethods": ("""
        local n = 0
        local function wait() n = n + 1 timer.sleep(0) return 1 end
        local m = {__index = wait, __newindex = wait, __call = wait, __add =
          wait, __concat = wait, __len = wait, __eq = function()
          wait()
          return true
        end, __lt = wait, __le = wait, __unm = wait, __bnot = wait, __shl =
          wait, __idiv = wait}
        local a, b = setmetatable({}, m), setmetatable({}, m)
        local _ = a.x, a(), a + b, a .. b, #a, a == b, a < b, a <= b, -a, ~a, a
          << b, a // b
        a.y = 1
        print(n)""",
        "13"),
    "waits in an iterator, and in its closing value": ("""
        local closed
        local function iter() timer.sleep(0) return nil end
        for _ in iter, nil, nil, setmetatable({}, {__close = function()
          timer.sleep(0)
          closed = true
        end}) do end
        print(closed)""",
        "true"),
    "waits where none can be": ("""
        local function wait() timer.sleep(0) end
        for _, f in ipairs {function() table.sort({3, 1, 2}, wait) end,
          function() ("x"):gsub("x", wait) end, function()
          tostring(setmetatable({}, {__tostring = wait})) end, function()
          assert(load(wait)) end, function()
          table.concat(setmetatable({}, {__index = wait, __len = function()
            return 1
          end}))
        end, function() print(setmetatable({}, {__tostring = wait})) end,
          function() error(select(2, xpcall(error, wait)), 0) end, function()
          string.format("%s", setmetatable({}, {__tostring = wait}))
        end, function()
          table.unpack(setmetatable({}, {__index = wait}), 1, 1)
        end, function()
          table.insert(setmetatable({}, {__newindex = wait}), 1)
        end, function()
          next(setmetatable({}, {__index = wait}))
          wait()
          error("fine", 0)
        end,} do
          local ok, why = pcall(f)
          print((tostring(why):gsub("^.-: ", "")))
        end""",
        "cannot wait inside 'table.sort': Lua cannot suspend it\n"
        "cannot wait inside 'string.gsub': Lua cannot suspend it\n"
        "cannot wait inside 'tostring': Lua cannot suspend it\n"
        "(command line):2: cannot wait inside 'load': Lua cannot suspend it\n"
        "cannot wait inside 'table.concat': Lua cannot suspend it\n"
        "cannot wait inside 'print': Lua cannot suspend it\n"
        "cannot wait inside a message handler (xpcall): Lua cannot suspend "
        "it\ncannot wait inside 'string.format': Lua cannot suspend it\n"
        "cannot wait inside 'table.unpack': Lua cannot suspend it\n"
        "cannot wait inside 'table.insert': Lua cannot suspend it\n"
        "fine"),
    "a wait in a finalizer": ("""
        local said
        setmetatable({}, {__gc = function()
          said = select(2, pcall(timer.sleep, 0))
        end})
        collectgarbage()
        print((said:gsub("^.-: ", "")))""",
        "Lua cannot suspend it"),
    "resumed by another": ("""
        local co
        local t = thread.spawn(function()
          co = coroutine.create(function() timer.sleep(0.01) return 7 end)
          return coroutine.resume(co)
        end)
        thread.yield()
        print(coroutine.status(co))
        print(coroutine.resume(co))
        print(pcall(coroutine.close, co))
        print(pcall(coroutine.wrap(function() return coroutine.resume(co) end)))
        print(t:join())
        print(coroutine.status(co))""",
        "normal\nfalse\tcannot resume non-suspended coroutine\n"
        "false\tcannot close a normal coroutine\ntrue\tfalse\tcannot resume "
        "non-suspended coroutine\ntrue\ttrue\t7\ndead"),
    "the coroutine of another thread": ("""
        local co
        local t = thread.spawn(function()
          co = coroutine.running()
          timer.sleep(0.01)
          return 1
        end)
        thread.yield()
        print(coroutine.resume(co))
        print(pcall(coroutine.close, co))
        print(coroutine.status(co))
        print(t:join())
        print(coroutine.resume(co))
        print(coroutine.close(co))""",
        "false\tcannot resume non-suspended coroutine\n"
        "false\tcannot close a normal coroutine\nnormal\n"
        "true\t1\nfalse\tcannot resume dead coroutine\n"
        "true"),
    "closed while it waits": ("""
        local t, co
        t = thread.spawn(function()
          co = coroutine.create(function()
            local x <close> = setmetatable({}, {__close = function()
              print("closed")
            end})
            thread.event():wait()
          end)
          return coroutine.resume(co)
        end)
        thread.yield()
        print(pcall(coroutine.close, co))
        t:cancel()
        print(pcall(t.join, t))""",
        "false\tcannot close a normal coroutine\ntrue\ttrue\tfalse\tcancelled"),
    "itself": ("""
        local co
        co = coroutine.create(function() return coroutine.resume(co) end)
        print(coroutine.resume(co))
        local w
        w = coroutine.wrap(function() return w() end)
        print(pcall(w))""",
        "true\tfalse\tcannot resume non-suspended coroutine\n"
        "false\t(command line):6: cannot resume non-suspended coroutine"),
    "a chain of generators": (CHAIN + "print(chain(150)())",
        "151"),
    "a chain that is too long": (CHAIN + """
        local ok, why = pcall(function() return chain(1e4)() end)
        print(ok or why:match("overflow") or why)""",
        "true"),
    "a deadline round a generator": ("""
        local gen = coroutine.wrap(function()
          while true do coroutine.yield(1) timer.sleep(1000) end
        end)
        print(gen())
        print(thread.deadline(0.01, gen))
        print(pcall(gen))""",
        "1\nnil\ttimeout\tETIMEDOUT\nfalse\tcannot resume dead coroutine"),
    "a generator that is cancelled within": ("""
        local gen = coroutine.wrap(function()
          local ok, why = pcall(timer.sleep, 1000)
          coroutine.yield(why.code)
          coroutine.yield(2)
        end)
        local t = thread.spawn(function() return gen() end)
        thread.yield()
        t:cancel()
        print(t:join())
        print(pcall(gen))""",
        "true\tECANCELED\ntrue\t2"),
    "yields in __close while cancelled": ("""
        local t = thread.spawn(function()
          local x <close> = setmetatable({}, {__close = function()
            print(pcall(coroutine.yield))
            print(select(2, pcall(timer.sleep, 0)).code)
          end})
          timer.sleep(1000)
        end)
        thread.yield()
        t:cancel()
        print(t:join())""",
        "false\tattempt to yield from outside a coroutine\n"
        "ECANCELED\nfalse\tcancelled"),
    "isyieldable": ("""
        print(coroutine.isyieldable(), coroutine.wrap(coroutine.isyieldable)(),
          thread.spawn(coroutine.isyieldable):join())""",
        "false\ttrue\ttrue\tfalse"),
    "a wait in require": ("""
        package.preload.slow = function() timer.sleep(0) return 5 end
        print(require("slow"))""",
        "5\t:preload:"),
    "a wait in a getfd": ("""
        local o = {getfd = function() timer.sleep(0) return 0 end}
        local ok, why = pcall(socket.select, {o}, nil, 0)
        print(ok, why:match("Lua cannot suspend it"))
        print((pcall(socket.select, {{getfd = coroutine.yield}}, nil, 0)))""",
        "false\tLua cannot suspend it\nfalse"),
    "yields out of timers": ("""
        timer.after(0, function() print(pcall(coroutine.yield)) end)
        timer.after(0, coroutine.yield)""",
        "false\tattempt to yield from outside a coroutine", 1,
        r"netbox: thread 'thread 3' \(timer armed at \(command line\):3\): "
        r"attempt to yield from outside a coroutine\n"),
    "a dead one": ("""
        local w = coroutine.wrap(function() end)
        w()
        print(pcall(w))
        local co = coroutine.create(print)
        coroutine.close(co)
        print(coroutine.resume(co))""",
        "false\tcannot resume dead coroutine\nfalse\tcannot resume dead "
        "coroutine"),
    "wrap of functions of C": ("""
        print(pcall(coroutine.wrap(timer.sleep), 0))
        print(pcall(coroutine.wrap(coroutine.yield), 3))
        print(pcall(coroutine.wrap(thread.yield)))
        print((pcall(coroutine.wrap(coroutine.wrap(coroutine.wrap)))))""",
        "true\ntrue\t3\ntrue\nfalse"),
    "too much is passed": ("""
        local t = {}
        for i = 1, 1e5 do t[i] = i end
        local co = coroutine.wrap(function(...)
          while true do coroutine.yield(...) end
        end)
        print(select("#", co(table.unpack(t))))
        print((pcall(coroutine.wrap(function()
          return table.unpack(t, 1, 1e7)
        end))))""",
        "100000\nfalse"),
    "a generator that outlives its thread": ("""
        local gen
        thread.spawn(function()
          gen = coroutine.wrap(function()
            for i = 1, 3 do timer.sleep(0) coroutine.yield(i) end
          end)
          gen()
        end):join()
        collectgarbage()
        print(gen(), gen())""",
        "2\t3"),
    "collected while it waits": ("""
        do
          local co = coroutine.create(function()
            local x <close> = setmetatable({}, {__close = print})
            coroutine.yield()
          end)
          coroutine.resume(co)
        end
        collectgarbage()
        print("fine")""",
        "fine"),
}


def no_time_is_too_odd():
    all_end_well(TIMERS)


def no_yield_is_taken_for_a_wait():
    all_end_well(YIELDS)


run(no_time_is_too_odd, no_yield_is_taken_for_a_wait)
