/*
 * Waits that Lua cannot suspend: one sentence names the first function in the
 * way, and only that; the program goes on.
 */
#include "support/luafixture.h"

/*
 * wait(): a second; try(f, ...): prints what f(...) raises, or its second
 * result, from "cannot" on; object(t): one with the metatable t.
 */
#define TRY                                                                    \
    "local function wait() timer.sleep(1) end\n"                               \
    "local function try(f, ...)\n"                                             \
    "  local ok, a, b = pcall(f, ...)\n"                                       \
    "  local message = tostring(ok and b or a)\n"                              \
    "  print(message:match('cannot.*') or message)\n"                          \
    "end\n"                                                                    \
    "local function object(t) return setmetatable({}, t) end\n"

#define CANNOT(what) "cannot wait inside " what ": Lua cannot suspend it\n"
#define IN_SORT      CANNOT("'table.sort'")
#define IN_HANDLER   CANNOT("a message handler (xpcall)")

static void functions_that_call_back_are_named(void **state)
{
    luafixture_prints(
        TRY "try(table.sort, {1, 2}, wait)\n"
            "try(string.gsub, 'x', 'x', wait)\n"
            "try(function() return ('x'):gsub('x', wait) end)\n"
            "try(load, wait)\n"
            "try(tostring, object {__tostring = wait})\n"
            "try(print, object {__tostring = wait})\n"
            "try(string.format, '%s', object {__tostring = wait})\n"
            "try(table.concat, object {\n"
            "  __index = wait, __len = function() return 1 end})\n"
            "try(table.unpack, object {__index = wait}, 1, 1)\n"
            "try(table.insert, object {__len = wait}, 1)\n"
            "try(table.move, object {__index = wait}, 1, 1, 2, {})\n"
            "try(next, object {__index = wait})\n"
            "print(timer.now())\n"
            "wait()\n"
            "print(timer.now())",
        IN_SORT CANNOT("'string.gsub'") CANNOT("'string.gsub'") CANNOT("'load'")
            CANNOT("'tostring'") CANNOT("'print'") CANNOT("'string.format'")
                CANNOT("'table.concat'") CANNOT("'table.unpack'")
                    CANNOT("'table.insert'")
                        CANNOT("'table.move'") "nil\n0.0\n1.0\n");
}

/* Those that package.loaded does not know are named as the script does. */
static void
functions_without_a_name_are_called_what_they_are_used_for(void **state)
{
    luafixture_prints(
        TRY "try(function()\n"
            "  for _ in ipairs(object {__index = wait}) do end\n"
            "end)\n"
            "try(function() return '10' + object {__add = wait} end)\n"
            "local sort = table.sort\n"
            "table.sort = nil\n"
            "try(function() sort({1, 2}, wait) end)\n",
        CANNOT("'for iterator'") CANNOT("'__add'") CANNOT("'sort'"));
}

/* What lies between the wait and the function in the way lets waits pass. */
static void what_a_wait_passes_is_not_named(void **state)
{
    luafixture_prints(
        TRY "local function inside(f)\n"
            "  try(table.sort, {1, 2}, f)\n"
            "end\n"
            "local function raise(ok, err) error(err, 0) end\n"
            "inside(function() raise(pcall(wait)) end)\n"
            "inside(function()\n"
            "  raise(xpcall(wait, function(err) return err end)) end)\n"
            "inside(function()\n"
            "  local gen = coroutine.wrap(wait) gen() end)\n"
            "inside(function() for _ in coroutine.wrap(wait) do end end)\n"
            "inside(function()\n"
            "  raise(coroutine.resume(coroutine.create(wait))) end)\n"
            "inside(function()\n"
            "  coroutine.wrap(function() coroutine.wrap(wait)() end)() end)\n"
            "inside(function() return object {__index = wait}.x end)\n"
            "inside(function() return #object {__len = wait} end)\n"
            "inside(function() thread.deadline(9, wait) end)\n"
            "inside(function() thread.shield(wait) end)\n"
            "inside(function()\n"
            "  local c <close> = thread.condition()\n"
            "  c:acquire() c:wait_for(wait) end)\n"
            "inside(function() thread.barrier(1, wait):wait() end)\n"
            "inside(function()\n"
            "  local g = thread.group() g:spawn(wait) g:wait() end)\n"
            "inside(function()\n"
            "  local g <close> = thread.group() g:spawn(wait) end)\n"
            "package.preload.slow = wait\n"
            "inside(function() require('slow') end)\n"
            "inside(function()\n"
            "  local _ <close> = object {__close = wait} end)\n",
        IN_SORT IN_SORT IN_SORT IN_SORT IN_SORT IN_SORT IN_SORT IN_SORT IN_SORT
            IN_SORT IN_SORT IN_SORT IN_SORT IN_SORT IN_SORT IN_SORT);
}

static void the_first_of_several_is_named(void **state)
{
    luafixture_prints(TRY
                      "try(table.sort, {1, 2}, function()\n"
                      "  return ('x'):gsub('x', wait)\n"
                      "end)\n"
                      "try(string.gsub, 'x', 'x', function()\n"
                      "  coroutine.wrap(function()\n"
                      "    table.sort({1, 2}, coroutine.wrap(wait))\n"
                      "  end)()\n"
                      "end)\n"
                      "try(function()\n"
                      "  local done = false\n"
                      "  object {__gc = function()\n"
                      "    done = select(2, pcall(table.sort, {1, 2}, wait))\n"
                      "  end}\n"
                      "  collectgarbage()\n"
                      "  return nil, done\n"
                      "end)\n",
                      CANNOT("'string.gsub'") IN_SORT IN_SORT);
}

