"""Reports of errors: the script's lines, the failed call, no internals."""
import re

from cli import READY, check_no_internals, check_order, check_words, ran
from cli import ran_script, run, start

CLOSED_PORT = """
local holder = socket.tcp()
holder:bind("127.0.0.1", 0)
local _, port = holder:getsockname()
"""


def uncaught_error_has_its_line_and_a_traceback():
    got = ran_script("""local function inner()
  error("broken")
end
local function outer()
  inner()
end
outer()""")
    assert (got.status, got.out) == (1, ""), got
    assert got.err.startswith("netbox: x.lua:2: broken\n"), got
    check_order(got.err, "traceback", "x.lua:2:", "x.lua:5:", "x.lua:7:")
    check_no_internals(got.err)


def error_of_lua_itself():
    got = ran_script("local t\nprint(t.x)")
    first = got.err.splitlines()[0]
    assert first == ("netbox: x.lua:2: attempt to index a nil value "
                     "(local 't')"), got
    check_no_internals(got.err)


def wrong_argument_names_the_scripts_line():
    got = ran_script('\nlocal s = socket.tcp()\ns:bind("127.0.0.1", 70000)')
    first = got.err.splitlines()[0]
    assert first == (
        "netbox: x.lua:3: bad argument #2 to 'bind' (port must be an integer "
        "from 0 to 65535, got 70000)"), got
    check_no_internals(got.err)


def error_in_lua_of_netbox_has_the_scripts_line():
    for code, message in (
            ('socket.sink("keep-open", {})("x")',
             "attempt to call a nil value (method 'send')"),
            ("socket.skip(1, table.unpack({}, 1, 5e5))", "stack overflow")):
        got = ran_script("\n" + code)
        assert got.err.startswith(f"netbox: x.lua:2: {message}\n"), got
        check_no_internals(got.err)


def error_in_a_coroutine_shows_both_places():
    got = ran_script("""local function deep()
  timer.sleep(0)
  error("in the generator")
end
local co = coroutine.wrap(deep)
co()""")
    first = got.err.splitlines()[0]
    assert first == "netbox: x.lua:6: x.lua:3: in the generator", got
    check_no_internals(got.err)


def error_values_that_are_no_text():
    for value, shown in (("{}", "(error object is a table value)"),
                         ("nil", "(error object is a nil value)"),
                         ("true", "(error object is a boolean value)"),
                         ("print", "(error object is a function value)"),
                         ("42", "42")):
        got = ran("-e", f"error({value}, 0)")
        assert got.status == 1, got
        assert got.err.splitlines()[0] == "netbox: " + shown, got
        check_no_internals(got.err)


def error_values_with_tostring():
    code = "error(setmetatable({}, {__tostring = function() %s end}))"
    got = ran("-e", code % "return 'in words'")
    assert got.err.splitlines()[0] == "netbox: in words", got
    for body in ("error('again')", "return {}", "timer.sleep(1)",
                 "while true do end", "local function f() f() f() end f()",
                 "while true do pcall(function() while true do end end) end",
                 "coroutine.wrap(function() while true do end end)()"):
        got = ran("-e", code % body)
        assert got.status == 1, got
        check_words(got.err, "(error object is a table value)")


def coroutine_made_in_a_tostring_is_as_any_other():
    got = ran_script("""local count = 0
local add = function()
  while true do
    for _ = 1, 20000000 do count = count + 1 end
    coroutine.yield()
  end
end
local kept
thread.spawn(error, setmetatable({}, { __tostring = function()
  kept = coroutine.wrap(add)
  return "made one"
end }))
timer.sleep(0)
kept()
print(count)""")
    assert (got.status, got.out) == (1, "20000000\n"), got
    check_words(got.err, "made one")


def cancellation_that_is_raised_where_none_was():
    got = ran_script("""local t = thread.spawn(timer.sleep, math.huge)
t:cancel("a reason")
local _, err = t:join()
error(err)""")
    assert got.status == 1, got
    assert got.err.splitlines()[0] == "netbox: cancelled: a reason", got


def error_values_reach_the_joiner_unchanged():
    got = ran_script("""local values = { {}, 42, 1.5, false, print, "text" }
values[7] = coroutine.create(print)
values[8] = setmetatable({}, { __tostring = error, __eq = error })
for i = 1, 9 do
  local t = thread.spawn(function()
    coroutine.wrap(function() error(values[i], 0) end)()
  end)
  local ok, err = t:join()
  print(ok, rawequal(err, values[i]) or err)
end""")
    lines = got.out.splitlines()
    assert lines.pop(5) == "false\tx.lua:6: text", got
    assert lines == ["false\ttrue"] * 8, got


