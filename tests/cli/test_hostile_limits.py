"""Hostile scripts that take what is limited in ways of their own: in the host
more than in Lua, where limits meet, and where a program ends.
"""
import subprocess

from cli import run, write
from hostile import all_end_well
from limit import Ended, all_end, sentence

CPU = ("--cpu", "0.1s", "--memory", "256M")
SMALL = ("--memory", "8M", "--time", "20s")
TIME = ("--time", "0.3s")
FLOOD = """
        local a, b = socket.socketpair()
        thread.spawn(function()
          while true do a:send(("x"):rep(60000)) end
        end)
"""
TAKE = "local function take() local t = {} while true do t[#t + 1] = {} end end "

# What does not come back to the machine of Lua, or seldom.
BUSY = {
    "templates of modules": """
        package.path = ("?;"):rep(1e6)
        while true do pcall(require, ("x"):rep(100)) end""",
    "templates of searchpath": """
        local path = ("?;"):rep(1e6)
        while true do package.searchpath("a.b", path) end""",
    "modules' names": """
        local name = ("a."):rep(1e5)
        while true do pcall(require, name) end""",
    "dates": """
        local format = ("%c"):rep(1e6)
        while true do os.date(format) end""",
    "comparisons": """
        local s = ("x\\0"):rep(5e6)
        local a, b = s .. "a", s .. "b"
        while true do local _ = a < b end""",
    "quotes": """
        local s = ("\\0"):rep(1e6)
        while true do ("%q"):format(s) end""",
    "points of characters": """
        local s = ("x"):rep(2e5)
        while true do utf8.codepoint(s, 1, -1) end""",
    "a pair without end": """
        for _ in ipairs(setmetatable({}, {__index = rawlen})) do end""",
    "levels far down": """
        local function f(n)
          if n > 0 then return 1 + f(n - 1) end
          while true do debug.getinfo(1e5, "Sl") debug.traceback() end
        end
        f(1e5)""",
    "lines that are active": """
        local f = load(("x = 1\\n"):rep(50000))
        while true do debug.getinfo(f, "L") end""",
    "a giant select": """
        local a = socket.socketpair()
        local list = {}
        for i = 1, 1e5 do list[i] = a end
        while true do socket.select(list, list, 0) end""",
    "a list without end": """
        local none = {getfd = function() return -1 end}
        socket.select(setmetatable({}, {__index = function()
          return none
        end}), nil, 0)""",
    "a getfd that does not return": """
        socket.select({{getfd = function() while true do end end}}, nil, 0)""",
    "addresses": """
        while true do socket.getaddrinfo("localhost", "no such thing") end""",
    "datagrams": """
        local s = socket.udp4()
        while true do
          s:sendto(("x"):rep(60000), "127.0.0.1", 9)
        end""",
    "a relay in a ring": """
        local a, b = socket.socketpair()
        local c, d = socket.socketpair()
        a:send("x")
        thread.spawn(socket.relay, b, c)
        socket.relay(d, a)""",
    "relays that do not wait": """
        local a, b = socket.socketpair()
        a:settimeout(0)
        while true do socket.relay(a, (socket.socketpair())) end""",
    "a delimiter that nearly comes": """
        local a, b = socket.socketpair()
        local s = ("a"):rep(1e5)
        thread.spawn(function() while true do a:send(s) end end)
        while true do
          b:recvuntil(("a"):rep(5e4) .. "b", 1e6)
          b:recv()
        end""",
    "roll calls": """
        for _ = 1, 1e4 do thread.spawn(timer.sleep, 1e9) end
        thread.yield()
        while true do
          for _, t in ipairs(thread.list()) do t:waiting_for() end
        end""",
    "an event that wakes many": """
        local e = thread.event()
        for _ = 1, 5000 do
          thread.spawn(function()
            while true do e:wait() thread.yield() end
          end)
        end
        while true do e:set() thread.yield() e:clear() end""",
    "options that are asked for": """
        thread.spawn(setmetatable({}, {__pairs = false, __index = function()
          while true do end
        end}), type)
        trace.start(setmetatable({}, {__index = function()
          while true do end
        end}))""",
    "a finalizer in a shield": """
        setmetatable({}, {__gc = function()
          thread.shield(function() while true do end end)
        end})
        collectgarbage()""",
}

