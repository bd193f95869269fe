/*
 * Coroutines of the script at their limits: too many values, too deep, closed
 * and resumed where they must not be. Each is an error that can be caught, and
 * the program goes on.
 */
#include "support/luafixture.h"

#include <lauxlib.h>

/* A call `n` levels deep, which needs much of a coroutine's stack. */
#define DEEP                                                                   \
    "local function deep(n, f, ...)\n"                                         \
    "  if n == 0 then return f(...) end\n"                                     \
    "  return (deep(n - 1, f, ...))\n"                                         \
    "end\n"                                                                    \
    "local many = table.pack(table.unpack({}, 1, 500000))\n"

static void too_many_arguments_are_refused(void **state)
{
    luafixture_prints(DEEP "local co = coroutine.create(function()\n"
                           "  return deep(100000, coroutine.yield)\n"
                           "end)\n"
                           "print(coroutine.resume(co))\n"
                           "print(coroutine.resume(co, table.unpack(many, 1,\n"
                           "  many.n)))\n"
                           "print(coroutine.status(co))\n"
                           "print(coroutine.resume(co, 'few'))",
                      "true\n"
                      "false\ttoo many arguments to resume\n"
                      "suspended\n"
                      "true\tfew\n");
}

static void too_many_results_are_refused(void **state)
{
    luafixture_prints(DEEP "local co = coroutine.create(function()\n"
                           "  coroutine.yield(table.unpack(many, 1, many.n))\n"
                           "  return 'few'\n"
                           "end)\n"
                           "local function resume()\n"
                           "  return table.concat({ select(2,\n"
                           "    coroutine.resume(co)) })\n"
                           "end\n"
                           "print(deep(100000, resume))\n"
                           "print(coroutine.resume(co))",
                      "too many results to resume\n"
                      "true\tfew\n");
}

static void too_many_results_after_a_wait_are_refused(void **state)
{
    luafixture_prints(DEEP "local co = coroutine.create(function()\n"
                           "  timer.sleep(1)\n"
                           "  return table.unpack(many, 1, many.n)\n"
                           "end)\n"
                           "local function resume()\n"
                           "  return table.concat({ select(2,\n"
                           "    coroutine.resume(co)) })\n"
                           "end\n"
                           "print(deep(100000, resume), timer.now())",
                      "too many results to resume\t1.0\n");
}

#define CHAIN                                                                  \
    "local function chain(n, wait)\n"                                          \
    "  local gen = coroutine.wrap(function(a)\n"                               \
    "    while true do wait() a = coroutine.yield(a) end\n"                    \
    "  end)\n"                                                                 \
    "  for _ = 2, n do\n"                                                      \
    "    local inner = gen\n"                                                  \
    "    gen = coroutine.wrap(function(a)\n"                                   \
    "      while true do wait() a = coroutine.yield(inner(a) + 1) end\n"       \
    "    end)\n"                                                               \
    "  end\n"                                                                  \
    "  return gen\n"                                                           \
    "end\n"                                                                    \
    "local function none() end\n"

/* In plain Lua the C stack would be full with 200 of them. */
static void generators_may_be_chained_by_the_thousand(void **state)
{
    luafixture_prints(
        CHAIN "for _, wait in ipairs { none, thread.yield } do\n"
              "  local gen = chain(20000, wait)\n"
              "  print(gen(1), gen(10), coroutine.wrap(gen)(100))\n"
              "  print(thread.spawn(gen, 1000):join())\n"
              "end\n",
        "20000\t20009\t20099\ntrue\t20999\n20000\t20009\t20099\ntrue\t20999\n");
}

static void an_error_leaves_a_chain_as_it_leaves_a_coroutine(void **state)
{
    luafixture_prints(
        CHAIN "local fail = {}\n"
              "local ok, err = pcall(chain(20000, none), nil)\n"
              "print(ok, #err < 20000, err:match('attempt.*'))\n"
              "local function nest(n)\n"
              "  local _ <close> = setmetatable({}, {__close = function()\n"
              "    fail.closed = (fail.closed or 0) + 1 end})\n"
              "  if n == 1 then error(fail) end\n"
              "  return coroutine.wrap(nest)(n - 1)\n"
              "end\n"
              "ok, err = pcall(nest, 20000)\n"
              "print(ok, err == fail, fail.closed)\n",
        "false\ttrue\tattempt to perform arithmetic on a nil value\n"
        "false\ttrue\t20000\n");
}

