"""Hostile scripts of the standard streams: closed, exchanged, read by hundreds,
taken for sockets.
"""
from cli import run
from hostile import all_end_well, failing

STREAMS = {
    "output is closed": ("""
        print(io.stdout:close())
        print('x')
        io.write('y')""",
        "nil\tcannot close standard file\nx\ny"),
    "output is closed by its name": (
        "print(pcall(io.close))", "true\tnil\tcannot close standard file"),
    "input is closed": ("""
        print(io.stdin:close())
        print(pcall(io.read))
        print(pcall(input))""",
        "nil\tcannot close standard file\ntrue\tnil\ntrue\tnil"),
    "errors are closed": failing("""
        print(io.stderr:close())
        error('x', 0)""",
        "x", "nil\tcannot close standard file"),
    "written to input": (
        "print(io.stdin:write('x'))", "nil\tBad file descriptor\t9"),
    "read from output": ("""
        print(io.stdout:read(1))
        print(io.stderr:read('a'))""",
        "nil\tBad file descriptor\t9\nnil\tBad file descriptor\t9"),
    "lines of output": (
        "print(pcall(function() for l in io.stdout:lines() do end end))",
        "false\t(command line):1: Bad file descriptor"),
    "formats that are none": ("""
        for _, f in ipairs {'x', '*x', -1, 1.5, {}, '', 'nn', '\\0', 1e300, 0 /
          0} do
          io.write(tostring((pcall(io.read, f))), ' ')
        end
        print()""",
        "false false false false false false true false false false "),
    "much at once": ("print(io.read(1 << 30))", "abc"),
    "all of it": ("""
        print(#io.read('a'), io.read('a'), io.read('l'), io.read(0),
          io.read('n'))""",
        "20\t\tnil\tnil\tnil"),
    "a long number": ("print(io.read('n'))", "nil"),
    "seek": ("""
        print(pcall(io.stdout.seek, io.stdout, 'set', -1))
        print(pcall(io.stdin.seek, io.stdin, 'end', 1 << 62))
        print((pcall(io.stdout.seek, io.stdout, 'x')))""",
        "true\tnil\tIllegal seek\t29\ntrue\tnil\tIllegal seek\t29\nfalse"),
    "buffers": ("""
        for _, a in ipairs {{'full', 1 << 40}, {'full', -1}, {'line', 0},
          {'no'}, {'x'}, {}} do
          io.write(tostring((pcall(io.stdout.setvbuf, io.stdout,
            table.unpack(a)))), ' ')
        end
        print()""",
        "true true true true false false "),
    "output becomes input": ("""
        print((pcall(io.output, io.stdin)))
        print(pcall(io.write, 'x'))""",
        "true\ntrue\tnil\tBad file descriptor\t9"),
    "input becomes output": ("""
        print((pcall(io.input, io.stdout)))
        print(pcall(io.read))""",
        "true\ntrue\tnil\tBad file descriptor\t9"),
    "files of devices": ("""
        for _, p in ipairs {'/dev/stdin', '/dev/stdout', '/dev/tty',
          '/dev/null', '/proc/self/fd/0', '/proc/self/fd/1', '/dev/fd/2',
          '/proc/self/mem', '/dev/ptmx'} do
          for _, m in ipairs {'r', 'w'} do assert(not io.open(p, m)) end
        end
        print('fine')""",
        "fine"),
    "descriptors 0 to 2 as sockets": ("""
        local s = socket.udp4()
        for fd = 0, 2 do print(s:setfd(fd)) end
        s:close()
        print('still')""",
        "nil\tSocket operation on non-socket\tENOTSOCK\n"
        "nil\tSocket operation on non-socket\tENOTSOCK\n"
        "nil\tSocket operation on non-socket\tENOTSOCK\n"
        "still"),
    "descriptors 0 to 2 are closed": ("""
        for fd = 0, 2 do local s = socket.tcp4() s:setfd(fd) s:close() end
        print('still')""",
        "still"),
    "descriptors 0 to 2 in select": ("""
        local o = function(fd) return {getfd = function() return fd end} end
        print(type(socket.select({o(0), o(1)}, {o(1), o(2)}, 0)))""",
        "table"),
    "a __tostring that fails": ("""
        print(pcall(print, setmetatable({}, {__tostring = function()
          error('x', 0)
        end})))
        print(pcall(print, setmetatable({}, {__tostring = function()
          return 1
        end})))""",
        "false\tx\n1\ntrue"),
    "a __name of no string": (
        "print((tostring(setmetatable({}, {__name = 1})):gsub('0x%x+', '')))",
        "table: "),
    "writes of what is none": ("""
        print(pcall(io.write, {}))
        print(pcall(io.write, nil))
        print(pcall(io.write, print))""",
        "false\tbad argument #1 to 'io.write' (string expected, got table)\n"
        "false\tbad argument #1 to 'io.write' (string expected, got nil)\n"
        "false\tbad argument #1 to 'io.write' (string expected, got function)"),
    "bytes": ("io.write('\\0\\27[2J\\255\\r\\n')", '\x00\x1b[2J\\xff\r'),
    "many readers": ("""
        local n = 0
        for i = 1, 200 do
          thread.spawn(function() if input() then n = n + 1 end end)
        end
        while #thread.list() > 1 do timer.sleep(0) end
        print(n)""",
        "100"),
    "readers that are cancelled": ("""
        local ts = {}
        for i = 1, 50 do ts[i] = thread.spawn(input) ts[i]:cancel() end
        for i, t in ipairs(ts) do t:join() end
        print(io.read('l'))""",
        "first"),
    "prompts that move the cursor": (
        "print(input('\\27[2J\\0'))", '\x1b[2J\x00y'),
    "a prompt that is none": (
        "print((pcall(input, setmetatable({}, {__tostring = error}))))",
        "false"),
    "read in a finalizer": ("""
        local ok
        setmetatable({}, {__gc = function() ok = pcall(io.read) end})
        collectgarbage()
        print(type(ok))""",
        "boolean"),
    "read in a comparison": (
        "print(type(pcall(table.sort, {3, 2, 1}, io.read)))", "boolean"),
    "write in a finalizer of the end": (
        "setmetatable({}, {__gc = function() io.write('late\\n') end})",
        "late"),
    "write after the end": ("""
        thread.spawn({daemon = true}, function()
          local x <close> = setmetatable({}, {__close = function()
            io.write('closed\\n')
          end})
          timer.sleep(1e9)
        end)
        thread.yield()""",
        "closed"),
    "handles of others": ("""
        for _, m in ipairs {'read', 'write', 'close', 'lines', 'seek',
          'setvbuf', 'flush'} do
          assert(not pcall(io.stdout[m]))
          assert(not pcall(io.stdout[m], thread.lock()))
          assert(not pcall(io.stdout[m], {}))
        end
        print('fine')""",
        "fine"),
    "io in pieces": ("""
        for k in pairs(io) do if k ~= 'write' then io[k] = nil end end
        print('x')
        io.write('y\\n')
        input()""",
        "x\ny"),
    "lines without end": ("""
        local n = 0
        for l in io.lines() do n = n + #l end
        print(n)""",
        "100000"),
    "lines with formats": ("""
        for a, b in io.lines(nil, 1, 0) do io.write(a, b or 'nil', ' ') end
        print()
        print((pcall(io.lines, nil, table.unpack({}, 1, 300))))""",
        "a b cnil \nfalse"),
}

# What they read; the others read nothing.
INPUTS = {
    "all of it": "x\n" * 10,
    "a long number": "1" * 300 + "\n",
    "much at once": "abc",
    "many readers": "x\n" * 100,
    "readers that are cancelled": "first\n",
    "prompts that move the cursor": "y\n",
    "lines without end": "x" * 100000 + "\n" * 1001,
    "lines with formats": "abc",
}


def no_stream_is_lost():
    all_end_well(STREAMS, inputs=INPUTS)


run(no_stream_is_lost)
