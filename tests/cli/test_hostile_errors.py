"""Hostile scripts of errors and of the stack: values that cannot be told,
failures while one is told, and all that calls itself.
"""
from cli import run
from hostile import all_end_well, failing

ERRORS = {
    "nil": failing("error()", r"\(error object is a nil value\)"),
    "false": failing("error(false)", r"\(error object is a boolean value\)"),
    "a table": failing("error({})", r"\(error object is a table value\)"),
    "a __tostring that fails": failing(
        "error(setmetatable({}, {__tostring = error}))",
        r"\(error object is a table value\)"),
    "a __tostring that gives no string": failing(
        "error(setmetatable({}, {__tostring = function() return {} end}))",
        r"\(error object is a table value\)"),
    "a __tostring that fails for ever": failing("""
        local e = setmetatable({}, {})
        getmetatable(e).__tostring = function() error(e) end
        error(e)""",
        r"\(error object is a table value\)"),
    "a __tostring that waits": failing("""
        error(setmetatable({}, {__tostring = function()
          timer.sleep(0)
          return 'x'
        end}))""",
        r"\(error object is a table value\)"),
    "a __tostring that yields": failing(
        "error(setmetatable({}, {__tostring = coroutine.yield}))",
        r"\(error object is a table value\)"),
    "a __tostring that ends the program": (
        "error(setmetatable({}, {__tostring = function() os.exit(7) end}))",
        "", 7,
        ""),
    "a __tostring that spawns": failing("""
        error(setmetatable({}, {__tostring = function()
          thread.spawn(print, 'spawned')
          return 'x'
        end}))""",
        "x", "spawned"),
    "a __tostring that prints": failing("""
        error(setmetatable({}, {__tostring = function()
          print('printed')
          return 'x'
        end}))""",
        "x", "printed"),
    "a __name that is none": failing(
        "error(setmetatable({}, {__name = {}}))",
        r"\(error object is a table value\)"),
    "a __name that moves the cursor": failing(
        "error(setmetatable({}, {__name = '\\27[2J'}))",
        r"\(error object is a table value\)"),
    "a message that moves the cursor": failing(
        "error('\\27[2J\\r\\8\\0\\x9b', 0)", r"\?\[2J\?\?"),
    "a message that looks like netbox's": (
        "error('netbox: limit: memory of 1G used up (--memory)\\nnetbox: x', "
        "0)",
        "", 1,
        r"netbox: netbox: limit: memory of 1G used up \(--memory\)\n"
        r"netbox: x\nstack traceback:\n\t\(command line\):1: in main chunk\n"),
    "a long message": failing("error(('x'):rep(1e6), 0)", "x{1000000}"),
    "a chunk's name that moves the cursor": failing(
        "load('error(1)', '=\\27[2J\\r')()", "1"),
    "a chunk's name without end": failing(
        "load('error(1)', '=' .. ('x'):rep(1e6))()", "1"),
    "a chunk's name that is a file": failing(
        "load('error(\"x\")', '@/etc/passwd')()", "/etc/passwd:1: x"),
    "a level without end": failing("error('x', 1 << 62)", "x"),
    "a level before the first": failing("error('x', -1)", "x"),
    "a thread as error": failing(
        "error(coroutine.create(print))",
        r"\(error object is a thread value\)"),
    "a socket as error": failing("""
        local s <close> = socket.udp4()
        error(s)""",
        "udp closed"),
    "a cancellation as error": failing("""
        local t = thread.spawn(timer.sleep, 9)
        thread.yield()
        t:cancel()
        local _, e = t:join()
        error(e)""",
        "cancelled"),
    "an error in a handler": ("""
        print(xpcall(error, error))
        print(xpcall(error, function() error('x') end))""",
        "false\terror in error handling\nfalse\terror in error handling"),
    "an error in each handler": ("""
        local function h() error('again') end
        print(select('#', xpcall(error, h)))""",
        "2"),
    "an error in a finalizer": ("""
        setmetatable({}, {__gc = function() error('gone') end})
        collectgarbage()
        print('fine')""",
        "fine", 0,
        r"netbox: warning: error in __gc \(\(command line\):2: gone\)\n"),
    "an error in a finalizer of the end": ("""
        setmetatable({}, {__gc = function() error('gone') end})
        print('fine')""",
        "fine", 0,
        r"netbox: warning: error in __gc \(\(command line\):2: gone\)\n"),
    "a finalizer that fails with a table": ("""
        warn('@on')
        setmetatable({}, {__gc = function() error({}) end})
        collectgarbage()
        print('fine')""",
        "fine", 0,
        r"netbox: warning: error in __gc \(error object is not a string\)\n"),
    "an error in __close": failing("""
        local x <close> = setmetatable({}, {__close = function()
          error('closing', 0)
        end})
        error('first', 0)""",
        "closing"),
    "errors in many __close": ("""
        local function go(n)
          if n == 0 then error('first') end
          local x <close> = setmetatable({}, {__close = function(_, e)
            error(n, 0)
          end})
          go(n - 1)
        end
        print(pcall(go, 100))""",
        "false\t100"),
    "an error where the environment is": failing("""
        _ENV = setmetatable({}, {__index = error})
        print(1)""",
        r"\(command line\):3: bad argument #2 to 'index' \(number expected, "
        r"got string\)"),
    "an environment that is none": failing("""
        _ENV = nil
        print(1)""",
        r"\(command line\):3: attempt to index a nil value \(upvalue '_ENV'\)"),
    "globals that are gone": failing("""
        local e = error
        for k in pairs(_G) do _G[k] = nil end
        e('x', 0)""",
        r"\(command line\):3: attempt to index a nil value \(global '_G'\)"),
    "a traceback that is replaced": failing("""
        debug.traceback = error
        debug.getinfo = nil
        tostring = nil
        error('x', 0)""",
        "x"),
    "in many threads": ("""
        for i = 1, 50 do
          thread.spawn(error, setmetatable({}, {__tostring = error}))
        end""", "", 1,
        r"(netbox: thread 'thread \d+' .*a table value\)\n){50}"),
    "in a thread, and joined": ("""
        print(thread.spawn(error, setmetatable({}, {__tostring =
          error})):status())""",
        "ready", 1,
        r"netbox: thread 'thread 2' \(spawned at \(command line\):2\): "
        r"\(error object is a table value\)\n"),
    "warnings": ("""
        warn('@on')
        warn('\\27[2J', '\\0', 'x')
        warn('@off')
        warn('no')
        print(pcall(warn))
        print(pcall(warn, {}))""",
        "false\tbad argument #1 to 'warn' (string expected, got no value)\n"
        "false\tbad argument #1 to 'warn' (string expected, got table)", 0,
        r"netbox: warning: \?\[2Jx\n"),
    "a warning that is a control": ("""
        warn('@on', 'x')
        warn('@nothing')
        warn('@off')""",
        ""),
    "a syntax error that moves the cursor": ("load('\\27[2J x')", ""),
    "syntax errors": ("""
        for _, s in ipairs {'x', 'return return', '::a:: ::a::', 'goto x',
          'break', 'local x <const> = 1 x = 2', 'local x <foo> = 1', '"', '[[',
          '[==', '--[[', '0x', '1e',
          '\\'\\\\u{110000000}\\'', '\\'\\\\x\\'', '...',
          'for', 'a.b:c = 1', '#!', '\\0', '\\xff', 'return 1,', 'x = }',
          ('x'):rep(300) .. '('} do
          assert(not load(s), s)
        end
        print('fine')""",
        "fine"),
    "an exit in a coroutine in a thread": ("""
        thread.spawn(function()
          coroutine.wrap(function()
            pcall(function() os.exit(3 + 4, true) end)
          end)()
        end)
        timer.sleep(9)""",
        "", 7,
        ""),
    "exits that are none": ("""
        for _, v in ipairs {{}, 'x', 0 / 0, 1.5} do
          print((pcall(os.exit, v)))
        end
        os.exit(256 + 5)""",
        "false\nfalse\nfalse\nfalse", 5,
        ""),
    "an exit in a finalizer": ("""
        setmetatable({}, {__gc = function() os.exit(6) end})
        collectgarbage()
        print('not here')""",
        "", 6,
        ""),
    "an exit in a finalizer of the end": (
        "setmetatable({}, {__gc = function() os.exit(6) end})",
        "", 6,
        ""),
    "a message of many lines": ("""
        local ok, e = pcall(error, ('\\n'):rep(1e5), 0)
        print(#e)""",
        "100000"),
}

