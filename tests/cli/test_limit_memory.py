"""--memory: ways of taking more, none of which works."""
from cli import Outcome, check, ran, run, write
from limit import MORE, SANITIZED, Ended, all_end, ends, sentence

SMALL = ("--memory", "8M", "--time", "20s")

# Whatever a script keeps, and where.
KEPT = {
    "a table": "local t = {} while true do t[#t + 1] = {} end",
    "an array": "local t = {} for i = 1, 1e9 do t[i] = i end",
    "keys": "local t = {} for i = 1, 1e9 do t[i * 7.5] = i end",
    "a string": "local s = 'x' while true do s = s .. s end",
    "strings": """
        local t = {}
        for i = 1, 1e9 do t[i] = "string number " .. i end""",
    "short strings": """
        local t = {} for i = 1, 1e9 do t[tostring(i)] = true end""",
    "closures": """
        local t = {}
        for i = 1, 1e9 do t[i] = function() return i end end""",
    "coroutines": """
        local t = {}
        for i = 1, 1e9 do
          t[i] = coroutine.create(print)
        end""",
    "stacks": """
        local function f(n)
          return n == 0 and coroutine.yield() or 1 + f(n - 1)
        end
        local t = {}
        for i = 1, 1e9 do
          t[i] = coroutine.create(f)
          coroutine.resume(t[i], 1e4)
        end""",
    "rep": "string.rep('x', 1e9)",
    "rep, caught": "while true do pcall(string.rep, 'x', 1e9) end",
    "concat": """
        local t = {}
        for i = 1, 20 do t[i] = ("x"):rep(1e6) end
        table.concat(t)""",
    "gsub": "('x'):rep(1e6):gsub('x', ('%0'):rep(100))",
    "pack": "string.pack('c1000000000', '')",
    "formats": """
        local t = {}
        for i = 1, 1e9 do t[i] = ("%99d"):format(i) end""",
    "load": "while true do load(function() return 'x = 1;' end) end",
    "a name without end": "while true do load(function() return 'x' end) end",
    "a string without end": """
        local first = true
        while true do
          load(function()
            if first then first = false return "return '" end
            return ("x"):rep(1000)
          end)
        end""",
    "values": """
        local t = {}
        for i = 1, 1e9 do
          t[i] = table.pack(table.unpack({}, 1, 1e5))
        end""",
    "functions of load": """
        local t = {}
        for i = 1, 1e9 do t[i] = load("return " .. i) end""",
    "finalizers": """
        local t = {}
        for i = 1, 1e9 do
          t[i] = setmetatable({}, {__gc = function() end})
        end""",
    "a finalizer": """
        setmetatable({}, {__gc = function()
          local t = {}
          while true do t[#t + 1] = {} end
        end})
        collectgarbage()""",
    "a finalizer at the limit": """
        local function again()
          setmetatable({}, {__gc = function()
            again()
            local t = {}
            for i = 1, 1e5 do t[i] = ("x"):rep(1000) .. i end
          end})
        end
        again()
        local t = {}
        while true do t[#t + 1] = {} end""",
    "weak keys": """
        local t = setmetatable({}, {__mode = "k"})
        local keep
        while true do
          keep = {keep}
          t[keep] = {}
        end""",
}

def nothing_more_can_be_kept():
    all_end((SMALL, KEPT))
    ends((*SMALL, "--allow-native"), """collectgarbage("stop")
        local keep = {}
        while true do keep = {keep} end""")


def garbage_is_collected_first():
    check(ran("--memory", "16M", "--allow-native", "-e", """
        collectgarbage("stop")
        for i = 1, 3e3 do local s = ("x"):rep(1e4) .. i end
        print("fine")"""), out="fine\n")


def thread_and_line_are_named():
    ends(SMALL, """thread.spawn({name = "hungry"}, function()
          local t = {}
          while true do
            t[#t + 1] = ("x"):rep(1000) .. #t
          end
        end)""", place=r", in thread 'hungry' at \(command line\):[34]")


