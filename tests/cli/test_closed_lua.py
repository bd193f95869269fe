"""A closed Lua: hostile scripts that look for a way out of it.

Each gets what its flags allow, and must end by itself: with what it printed, or
with an error of its own; never with a crash.
"""
from cli import check, ran, run

NATIVE = "(run again with --allow-native)"

# What a script does, and what it prints.
NOTHING_MORE = {
    # Precompiled code: Lua would trust it.
    "a binary string": ("print(load('\\27Lua'))",
                        "nil\tattempt to load a binary chunk (mode is 't')"),
    "a binary string, said so": (
        "print(load('\\27Lua', 'x', 'b'))",
        "nil\tattempt to load a binary chunk (mode is '')"),
    "a binary string, both ways": (
        "print(load('\\27Lua', 'x', 'bt'))",
        "nil\tattempt to load a binary chunk (mode is 't')"),
    "binary pieces": (
        "local first = true print(load(function() if first then first = false "
        "return '\\27' end return nil end, 'x', 'b'))",
        "nil\tattempt to load a binary chunk (mode is '')"),
    "pieces, the first empty": (
        "local n = 0 print(type(load(function() n = n + 1 "
        "return ({'', '\\27Lua'})[n] end)), n)", "function\t1"),
    "string.dump": ("print(string.dump, ('').dump)", "nil\tnil"),
    "a text chunk asked for as binary": (
        "print(load('return 1', 'x', 'b'))",
        "nil\tattempt to load a text chunk (mode is '')"),
    "a mode that is none": ("print(pcall(load, '', 'x', {}))",
                            "false\tbad argument #3 to 'load' "
                            "(string expected, got table)"),
    "text": ("print(load('return ...', 'x', 't', {})(7))", "7"),
    "an environment of nil": (
        "print(pcall(load('return x', 'x', 't', nil)))",
        "false\t[string \"x\"]:1: attempt to index a nil value "
        "(upvalue '_ENV')"),
    # debug.
    "what there is of debug": (
        "local t = {} for k in pairs(debug) do t[#t + 1] = k end "
        "table.sort(t) print(table.concat(t, ' '))", "getinfo traceback"),
    "debug by require": ("print(require('debug') == debug, "
                         "package.loaded.debug.getregistry)", "true\tnil"),
    "functions of levels": (
        "local all = {} for level = 0, 20 do "
        "local info = debug.getinfo(level) "
        "all[#all + 1] = info and info.func end print(#all)", "0"),
    "functions of levels, asked for": (
        "for _, what in ipairs {'f', 'fn', 'nfSf', 'ff'} do "
        "for level = 0, 5 do local info = debug.getinfo(level, what) "
        "assert(not (info and info.func)) end end print('none')", "none"),
    "functions of levels of another": (
        "local co = coroutine.create(function() coroutine.yield() end) "
        "coroutine.resume(co) print(debug.getinfo(co, 0, 'f').func, "
        "debug.getinfo(co, 0).func, debug.getinfo(co, 1, 'S').what)",
        "nil\tnil\tLua"),
    "functions above a thread's": (
        "thread.spawn(function() for level = 1, 9 do local info = "
        "debug.getinfo(level) assert(not (info and info.func)) end "
        "print('none') end):join()", "none"),
    "functions above a message handler": (
        "xpcall(error, function() for level = 1, 9 do local info = "
        "debug.getinfo(level) assert(not (info and info.func)) end "
        "print('none') end)", "none"),
    "its own function": (
        "local function f() end print(debug.getinfo(f).func == f, "
        "debug.getinfo(f, 'f').func == f)", "true\ttrue"),
    "the option for what is on the stack": (
        "print(pcall(debug.getinfo, print, '>f'))",
        "false\tbad argument #2 to 'debug.getinfo' (invalid option '>')"),
    "the option, of a level": (
        "print(pcall(debug.getinfo, 1, '>f'))",
        "false\tbad argument #2 to 'debug.getinfo' (invalid option '>')"),
    "an option that is none": (
        "print(pcall(debug.getinfo, 1, 'fx'))",
        "false\tbad argument #2 to 'debug.getinfo' (invalid option)"),
    "a long option": (
        "print(debug.getinfo(1, ('f'):rep(1e6) .. 'l').currentline)", "1"),
    "levels out of reach": (
        "print(debug.getinfo(-1), debug.getinfo(math.maxinteger), "
        "debug.getinfo(1e6))", "nil\tnil\tnil"),
    "no level": ("print((pcall(debug.getinfo)))", "false"),
    "a traceback of a thing": ("print(debug.traceback({}) ~= nil)", "true"),
    # Metatables.
    "of strings": ("print(getmetatable(''), pcall(setmetatable, '', {}))",
                   "false\tfalse\tbad argument #1 to 'setmetatable' "
                   "(table expected, got string)"),
    "of files": ("print(getmetatable(io.stdout), io.stdout.__gc)",
                 "false\tnil"),
    "of what netbox makes": (
        "local s <close> = socket.udp() "
        "for _, v in ipairs {s, thread.self(), thread.lock(), thread.event(), "
        "thread.queue(), thread.rlock(), thread.condition(), "
        "thread.semaphore(), thread.barrier(1), timer.after(0, coroutine.running), "
        "thread.group()} do "
        "assert(getmetatable(v) == false, tostring(v)) "
        "assert(not pcall(setmetatable, v, {})) end print('false')",
        "false"),
    "of a cancellation": (
        "local t = thread.spawn(function() "
        "local _, err = pcall(timer.sleep, 9) "
        "print(err.code, getmetatable(err)) end) thread.yield() t:cancel() "
        "t:join()", "ECANCELED\tfalse"),
    "a method of another's": (
        "local lock, queue = thread.lock(), thread.queue() "
        "print((pcall(lock.acquire, queue)), (pcall(queue.get, lock)), "
        "(pcall(lock.release, io.stdout)), (pcall(io.stdout.write, lock)))",
        "false\tfalse\tfalse\tfalse"),
    "a finalizer called by hand": (
        "local f = io.stdout print(f.__gc, f.__close, f.__index)",
        "nil\tnil\tnil"),
    # The host does not call what the script has put into its libraries.
    "tables that are overwritten": (
        "for _, lib in ipairs {string, table, math, io, os, coroutine, debug} "
        "do for k in pairs(lib) do if k ~= 'write' then lib[k] = nil end end "
        "end for k in pairs(package.loaded) do package.loaded[k] = nil end "
        "io.write(repr {1, 'a'}, '\\n')", "{1, 'a'}"),
    "traps in the libraries": (
        "local function trap() error('trap') end "
        "for k in pairs(string) do string[k] = trap end "
        "for k in pairs(table) do table[k] = trap end "
        "local s <close> = socket.udp4() print(tostring(s) ~= nil, repr('x'))",
        "true\t'x'"),
    "a trap as package.loaded": (
        "local trap = setmetatable({}, {__index = error, __pairs = error}) "
        "package.loaded.trap = trap package.loaded = trap "
        "print(pcall(error, 'mine'))", "false\tmine"),
    # The collector.
    "a collector that is stopped": (
        "print(pcall(collectgarbage, 'stop'))",
        "false\tcollectgarbage 'stop' is not allowed " + NATIVE),
    "a collector that is slowed down": (
        "for _, how in ipairs {'setpause', 'setstepmul', 'generational', "
        "'incremental', 'restart', 'isrunning'} do "
        "assert(not pcall(collectgarbage, how, 1000000)) end print('none')",
        "none"),
    "a collector with an option that is none": (
        "print(pcall(collectgarbage, 'x'))",
        "false\tbad argument #1 to 'collectgarbage' (invalid option 'x')"),
    "a collector that works": (
        "print(collectgarbage(), collectgarbage('collect'), "
        "collectgarbage('count') > 0, collectgarbage('step', 1 << 30), "
        "collectgarbage('step', math.mininteger) ~= nil)",
        "0\t0\ttrue\ttrue\ttrue"),
    # Modules.
    "package.loadlib": ("print(package.loadlib, package.cpath)", "nil\tnil"),
    "searchers for C": (
        "package.cpath = '/usr/lib/x86_64-linux-gnu/lua/5.4/?.so' "
        "print((pcall(require, 'lfs')))", "false"),
    "a searcher that is called by hand": (
        "print(select('#', package.searchers[3]('lfs')), "
        "(package.searchers[3]('lfs')))",
        "1\tno module in C: that is not allowed " + NATIVE),
    "a name with a way up": (
        "print(select(2, pcall(require, '../../etc/passwd')):match('no file: "
        ".-$'))",
        "no file: a module's name is made of letters, digits, '_', '-' and '.'"
        "\n\tno module in C: that is not allowed " + NATIVE),
    "a name with a zero byte": (
        "print((pcall(require, 'x\\0y')))", "false"),
    "a name with a template": (
        "print((pcall(require, '?')), (pcall(require, ';/etc/passwd')), "
        "(pcall(require, '')))", "false\tfalse\tfalse"),
    "a path that leads out": (
        "package.path = '/etc/?' print(select(2, pcall(require, 'passwd'))"
        ":match('\\n\\t(read[^\\n]*)'))",
        "read of '/etc/passwd' is not allowed "
        "(run again with --allow-read=/etc/passwd)"),
    "a path that leads out, whatever is there": (
        "package.path = '/etc/?' print(select(2, pcall(require, 'nothing'))"
        ":match('\\n\\t(read[^\\n]*)'))",
        "read of '/etc/nothing' is not allowed "
        "(run again with --allow-read=/etc/nothing)"),
    "package.searchpath": (
        "print(package.searchpath('passwd', '/etc/?'))",
        "nil\tread of '/etc/passwd' is not allowed "
        "(run again with --allow-read=/etc/passwd)"),
    "a path without end": (
        "package.path = (';'):rep(100000) print((pcall(require, 'x')))",
        "false"),
    "a path of something else": (
        "package.path = {} print(pcall(require, 'x'))",
        "false\t'package.path' must be a string"),
    "searchers that are gone": (
        "package.searchers = nil print(pcall(require, 'x'))",
        "false\t'package.searchers' must be a table"),
    "a path with a zero byte": (
        "package.path = '?;\\0/etc/?' "
        "print(select(2, pcall(require, 'passwd')):find('/etc'))", "nil"),
    "a package that answers, and waits": (
        "setmetatable(package, {__index = function() timer.sleep(0) end}) "
        "package.path = nil print(pcall(require, 'x'))",
        "false\t(command line):1: cannot wait inside 'require': "
        "Lua cannot suspend it"),
    "a searcher that is require": (
        "package.searchers = {function() return require, 'x' end} "
        "print(pcall(require, 'y'))", "false\tC stack overflow"),
    "a searcher that yields": (
        "package.searchers = {function() return coroutine.yield end} "
        "print(pcall(require, 'y'))",
        "false\tattempt to yield from outside a coroutine"),
    "searchers that are called, but none": (
        "package.searchers = {setmetatable({}, {__call = function() return 1 "
        "end})} print(pcall(require, 'x'))",
        "false\tmodule 'x' not found:\n\t1"),
    "tables of modules that refuse": (
        "setmetatable(package.loaded, {__newindex = error}) "
        "package.preload.x = function() return 1 end "
        "for i = 1, 2 do print((pcall(require, 'x'))) end", "false\nfalse"),
    "functions of levels, in a <close>": (
        "local co = coroutine.create(function() local x <close> = "
        "setmetatable({}, {__close = function() for level = 0, 9 do "
        "local info = debug.getinfo(level) assert(not (info and info.func)) "
        "end end}) coroutine.yield() end) coroutine.resume(co) "
        "print(coroutine.close(co))", "true"),
    "what functions hold, walked through": (
        "local seen, odd = {}, 0 local function walk(v) "
        "if seen[v] then return end seen[v] = true "
        "if type(v) == 'thread' then odd = odd + 1 end "
        "if type(v) == 'function' then walk(debug.getinfo(v)) end "
        "if type(v) == 'table' then for k, x in next, v do walk(k) walk(x) "
        "end end end walk(_G) walk(debug.getinfo(1)) walk({pcall(error)}) "
        "print(odd)", "0"),
    "a preload of its own": (
        "package.preload.x = function(...) return ... end "
        "print(require('x'))", "x\t:preload:"),
    # The locale, which the host shares.
    "setlocale": ("print(os.setlocale('de_DE.UTF-8'))",
                  "nil\tanother locale is not allowed " + NATIVE + "\t1"),
    "setlocale of the environment": (
        "print((os.setlocale('')))", "nil"),
    "setlocale as a question": (
        "print(os.setlocale(), os.setlocale(nil, 'numeric'), "
        "os.setlocale('C'))", "C\tC\tC"),
    "dates": (
        "for _, f in ipairs {'%', '%Ez', '%!', '%E', '%O', ('%'):rep(99), "
        "'%\\0', '*', '!%10'} do pcall(os.date, f) "
        "pcall(os.date, f, math.maxinteger) pcall(os.date, f, -1 << 55) end "
        "print(#os.date(('%c'):rep(1000)) > 1000, (pcall(os.date, '*t', "
        "1 << 62)))", "true\tfalse"),
    "times": (
        "print((pcall(os.time, {year = 1 << 40, month = 1, day = 1})), "
        "(pcall(os.time, {year = 0/0, month = 1, day = 1})))",
        "false\tfalse"),
    # Other states, and the registry.
    "the registry": (
        "local seen = {} local function walk(v) "
        "if seen[v] then return end seen[v] = true "
        "if type(v) == 'table' then for k, x in next, v do walk(k) walk(x) end "
        "assert(rawget(v, '_LOADED') == nil and rawget(v, 'FILE*') == nil) end "
        "local m = getmetatable(v) if m then walk(m) end end "
        "walk(_G) walk(require('netbox')) walk(require('roles')) "
        "print(seen[package.loaded])", "true"),
    "the thread's own coroutine": (
        "local co, main = coroutine.running() print(main, coroutine.status(co),"
        " (pcall(coroutine.resume, co)), pcall(coroutine.close, co))",
        "true\trunning\ttrue\tfalse\tcannot close a running coroutine"),
}