# What is kept, mostly by the host.
KEPT = {
    "all that a peer sends, to a number": FLOOD + "b:receive(1e15)",
    "a line": FLOOD + "b:receive('*l')",
    "lines": FLOOD + "for _ in b:lines() do end",
    "sends that wait": """
        local a, b = socket.socketpair()
        while true do
          thread.spawn(a.send, a, ("x"):rep(1e5) .. math.random(9))
          thread.yield()
        end""",
    "small remainders": """
        local t = {}
        while true do
          local a, b = assert(socket.socketpair())
          a:send(("x"):rep(60000))
          b:receive(1)
          t[#t + 1] = {a, b}
        end""",
    "selects that wait": """
        local s = socket.udp4()
        local t = {}
        for i = 1, 1e4 do t[i] = s end
        while true do thread.spawn(socket.select, t) thread.yield() end""",
    "lookups that wait": """
        for i = 1, 1e7 do
          thread.spawn(socket.gethostbyname, i .. ".invalid")
          thread.yield()
        end""",
    "deadlines": """
        while true do
          thread.spawn(thread.deadline, 1e9, timer.sleep, 1e9)
          thread.yield()
        end""",
    "deadlines of coroutines": """
        local t = {}
        while true do
          t[#t + 1] = coroutine.wrap(function()
            thread.deadline(9, coroutine.yield)
          end)
          pcall(t[#t])
        end""",
    "members": """
        local g = thread.group()
        while true do g:spawn(timer.sleep, 1e9) end""",
    "storages": """
        while true do
          thread.spawn(timer.sleep, 1e9):storage().x = ("x"):rep(10000)
        end""",
    "reasons": """
        local t = {}
        while true do
          t[#t + 1] = thread.spawn(timer.sleep, 9)
          thread.yield()
          t[#t]:cancel({})
        end""",
    "arguments": """
        while true do thread.spawn(type, table.unpack({}, 1, 1e5)) end""",
    "results": """
        local t = {}
        while true do
          t[#t + 1] = thread.spawn(function()
            return pcall(table.unpack, {}, 1, 1e4)
          end)
          thread.yield()
        end""",
    "places": """
        for i = 1, 1e9 do
          load("thread.spawn(timer.sleep, 1e9)", "=c" .. i)()
        end""",
    "filters": """
        local filter = ("port=1 or "):rep(1e5) .. "port=2"
        while true do pcall(trace.start, {filter = filter}) end""",
    "an error's text": """
        local s = ("x"):rep(3e6)
        error(s .. s)""",
    "a coroutine": TAKE + "coroutine.wrap(coroutine.wrap(take))()",
    "a deadline": TAKE + "thread.deadline(9, take)",
    "a shield": TAKE + "thread.shield(take)",
    "a shield that is caught": TAKE + """
        while true do pcall(thread.shield, take) end""",
    "a closing member": TAKE + """
        while true do
          pcall(function()
            local g <close> = thread.group()
            g:spawn(function()
              local x <close> = setmetatable({}, {__close = take})
              timer.sleep(9)
            end)
            thread.yield()
            g:cancel()
          end)
        end""",
    "a timer that catches it": TAKE + "timer.every(0.001, pcall, take)",
    "a finalizer of the end": TAKE + "setmetatable({}, {__gc = function()"
                                     " while true do pcall(take) end end})",
}

# What waits where no loop is.
HELD = {
    "a process": "io.popen('sleep 2'):close()",
    "a process that says nothing": "io.popen('sleep 2'):read('a')",
    "a process that is run": "os.execute('sleep 2')",
    "a process at the end": "process = io.popen('sleep 2')",
    "a process that does not read": """
        io.popen("sleep 2", "w"):write(("x"):rep(1e6))""",
    "relays that are broken off": """
        while true do
          local a, b = socket.socketpair()
          local c, d = socket.socketpair()
          local t = thread.spawn(socket.relay, b, c)
          thread.spawn(a.send, a, ("x"):rep(1e6))
          thread.yield()
          t:cancel()
          pcall(t.join, t)
          for _, s in ipairs {a, b, c, d} do s:close() end
        end""",
    "one within another": """
        thread.shield(thread.deadline, 1e9, function()
          local g <close> = thread.group()
          g:spawn(coroutine.wrap(function()
            thread.shield(timer.sleep, 1e9)
          end))
        end)""",
}

