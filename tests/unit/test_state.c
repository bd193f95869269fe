/*
 * The state of a program: its opening and its end, and what becomes of it
 * when memory runs out at any moment. It may fail, but it ends, says why, and
 * leaves nothing behind.
 */
#include "support/luafixture.h"

#include <string.h>

enum { MOST = 100000 }; /* allocations of a program */

/* Refuses `times` requests from the one that `countdown` comes to 0 at. */
struct shortage {
    int countdown;
    int times;
};

static bool shortage_gate(void *context, size_t size)
{
    struct shortage *shortage = context;

    (void)size;
    if (shortage->countdown > 0)
        shortage->countdown--;
    if (shortage->countdown > 0 || shortage->times == 0)
        return true;
    shortage->times--;
    return false;
}

static void a_state_can_be_closed_twice(void **state)
{
    struct luafixture fx;

    luafixture_begin(&fx);
    nb_lua_close(&fx.lua);
    nb_lua_close(&fx.lua);
    assert_null(fx.lua.L);
    luafixture_end(&fx);
}

/* Opens a state while one request is refused. Returns nb_lua_open()'s. */
static int open_short(int n, int times, bool *refused)
{
    struct shortage shortage = {n, times};
    struct luafixture fx;

    luafixture_prepare(&fx, false);
    nb_alloc_set_gate(shortage_gate, &shortage);
    int rc = nb_lua_open(&fx.lua, fx.net, &fx.console);
    nb_alloc_set_gate(NULL, NULL);
    *refused = shortage.times < times;
    assert_true(rc == 0 || fx.lua.L == NULL);
    luafixture_end(&fx);
    return rc;
}

static void a_state_that_cannot_be_opened_leaves_nothing(void **state)
{
    int failed = 0;
    bool refused = true;

    for (int n = 1; refused; n++) {
        assert_true(n < MOST);
        failed += open_short(n, 2, &refused) < 0;
    }
    assert_true(failed > 1000);
}

static bool refuse(void *context, size_t size)
{
    (void)context;
    (void)size;
    return false;
}

/* A full collection while there is no memory. */
static int collect(lua_State *L)
{
    nb_alloc_set_gate(refuse, NULL);
    lua_gc(L, LUA_GCCOLLECT);
    nb_alloc_set_gate(NULL, NULL);
    return 0;
}

/* In a new coroutine there is no room to call anything. */
static void a_finalizer_runs_without_memory(void **state)
{
    struct luafixture fx;

    luafixture_begin(&fx);
    lua_register(fx.lua.L, "collect", collect);
    luafixture_expect(&fx,
                      "socket.udp4()\n"
                      "local co = coroutine.wrap(collect)\n"
                      "co()\n"
                      "print(#socket.sockets())\n",
                      "0\n");
    luafixture_end(&fx);
}

struct program {
    bool real; /* on libev and the kernel's sockets */
    const char *chunk;
};