static void coroutines_inside_still_yield(void **state)
{
    luafixture_prints("local count = 0\n"
                      "table.sort({1, 2, 3}, function(a, b)\n"
                      "  local gen = coroutine.wrap(function()\n"
                      "    coroutine.yield(1)\n"
                      "    coroutine.yield(2)\n"
                      "  end)\n"
                      "  count = count + gen() + gen()\n"
                      "  return a < b\n"
                      "end)\n"
                      "print(count > 0 and count % 3)",
                      "0\n");
}

static void a_finalizer_cannot_wait(void **state)
{
    luafixture_prints(TRY "object {__gc = function()\n"
                          "  try(wait)\n"
                          "  try(coroutine.wrap(wait))\n"
                          "end}\n"
                          "collectgarbage()\n"
                          "coroutine.wrap(function()\n"
                          "  object {__gc = function() try(wait) end}\n"
                          "  collectgarbage()\n"
                          "end)()\n"
                          "wait()\n"
                          "print(timer.now())",
                      CANNOT("a finalizer (__gc)") CANNOT("a finalizer (__gc)")
                          CANNOT("a finalizer (__gc)") "1.0\n");
}

static void a_hook_cannot_wait(void **state)
{
    luafixture_prints(TRY "try(function()\n"
                          "  debug.sethook(function()\n"
                          "    debug.sethook()\n"
                          "    wait()\n"
                          "  end, 'l')\n"
                          "  local _ = 1\n"
                          "end)\n"
                          "wait()\n"
                          "print(timer.now())",
                      CANNOT("a hook (debug.sethook)") "1.0\n");
}

/*
 * Lua calls the handler for what the handler raises as well, and keeps nothing
 * of it where that never ends.
 */
static void a_message_handler_cannot_wait(void **state)
{
    luafixture_prints(
        TRY "local function handle(err) wait() return err end\n"
            "try(xpcall, error, handle, 'x')\n"
            "try(xpcall, string.rep, handle)\n"
            "try(xpcall, function() local x; return x.y end, handle)\n"
            "try(xpcall, function() local x; return x() end, handle)\n"
            "try(xpcall, error, function() coroutine.wrap(wait)() end)\n"
            "try(xpcall, function()\n"
            "  return (select(2, xpcall(error, function() wait() end)))\n"
            "end, print)\n"
            "try(xpcall, error, function()\n"
            "  table.sort({1, 2}, wait)\n"
            "end)\n"
            "try(xpcall, table.sort, handle, {1, 2}, wait)\n"
            "wait()\n"
            "print(timer.now())",
        IN_HANDLER IN_HANDLER IN_HANDLER IN_HANDLER IN_HANDLER IN_HANDLER
            IN_SORT IN_HANDLER "1.0\n");
}

/* The handler is one as it was where it has caught that it cannot wait. */
static void a_message_handler_may_try(void **state)
{
    luafixture_prints(TRY "print(xpcall(error, function(err)\n"
                          "  try(wait)\n"
                          "  try(wait)\n"
                          "  return 'handled ' .. err\n"
                          "end, 'x'))\n",
                      IN_HANDLER IN_HANDLER "false\thandled x\n");
}

static void what_closes_a_coroutine_is_named(void **state)
{
    luafixture_prints(
        TRY "local function body(...)\n"
            "  local _ <close> = object {__close = wait}\n"
            "  if ... then error('x', 0) end\n"
            "  coroutine.yield()\n"
            "end\n"
            "local co = coroutine.create(body)\n"
            "coroutine.resume(co)\n"
            "try(function() return coroutine.close(co) end)\n"
            "try(coroutine.wrap(body), true)\n"
            "try(function() for _ in coroutine.wrap(body), true do end end)\n"
            "try(coroutine.wrap(function() coroutine.wrap(body)(true) end))\n"
            "co = coroutine.create(body)\n"
            "coroutine.resume(co)\n"
            "try(table.sort, {1, 2}, function()\n"
            "  error(select(2, coroutine.close(co)), 0)\n"
            "end)\n",
        CANNOT("'coroutine.close'") CANNOT("'coroutine.wrap'")
            CANNOT("'coroutine.wrap'") CANNOT("'coroutine.wrap'")
                CANNOT("'coroutine.close'"));
}

static void a_searcher_cannot_wait(void **state)
{
    luafixture_prints(
        TRY "table.insert(package.searchers, 1, function() wait() end)\n"
            "try(require, 'nothing')\n"
            "try(pcall, require, 'nothing')\n"
            "try(table.sort, {1, 2}, function() require('nothing') end)\n",
        CANNOT("'require'") CANNOT("'require'") IN_SORT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(functions_that_call_back_are_named),
        cmocka_unit_test(
            functions_without_a_name_are_called_what_they_are_used_for),
        cmocka_unit_test(what_a_wait_passes_is_not_named),
        cmocka_unit_test(the_first_of_several_is_named),
        cmocka_unit_test(coroutines_inside_still_yield),
        cmocka_unit_test(a_finalizer_cannot_wait),
        cmocka_unit_test(a_hook_cannot_wait),
        cmocka_unit_test(a_message_handler_cannot_wait),
        cmocka_unit_test(a_message_handler_may_try),
        cmocka_unit_test(what_closes_a_coroutine_is_named),
        cmocka_unit_test(a_searcher_cannot_wait),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