def scripts_find_no_way_out():
    wrong = {}
    for name, (code, out) in NOTHING_MORE.items():
        got = ran("-e", code)
        if got != (0, out + "\n", ""):
            wrong[name] = got
    assert not wrong, wrong


def everything_else_comes_with_native():
    check(ran("--allow-native", "-e", """
        local f = load(string.dump(function(x) return x + 1 end), "x", "b")
        print(f(1), debug.getregistry() ~= nil, collectgarbage("stop"),
              package.loadlib ~= nil, #package.searchers,
              debug.getinfo(1, "f").func ~= nil, getmetatable("").__index)"""
              .replace("getmetatable(\"\").__index",
                       "getmetatable(\"\").__index == string")),
          out="2\ttrue\t0\ttrue\t5\ttrue\ttrue\n")


def what_denies_native_wins():
    check(ran("--allow-native", "--deny-native", "-e",
              "print(debug.sethook, string.dump)"), out="nil\tnil\n")


def everything_allowed_is_not_native():
    check(ran("-A", "-e", "print(debug.sethook, string.dump, package.cpath, "
              "load('\\27Lua'))"),
          out="nil\tnil\tnil\tnil\t"
              "attempt to load a binary chunk (mode is 't')\n")


run(scripts_find_no_way_out, everything_else_comes_with_native,
    what_denies_native_wins, everything_allowed_is_not_native)
