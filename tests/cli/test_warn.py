"""--warn: sockets that nobody closed; and warnings of Lua's own."""
import re

from cli import check, ran, run, write

ADDRESS = r"127\.0\.0\.1:\d+"


def check_warnings(got, *lines):
    """The script succeeds; these patterns are its lines on standard error."""
    assert (got.status, got.out) == (0, ""), got
    shown = got.err.splitlines()
    assert len(shown) == len(lines), got
    for line, pattern in zip(sorted(shown), sorted(lines)):
        assert re.fullmatch(pattern, line), f"not {pattern!r}: {got}"


def unclosed(place, text):
    return rf"netbox: {place}: this socket was never closed \({text}\)"


def ran_warning(text):
    write("x.lua", text)
    return ran("--warn", "x.lua")


def each_that_the_collector_closes():
    check_warnings(ran_warning("""local function forget()
  local server = assert(socket.bind("127.0.0.1", 0))
  local client = socket.tcp()
  client:connect(server:getsockname())
  client = client, server:accept()
end
forget()
collectgarbage()
forget = nil"""),
                   unclosed("x.lua:2", "tcp " + ADDRESS),
                   unclosed("x.lua:3", f"tcp {ADDRESS} -> {ADDRESS}"),
                   unclosed("x.lua:5", f"tcp {ADDRESS} <- {ADDRESS}"))


def at_once():
    got = ran("--warn", "-e", "assert(socket.udp4()) collectgarbage() "
              "collectgarbage() io.stderr:write('after\\n')")
    check_warnings(got, "after", r"netbox: \(command line\):1: .*")
    assert got.err.endswith("after\n"), got


def at_the_end_too():
    check_warnings(ran_warning("kept = socket.udp4()\nlocal s = socket.tcp4()"),
                   unclosed("x.lua:1", "udp 0.0.0.0:0"),
                   unclosed("x.lua:2", r"tcp 0\.0\.0\.0:0"))


def each_kind_and_whatever_made_it():
    check_warnings(ran_warning("""local a, b = socket.socketpair()
local made = table.pack(pcall(socket.socket, socket.AF_INET))
local co = coroutine.wrap(socket.udp4)
co()
local udp = socket.udp()
udp:bind("127.0.0.1", 0)"""),
                   *2 * [unclosed("x.lua:1", r"unixstream \* -> \*")],
                   unclosed("x.lua:2", "tcp 0.0.0.0:0"),
                   unclosed("x.lua:4", "udp 0.0.0.0:0"),
                   unclosed("x.lua:5", "udp " + ADDRESS))


def one_that_was_closed_or_never_opened_is_not():
    check(ran("--warn", "-e", """
        local closed = socket.udp4()
        closed:close()
        do local scoped <close> = socket.tcp4() end
        local nothing = socket.tcp()"""))


def without_it_none_is_named():
    check(ran("-e", "kept = socket.udp4() assert(socket.udp4()) "
              "collectgarbage() collectgarbage() warn('not shown')"))


def error_in_a_finalizer_is_shown():
    code = "setmetatable({}, {__gc = function() error(%s) end}) collectgarbage()"
    write("x.lua", code % "'broken'")
    check(ran("x.lua"),
          err="netbox: warning: error in __gc (x.lua:1: broken)\n")
    check(ran("-e", code % "{}"), err="netbox: warning: error in __gc "
          "(error object is not a string)\n")
    check(ran("-e", "timer.after(0, print) " + code % "'later', 0"), 0, "\n",
          "netbox: warning: error in __gc (later)\n")
    check(ran("-e", "warn('@off') " + code % "'broken'"))


def error_in_a_finalizer_at_the_end_too():
    check(ran("-e", "kept = setmetatable({}, {__gc = function() "
              "print('goes') error('wrong', 0) end})"),
          0, "goes\n", "netbox: warning: error in __gc (wrong)\n")


def warnings_of_the_script():
    line = "netbox: warning: in two parts\n"
    check(ran("-e", "warn('in ', 'two parts')"))
    check(ran("-W", "-e", "warn('in ', 'two parts')"), err=line)
    check(ran("-e", "warn('@on') warn('in ', 'two parts') "
              "warn('@off') warn('no more')"), err=line)
    check(ran("--warn", "-e", "warn('@off') warn('no more')"))
    check(ran("--warn", "-e", "warn('@else') warn('@', 'on')"),
          err="netbox: warning: @on\n")


def long_warning_is_whole():
    check(ran("--warn", "-e", "warn(('x'):rep(10000))"),
          err="netbox: warning: " + "x" * 10000 + "\n")


def output_comes_first():
    got = ran("--warn", "-e", "io.write('before ') warn('then') "
              "io.write('after')", stderr=-2)
    assert got.out == "before netbox: warning: then\nafter", got


run(each_that_the_collector_closes, at_once, at_the_end_too,
    each_kind_and_whatever_made_it, one_that_was_closed_or_never_opened_is_not,
    without_it_none_is_named, error_in_a_finalizer_is_shown,
    error_in_a_finalizer_at_the_end_too, warnings_of_the_script,
    long_warning_is_whole, output_comes_first)
