/*
 * socket.select on the virtual clock: what wakes it and what does not, what
 * it says then, and what is left of it.
 */
#include "support/luafixture.h"

#include <string.h>

/* Two connections `a` and `b` that nothing can be sent on, and a report. */
#define PRELUDE                                                                \
    "local function new()\n"                                                   \
    "  local s = socket.tcp4()\n"                                              \
    "  s:connect('192.0.2.1', 80)\n"                                           \
    "  wire.writable(s:fileno(), false)\n"                                     \
    "  return s\n"                                                             \
    "end\n"                                                                    \
    "local a, b = new(), new()\n"                                              \
    "local names = { [a] = 'a', [b] = 'b' }\n"                                 \
    "local function text(list)\n"                                              \
    "  if not list then return 'nil' end\n"                                    \
    "  local words = {}\n"                                                     \
    "  for i, object in ipairs(list) do\n"                                     \
    "    assert(list[object] == i)\n"                                          \
    "    words[i] = names[object]\n"                                           \
    "  end\n"                                                                  \
    "  return '[' .. table.concat(words, ' ') .. ']'\n"                        \
    "end\n"                                                                    \
    "local function show(r, w, ...)\n"                                         \
    "  if type(r) == 'table' then r, w = text(r), text(w) end\n"               \
    "  print(timer.now(), r, w, ...)\n"                                        \
    "end\n"                                                                    \
    "local function select(...) show(socket.select(...)) end\n"                \
    "local function try(...)\n"                                                \
    "  local ok, e = pcall(function(...)\n"                                    \
    "    local r, w = socket.select(...)\n"                                    \
    "    return r, w\n"                                                        \
    "  end, ...)\n"                                                            \
    "  print(timer.now(), ok, (tostring(e):gsub('^.-:%d+: ', '')))\n"          \
    "end\n"                                                                    \
    "local function object(fd, name, dirty)\n"                                 \
    "  local o = { getfd = function() return fd end, dirty = dirty }\n"        \
    "  names[o] = name\n"                                                      \
    "  return o\n"                                                             \
    "end\n"

static void what_becomes_ready_ends_the_wait(void **state)
{
    luafixture_prints(PRELUDE
                      "timer.after(1, wire.text, 'x', b:fileno())\n"
                      "timer.after(2, wire.writable, a:fileno(), true)\n"
                      "select({ a, b }, { a, b })\n"
                      "b:recv()\n"
                      "select({ a, b }, { a, b })\n"
                      "select({ a, b }, { a, b })",
                      "1.0\t[b]\t[]\n"
                      "2.0\t[]\t[a]\n"
                      "2.0\t[]\t[a]\n");
}

static void who_need_not_wait_does_not_switch(void **state)
{
    luafixture_prints(PRELUDE "local switched = false\n"
                              "thread.spawn(function() switched = true end)\n"
                              "wire.text('x', a:fileno())\n"
                              "select({ a, b })\n"
                              "select({ b }, nil, 0)\n"
                              "select(nil, nil, 0)\n"
                              "print(switched, a:recv())",
                      "0.0\t[a]\t[]\n"
                      "0.0\t[]\t[]\ttimeout\n"
                      "0.0\t[]\t[]\ttimeout\n"
                      "false\tx\n");
}

static void who_never_waits_lets_others_run(void **state)
{
    luafixture_prints(PRELUDE "local over = false\n"
                              "thread.spawn(function() over = true end)\n"
                              "local rounds = 0\n"
                              "while not over do\n"
                              "  socket.select({ a }, nil, 0)\n"
                              "  rounds = rounds + 1\n"
                              "end\n"
                              "print(rounds > 1)",
                      "true\n");
}

static void a_time_out_says_so(void **state)
{
    luafixture_prints(PRELUDE "select({ a }, { b }, 1.5)\n"
                              "select(nil, nil, 1)\n"
                              "select({}, {}, 1)",
                      "1.5\t[]\t[]\ttimeout\n"
                      "2.5\t[]\t[]\ttimeout\n"
                      "3.5\t[]\t[]\ttimeout\n");
}