def error_after_a_stack_overflow_is_short():
    got = ran_script("local function f() return 1 + f() end f()")
    assert got.status == 1, got
    check_words(got.err, "stack overflow")
    assert got.err.count("\n") < 60, got


def last_failed_call_is_explained():
    got = ran_script(CLOSED_PORT + """print(port)

assert(socket.connect("127.0.0.1", port))""")
    port = got.out.strip()
    assert got.status == 1, got
    assert got.err.splitlines()[0] == (
        "netbox: x.lua:7: connection refused (ECONNREFUSED, connect to "
        f"127.0.0.1:{port})"), got
    check_no_internals(got.err)


def message_with_a_position_is_explained():
    got = ran_script(CLOSED_PORT + """
local ok, message = socket.connect("127.0.0.1", port)
error(message)""")
    first = got.err.splitlines()[0]
    check_words(first, "netbox: x.lua:7: connection refused (ECONNREFUSED, ")


def failed_method_is_explained():
    got = ran_script(CLOSED_PORT + """print(port)
assert(socket.tcp():connect("127.0.0.1", port))""")
    port = got.out.strip()
    assert got.err.splitlines()[0] == (
        "netbox: x.lua:6: connection refused (ECONNREFUSED, connect to "
        f"127.0.0.1:{port})"), got


def port_that_is_taken_is_explained():
    got = ran_script("""local s = assert(socket.bind("127.0.0.1", 0))
local _, port = s:getsockname()
print(port)
assert(socket.bind("127.0.0.1", port))""")
    port = got.out.strip()
    first = got.err.splitlines()[0]
    check_words(first, "netbox: x.lua:4: address already in use (EADDRINUSE",
                f"127.0.0.1:{port})")


def end_of_a_stream_is_explained():
    got = ran_script("""local server = assert(socket.bind("127.0.0.1", 0))
local ip, port = server:getsockname()
local client = assert(socket.connect(ip, port))
server:accept():close()
print(assert(client:recv()))""")
    check_words(got.err.splitlines()[0], "netbox: x.lua:5: closed (EOF, recv")


def other_errors_are_not_explained():
    got = ran_script(CLOSED_PORT + """
socket.connect("127.0.0.1", port)
error("something else", 0)""")
    assert got.err.splitlines()[0] == "netbox: something else", got


def call_of_another_thread_is_not_taken():
    got = ran_script(CLOSED_PORT + """
thread.spawn(socket.connect, "127.0.0.1", port):join()
error("connection refused", 0)""")
    assert got.err.splitlines()[0] == "netbox: connection refused", got


def failing_thread_is_reported_at_once():
    with start("thread.spawn({name = 'worker'}, function() "
               "error('broken', 0) end) timer.sleep(0) " + READY +
               "print(input())") as program:
        program.expect_line("ready")
        report = program.stderr()
        check_words(report.splitlines()[0], "worker", "broken")
        check_words(report, "traceback", "(command line):1:")
        check_no_internals(report)
        program.type("still there\n")
        program.expect_line("still there")
        program.finish(status=1, stderr=re.escape(report))


def joined_thread_is_not_reported():
    got = ran("-e", "local t = thread.spawn(function() timer.sleep(0) "
              "error('x', 0) end) print(t:join())")
    assert got == (0, "false\tx\n", ""), got


def thread_whose_joiner_was_cancelled_is_reported():
    got = ran_script("""local joiner
local t = thread.spawn(function()
  timer.sleep(0)
  joiner:cancel()
  error("too late", 0)
end)
joiner = thread.spawn(t.join, t)""")
    assert (got.status, got.out) == (1, ""), got
    check_words(got.err, "(spawned at x.lua:2): too late\n")


def every_failing_thread_is_reported():
    got = ran("-e", "for i = 1, 3 do thread.spawn(error, 'no ' .. i, 0) end")
    assert got.status == 1, got
    check_order(got.err, "no 1", "no 2", "no 3")


def check_origin(script, origin):
    """The report of the one thread that fails says where it is from."""
    got = ran_script(script)
    assert (got.status, got.out) == (1, ""), got
    first = got.err.splitlines()[0]
    assert re.fullmatch(rf"netbox: thread 'thread \d+' \({origin}\): .*",
                        first), got
    check_no_internals(got.err)


def failing_thread_says_who_spawned_it():
    check_origin("\nthread.spawn(error, 'x')", "spawned at x.lua:2")
    check_origin("""local function spawn(f)
  local t = thread.spawn(f)
  return t
end
spawn(function() error("x") end)""", "spawned at x.lua:2")


