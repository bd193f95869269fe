"""Hostile scripts of Lua itself: where its versions had their faults, and what
is at the edge of what it promises. The result may be odd; a crash may not be.
"""
from cli import run
from hostile import CLOSING, all_end_well, failing

SCRIPTS = {
    "_ENV that is constant": failing("""
        local _ENV <const> = 11
        print = 1""",
        r"\(command line\):3: attempt to index a number value"),
    "constants of bitwise operations": ("""
        local function f(x) return x ~ 2 ^ 62 | 0.0 end
        print((pcall(f, 1)))
        print(1 & 3.0, (pcall(load('local x <const> = 1.5 return 1 & x'))))""",
        "true\n1\tfalse"),
    "too many constants": ("""
        local t = {}
        for i = 1, 300 do t[i] = 'x = ' .. i .. '.5' end
        local s = table.concat(t, ' ') ..
          ' local a = {} a.b = nil return a.b == nil, x'
        local f = load(s)
        print(f())""",
        "true\t300.5"),
    "a stack of C that overflows in an error": ("""
        local function loop(...) return 1 + loop(...) end
        local function go()
          print((xpcall(loop, loop, table.unpack({}, 1, 200))))
        end
        print((pcall(coroutine.wrap(go))))""",
        "false\ntrue"),
    "a C stack overflow while an error is handled": ("""
        local function err(msg) return msg .. err(msg) end
        local f
        f = function() local a = setmetatable({}, {__index = f}) return a.x end
        print((xpcall(f, err)))""",
        "false"),
    "an error in the name of a local": (
        "print((pcall(load('local _ENV <close> = nil; local x = "
        "setmetatable({}, {__close = function() error(_ENV) end})'))))",
        "false"),
    "a comparison past the end of strings": ("""
        local a, b = ('x\\0'):rep(20), ('x\\0'):rep(20) .. '\\0'
        print(a < b, b < a, a <= a, '\\0' < '\\0\\0', 'a\\0b' < 'a\\0c',
          ('\\0'):rep(99) < ('\\0'):rep(100))""",
        "true\tfalse\ttrue\ttrue\ttrue\ttrue"),
    "bytes that go on where nothing began": ("""
        print((pcall(function() for _ in utf8.codes('ab\\xff') do end end)),
          (pcall(function()
          for _ in utf8.codes('\\u{200D}\\x80') do end
        end)) ~= nil)""",
        "false\ttrue"),
    "coroutines that close each other": ("""
        local co = nil
        for i = 1, 1000 do
          local prev = co
          co = coroutine.create(function()
            local x <close> = setmetatable({}, {__close = function()
              if prev then coroutine.close(prev) end
            end})
            coroutine.yield()
          end)
          coroutine.resume(co)
        end
        print((pcall(coroutine.close, co)))""",
        "true"),
    "a coroutine that closes itself": ("""
        local co
        co = coroutine.create(function()
          local x <close> = setmetatable({}, {__close = function()
            print(pcall(coroutine.close, co))
          end})
          error('x', 0)
        end)
        print(coroutine.resume(co))
        print(coroutine.close(co))""",
        "false\tx\nfalse\tcannot close a running coroutine\nfalse\tx"),
    "an error in __close of a coroutine": ("""
        local co = coroutine.create(function()
          local x <close> = setmetatable({}, {__close = function()
            error('closing', 0)
          end})
          coroutine.yield()
        end)
        coroutine.resume(co)
        print(coroutine.close(co))
        print(coroutine.status(co))""",
        "false\tclosing\ndead"),
    "a yield in __close of an error": ("""
        local co = coroutine.wrap(function()
          return pcall(function()
            local x <close> = setmetatable({}, {__close = function()
              coroutine.yield('in')
            end})
            error('out', 0)
          end)
        end)
        print(co())
        print(co())""",
        "in\nfalse\tout"),
    "finalizers that make their own again": ("""
        local n = 0
        local function make()
          setmetatable({}, {__gc = function()
            n = n + 1
            if n < 100 then make() end
          end})
        end
        make()
        for i = 1, 110 do collectgarbage() end
        print(n)""",
        "100"),
    "an object of a finalizer that comes back": ("""
        local kept
        setmetatable({}, {__gc = function(o) kept = o end})
        collectgarbage()
        local o = kept
        kept = nil
        setmetatable(o, {__gc = function() kept = true end})
        o = nil
        collectgarbage()
        collectgarbage()
        print(kept)""",
        "true"),
    "weak tables while they are walked": ("""
        local t = setmetatable({}, {__mode = 'k'})
        for i = 1, 1000 do t[{}] = i end
        local n = 0
        for k in next, t do
          n = n + 1
          if n % 100 == 0 then collectgarbage() end
          t[k] = nil
        end
        collectgarbage()
        print(next(t))""",
        "nil"),
    "a table that changes while it is walked": ("""
        local t = {}
        for i = 1, 100 do t[i] = i t['k' .. i] = i end
        print((pcall(function()
          for k in pairs(t) do t[k] = nil t[{}] = k end
        end)) ~= nil)""",
        "true"),
    "next with a key that is none": ("""
        print((pcall(next, {}, 1)), (pcall(next, {1, 2}, 3)), (pcall(next, {}, 0
          / 0)), next({}, nil))""",
        "false\tfalse\tfalse\tnil"),
    "sort by an order that is none": ("""
        local t = {}
        for i = 1, 1000 do t[i] = i % 7 end
        print((pcall(table.sort, t, function() return true end)) ~= nil,
          (pcall(table.sort, t, function(a, b)
          t[1] = nil
          return a < b
        end)) ~= nil)""",
        "true\ttrue"),
    "sort of what shrinks": ("""
        local n = 5
        local t = setmetatable({}, {__len = function() return n end, __index =
          function()
          n = 0
          return 1
        end, __newindex = function() end})
        print((pcall(table.sort, t)))""",
        "true"),
    "a length that is none": ("""
        for _, n in ipairs {-1, 1 << 62, 'x', 1.5, 0 / 0} do
          local t = setmetatable({}, {__len = function() return n end})
          assert(pcall(table.concat, t) ~= nil and pcall(table.insert, t, 1) ~=
            nil and pcall(table.remove, t) ~= nil and pcall(table.unpack, t, 1,
            3) ~= nil)
        end
        print('fine')""",
        "fine"),
    "a format that is long": ("""
        print((pcall(string.format, '%' .. ('0'):rep(100) .. 'd', 1)),
          #string.format('%99.99f', -1e308) > 99, (pcall(string.format, '%10q',
          'x')))""",
        "false\ttrue\tfalse"),
    "numbers that are long": ("""
        print(tonumber(('9'):rep(400)), tonumber('0x' .. ('f'):rep(400)),
          tonumber('1e' .. ('9'):rep(400)), tonumber(('1'):rep(250)) ~= nil,
          tonumber('0x.' .. ('0'):rep(300) .. '1p99999'), math.tointeger('8') ~=
          false)""",
        "inf\t-1\tinf\ttrue\tinf\ttrue"),
    "goto out of nested blocks": ("""
        for i = 1, 100 do
          do
            local x <close> = setmetatable({}, {__close = function() end})
            if i < 100 then goto go_on end
          end
          :: go_on
          ::
        end
        print('fine')""",
        "fine"),
    "a varargs function called deep": ("""
        local function f(n, ...)
          if n == 0 then return select('#', ...) end
          return f(n - 1, n, ...)
        end
        print(f(200))""",
        "200"),
    "a string that escapes": ("""
        print(#load('return "' .. ('\\\\z \\n'):rep(1000) .. '"')(),
          (load('return "\\\\u{7FFFFFFF}"')) ~= nil,
          (load('return "\\\\u{80000000}"')))""",
        "0\ttrue\tnil"),
    "a line that is very far": ("""
        local f = load(('\\n'):rep(1e5) .. 'error()')
        print(select(2, pcall(f)))
        f = load(('\\n'):rep(3e5) .. 'local x = nil + 1')
        print((select(2, pcall(f)):match(':(%d+):')))""",
        "nil\n300001"),
    "errors that are handed on as they are": (CLOSING + """
        local lock = thread.condition()
        lock:acquire()
        local ways = {
          function(f) return select(2, pcall(f)) end,
          function(f)
            return select(2, coroutine.resume(coroutine.create(f)))
          end,
          function(f) return select(2, pcall(coroutine.wrap(f))) end,
          function(f) return select(2, thread.spawn(f):join()) end,
          function(f) return select(2, pcall(thread.deadline, 9, f)) end,
          function(f) return select(2, pcall(thread.shield, f)) end,
          function(f) return select(2, pcall(table.sort, {2, 1}, f)) end,
          function(f) return select(2, load(f)) end,
          function(f) return select(2, pcall(socket.protect(f))) end,
          function(f) return select(2, pcall(lock.wait_for, lock, f)) end,
          function(f)
            local b = thread.barrier(1, f)
            return select(2, pcall(b.wait, b))
          end,
          function(f)
            return select(2, pcall(function()
              local g <close> = thread.group()
              g:spawn(f)
              g:wait()
            end))
          end,
          function(f) return select(2, closing(f)) end,
        }
        for i, way in ipairs(ways) do
          for _, e in ipairs({false, 7, print, lock, thread.self(),
            setmetatable({}, {__eq = error, __index = error})}) do
            assert(rawequal(way(function() error(e) end), e), i)
          end
        end
        print('fine')""",
        "fine"),
    "operators that wait and yield": ("""
        local meta, count = {}, 0
        for name in ('add sub mul div mod pow unm idiv band bor bxor shl shr'
          .. ' bnot concat len eq lt le index newindex call'):gmatch('%a+') do
          meta['__' .. name] = function()
            timer.sleep(0)
            coroutine.yield()
            return 1
          end
        end
        local a, b = setmetatable({}, meta), setmetatable({}, meta)
        for _ in coroutine.wrap(function()
          local _ = {a + b, a - b, a * b, a / b, a % b, a ^ b, -a, a // b,
            a & b, a | b, a ~ b, a << b, a >> b, ~a, a .. b, #a, a == b, a < b,
            a <= b, a.x}
          a.y = a()
        end) do count = count + 1 end
        print(count)""",
        "0"),
    "errors where netbox's own Lua is": ("""
        local none = setmetatable({}, {__tostring = function() return {} end})
        print(pcall(repr, none))
        local all = {}
        for i = 1, 200 do
          all[setmetatable({}, {__tostring = function()
            return tostring(math.random())
          end})] = i
        end
        local ok, problem
        repeat ok, problem = pcall(repr, all) until not ok
        print(problem)
        print(pcall(socket.newtry(string.rep), nil))
        print(pcall(socket.choose(setmetatable({}, {__index = error})), 'x'))
        print(pcall(socket.source, 'until-closed', 5))
        print(pcall(socket.ping, '127.0.0.1',
          setmetatable({x = 1}, {__pairs = string.rep})))
        print(pcall(require('roles').run))
        print(pcall(require('roles').run, {host = 'x'}))""",
        "false\t'__tostring' must return a string\n"
        "invalid order function for sorting\n"
        "false\tbad argument #1 to '?' (string expected, got no value)\n"
        "false\tbad argument #2 to 'index' (number expected, got string)\n"
        "false\tsocket expected, got number\n"
        "false\tbad argument #2 to 'ping' (unknown option 'x')\n"
        "false\tbad argument #1 to 'run' (table expected, got nil)\n"
        "false\tbad argument #1 to 'run' (no role in it)"),
}


def no_fault_of_lua_is_a_crash():
    all_end_well(SCRIPTS)


run(no_fault_of_lua_is_a_crash)
