"""Which lines a traceback shows: those that the error has passed, also in
coroutines and threads that it has left, and no others."""
from cli import check_no_internals, ran_script, run


def check_lines(script, *lines):
    """The one report of the script shows exactly these lines of it."""
    got = ran_script(script)
    assert got.status == 1 and got.err.count("netbox: ") == 1, got
    check_no_internals(got.err)
    _, heading, *shown = got.err.splitlines()
    assert heading == "stack traceback:", got
    shown = [line[1:] if line.startswith("\t(") else int(line.split(":")[1])
             for line in shown]
    assert shown == list(lines), f"not {lines}: {got}"


# Lines 1 to 7: a generator that fails at line 2, called from line 4.
GENERATOR = """local function fail(value, level)
  error(value, level)
end
local function generate(...) timer.sleep(0) fail(...) end
local function start(...)
  return coroutine.wrap(generate), ...
end
"""


def error_that_leaves_a_coroutine():
    check_lines(GENERATOR + "start()('x')", 2, 4, 8)
    check_lines(GENERATOR + "start()('x', 2)", 2, 4, 8)


def error_that_leaves_several():
    check_lines(GENERATOR + """local function outer()
  local inner = start()
  inner("x")
end
coroutine.wrap(function()
  coroutine.wrap(outer)()
end)()""", 2, 4, 10, 13, 12)


def errors_of_every_type():
    for value in ("{}", "nil", "42", "false", "print", "'x', 0",
                  "setmetatable({}, {__tostring = function() return '' end})"):
        check_lines(GENERATOR + f"start()({value})", 2, 4, 8)


def error_that_is_raised_again():
    for again in ("error(err)", "error(err, 0)", "assert(ok, err)"):
        check_lines(GENERATOR + f"""local co = coroutine.create(generate)
local ok, err = coroutine.resume(co, "x")
{again}""", 2, 4, 10)
    check_lines(GENERATOR + """local ok, err = pcall(start(), {})
if not ok then
  error(err)
end""", 2, 4, 10)


def error_of_a_thread_that_was_joined():
    check_lines(GENERATOR + """local t = thread.spawn(generate, "x")
assert(t:join())""", 2, 4, "(in thread 'thread 2' (spawned at x.lua:8))", 9)
    check_lines(GENERATOR + """local t = thread.spawn(generate, {})
local ok, err = t:join()
error(err)""", 2, 4, "(in thread 'thread 2' (spawned at x.lua:8))", 10)


def error_of_a_member_of_a_group():
    check_lines(GENERATOR + """do
  local g <close> = thread.group()
  g:spawn({ name = "member" }, generate, "x")
end""", 2, 4, "(in thread 'member' (spawned at x.lua:10))", 10)
    check_lines(GENERATOR + """local g = thread.group()
g:spawn(generate, {})
g:wait()""", 2, 4, "(in thread 'thread 2' (spawned at x.lua:9))", 10)


def error_that_leaves_a_deadline():
    check_lines(GENERATOR + "thread.deadline(10, generate, 'x')", 2, 4, 8)
    check_lines(GENERATOR + """local function body()
  local _ <close> = setmetatable({}, {
    __close = function() timer.sleep(0) end,
  })
  generate("x")
end
coroutine.wrap(function()
  thread.deadline(10, body)
end)()""", 2, 4, 12, 15, 14)


def error_in_a_closing_variable():
    check_lines("""local function leave()
  error("x")
end
do
  local _ <close> = setmetatable({}, { __close = leave })
end""", 2, 5)


def error_in_a_closing_variable_after_another():
    got = ran_script("""local _ <close> = setmetatable({}, {
  __close = function(_, err)
    timer.sleep(0)
    error("then: " .. err, 0)
  end,
})
error("first", 0)""")
    assert (got.status, got.out) == (1, ""), got
    assert got.err == ("netbox: then: first\n"
                       "stack traceback:\n"
                       "\tx.lua:4: in function <x.lua:2>\n"), got


def lines_of_an_error_that_was_caught_are_not_shown():
    for caught in ("pcall(start(), 'a')", "pcall(start(), 'x')",
                   "thread.spawn(generate, 'x'):join()"):
        check_lines(GENERATOR + f"{caught}\nerror('x')", 9)


def error_in_an_error_handler():
    got = ran_script("""print(xpcall(error, function(err)
  error("in the handler of " .. tostring(err), 0)
end, "x", 0))""")
    assert (got.status, got.err) == (0, ""), got
    assert got.out == "false\terror in error handling\n", got
    got = ran_script("""timer.after(0, function()
  print(xpcall(error, function(err)
    if err == "x" then error("handled twice", 0) end
    return err
  end, "x", 0))
end)""")
    assert got == (0, "false\thandled twice\n", ""), got


def many_coroutines_do_not_make_it_long():
    got = ran_script("""local function nest(depth)
  if depth == 0 then error({}) end
  coroutine.wrap(nest)(depth - 1)
end
nest(150)""")
    assert got.status == 1, got
    assert "x.lua:2: in function <x.lua:1>" in got.err, got
    assert len(got.err) < 10000, len(got.err)


run(error_that_leaves_a_coroutine, error_that_leaves_several,
    errors_of_every_type, error_that_is_raised_again,
    error_of_a_thread_that_was_joined, error_of_a_member_of_a_group,
    error_that_leaves_a_deadline, error_in_a_closing_variable,
    error_in_a_closing_variable_after_another,
    lines_of_an_error_that_was_caught_are_not_shown,
    error_in_an_error_handler, many_coroutines_do_not_make_it_long)