static void what_a_reader_took_away_is_waited_for_on(void **state)
{
    luafixture_prints(PRELUDE "thread.spawn(function() print(a:recv()) end)\n"
                              "timer.after(1, wire.text, 'x', a:fileno())\n"
                              "select({ a }, nil, 3)",
                      "x\n3.0\t[]\t[]\ttimeout\n");
}

static void a_false_alarm_is_waited_for_on(void **state)
{
    struct luafixture fx;

    luafixture_begin(&fx);
    luafixture_expect(&fx,
                      PRELUDE "timer.after(1, function()\n"
                              "  wire.text('x', a:fileno())\n"
                              "  wire.fail('poll', 0)\n"
                              "end)\n"
                              "select({ a })\n"
                              "a:recv()",
                      "1.0\t[a]\t[]\n");
    assert_int_equal(luafixture_count(&fx, "poll"), 3);
    luafixture_end(&fx);
}

static void bytes_that_are_buffered_are_ready(void **state)
{
    luafixture_prints(PRELUDE "wire.text('one\\ntwo\\n', a:fileno())\n"
                              "print(a:dirty(), a:receive(), a:dirty())\n"
                              "wire.writable(b:fileno(), true)\n"
                              "select({ b, a }, { a, b })\n"
                              "print(a:receive(), a:dirty())\n"
                              "select({ a }, nil, 0)",
                      "false\tone\ttrue\n"
                      "0.0\t[a]\t[b]\n"
                      "two\tfalse\n"
                      "0.0\t[]\t[]\ttimeout\n");
}

static void what_a_reader_left_in_the_buffer_is_ready(void **state)
{
    luafixture_prints(PRELUDE "local t = thread.spawn(a.recvuntil, a, ';')\n"
                              "thread.yield()\n"
                              "timer.after(1, wire.text, 'half', a:fileno())\n"
                              "select({ a })\n"
                              "t:cancel()",
                      "1.0\t[a]\t[]\n");
}

static void a_socket_that_is_closed_meanwhile_is_ready(void **state)
{
    luafixture_prints(PRELUDE "timer.after(1, a.close, a)\n"
                              "select({ b, a }, { a, b })\n"
                              "select({ a }, { a }, 1)",
                      "1.0\t[a]\t[a]\n"
                      "2.0\t[]\t[]\ttimeout\n");
}

static void the_number_of_a_closed_socket_may_be_anothers_at_once(void **state)
{
    luafixture_prints(PRELUDE "timer.after(1, function()\n"
                              "  local fd = a:fileno()\n"
                              "  a:close()\n"
                              "  a = socket.tcp4()\n"
                              "  assert(a:fileno() == fd)\n"
                              "  wire.text('new', fd)\n"
                              "end)\n"
                              "local old = a\n"
                              "select({ a, b, object(a:fileno(), 'o') })\n"
                              "print(a:recv(), old:recv())",
                      "1.0\t[a o]\t[]\n"
                      "new\tnil\tclosed\tEBADF\n");
}

static void an_object_of_the_script_counts_by_its_descriptor(void **state)
{
    luafixture_prints(PRELUDE
                      "local wrapped = object(a:fileno(), 'o')\n"
                      "timer.after(1, wire.text, 'x', a:fileno())\n"
                      "timer.after(2, a.close, a)\n"
                      "select({ wrapped, b }, { wrapped })\n"
                      "a:recv()\n"
                      "select({ wrapped, b }, { wrapped })\n"
                      "select({ object(-1, 'none'), object(nil, 'nil') },\n"
                      "  nil, 0)",
                      "1.0\t[o]\t[]\n"
                      "2.0\t[o]\t[o]\n"
                      "2.0\t[]\t[]\ttimeout\n");
}

static void an_object_that_is_dirty_is_ready(void **state)
{
    luafixture_prints(PRELUDE "local yes = function() return 'yes' end\n"
                              "local no = function() return false end\n"
                              "local dirty = object(a:fileno(), 'dirty', yes)\n"
                              "local clean = object(a:fileno(), 'clean', no)\n"
                              "local none = object(-1, 'none', error)\n"
                              "wire.text('x', b:fileno())\n"
                              "select({ clean, dirty, b, none }, { dirty })\n"
                              "select({ clean, none }, { dirty }, 1)\n"
                              "b:recv()",
                      "0.0\t[dirty b]\t[]\n"
                      "1.0\t[]\t[]\ttimeout\n");
}