STACK = {
    "recursion": ("""
        local function f(...) return 1 + f(...) end
        local ok, e = pcall(f, table.unpack({}, 1, 200))
        print(ok, (e:gsub('^.-: ', ''):match('^[^\\n(]*')))""",
        "false\tstack overflow"),
    "recursion that nothing catches": failing("""
        local function f(...) return 1 + f(...) end
        f(table.unpack({}, 1, 200))""",
        r"\(command line\):2: stack overflow"),
    "recursion in a handler": ("""
        local function f(...) return 1 + f(...) end
        print(xpcall(f, function() return f(table.unpack({}, 1, 200)) end,
          table.unpack({}, 1, 200)))""",
        "false\terror in error handling"),
    "recursion in a coroutine": ("""
        local function f(...) return 1 + f(...) end
        print((coroutine.resume(coroutine.create(f), table.unpack({}, 1, 200))))
        """, "false"),
    "recursion in a thread": ("""
        local function f(...) return 1 + f(...) end
        print((thread.spawn(f, table.unpack({}, 1, 200)):join()))""",
        "false"),
    "pcall in pcall": ("""
        local function f() return pcall(f) end
        print((f()))""",
        "true"),
    "xpcall in xpcall": ("""
        local function f() return xpcall(f, f) end
        print((f()))""",
        "true"),
    "coroutines in coroutines": ("""
        local n = 0
        local function f() n = n + 1 return coroutine.wrap(f)() end
        local ok, e = pcall(f)
        print(ok, n > 100)""",
        "false\ttrue"),
    "resumes in resumes": ("""
        local n = 0
        local function f()
          n = n + 1
          if n < 300 then return (coroutine.resume(coroutine.create(f))) end
          return true
        end
        print(f())""",
        "true"),
    "closes in closes": ("""
        local function go(n)
          local co = coroutine.create(function()
            local x <close> = setmetatable({}, {__close = function()
              if n > 0 then go(n - 1) end
            end})
            coroutine.yield()
          end)
          coroutine.resume(co)
          return coroutine.close(co)
        end
        print(pcall(go, 1000))""",
        "true\ttrue"),
    "gsub in gsub": ("""
        local function f() return (('x'):gsub('x', f)) end
        print((pcall(f)))""",
        "false"),
    "sort in sort": ("""
        local function f() table.sort({1, 2, 3}, f) end
        print((pcall(f)))""",
        "false"),
    "tostring in tostring": ("""
        local t = setmetatable({}, {})
        getmetatable(t).__tostring = function() return tostring(t) end
        print((pcall(tostring, t)))""",
        "false"),
    "a ring of __index": ("""
        local a, b = {}, {}
        setmetatable(a, {__index = b})
        setmetatable(b, {__index = a})
        print((pcall(function() return a.x end)), (pcall(function()
          a.x = nil
          return rawget(a, 'x')
        end)))""",
        "false\ttrue"),
    "a ring of __newindex": ("""
        local a = {}
        setmetatable(a, {__newindex = a})
        print((pcall(function() a.x = 1 end)))""",
        "false"),
    "a chain of __index": ("""
        local t = {}
        for i = 1, 5000 do t = setmetatable({}, {__index = t}) end
        print((pcall(function() return t.x end)))""",
        "false"),
    "a chain of __call": ("""
        local f = type
        for i = 1, 300 do f = setmetatable({}, {__call = f}) end
        print(f())""",
        "table"),
    "__concat in __concat": ("""
        local t = setmetatable({}, {})
        getmetatable(t).__concat = function(a, b) return a .. b end
        print((pcall(function() return t .. t end)))""",
        "false"),
    "__eq in __eq": ("""
        local m = {}
        m.__eq = function(a, b) return a == b end
        print((pcall(function()
          return setmetatable({}, m) == setmetatable({}, m)
        end)))""",
        "false"),
    "__gc in __gc": ("""
        local function f() setmetatable({}, {__gc = f}) collectgarbage() end
        f()
        print('fine')""",
        "fine"),
    "load in load": ("""
        local function f() return load(f) end
        print((pcall(f)))""",
        "true"),
    "require in require": ("""
        package.preload.a = function() return require('b') end
        package.preload.b = function() return require('a') end
        print((pcall(require, 'a')))""",
        "false"),
    "parentheses": ("""
        for _, p in ipairs {{'(', ')'}, {'{', '}'}, {'- ', ''}, {'not ', ''},
          {'function() return ', ' end'}, {'a(', ')'}, {'a[', ']'}, {'a .. ',
          ''}, {'2 ^ ', ''}} do
          local ok, e = load('return ' .. p[1]:rep(1e5) .. '1' .. p[2]:rep(1e5))
          assert(not ok, p[1])
        end
        print('fine')""",
        "fine"),
    "blocks": ("""
        for _, p in ipairs {{'do ', ' end'}, {'if x then ', ' end'},
          {'while x do ', ' end'}, {'repeat ', ' until x'}, {'for i = 1, 2 do ',
          ' end'}, {'function f() ', ' end'}, {'if x then else', ' end'}} do
          local ok, e = load(p[1]:rep(1e4) .. p[2]:rep(1e4))
          assert(not ok, p[1])
        end
        print('fine')""",
        "fine"),
    "many locals": ("""
        print((load('local ' .. ('x,'):rep(300) .. 'x')),
          (load(('local x '):rep(201))), (load('return ' .. ('x,'):rep(1e5) ..
          'x')) ~= nil)""",
        "nil\tnil\tfalse"),
    "many upvalues": ("""
        local s = {}
        for i = 1, 260 do s[i] = 'x' .. i end
        local a = {}
        for i = 1, 260, 130 do
          a[#a + 1] = 'local ' .. table.concat(s, ',', i, i + 129)
        end
        print((load('local function f() ' .. a[1] .. ' return function() ' ..
          a[2] .. ' return function() return ' .. table.concat(s, '+') ..
          ' end end end')))""",
        "nil"),
    "too many results": ("""
        print((pcall(table.unpack, {}, 1, 1e7)), (pcall(string.byte,
          ('x'):rep(1e7), 1, -1)), (pcall(select, -1)), (pcall(table.unpack, {},
          math.mininteger, math.maxinteger)), (pcall(utf8.codepoint,
          ('x'):rep(1e7), 1, -1)))""",
        "false\tfalse\tfalse\tfalse\tfalse"),
    "too many arguments": ("""
        local t = {}
        for i = 1, 2e5 do t[i] = 'x' end
        print((pcall(table.unpack, t, 1, 1e6 - 10)), (pcall(string.char,
          table.unpack(t))), (pcall(math.max, table.unpack(t))),
          (pcall(string.format, ('%s'):rep(2e5), table.unpack(t))))""",
        "false\tfalse\ttrue\ttrue"),
    "too many captures": ("""
        print((pcall(string.find, '', ('()'):rep(33))), (pcall(string.match,
          ('x'):rep(1e6), ('x?'):rep(300) .. ('x'):rep(300))),
          (pcall(string.find, 'x', ('('):rep(33))))""",
        "false\tfalse\tfalse"),
    "patterns that recur": ("""
        print((pcall(string.match, ('x'):rep(3e5), ('(.)'):rep(31))),
          (pcall(string.match, ('('):rep(1e6), ('%('):rep(250))),
          (pcall(string.find, ('a'):rep(1e6), ('a*'):rep(1) .. '$')))""",
        "true\ttrue\ttrue"),
    "a deep table shown": ("""
        local t = {}
        for i = 1, 1e5 do t = {t} end
        print((pcall(repr, t)))""",
        "true"),
    "a ring shown": ("""
        local t = {}
        t[1] = t
        t[t] = t
        print(#repr(t) < 1000)""",
        "true"),
    "formats that are none": ("""
        for _, f in ipairs {'%', '%y', '%99999d', '%.99999f', '%-+ #0100d',
          '%*d', '%1$s', '%n', '%lld', '%q'} do
          assert(not pcall(string.format, f, {}), f)
        end
        print('fine')""",
        "fine"),
    "integers at their ends": ("""
        local min, max = math.mininteger, math.maxinteger
        local s = 'x'
        print(s:sub(min, max), s:byte(min, max), s:rep(min), (pcall(s.rep, s,
          max)), (pcall(s.rep, '', max - 1, 'xx')), s:find('x', min),
          s:find('x', max), (pcall(min // 1 // -1 == min and error or print)),
          (pcall(table.concat, {}, '', min, max)), (pcall(table.move, {}, min,
          max, 1)), (pcall(table.insert, {}, min, 1)), utf8.offset('x', 0, 1),
          (pcall(utf8.char, max)), (pcall(string.pack, 'i17', 1)),
          (pcall(string.packsize, ('i16'):rep(1e6) .. 's')), min % -1, min //
          -1)""",
        "x\t120\t\tfalse\tfalse\t1\tnil\tfalse\tfalse\tfalse\tfalse\t1\t"
        "false\tfalse\tfalse\t0\t-9223372036854775808"),
    "sockets that are garbage where C has no call left": ("""
        local function make() for _ = 1, 1000 do socket.udp4() end end
        local function caught(f) return function() pcall(f) end end
        local function deep(n)
          if n > 0 then return ('x'):gsub('x', function() deep(n - 1) end) end
          local f = make
          for _ = 1, 8 do
            f()
            f = caught(f)
          end
        end
        deep(190)
        collectgarbage()
        print(socket.udp4():getfd() < 100)""",
        "true"),
    "sockets that are garbage where the stack is full": ("""
        local list, n = {}, 2000
        for i = 1, n do list[i] = socket.udp4() end
        local function more()
          for _ = 1, 200 do list[n], n = nil, n - 1 end
          for _ = 1, 20000 do local _ = {} end
          return 1 + more()
        end
        local function wide(...) return 1 + more() end
        print((pcall(wide, table.unpack({}, 1, 999950))))
        print(n < 2000)""",
        "false\ntrue"),
    "threads in threads in coroutines": ("""
        local function go(n)
          if n == 0 then return 'end' end
          return coroutine.wrap(function()
            return select(2, thread.spawn(go, n - 1):join())
          end)()
        end
        print(go(300))""",
        "end"),
    "an argument that is no thread": ("""
        for _, f in ipairs {coroutine.resume, coroutine.status, coroutine.close,
          coroutine.isyieldable, coroutine.wrap, coroutine.create} do
          assert(not pcall(f, {}))
        end
        print('fine')""",
        "fine"),
}


def every_error_is_told():
    all_end_well(ERRORS)


def no_stack_overflows_the_process():
    all_end_well(STACK)


run(every_error_is_told, no_stack_overflows_the_process)
