"""--cpu: ways of computing on, none of which works."""
from cli import check, ran, run
from limit import all_end, ends

CPU = ("--cpu", "0.1s")

# Of the script itself: what it catches, where it runs, whom it starts.
SCRIPTS = {
    "an empty loop": "while true do end",
    "a loop of calls": "local function f() end while true do f() end",
    "goto": "::top:: goto top",
    "tail calls": "local function f() return f() end f()",
    "a numeric loop": "for i = 1, math.huge do end",
    "recursion": """
        local function f(n) if n > 0 then f(n - 1) f(n - 1) end end f(200)""",
    "pcall": "while true do pcall(function() while true do end end) end",
    "pcall of error": "while true do pcall(error) end",
    "nested pcall": """
        local function f(n)
          if n == 0 then while true do end end
          while true do pcall(f, n - 1) end
        end
        f(50)""",
    "xpcall": """
        while true do
          xpcall(function() while true do end end, function() return 1 end)
        end""",
    "an error handler": """
        xpcall(error, function() while true do end end)""",
    "errors in error handlers": """
        local function handler() error("again") end
        while true do xpcall(error, handler) end""",
    "a coroutine": """
        coroutine.wrap(function() while true do end end)()""",
    "coroutines in turn": """
        while true do
          local co = coroutine.create(function()
            for _ = 1, 1000 do coroutine.yield() end
          end)
          while coroutine.resume(co) do end
        end""",
    "coroutines in coroutines": """
        local function deep(n)
          if n == 0 then while true do end end
          while true do coroutine.resume(coroutine.create(deep), n - 1) end
        end
        deep(20)""",
    "a <close> variable": """
        while true do
          pcall(function()
            local x <close> = setmetatable({}, {__close = function()
              while true do end
            end})
            error("x")
          end)
        end""",
    "coroutine.close": """
        local co = coroutine.create(function()
          local x <close> = setmetatable({}, {__close = function()
            while true do end
          end})
          coroutine.yield()
        end)
        coroutine.resume(co)
        coroutine.close(co)""",
    "a finalizer": """
        setmetatable({}, {__gc = function() while true do end end})
        collectgarbage()""",
    "finalizers that make others": """
        local function again()
          setmetatable({}, {__gc = function()
            again()
            for _ = 1, 1e5 do end
          end})
        end
        again()
        while true do collectgarbage() end""",
    "finalizers at the end": """
        setmetatable({}, {__gc = function() while true do end end})""",
    "finalizers of os.exit": """
        setmetatable({}, {__gc = function() while true do end end})
        os.exit(0, true)""",
    "a metamethod": """
        local t = setmetatable({}, {__index = function() while true do end end})
        return t.x""",
    "__tostring": """
        print(setmetatable({}, {__tostring = function()
          while true do end
        end}))""",
    "an iterator": "for _ in function() return 1 end do end",
    "a comparison in sort": """
        table.sort({3, 2, 1}, function() while true do end end)""",
    "a callback of gsub": """
        string.gsub("x", "x", function() while true do end end)""",
    "a reader of load": "load(function() while true do end end)",
    "a reader without end": "load(function() return ' ' end)",
    "require": """
        package.preload.m = function() while true do end end
        require("m")""",
    "many threads": """
        for _ = 1, 100 do
          thread.spawn(function() while true do thread.yield() end end)
        end""",
    "threads that spawn": """
        local function f() thread.spawn(f) thread.spawn(f) thread.yield() end
        f()
        while true do thread.yield() end""",
    "a thread that is cancelled": """
        local t = thread.spawn(function()
          while true do pcall(thread.sleep, 1) end
        end)
        while true do t:cancel() thread.yield() end""",
    "a shield": "thread.shield(function() while true do end end)",
    "a deadline": """
        while true do
          thread.deadline(0, function() while true do end end)
        end""",
    "timers": """
        local function f() timer.after(0, f) timer.after(0, f) end
        f()""",
    "a timer of no interval": """
        timer.every(1e-9, function() for _ = 1, 1e4 do end end)""",
    "a socket to oneself": """
        local a, b = socket.socketpair()
        while true do a:send("x") b:recv() end""",
    "select without a wait": """
        while true do socket.select({}, {}, 0) end""",
}


def scripts_cannot_go_on():
    all_end((CPU, SCRIPTS))


def line_is_the_one_that_runs():
    code = "local n = 0\nwhile true do\n  n = n + 1\nend"
    ends(CPU, code, place=r", in thread 'main' at \(command line\):[23]")


def thread_is_the_one_that_runs():
    ends(CPU, """thread.spawn({name = "busy"}, function()
          while true do end
        end)
        timer.sleep(1e9)""",
         place=r", in thread 'busy' at \(command line\):2")


def names_move_no_cursor():
    ends(CPU, """thread.spawn({name = "\\27[2J\\n"}, function()
          load("while true do end", "=\\27c\\r")()
        end)""", place=r", in thread '\?\[2J\?' at \?c\?:1")


def output_so_far_is_there():
    ends(CPU, "io.write('some') while true do end", out="some")
    ends(CPU, "io.write('some') string.rep('', 1e17)", out="some")
    ends(("--time", "0.3s"), "print('some') timer.sleep(1e9)", out="some\n")


def files_so_far_are_there():
    ends((*CPU, "--allow-write=."), """
        io.open("so_far", "w"):write("some")
        while true do end""")
    check(ran("--allow-read=.", "-e", "print(io.open('so_far'):read('a'))"), out="some\n")


def what_stays_below_is_not_disturbed():
    check(ran("--cpu", "10", "--time", "1m", "-e", "print('fine')"),
          out="fine\n")


run(scripts_cannot_go_on, line_is_the_one_that_runs,
    thread_is_the_one_that_runs, names_move_no_cursor, output_so_far_is_there,
    files_so_far_are_there, what_stays_below_is_not_disturbed)