static void a_descriptor_without_owner_is_watched(void **state)
{
    luafixture_prints(PRELUDE "local fd = a:fileno()\n"
                              "local o = object(fd, 'o')\n"
                              "timer.after(1, wire.text, 'x', fd)\n"
                              "a:close()\n"
                              "try({ o })\n"
                              "a = socket.tcp4()\n"
                              "select({ o })\n"
                              "a:recv()",
                      "0.0\tfalse\tbad argument #1 to 'select' "
                      "(entry 1: descriptor 3 is not open)\n"
                      "1.0\t[o]\t[]\n");
}

static void the_same_twice_is_told_once(void **state)
{
    luafixture_prints(PRELUDE "timer.after(1, wire.text, 'x', a:fileno())\n"
                              "select({ a, b, a }, { b, b })\n"
                              "a:recv()",
                      "1.0\t[a]\t[]\n");
}

static void several_threads_select_and_receive_at_once(void **state)
{
    luafixture_prints(PRELUDE "thread.spawn(select, { a, b })\n"
                              "thread.spawn(select, { b, a }, nil, 1)\n"
                              "thread.spawn(function() print(a:recv()) end)\n"
                              "timer.sleep(0.5)\n"
                              "wire.text('xy', a:fileno())\n"
                              "timer.sleep(0)\n"
                              "wire.text('z', b:fileno())\n"
                              "timer.sleep(0)\n"
                              "print(b:recv())",
                      "xy\n0.5\t[b]\t[]\n0.5\t[b]\t[]\nz\n");
}

static void a_pending_connection_is_writable_when_it_is_there(void **state)
{
    luafixture_prints(PRELUDE
                      "local s <close> = socket.tcp4()\n"
                      "local EINPROGRESS = 115\n"
                      "names[s] = 's'\n"
                      "s:settimeout(0)\n"
                      "wire.writable(s:fileno(), false)\n"
                      "wire.fail('connect', EINPROGRESS)\n"
                      "print(s:connect('192.0.2.2', 80))\n"
                      "timer.after(1, wire.writable, s:fileno(), true)\n"
                      "select({ s }, { s })\n"
                      "print(s:connect('192.0.2.2', 80))",
                      "nil\ttimeout\tEINPROGRESS\n"
                      "1.0\t[]\t[s]\n"
                      "true\n");
}

/* The first address is refused: the second has another descriptor. */
static void another_descriptor_of_a_socket_is_waited_for_on(void **state)
{
    luafixture_prints(PRELUDE
                      "local s = socket.tcp()\n"
                      "names[s] = 's'\n"
                      "local EINPROGRESS, ECONNREFUSED = 115, 111\n"
                      "wire.name('a.test', '192.0.2.1')\n"
                      "wire.name('a.test', '2001:db8::1')\n"
                      "wire.fail('connect', EINPROGRESS)\n"
                      "wire.fail('connect', ECONNREFUSED)\n"
                      "wire.fail('connect', EINPROGRESS)\n"
                      "local t = thread.spawn(s.connect, s, 'a.test', 80)\n"
                      "thread.yield()\n"
                      "wire.writable(s:fileno(), false)\n"
                      "thread.spawn(function() select(nil, { s }) end)\n"
                      "timer.sleep(1)\n"
                      "wire.writable(s:fileno(), true)\n"
                      "timer.sleep(1)\n"
                      "print(t:join())",
                      "1.0\t[]\t[s]\ntrue\ttrue\n");
}

static void what_poll_cannot_do_is_told(void **state)
{
    luafixture_prints(PRELUDE "local ENOMEM = 12\n"
                              "wire.fail('poll', ENOMEM)\n"
                              "select({ a, b })\n"
                              "timer.after(1, function()\n"
                              "  wire.fail('poll', ENOMEM)\n"
                              "  wire.text('x', b:fileno())\n"
                              "end)\n"
                              "select({ a, b })\n"
                              "b:recv()",
                      "0.0\tnil\tCannot allocate memory\tENOMEM\n"
                      "1.0\tnil\tCannot allocate memory\tENOMEM\n");
}