def error_that_was_caught_is_over():
    check(ran("--memory", "8M", "-e", """
        pcall(string.rep, "x", 1e9)
        local ends = timer.now() + 1
        while timer.now() < ends do end
        print("fine")"""), out="fine\n")


def line_outlives_its_coroutine():
    ends(SMALL, """local function f()
          local t = {}
          while true do t[#t + 1] = {} end
        end

        coroutine.wrap(f)()""",
         place=r", in thread 'main' at \(command line\):3")


def text_that_is_too_long_is_not_missing():
    write("long.lua", "-- " + "x" * (12 << 20))
    all_end((SMALL, {
        "a module": "require('long')",
        "a file": "dofile('long.lua')",
        "a function's": "assert(load('return {' .. ('{},'):rep(1e6) .. '}'))",
    }))
    check(ran("--memory", "8M", "-e", """
        print(loadfile("long.lua"))
        local ok, message = pcall(require, "long")
        print(ok, (message:gsub("\\n", " ")))"""), out=(
            "nil\tcannot open long.lua: Cannot allocate memory\n"
            "false\terror loading module 'long' from file './long.lua': "
            "\tCannot allocate memory\n"))


def deadlock_that_cannot_be_told_ends_too():
    got = ran(*SMALL, "-e", """
        local event, room = thread.event(), ("x"):rep(1e6)
        while pcall(thread.spawn, event.wait, event) do end
        room = nil
        event:wait()""")
    assert got.status == 3, got
    last = got.err.splitlines()[-1]
    assert last.startswith(sentence(SMALL)), got


def output_so_far_is_there():
    ends(SMALL, "io.write('some') string.rep('x', 1e9)", out="some")


def program_that_cannot_start_says_so():
    ended = Ended(("--memory", "64K"), "print('never')")
    assert ended.outcome == Outcome(
        3, "", "netbox: limit: memory of 64K used up (--memory)\n"), ended


def script_that_is_too_long_says_so():
    got = ran("--memory", "2M", "-", input="-- " + "x" * 3000000)
    assert (got.status, got.err) == (
        3, sentence(("--memory", "2M")) + "\n"), got


def memory_between_blocks_is_bounded():
    ended = Ended(("--memory", "32M"), """
        local t = {}
        for i = 1, 2e5 do t[i] = {} end
        for i = 1, #t do if i % 60 ~= 0 then t[i] = nil end end
        collectgarbage()
        local big = {}
        for i = 1, 25 do big[i] = ("x"):rep(1e6) .. i end""")
    assert ended.outcome.status in (0, 3), ended.outcome
    assert SANITIZED or ended.size <= (32 << 20) + MORE, ended.size


def default_is_a_gigabyte():
    got = ran("-e", "string.rep('x', 1100 << 20)")
    assert (got.status, got.err.split(",")[0]) == (
        3, sentence(("--memory", "1G"))), got


def modules_in_c_are_trusted_with_all_there_is():
    if SANITIZED:
        return
    check(ran("--allow-native", "-A", "-e", "os.execute('ulimit -d')"),
          out="unlimited\n")
    check(ran("--allow-native", "-A", "--memory", "100M", "-e",
              "os.execute('ulimit -d')"), out=f"{148 << 10}\n")


def what_starts_is_bounded_too():
    if SANITIZED:
        return
    got = ran("--allow-run", "--memory", "100M", "-e",
              "os.execute('ulimit -d')")
    check(got, out=f"{148 << 10}\n")


run(nothing_more_can_be_kept, garbage_is_collected_first,
    thread_and_line_are_named, error_that_was_caught_is_over,
    line_outlives_its_coroutine,
    text_that_is_too_long_is_not_missing,
    deadlock_that_cannot_be_told_ends_too, output_so_far_is_there,
    program_that_cannot_start_says_so, script_that_is_too_long_says_so,
    memory_between_blocks_is_bounded, default_is_a_gigabyte,
    modules_in_c_are_trusted_with_all_there_is, what_starts_is_bounded_too)
