"""--memory: the error is caught, and the host is asked for more."""
from cli import check, ran, run
from limit import all_end

SMALL = ("--memory", "8M", "--time", "20s")

# What catches the error, and goes on.
CAUGHT = {
    "pcall": """
        local t = {}
        while true do
          pcall(function() while true do t[#t + 1] = {} end end)
        end""",
    "pcall, and all is dropped": """
        while true do
          pcall(function()
            local t = {}
            while true do t[#t + 1] = {} end
          end)
        end""",
    "pcall of a doubled string": """
        while true do
          pcall(function() local s = "x" while true do s = s .. s end end)
        end""",
    "xpcall": """
        local t = {}
        local function f() while true do t[#t + 1] = {} end end
        while true do xpcall(f, f) end""",
    "a coroutine": """
        local t = {}
        while true do
          coroutine.resume(coroutine.create(function()
            while true do t[#t + 1] = {} end
          end))
        end""",
    "a <close> variable": """
        local t = {}
        while true do
          pcall(function()
            local x <close> = setmetatable({}, {__close = function()
              while true do t[#t + 1] = {} end
            end})
            while true do t[#t + 1] = {} end
          end)
        end""",
    "join": """
        local t = {}
        while true do
          thread.spawn(function()
            while true do t[#t + 1] = {} end
          end):join()
        end""",
    "a group": """
        local t = {}
        while true do
          pcall(function()
            local g <close> = thread.group()
            g:spawn(function() while true do t[#t + 1] = {} end end)
          end)
        end""",
    "protect": """
        local t = {}
        while true do
          socket.protect(function() while true do t[#t + 1] = {} end end)()
        end""",
    "a server's threads": """
        local kept = {}
        while true do
          thread.spawn(function()
            local t = {}
            kept[#kept + 1] = t
            while true do t[#t + 1] = {} end
          end)
          thread.yield()
        end""",
}

# The host's: for sockets, threads and timers.
HOSTS = {
    "a receive queue": """
        local a, b = socket.socketpair()
        thread.spawn(function()
          while true do a:send(("x"):rep(60000)) end
        end)
        b:recvuntil("y")""",
    "a receive queue, again and again": """
        local a, b = socket.socketpair()
        thread.spawn(function()
          while true do a:send(("x"):rep(60000)) end
        end)
        while true do
          pcall(b.recvuntil, b, "y")
          b:receive("*a")
        end""",
    "all of a stream": """
        local a, b = socket.socketpair()
        thread.spawn(function()
          while true do a:send(("x"):rep(60000)) end
        end)
        b:receive("*a")""",
    "threads": "while true do thread.spawn(thread.sleep, 1e9) end",
    "names of threads": """
        while true do
          thread.spawn({name = ("x"):rep(10000)}, thread.sleep, 1e9)
        end""",
    "timers": "while true do timer.after(1e9, print) end",
    "queues": """
        local q = thread.queue()
        while true do q:put({}) end""",
    "locks": """
        local t = {}
        while true do t[#t + 1] = thread.lock() end""",
    "sockets without descriptor": """
        local t = {}
        while true do t[#t + 1] = socket.tcp() end""",
    "options of sockets": """
        local t = {}
        while true do
          local s = socket.tcp()
          s:setoption("keepalive", true)
          s:setoption("tcp-nodelay", true)
          t[#t + 1] = s
        end""",
    "warnings": """
        warn("@on")
        while true do warn(("x"):rep(1e6), ("x"):rep(1e9)) end""",
    "repr": """
        local t = {}
        for i = 1, 1e5 do t[i] = i end
        local kept = {}
        while true do kept[#kept + 1] = repr(t) end""",
}


def error_cannot_be_caught_for_ever():
    all_end((SMALL, CAUGHT))


def what_the_host_keeps_counts():
    all_end((SMALL, HOSTS))


def error_may_be_caught_once():
    check(ran("--memory", "16M", "-e", """
        print(pcall(function()
          local t = {}
          while true do t[#t + 1] = {} end
        end))
        for i = 1, 1e5 do local t = {i} end
        print("fine")"""), out="false\tnot enough memory\nfine\n")


def join_catches_it_too():
    check(ran("--memory", "16M", "-e", """
        print(thread.spawn(string.rep, "x", 1e9):join())"""),
          out="false\tnot enough memory\n")


run(error_cannot_be_caught_for_ever, what_the_host_keeps_counts,
    error_may_be_caught_once, join_catches_it_too)