static void too_many_coroutines_inside_each_other_are_refused(void **state)
{
    luafixture_prints("local deepest = 0\n"
                      "local function nest(n)\n"
                      "  deepest = n\n"
                      "  coroutine.wrap(nest)(n + 1)\n"
                      "end\n"
                      "local ok, err = pcall(nest, 1)\n"
                      "print(ok, err:match('C stack overflow'))\n"
                      "print(deepest > 20000)\n"
                      "table.sort({1, 2}, function()\n"
                      "  ok, err = pcall(nest, 1)\n"
                      "end)\n"
                      "print(ok, err:match('C stack overflow'))\n"
                      "print(deepest < 200)\n",
                      "false\tC stack overflow\ntrue\n"
                      "false\tC stack overflow\ntrue\n");
}

/* Lua 5.4.4 does not count these and would overflow the stack of C. */
static void a_chain_of_closes_ends_before_the_stack_of_c(void **state)
{
    luafixture_prints("local cos, message = {}, nil\n"
                      "for i = 1, 30000 do\n"
                      "  cos[i] = coroutine.create(function()\n"
                      "    local _ <close> = setmetatable({}, {\n"
                      "      __close = function()\n"
                      "        if i == 1 then return end\n"
                      "        local ok, err = pcall(coroutine.close,\n"
                      "          cos[i - 1])\n"
                      "        if not ok then message = err end\n"
                      "      end })\n"
                      "    coroutine.yield()\n"
                      "  end)\n"
                      "  coroutine.resume(cos[i])\n"
                      "end\n"
                      "print(coroutine.close(cos[30000]), message)\n"
                      "print(coroutine.status(cos[1]))\n"
                      "message = nil\n"
                      "print(coroutine.close(cos[200]), message)\n"
                      "print(coroutine.status(cos[1]))",
                      "true\tC stack overflow\n"
                      "suspended\n"
                      "true\tnil\n"
                      "dead\n");
}

static void a_coroutine_that_is_being_closed_is_running(void **state)
{
    luafixture_prints(
        "local co\n"
        "local function look()\n"
        "  print(coroutine.status(co), coroutine.running() == co)\n"
        "  coroutine.wrap(function()\n"
        "    print(coroutine.status(co))\n"
        "    print(coroutine.resume(co))\n"
        "    print(pcall(coroutine.close, co))\n"
        "  end)()\n"
        "end\n"
        "co = coroutine.create(function()\n"
        "  local _ <close> = setmetatable({}, {__close = look})\n"
        "  coroutine.yield()\n"
        "end)\n"
        "coroutine.resume(co)\n"
        "print(coroutine.close(co), coroutine.status(co))",
        "running\ttrue\n"
        "normal\n"
        "false\tcannot resume non-suspended coroutine\n"
        "false\tcannot close a normal coroutine\n"
        "true\tdead\n");
}

static void an_error_while_closing_is_a_result(void **state)
{
    luafixture_prints("local co = coroutine.create(function()\n"
                      "  local _ <close> = setmetatable({}, {\n"
                      "    __close = function() error('mine', 0) end })\n"
                      "  coroutine.yield()\n"
                      "end)\n"
                      "coroutine.resume(co)\n"
                      "print(coroutine.close(co))\n"
                      "print(coroutine.close(co))\n"
                      "print(pcall(coroutine.close, coroutine.running()))",
                      "false\tmine\n"
                      "true\n"
                      "false\tcannot close a running coroutine\n");
}

static void the_arguments_of_the_library_are_checked(void **state)
{
    luafixture_prints(
        "for _, name in ipairs { 'create', 'wrap', 'resume', 'status',\n"
        "  'close', 'isyieldable' } do\n"
        "  print(pcall(coroutine[name], 1))\n"
        "end\n",
        "false\tbad argument #1 to 'coroutine.create' "
        "(function expected, got number)\n"
        "false\tbad argument #1 to 'coroutine.wrap' "
        "(function expected, got number)\n"
        "false\tbad argument #1 to 'coroutine.resume' "
        "(thread expected, got number)\n"
        "false\tbad argument #1 to 'coroutine.status' "
        "(thread expected, got number)\n"
        "false\tbad argument #1 to 'coroutine.close' "
        "(thread expected, got number)\n"
        "false\tbad argument #1 to 'coroutine.isyieldable' "
        "(thread expected, got number)\n");
}