/* One for each library. */
static const struct program programs[] = {
    /* values */
    {false, "local t = setmetatable({}, { __close = function() end })\n"
            "local _ <close> = t\n"
            "for i = 1, 20 do t[i] = ('x'):rep(i) .. i end\n"
            "print(table.concat(t, ',', 1, 5), repr(t), hexdump('abc'))\n"
            "io.write(pcall(error, { 1 }) and 'yes' or 'no', '\\n')\n"},
    /* threads */
    {false,
     "local function work(n)\n"
     "  for _ = 1, n do thread.yield() end\n"
     "  timer.sleep(n)\n"
     "  return n, 'done'\n"
     "end\n"
     "local all = {}\n"
     "for i = 1, 5 do all[i] = thread.spawn({ name = 't' .. i }, work, i) end\n"
     "all[3]:cancel('enough')\n"
     "for _, t in ipairs(all) do print(t:name(), t:join()) end\n"
     "print(#thread.list(), thread.self():traceback())\n"},
    /* what threads wait for in each other */
    {false, "local queue, lock, event = thread.queue(2), thread.lock(), "
            "thread.event()\n"
            "thread.spawn(function()\n"
            "  for i = 1, 5 do queue:put({ i }) end\n"
            "  queue:close()\n"
            "  event:set()\n"
            "end)\n"
            "for item in queue:iter() do\n"
            "  local _ <close> = lock:hold()\n"
            "  print(item[1], queue:qsize())\n"
            "end\n"
            "print(event:wait(1), lock:acquire(1), lock:acquire(1))\n"},
    /* timers and coroutines */
    {false,
     "local function numbers(n)\n"
     "  return coroutine.wrap(function()\n"
     "    for i = 1, n do timer.sleep(1) coroutine.yield(i) end\n"
     "  end)\n"
     "end\n"
     "local count, tick = 0, nil\n"
     "tick = timer.every(0.5, function(by)\n"
     "  count = count + by\n"
     "  if count > 20 then tick:cancel() end\n"
     "end, 2)\n"
     "timer.after(1, numbers(1))\n"
     "for i in numbers(3) do print(i, count, tick:remaining()) end\n"
     "print(tick:cancel(), coroutine.close(coroutine.create(print)))\n"
     "package.preload.mine = function() timer.sleep(1) return {} end\n"
     "thread.spawn(require, 'mine')\n"
     "print(require('mine') == require('mine'), require('netbox').version)\n"},
    /* streams */
    {false, "wire.name('a.test', '192.0.2.1')\n"
            "wire.name('a.test', '192.0.2.2')\n"
            "local server = assert(socket.bind('*', 0))\n"
            "wire.peer('192.0.2.9', 4000)\n"
            "local peer <close> = assert(server:accept())\n"
            "wire.fail('connect', 111)\n"
            "local conn = socket.tcp()\n"
            "conn:setoption('tcp-nodelay', true)\n"
            "conn:setoption('linger', { on = true, timeout = 1 })\n"
            "assert(conn:connect('a.test', 80))\n"
            "print(conn, peer, #socket.sockets())\n"
            "wire.text('one\\r\\ntwo;three\\n', conn:fileno())\n"
            "timer.after(1, wire.text, 'four\\nfive', conn:fileno())\n"
            "print(conn:receive(), conn:recvuntil(';'), conn:receive(3))\n"
            "timer.after(2, wire.eof, conn:fileno())\n"
            "timer.after(3, wire.eof, conn:fileno())\n"
            "for line in conn:lines() do print(line) end\n"
            "wire.limit(2)\n"
            "print(conn:send('abcdef'), conn:getpeername(), "
            "conn:getoption('linger'))\n"
            "wire.fail('send', 32)\n"
            "print(conn:sendall('x'))\n"},
    /* datagrams and names */
    {false, "local s = socket.udp()\n"
            "local function answer() timer.after(1, wire.answer) end\n"
            "wire.name('a.test', '192.0.2.1')\n"
            "wire.defer()\n"
            "answer()\n"
            "print(s:sendto('hello', 'a.test', 53))\n"
            "wire.datagram('world', '192.0.2.1', 53)\n"
            "print(s:recvfrom())\n"
            "s:settimeout(1)\n"
            "print(s:receivefrom())\n"
            "answer()\n"
            "print(socket.gethostbyname('b.test'))\n"
            "answer()\n"
            "for r in assert(socket.ping('a.test', { count = 1 })) do\n"
            "  print(r.message)\n"
            "end\n"},
    /* many sockets at once */
    {false, "local a, b = socket.tcp4(), socket.udp4()\n"
            "a:connect('192.0.2.1', 80)\n"
            "local o = { getfd = function() return a:getfd() end }\n"
            "timer.after(1, wire.text, 'x', a:fileno())\n"
            "local r, w = assert(socket.select({ a, b, o }, nil, 2))\n"
            "print(#r, #w, r[a], a:recv(), a:dirty())\n"
            "print(select('#', assert(socket.select({ a, b, o }, nil, 1))))\n"
            "timer.after(1, a.close, a)\n"
            "print(#assert(socket.select({ a, o })))\n"},
    /* the kernel's sockets */
    {true, "local server = assert(socket.bind('localhost', 0))\n"
           "local _, port = server:getsockname()\n"
           "local conn <close> = assert(socket.connect('localhost', port))\n"
           "local peer <close> = assert(server:accept())\n"
           "assert(conn:sendall('one\\ntwo'))\n"
           "print(peer:receive())\n"
           "peer:settimeout(0.001)\n"
           "print(peer:receive())\n"
           "conn:close()\n"
           "print(peer:receive('*a'))\n"
           "local udp = socket.udp4()\n"
           "udp:settimeout(0.001)\n"
           "print(udp:recvfrom())\n"},
};

/* What a program may say that was short of memory: nothing, or that. */
static void check_words(const char *chunk, int n, int rc, const char *err)
{
    bool told = strstr(err, "memory") != NULL;

    if ((*err != '\0' || rc != 0) && !told)
        fail_msg("without allocation %d it ended with %d and said\n%s%s", n, rc,
                 err, chunk);
}

/*
 * Runs the chunk while `times` requests are refused, from number `n` on.
 * Returns false if it made less than that: then it ended as ever.
 */
static bool run_short(const struct program *program, int n, int times)
{
    struct shortage shortage = {n, times};
    struct luafixture fx;

    if (program->real)
        luafixture_begin_real(&fx);
    else
        luafixture_begin(&fx);
    nb_alloc_set_gate(shortage_gate, &shortage);
    int rc = luafixture_run(&fx, program->chunk);
    nb_alloc_set_gate(NULL, NULL);
    fx.broken = shortage.times < times;
    check_words(program->chunk, n, rc, fx.err);
    if (!fx.broken)
        assert_string_equal(fx.err, "");
    luafixture_end(&fx);
    return fx.broken;
}

/* At each allocation in turn, `times` in a row are refused. */
static void sweep(int times)
{
    for (size_t i = 0; i < NB_COUNTOF(programs); i++) {
        int n = 1;
        while (run_short(&programs[i], n, times))
            assert_true(++n < MOST);
        assert_true(n > 50);
    }
}

/* Where Lua's are meant, a collection helps. */
static void a_refusal_is_survived_or_told(void **state)
{
    sweep(1);
}

/* The second time Lua raises an error. */
static void two_refusals_are_survived_or_told(void **state)
{
    sweep(2);
}

static void the_end_of_all_memory_is_the_end_of_the_program(void **state)
{
    sweep(MOST);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_state_can_be_closed_twice),
        cmocka_unit_test(a_state_that_cannot_be_opened_leaves_nothing),
        cmocka_unit_test(a_finalizer_runs_without_memory),
        cmocka_unit_test(a_refusal_is_survived_or_told),
        cmocka_unit_test(two_refusals_are_survived_or_told),
        cmocka_unit_test(the_end_of_all_memory_is_the_end_of_the_program),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