# Ways of being loud where nobody reads standard error.
LOUD = (
    "io.stderr:write(('x'):rep(65536)) while true do end",
    "error(('x'):rep(1e6))",
    "for _ = 1, 1000 do thread.spawn(error, ('x'):rep(1000)) end",
    """local e = thread.event()
        for _ = 1, 3000 do thread.spawn(e.wait, e) end
        e:wait()""",
    "setmetatable({}, {__gc = function() error(('x'):rep(1e6)) end})",
)

EXITS = {
    "in a getfd": ("""
        socket.select({{getfd = function() os.exit(6, true) end}}, nil, 0)""",
        "", 6, ""),
    "in a reader of load": ("load(function() os.exit(6, true) end)", "", 6, ""),
    "in a handler": ("xpcall(error, function() os.exit(6, true) end)",
                     "", 6, ""),
    "in a searcher": ("""
        table.insert(package.searchers, 1, function() os.exit(6, true) end)
        require("x")""",
        "", 6, ""),
    "in a timer": ("""
        timer.after(0, os.exit, 6, true)
        while true do thread.yield() end""",
        "", 6, ""),
    "in every finalizer": ("""
        for _ = 1, 100 do
          setmetatable({}, {__gc = function() os.exit(6, true) end})
        end""",
        "", 6, ""),
    "in every member": ("""
        local g = thread.group()
        for _ = 1, 100 do
          g:spawn(function()
            local x <close> = setmetatable({}, {__close = function()
              os.exit(6, true)
            end})
            timer.sleep(1)
          end)
        end
        thread.yield()
        os.exit(6, true)""",
        "", 6, ""),
}


def nothing_computes_on():
    all_end((CPU, BUSY))


def nothing_is_kept_beyond():
    all_end(((*SMALL, "--allow-net"), KEPT))


def nothing_waits_for_longer():
    all_end(((*TIME, "--allow-run"), HELD))


def module_that_computes_is_at_its_line():
    write("busy.lua", "local n = 0\nstring.rep('', 1e17)")
    ended = Ended(CPU, "require('busy')")
    assert ended.outcome.status == 3, ended.outcome
    assert "'main' at ./busy.lua:2\n" in ended.outcome.err, ended.outcome


def errors_that_nobody_reads_keep_nobody():
    for code in LOUD:
        with subprocess.Popen(["sleep", "60"], stdin=subprocess.PIPE) as stuck:
            try:
                ended = Ended(TIME, code, stderr=stuck.stdin)
            finally:
                stuck.kill()
        assert ended.outcome.status == 3, (code, ended.outcome)


def limit_after_one_that_was_caught_is_named():
    code = "pcall(string.rep, 'x', 1e9) "
    for options, rest in (((*TIME, "--memory", "8M"), "timer.sleep(1e9)"),
                          (("--cpu", "0.1s", "--memory", "8M"),
                           "string.rep('', 1e17)")):
        all_end((options, {rest: code + rest}))


def deadlock_is_output():
    ended = Ended(("--max-output", "1K"), """
        local e = thread.event()
        for _ = 1, 1000 do thread.spawn(e.wait, e) end
        e:wait()""")
    assert ended.outcome.status == 3, ended.outcome
    assert sentence(("--max-output", "1K")) in ended.outcome.err
    assert len(ended.outcome.err) <= 1024 + 200, ended.outcome


def end_can_be_asked_for_anywhere():
    all_end_well(EXITS)


run(nothing_computes_on, nothing_is_kept_beyond, nothing_waits_for_longer,
    module_that_computes_is_at_its_line, errors_that_nobody_reads_keep_nobody,
    limit_after_one_that_was_caught_is_named, deadlock_is_output,
    end_can_be_asked_for_anywhere)
