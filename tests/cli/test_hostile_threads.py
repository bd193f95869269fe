"""Hostile scripts of threads: joins, cancellations and primitives that nobody
would write, and that others may not suffer from.
"""
from cli import run
from hostile import CLOSING, all_end_well

THREADS = {
    "joins itself": ("""
        local function me() return thread.self():join() end
        print((pcall(me)), (pcall(me, 1)))
        print(thread.spawn(function() return (pcall(me)) end):join())""",
        "false\tfalse\ntrue\tfalse"),
    "join in a ring": ("""
        local a, b
        a = thread.spawn({name = "a"}, function() return b:join() end)
        b = thread.spawn({name = "b"}, function() return a:join() end)
        a:join()""",
        "", 1,
        r"netbox: deadlock: every thread waits for another, and nothing can "
        r"wake them\ncycle: thread 'a' waits for the end of thread 'b', "
        r"which waits for the end of thread 'a'\nthread 'main' waits for the "
        r"end of thread 'a'\nstack traceback:\n\t\(command line\):5: in main "
        r"chunk\nthread 'a' \(spawned at \(command line\):3\) waits for the "
        r"end of thread 'b'\nstack traceback:\n\t\(command line\):3: in "
        r"function <\(command line\):3>\nthread 'b' \(spawned at \(command "
        r"line\):4\) waits for the end of thread 'a'\n"
        r"stack traceback:\n\t\(command line\):4: in function <\(command "
        r"line\):4>\n"),
    "cancels itself": ("""
        print(thread.spawn(function()
          thread.self():cancel()
          return pcall(timer.sleep, 0)
        end):join())""",
        "true\tfalse\tcancelled"),
    "catches its cancellation in every way": (CLOSING + """
        local ways = {
          function(f) load(f) end,
          function(f) pcall(table.sort, {2, 1}, f) end,
          function(f) pcall(string.gsub, 'x', 'x', f) end,
          function(f) pcall(tostring, setmetatable({}, {__tostring = f})) end,
          function(f) pcall(socket.select, {{getfd = f}}) end,
          function(f) pcall(socket.protect(f)) end,
          function(f) pcall(thread.deadline, 0, f) end,
          function(f)
            package.preload.x = f
            pcall(require, 'x')
          end,
          function(f)
            local b = thread.barrier(1, f)
            pcall(b.wait, b)
          end,
          closing,
        }
        for i, catch in ipairs(ways) do
          local t = thread.spawn(function()
            thread.self():cancel(i)
            while true do catch(function() timer.sleep(0) end) end
          end)
          print(t:join())
        end""",
        "\n".join(f"false\tcancelled: {i}" for i in range(1, 11))),
    "a deadline that rests, and goes on in another": ("""
        local go = coroutine.wrap(function()
          print(thread.deadline(0.001, function()
            coroutine.yield()
            timer.sleep(9)
          end))
          return 'on'
        end)
        go()
        timer.sleep(0.002)
        print(thread.spawn(go):join())""",
        "nil\ttimeout\tETIMEDOUT\ntrue\ton"),
    "deadlines that cross": ("""
        local a, b
        local function rest(name, seconds, first)
          return coroutine.create(function()
            print(name, thread.deadline(seconds, function()
              first()
              coroutine.yield()
              timer.sleep(9)
            end))
          end)
        end
        b = rest('b', 0.001, coroutine.yield)
        a = rest('a', 0.002, function() coroutine.resume(b) end)
        coroutine.resume(a)
        timer.sleep(0.003)
        for _, co in ipairs({b, a, b}) do coroutine.resume(co) end""",
        "a\tnil\ttimeout\tETIMEDOUT\nb\tnil\ttimeout\tETIMEDOUT"),
    "a socket closed under every wait": ("""
        local much = ('x'):rep(1e7)
        for _, wait in ipairs({
          function(s) return s:recv() end,
          function(s) return s:receive(9) end,
          function(s) return s:recvuntil('x') end,
          function(s) return s:sendall(much) end,
          function(s) return socket.relay(s, (socket.socketpair())) end,
          function(s) return #socket.select({s, s, s}) end,
          function(s) return coroutine.wrap(s.recv)(s) end,
          function(s) return thread.deadline(9, s.recv, s) end,
          function(s) return thread.shield(s.recv, s) end,
        }) do
          local a, b <close> = socket.socketpair()
          local t = thread.spawn(wait, a)
          repeat thread.yield() until t:status() ~= 'ready'
          a:close()
          print(t:join())
        end""",
        "true\tnil\tclosed\tEBADF\ntrue\tnil\tclosed\t\tEBADF\n"
        "true\tnil\tclosed\tEBADF\ntrue\tnil\tclosed\tEBADF\n"
        "true\tnil\tclosed\tEBADF\t0\t0\ntrue\t1\n"
        "true\tnil\tclosed\tEBADF\ntrue\ttrue\tnil\tclosed\tEBADF\n"
        "true\tnil\tclosed\tEBADF"),
    "relays of the same sockets, thrice": ("""
        local a, b = socket.socketpair()
        local c, d = socket.socketpair()
        local ts = {thread.spawn(socket.relay, a, c),
          thread.spawn(socket.relay, c, a), thread.spawn(socket.relay, a, c)}
        thread.yield()
        b:send('hello')
        print(d:recv())
        ts[1]:cancel()
        a:close()
        for _, t in ipairs(ts) do print((select(3, t:join()))) end""",
        "hello\nnil\nclosed\nclosed"),
    "cancels main": ("""
        local main = thread.self()
        thread.spawn(function() main:cancel("why") end)
        local _, e = pcall(timer.sleep, 1)
        print(e.code, e.reason)""",
        "ECANCELED\twhy"),
    "cancel one another for ever": ("""
        local a, b
        local function go(other)
          return function()
            for i = 1, 100 do pcall(timer.sleep, 0) other():cancel() end
          end
        end
        a = thread.spawn(go(function() return b end))
        b = thread.spawn(go(function() return a end))
        print(a:join())
        print(b:join())""",
        "false\tcancelled\nfalse\tcancelled"),
    "a daemon that takes no end": ("""
        thread.spawn({daemon = true}, function()
          while true do pcall(timer.sleep, 1) end
        end)
        thread.yield()
        print("end")""",
        "end"),
    "a daemon that spawns at its end": ("""
        local function go()
          thread.spawn({daemon = true}, go)
          timer.sleep(1e9)
        end
        local function wild()
          local x <close> = setmetatable({}, {__close = function()
            thread.spawn({daemon = true}, wild)
            thread.spawn(wild)
          end})
          timer.sleep(1e9)
        end
        thread.spawn({daemon = true}, go)
        thread.spawn({daemon = true}, wild)
        thread.yield()
        print("end")""",
        "end"),
    "options that change": ("""
        local n = 0
        local o = setmetatable({}, {__index = function(_, k)
          n = n + 1
          return n
        end})
        print((pcall(thread.spawn, o, type, 1)))
        print((pcall(thread.spawn, {name = 1}, type)), (pcall(thread.spawn,
          {name = "x", nme = 1}, type)), (pcall(thread.spawn, {daemon = 1},
          type, 1)), (pcall(thread.spawn, {[1] = 2}, type, 1)))
        print((pcall(thread.spawn, {})))
        print((pcall(thread.spawn, {}, {})))
        print((pcall(thread.spawn)))
        local t = thread.spawn(setmetatable({}, {__pairs = error, __index =
          function()
          return "name"
        end}), type, 1)
        print(t:join())""",
        "true\nfalse\tfalse\ttrue\tfalse\nfalse\nfalse\nfalse\ntrue\tnumber"),
    "names": ("""
        local t = thread.spawn({name = "\\27[2J\\r\\n\\0x"}, type, 1)
        print(#t:name())
        t:join()
        t = thread.spawn({name = ("x"):rep(1e6)}, error)
        print(t:join())
        print(#t:name())""",
        "6\nfalse\tnil\n1000000"),
    "results without end": ("""
        local t = {}
        for i = 1, 1e5 do t[i] = i end
        print(select("#", thread.spawn(function()
          return table.unpack(t)
        end):join()))
        print(select("#", thread.spawn(function(...)
          return ...
        end, table.unpack(t)):join()))
        print((pcall(thread.spawn, type, table.unpack(t, 1, 9e5))))""",
        "100001\n100001\ntrue"),
    "errors that are anything": ("""
        for _, e in ipairs {1, true, {}, print} do
          print(select(2, thread.spawn(error, e):join()) == e)
        end
        print(thread.spawn(error):join())
        print(thread.spawn(error, nil):join())""",
        "true\ntrue\ntrue\ntrue\nfalse\tnil\nfalse\tnil"),
    "a reason that is anything": ("""
        local r = setmetatable({}, {__tostring = error})
        local t = thread.spawn(timer.sleep, 9)
        thread.yield()
        t:cancel(r)
        local ok, e = t:join()
        print(ok, e.reason == r, e.code, (pcall(tostring, e)))
        t = thread.spawn(timer.sleep, 9)
        thread.yield()
        t:cancel(0 / 0)
        print((t:join()), t:status())""",
        "false\ttrue\tECANCELED\tfalse\nfalse\tcancelled"),
    "a forged cancellation": ("""
        local t = thread.spawn(error, {code = "ECANCELED"})
        print((t:join()), t:status())
        t = thread.spawn(error, setmetatable({code = "ECANCELED"}, {__index =
          thread.self()}))
        print((t:join()), t:status())""",
        "false\tfailed\nfalse\tfailed"),
    "a lock that is dropped": ("""
        local t
        do
          local l = thread.lock()
          l:acquire()
          t = thread.spawn(function() return l:acquire(0.01) end)
        end
        collectgarbage()
        collectgarbage()
        print(t:join())""",
        "true\tfalse"),
    "a lock that is not held": ("""
        local l = thread.rlock()
        print((pcall(l.release, l)), (pcall(l.release, thread.lock())))
        l:acquire()
        print(thread.spawn(function() return (pcall(l.release, l)) end):join())
        print((pcall(function()
          local k = thread.lock()
          local x <close> = k:hold()
          k:release()
        end)))""",
        "false\tfalse\ntrue\tfalse\nfalse"),
    "a lock closed twice": ("""
        local l = thread.lock()
        local ok = pcall(function()
          local h = l:hold()
          local a <close> = h
          local b <close> = h
        end)
        print(ok, l:locked())""",
        "false\tfalse"),
    "counts that are none": ("""
        for _, f in ipairs {"semaphore", "barrier", "queue"} do
          for _, n in ipairs {-1, 0 / 0, 1 / 0, 1.5, "x", {}, math.mininteger, 1
            << 62} do
            io.write(tostring((pcall(thread[f], n))), " ")
          end
          print()
        end""",
        "false false false false false false false true \n"
        "false false false false false false false true \n"
        "true false false false false false true true "),
    "a barrier of too many": ("""
        local b = thread.barrier(1 << 30)
        print(b:wait(0.01))
        print(pcall(b.wait, b, 0.01))""",
        "false\ntrue\tfalse"),
    "a condition without its lock": ("""
        local c = thread.condition()
        print((pcall(c.wait, c)))
        print((pcall(c.notify, c)))
        print((pcall(thread.condition, {})))
        print((pcall(thread.condition, setmetatable({}, {__index =
          thread.lock()}))))""",
        "false\nfalse\nfalse\nfalse"),
    "a queue in itself": ("""
        local q = thread.queue()
        q:put(q)
        print(q:get() == q)
        print((pcall(q.put, q, nil)))
        q:close()
        print(q:put(1))
        print(q:get())
        q:close()
        for v in q:iter() do print(v) end""",
        "true\nfalse\nnil\tclosed\tEPIPE\nnil\tclosed\tEOF"),
    "a queue that is closed under its readers": ("""
        local q = thread.queue()
        local ts = {}
        for i = 1, 100 do
          ts[i] = thread.spawn(function() return q:get() end)
        end
        thread.yield()
        q:close()
        local n = 0
        for _, t in ipairs(ts) do
          local ok, v, _, code = t:join()
          if ok and code == "EOF" then n = n + 1 end
        end
        print(n)""",
        "100"),
    "a group within itself": ("""
        local g = thread.group()
        g:spawn(function()
          g:spawn(function() g:spawn(print, "in") end)
          print((pcall(g.wait, g)))
        end)
        print(pcall(g.wait, g))
        print((pcall(g.spawn, g, print)))""",
        "false\nin\ntrue\ttrue\nfalse"),
    "a group that fails at once": ("""
        local ok, e = pcall(function()
          local g <close> = thread.group()
          for i = 1, 50 do g:spawn(error, i) end
        end)
        print(ok, e)""",
        "false\t1"),
    "a shield for ever": ("""
        local t = thread.spawn(function()
          thread.shield(function() for i = 1, 3 do timer.sleep(0) end end)
          timer.sleep(9)
        end)
        thread.yield()
        t:cancel()
        print(t:join())""",
        "false\tcancelled"),
    "spawned by finalizers": ("""
        local n = 0
        for i = 1, 50 do
          setmetatable({}, {__gc = function()
            thread.spawn(function() n = n + 1 end)
          end})
        end
        collectgarbage()
        timer.sleep(0)
        timer.sleep(0)
        print(n)""",
        "50"),
    "spawned at the end": ("""
        setmetatable({}, {__gc = function()
          print(pcall(thread.spawn, print, "late"))
        end})""",
        "false\tthe program is closing"),
    "many": ("""
        local n = 0
        for i = 1, 20000 do
          thread.spawn(function() thread.yield() n = n + 1 end)
        end
        while n < 20000 do thread.yield() end
        print(n)""",
        "20000"),
    "many that wait": ("""
        local e, n = thread.event(), 0
        for i = 1, 5000 do thread.spawn(function() e:wait() n = n + 1 end) end
        thread.yield()
        e:set()
        timer.sleep(0)
        while n < 5000 do thread.yield() end
        print(n)""",
        "5000"),
    "one after another": ("""
        local function go(n)
          if n > 0 then return thread.spawn(go, n - 1):join() end
          return "end"
        end
        print(select("#", go(100)))""",
        "101"),
    "all are listed": ("""
        for i = 1, 10 do thread.spawn(timer.sleep, 0) end
        local l = thread.list()
        l[1] = nil
        l[2] = 7
        print(#thread.list())
        for _, t in ipairs(thread.list()) do
          assert(t:traceback() and t:status())
        end""",
        "11"),
    "methods of others": ("""
        local t = thread.spawn(print)
        for _, m in ipairs {"join", "cancel", "status", "name", "id", "daemon",
          "traceback", "waiting_for"} do
          assert(not pcall(t[m], io.stdout))
          assert(not pcall(t[m], {}))
          assert(not pcall(t[m]))
        end
        print(t:id() > 1)""",
        "true"),
    "libraries that are gone": ("""
        local spawn, join = thread.spawn, thread.self().join
        for k in pairs(thread) do thread[k] = nil end
        for k in pairs(coroutine) do coroutine[k] = nil end
        print(join(spawn(function() return 1 end)))""",
        "true\t1"),
    "two wait for one": ("""
        local t = thread.spawn(timer.sleep, 0.01)
        local a, b = thread.spawn(t.join, t), thread.spawn(t.join, t)
        print(a:join())
        print(b:join())
        print(t:join())""",
        "true\ttrue\ntrue\ttrue\ntrue"),
    "a socket between threads": ("""
        local s = socket.bind("127.0.0.1", 0)
        local ts = {}
        for i = 1, 20 do
          ts[i] = thread.spawn(function() return s:accept() end)
        end
        thread.yield()
        s:close()
        local n = 0
        for _, t in ipairs(ts) do
          if select(4, t:join()) == "EBADF" then n = n + 1 end
        end
        print(n)""",
        "20"),
    "closed by its own wait": ("""
        local a, b = socket.socketpair()
        local t = thread.spawn(function() return a:recv() end)
        thread.yield()
        a:setfd(-1)
        print(t:join())
        print(a:recv())
        b:close()""",
        "true\tnil\tclosed\tEBADF\nnil\tclosed\tEBADF"),
}


def no_thread_harms_another():
    all_end_well(THREADS)


run(no_thread_harms_another)