def whatever_lies_between():
    check_origin("\npcall(thread.spawn, error, 'x')", "spawned at x.lua:2")
    check_origin("local spawn = coroutine.wrap(thread.spawn)\n"
                 "spawn(error, 'x')", "spawned at x.lua:2")
    check_origin("local f = load('\\n\\nthread.spawn(error)', '=piece')\nf()",
                 "spawned at piece:3")
    check_origin("-- a group\nlocal g <close> = thread.group()\n"
                 "g:spawn({service = true}, timer.sleep, 0)\n"
                 "thread.spawn(error)", "spawned at x.lua:4")


def threads_of_many_chunks_say_their_own():
    got = ran_script("""local kept = {}
for i = 1, 20 do
  local name = "=piece " .. i
  kept[i] = load(("\\n"):rep(i) .. "thread.spawn(error, ...)", name)
end
for i = 1, 20 do kept[i % 20 + 1](i, 0) end""")
    for i in range(1, 21):
        piece = i % 20 + 1
        check_words(got.err, f"(spawned at piece {piece}:{piece + 1}): {i}\n")


def failing_timer_says_who_armed_it():
    check_origin("\n\ntimer.after(0, error, 'x')", "timer armed at x.lua:3")
    check_origin("""local count = 0
timer.every(0.001, function()
  count = count + 1
  if count == 3 then error("x") end
end)""", "timer armed at x.lua:2")


def error_in_a_timer_ends_it():
    got = ran_script("""local count = 0
timer.every(0.001, function()
  count = count + 1
  if count == 3 then
    error("third time")
  end
end)""")
    assert got.status == 1, got
    assert got.err.count("third time") == 1, got
    check_words(got.err, "x.lua:5: third time")


def error_in_a_closing_variable_of_a_timer_ends_it():
    got = ran_script("""timer.every(0.001, function()
  local _ <close> = setmetatable({}, { __close = function(_, err)
    print(err)
    timer.sleep(0)
    error("on leaving", 0)
  end })
end)
timer.after(0.02, print, "another")""")
    assert (got.status, got.out) == (1, "nil\nanother\n"), got
    check_words(got.err, "(timer armed at x.lua:1): on leaving\n")
    assert got.err.count("on leaving") == 1, got


def output_before_an_error_comes_first():
    got = ran_script("io.write('before') error('after', 0)",
                     stderr=-2)  # both streams into one
    check_order(got.out, "before", "after")


def reports_cannot_steer_a_terminal():
    wild = r"\27[2J\r\8\127\u{9b}"
    shown = "?[2J???\u00c2?"
    for code, line in (
            (f"error('{wild}', 0)", f"netbox: {shown}"),
            (f"error('a\\n\\tb{wild}\u00e4', 0)",
             f"netbox: a\n\tb{shown}\u00e4"),
            (f"load('error()', '={wild}')()", f"\n\t{shown}:1: in main chunk"),
            (f"thread.spawn({{name = '{wild}'}}, error)",
             f"netbox: thread '{shown}'"),
            (f"local t = thread.spawn({{name = '{wild}'}}, function() "
             "thread.event():wait() end) t:join()", f"thread '{shown}' (sp"),
            (f"warn('@on') warn('{wild}') error()", f"warning: {shown}\n")):
        got = ran("-e", code)
        assert got.status == 1, got
        text = got.err.replace("\\xc2", "\u00c2")
        check_words(text, line)
        assert not re.search(r"[\0-\x08\x0b-\x1f\x7f\x80-\x9f]", text), got


run(uncaught_error_has_its_line_and_a_traceback, error_of_lua_itself,
    wrong_argument_names_the_scripts_line,
    error_in_lua_of_netbox_has_the_scripts_line,
    error_in_a_coroutine_shows_both_places, error_values_that_are_no_text,
    error_values_with_tostring, coroutine_made_in_a_tostring_is_as_any_other,
    cancellation_that_is_raised_where_none_was,
    error_values_reach_the_joiner_unchanged, error_after_a_stack_overflow_is_short,
    last_failed_call_is_explained, message_with_a_position_is_explained,
    failed_method_is_explained,
    port_that_is_taken_is_explained, end_of_a_stream_is_explained,
    other_errors_are_not_explained, call_of_another_thread_is_not_taken,
    failing_thread_is_reported_at_once, joined_thread_is_not_reported,
    thread_whose_joiner_was_cancelled_is_reported,
    every_failing_thread_is_reported, failing_thread_says_who_spawned_it,
    whatever_lies_between, threads_of_many_chunks_say_their_own,
    failing_timer_says_who_armed_it, error_in_a_timer_ends_it,
    error_in_a_closing_variable_of_a_timer_ends_it,
    output_before_an_error_comes_first, reports_cannot_steer_a_terminal)