static void a_cancelled_select_raises(void **state)
{
    luafixture_prints(PRELUDE
                      "local t = thread.spawn(try, { a, b }, { a, b })\n"
                      "timer.sleep(1)\n"
                      "print(t:waiting_for())\n"
                      "t:cancel()\n"
                      "t:join()\n"
                      "wire.text('x', a:fileno())\n"
                      "timer.sleep(1)\n"
                      "a:recv()\n"
                      "thread.self():cancel()\n"
                      "try({ a }, nil, 0)",
                      "select\n"
                      "1.0\tfalse\tcancelled\n"
                      "2.0\tfalse\tcancelled\n");
}

static void who_is_ended_by_force_leaves_no_wait(void **state)
{
    luafixture_prints(PRELUDE
                      "local t = thread.spawn(function()\n"
                      "  while true do pcall(socket.select, { a }) end\n"
                      "end)\n"
                      "timer.sleep(1)\n"
                      "t:cancel()\n"
                      "t:join()\n"
                      "wire.text('x', a:fileno())\n"
                      "timer.sleep(1)\n"
                      "print(t:status(), a:recv())",
                      "cancelled\tx\n");
}

static void where_nothing_can_wait_it_says_so(void **state)
{
    luafixture_prints(PRELUDE
                      "local o = object(3, 'o')\n"
                      "o.getfd = function() return a:recv() end\n"
                      "for _, f in ipairs {\n"
                      "  function() table.sort({ 1, 2 }, function()\n"
                      "    socket.select({ a }, nil, 1)\n"
                      "  end) end,\n"
                      "  function() socket.select({ o }) end,\n"
                      "} do\n"
                      "  local _, message = pcall(f)\n"
                      "  print(message:match(\": (cannot.*)'.*%.(.*)$\"))\n"
                      "end",
                      "cannot wait inside \t"
                      "sort': Lua cannot suspend it\n"
                      "cannot wait inside \t"
                      "select': Lua cannot suspend it\n");
}

static void a_generator_may_select(void **state)
{
    luafixture_prints(PRELUDE "timer.after(1, wire.text, 'x', a:fileno())\n"
                              "local next = coroutine.wrap(function()\n"
                              "  coroutine.yield(#socket.select({ a, b }))\n"
                              "end)\n"
                              "print(next(), timer.now(), a:recv())",
                      "1\t1.0\tx\n");
}

static void sockets_are_kept_while_they_are_waited_for(void **state)
{
    luafixture_prints(PRELUDE "local fd\n"
                              "thread.spawn(function()\n"
                              "  local list = { new() }\n"
                              "  fd = list[1]:fileno()\n"
                              "  timer.after(0, function() list[1] = nil end)\n"
                              "  print(socket.select(list)[1]:recv())\n"
                              "end)\n"
                              "timer.sleep(1)\n"
                              "collectgarbage()\n"
                              "wire.text('kept', fd)",
                      "kept\n");
}

static void a_finalizer_may_look(void **state)
{
    luafixture_prints(PRELUDE "setmetatable({}, { __gc = function()\n"
                              "  select({ a }, { a }, 0)\n"
                              "end })\n"
                              "collectgarbage()",
                      "0.0\t[]\t[]\ttimeout\n");
}

static void when_the_program_closes_it_cannot_begin(void **state)
{
    luafixture_prints(PRELUDE "setmetatable({}, { __gc = function()\n"
                              "  try({ a }, nil, 0)\n"
                              "end })",
                      "0.0\tfalse\tthe program is closing\n");
}

static void nothing_to_wait_for_for_ever_is_a_deadlock(void **state)
{
    struct luafixture fx;

    luafixture_begin(&fx);
    luafixture_run(&fx, "socket.select({}, { socket.tcp() })");
    assert_non_null(strstr(fx.err, "thread 'main' waits for select\n"));
    luafixture_end(&fx);
}