static void missing_arguments_are_no_value(void **state)
{
    luafixture_prints("for _, name in ipairs { 'create', 'wrap', 'resume',\n"
                      "  'status', 'close' } do\n"
                      "  local _, message = pcall(coroutine[name])\n"
                      "  print(message:match('got (.*)%)'))\n"
                      "end\n",
                      "no value\nno value\nno value\nno value\nno value\n");
}

/* Yields past netbox's own coroutine.yield, as a module in C might. */
static int raw_yield(lua_State *L)
{
    return lua_yield(L, lua_gettop(L));
}

static void begin_with_raw_yield(struct luafixture *fx)
{
    luafixture_begin(fx);
    lua_register(fx->lua.L, "raw_yield", raw_yield);
}

static void a_raw_yield_in_a_coroutine_is_a_yield(void **state)
{
    struct luafixture fx;

    begin_with_raw_yield(&fx);
    luafixture_expect(&fx,
                      "local co = coroutine.wrap(function()\n"
                      "  timer.sleep(1)\n"
                      "  return raw_yield(1, 2)\n"
                      "end)\n"
                      "print(co())\n"
                      "print(co('back'), timer.now())",
                      "1\t2\nback\t1.0\n");
    luafixture_end(&fx);
}

static void a_raw_yield_of_a_thread_is_its_failure(void **state)
{
    struct luafixture fx;

    begin_with_raw_yield(&fx);
    luafixture_expect(
        &fx,
        "local t = thread.spawn(function()\n"
        "  timer.sleep(1)\n"
        "  raw_yield('forged')\n"
        "end)\n"
        "print(t:join())\n"
        "print(t:status())",
        "false\tattempt to yield from outside a coroutine\nfailed\n");
    luafixture_end(&fx);
}

static void what_is_dead_cannot_be_resumed(void **state)
{
    luafixture_prints(
        "local function try(f) print(select(2, pcall(f))) end\n"
        "local function wait() timer.sleep(1) end\n"
        "local co = coroutine.create(wait)\n"
        "print(coroutine.resume(co))\n"
        "print(coroutine.resume(co))\n"
        "local f = coroutine.wrap(function() wait() error('mine', 0) end)\n"
        "try(f)\n"
        "try(f)\n"
        "print(coroutine.resume(coroutine.running()))",
        "true\n"
        "false\tcannot resume dead coroutine\n"
        "mine\n"
        "cannot resume dead coroutine\n"
        "false\tcannot resume non-suspended coroutine\n");
}

static void a_generator_left_in_its_middle_is_collected(void **state)
{
    luafixture_prints("local function numbers()\n"
                      "  return coroutine.wrap(function()\n"
                      "    local s <close> = socket.tcp4()\n"
                      "    for i = 1, 3 do\n"
                      "      timer.sleep(1)\n"
                      "      coroutine.yield(i)\n"
                      "    end\n"
                      "  end)\n"
                      "end\n"
                      "for i in numbers() do\n"
                      "  if i == 2 then break end\n"
                      "end\n"
                      "collectgarbage()\n"
                      "print(#socket.sockets(), timer.now())",
                      "0\t2.0\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(too_many_arguments_are_refused),
        cmocka_unit_test(too_many_results_are_refused),
        cmocka_unit_test(too_many_results_after_a_wait_are_refused),
        cmocka_unit_test(generators_may_be_chained_by_the_thousand),
        cmocka_unit_test(an_error_leaves_a_chain_as_it_leaves_a_coroutine),
        cmocka_unit_test(too_many_coroutines_inside_each_other_are_refused),
        cmocka_unit_test(a_chain_of_closes_ends_before_the_stack_of_c),
        cmocka_unit_test(a_coroutine_that_is_being_closed_is_running),
        cmocka_unit_test(an_error_while_closing_is_a_result),
        cmocka_unit_test(the_arguments_of_the_library_are_checked),
        cmocka_unit_test(missing_arguments_are_no_value),
        cmocka_unit_test(a_raw_yield_in_a_coroutine_is_a_yield),
        cmocka_unit_test(a_raw_yield_of_a_thread_is_its_failure),
        cmocka_unit_test(what_is_dead_cannot_be_resumed),
        cmocka_unit_test(a_generator_left_in_its_middle_is_collected),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