static void arguments_are_checked(void **state)
{
    luafixture_prints(
        PRELUDE "try(1)\n"
                "try(nil, 'x')\n"
                "try({}, {}, 'x')\n"
                "try({}, {}, 0 / 0)\n"
                "try({ a, 5 })\n"
                "try({ a, 'text' })\n"
                "try({ a }, { b, {} })\n"
                "try({ io.stdin })\n"
                "try({ thread.self() })\n"
                "try({ object(1.5) })\n"
                "try({ object('x') })\n"
                "try({ object(2 ^ 40) })\n"
                "try({ object(60) }, nil, 0)\n"
                "try({ setmetatable({}, { __index = function(_, k)\n"
                "  error('no ' .. k, 0)\n"
                "end }) })\n"
                "local class = { __index = object('4', 'o') }\n"
                "select({ setmetatable({}, class) }, nil, 0)",
        "0.0\tfalse\tbad argument #1 to 'select' "
        "(table expected, got number)\n"
        "0.0\tfalse\tbad argument #2 to 'select' "
        "(table expected, got string)\n"
        "0.0\tfalse\tbad argument #3 to 'select' "
        "(number expected, got string)\n"
        "0.0\tfalse\tbad argument #3 to 'select' "
        "(time must not be NaN)\n"
        "0.0\tfalse\tbad argument #1 to 'select' "
        "(entry 2: a socket or an object with getfd expected, got number)\n"
        "0.0\tfalse\tbad argument #1 to 'select' "
        "(entry 2: a socket or an object with getfd expected, got string)\n"
        "0.0\tfalse\tbad argument #2 to 'select' "
        "(entry 2: a socket or an object with getfd expected, got table)\n"
        "0.0\tfalse\tbad argument #1 to 'select' "
        "(entry 1: a socket or an object with getfd expected, got userdata)\n"
        "0.0\tfalse\tbad argument #1 to 'select' "
        "(entry 1: a socket or an object with getfd expected, got userdata)\n"
        "0.0\tfalse\tbad argument #1 to 'select' "
        "(entry 1: getfd must return a descriptor, got 1.5)\n"
        "0.0\tfalse\tbad argument #1 to 'select' "
        "(entry 1: getfd must return a descriptor, got x)\n"
        "0.0\tfalse\tbad argument #1 to 'select' "
        "(entry 1: getfd must return a descriptor, got 1099511627776.0)\n"
        "0.0\tfalse\tbad argument #1 to 'select' "
        "(entry 1: descriptor 60 is not open)\n"
        "0.0\tfalse\tno getfd\n"
        "0.0\t[]\t[]\ttimeout\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_becomes_ready_ends_the_wait),
        cmocka_unit_test(who_need_not_wait_does_not_switch),
        cmocka_unit_test(who_never_waits_lets_others_run),
        cmocka_unit_test(a_time_out_says_so),
        cmocka_unit_test(what_a_reader_took_away_is_waited_for_on),
        cmocka_unit_test(a_false_alarm_is_waited_for_on),
        cmocka_unit_test(bytes_that_are_buffered_are_ready),
        cmocka_unit_test(what_a_reader_left_in_the_buffer_is_ready),
        cmocka_unit_test(a_socket_that_is_closed_meanwhile_is_ready),
        cmocka_unit_test(the_number_of_a_closed_socket_may_be_anothers_at_once),
        cmocka_unit_test(an_object_of_the_script_counts_by_its_descriptor),
        cmocka_unit_test(an_object_that_is_dirty_is_ready),
        cmocka_unit_test(a_descriptor_without_owner_is_watched),
        cmocka_unit_test(the_same_twice_is_told_once),
        cmocka_unit_test(several_threads_select_and_receive_at_once),
        cmocka_unit_test(a_pending_connection_is_writable_when_it_is_there),
        cmocka_unit_test(another_descriptor_of_a_socket_is_waited_for_on),
        cmocka_unit_test(what_poll_cannot_do_is_told),
        cmocka_unit_test(a_cancelled_select_raises),
        cmocka_unit_test(who_is_ended_by_force_leaves_no_wait),
        cmocka_unit_test(where_nothing_can_wait_it_says_so),
        cmocka_unit_test(a_generator_may_select),
        cmocka_unit_test(sockets_are_kept_while_they_are_waited_for),
        cmocka_unit_test(a_finalizer_may_look),
        cmocka_unit_test(when_the_program_closes_it_cannot_begin),
        cmocka_unit_test(nothing_to_wait_for_for_ever_is_a_deadlock),
        cmocka_unit_test(arguments_are_checked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
