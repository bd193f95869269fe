/*
 * Groups: whose failure is printed and counts, what becomes of one that is not
 * waited for, of one at a deadlock or a signal, and that none is kept for ever.
 */
#include "support/luafixture.h"

#include <errno.h>
#include <string.h>

#define PRELUDE                                                                \
    "local sleep, shield = timer.sleep, thread.shield\n"                       \
    "local function show(...) print(timer.now(), ...) end\n"                   \
    "local function closing(f, ...)\n"                                         \
    "  local args = table.pack(...)\n"                                         \
    "  return setmetatable({}, { __close = function()\n"                       \
    "    f(table.unpack(args))\n"                                              \
    "  end })\n"                                                               \
    "end\n"                                                                    \
    "local function fail(err, seconds)\n"                                      \
    "  pcall(sleep, seconds or 1)\n"                                           \
    "  error(err, 0)\n"                                                        \
    "end\n"                                                                    \
    "local function grouped(f)\n"                                              \
    "  local ok, err = pcall(function()\n"                                     \
    "    local g <close> = thread.group()\n"                                   \
    "    GROUP = g\n"                                                          \
    "    f(g)\n"                                                               \
    "  end)\n"                                                                 \
    "  return ok, err\n"                                                       \
    "end\n"

/* The last words of each report on `err`, each with a blank. */
static void gather(const char *err, char *said)
{
    *said = '\0';
    for (const char *line = err; *line != '\0'; line = strchr(line, '\n') + 1) {
        const char *end = strchr(line, '\n');
        const char *word = end;
        if (strncmp(line, "netbox: ", 8) != 0)
            continue;
        while (word[-1] != ' ')
            word--;
        strncat(said, word, (size_t)(end - word));
        strcat(said, " ");
    }
}

/*
 * Runs the chunk: it prints `out`, reports the errors that are in `said`, and
 * `failures` count in the end. Returns what luafixture_run() does.
 */
static int ends(const char *chunk, const char *out, const char *said,
                size_t failures)
{
    static struct luafixture fx;
    char words[sizeof fx.err];

    luafixture_begin(&fx);
    int rc = luafixture_run(&fx, chunk);
    gather(fx.err, words);
    assert_string_equal(words, said);
    assert_string_equal(fx.out, out);
    assert_int_equal(fx.lua.failures, failures);
    luafixture_end(&fx);
    return rc;
}

static void a_failure_that_nobody_catches_is_printed_once(void **state)
{
    ends(PRELUDE "local g <close> = thread.group()\n"
                 "g:spawn(fail, 'boom')\n"
                 "g:spawn(sleep, 9)\n",
         "", "boom ", 1);
    ends(PRELUDE "local g = thread.group()\n"
                 "g:spawn(fail, 'boom')\n"
                 "g:wait()\n",
         "", "boom ", 1);
    ends(PRELUDE "thread.spawn(function()\n"
                 "  local outer <close> = thread.group()\n"
                 "  outer:spawn(function()\n"
                 "    local inner <close> = thread.group()\n"
                 "    inner:spawn(fail, 'boom')\n"
                 "  end)\n"
                 "end)\n",
         "", "boom ", 1);
}

static void one_that_is_caught_is_not(void **state)
{
    ends(PRELUDE "show(grouped(function(g)\n"
                 "  g:spawn(fail, 'boom')\n"
                 "  g:spawn(fail, 'too')\n"
                 "end))\n"
                 "local g = thread.group()\n"
                 "g:spawn(fail, 'boom')\n"
                 "show(pcall(g.wait, g))\n"
                 "local t = thread.spawn(function()\n"
                 "  local g <close> = thread.group()\n"
                 "  g:spawn(fail, 'boom')\n"
                 "end)\n"
                 "show(t:join())\n",
         "1.0\tfalse\tboom\n2.0\tfalse\tboom\n3.0\tfalse\tboom\n", "", 0);
}

static void one_behind_an_error_of_the_block_is_printed(void **state)
{
    ends(PRELUDE "show(grouped(function(g)\n"
                 "  g:spawn(fail, 'one')\n"
                 "  g:spawn(fail, 'two')\n"
                 "  pcall(sleep, 9)\n"
                 "  error('mine', 0)\n"
                 "end))\n",
         "1.0\tfalse\tmine\n", "one two ", 2);
}

static void it_counts_no_more_when_it_is_taken(void **state)
{
    ends(PRELUDE "local t\n"
                 "grouped(function(g)\n"
                 "  t = g:spawn(fail, 'one')\n"
                 "  g:spawn(fail, 'two')\n"
                 "  g:spawn(fail, 'three')\n"
                 "  error('mine', 0)\n"
                 "end)\n"
                 "show(t:join())\n"
                 "show(table.unpack(GROUP.others))\n",
         "0.0\tfalse\tcancelled\n0.0\n", "", 0);
    ends(PRELUDE "local t\n"
                 "grouped(function(g)\n"
                 "  t = g:spawn(fail, 'one')\n"
                 "  g:spawn(fail, 'two')\n"
                 "  sleep(0)\n"
                 "  error('mine', 0)\n"
                 "end)\n"
                 "show(t:join())\n",
         "0.0\tfalse\tone\n", "one two ", 1);
    ends(PRELUDE "grouped(function(g)\n"
                 "  g:spawn(fail, 'one')\n"
                 "  g:spawn(fail, 'two')\n"
                 "  sleep(0)\n"
                 "  error('mine', 0)\n"
                 "end)\n"
                 "show(table.unpack(GROUP.others))\n",
         "0.0\tone\ttwo\n", "one two ", 0);
}

static void one_that_was_joined_before_is_not_printed(void **state)
{
    ends(PRELUDE "grouped(function(g)\n"
                 "  local t = g:spawn(fail, 'one')\n"
                 "  g:spawn(fail, 'two', 2)\n"
                 "  shield(function() show(t:join()) end)\n"
                 "  error('mine', 0)\n"
                 "end)\n",
         "1.0\tfalse\tone\n", "two ", 1);
}

static void an_owner_that_ends_cannot_be_told(void **state)
{
    ends(PRELUDE "thread.spawn(function()\n"
                 "  local g = thread.group()\n"
                 "  g:spawn(fail, 'early')\n"
                 "  g:spawn(function() shield(sleep, 3) error('late', 0) end)\n"
                 "  show(pcall(sleep, 9))\n"
                 "end):join()\n"
                 "show('ended')\n",
         "1.0\tfalse\tcancelled: a thread of the group failed\n1.0\tended\n",
         "early late ", 2);
}

static void one_that_the_failure_ends_is_reported_behind_it(void **state)
{
    ends(PRELUDE "local g = thread.group()\n"
                 "g:spawn(fail, 'boom')\n"
                 "sleep(9)\n",
         "", "boom failed ", 2);
}

static void a_group_that_is_forgotten_is_told_of(void **state)
{
    ends(PRELUDE "do\n"
                 "  local g = thread.group()\n"
                 "  g:spawn(fail, 'boom')\n"
                 "  pcall(sleep, 9)\n"
                 "end\n"
                 "collectgarbage()\n"
                 "collectgarbage()\n"
                 "show(pcall(sleep, 9))\n",
         "1.0\tfalse\tcancelled: a thread of the group failed\n", "boom ", 1);
}

static void one_without_a_failure_is_collected(void **state)
{
    ends(PRELUDE "local kept = setmetatable({}, { __mode = 'k' })\n"
                 "do\n"
                 "  local g = thread.group()\n"
                 "  g:spawn(sleep, 1):join()\n"
                 "  kept[g] = true\n"
                 "end\n"
                 "collectgarbage()\n"
                 "collectgarbage()\n"
                 "show(next(kept))\n",
         "1.0\tnil\n", "", 0);
}

static void at_the_latest_when_all_is_over(void **state)
{
    ends(PRELUDE "coroutine.wrap(function()\n"
                 "  KEEP = coroutine.running()\n"
                 "  local g <close> = thread.group()\n"
                 "  g:spawn(fail, 'boom')\n"
                 "  coroutine.yield()\n"
                 "end)()\n"
                 "sleep(2)\n"
                 "show('over')\n",
         "2.0\tover\n", "boom ", 1);
}

static void a_coroutine_that_ends_gives_its_group_up(void **state)
{
    ends(PRELUDE "local g = coroutine.wrap(thread.group)()\n"
                 "local t = g:spawn(fail, 'boom')\n"
                 "sleep(2)\n"
                 "show(t:status())\n"
                 "show(pcall(g.wait, g))\n",
         "2.0\tfailed\n2.0\tfalse\tboom\n", "boom ", 0);
}

static void where_it_cannot_wait_failures_are_printed(void **state)
{
    ends(PRELUDE "local co = coroutine.create(function()\n"
                 "  local g <close> = thread.group()\n"
                 "  g:spawn(fail, 'one')\n"
                 "  g:spawn(function() shield(sleep, 3) error('two', 0) end)\n"
                 "  coroutine.yield()\n"
                 "end)\n"
                 "coroutine.resume(co)\n"
                 "sleep(2)\n"
                 "show(coroutine.close(co))\n"
                 "sleep(2)\n",
         "2.0\tfalse\tcannot wait inside 'coroutine.close': "
         "Lua cannot suspend it\n",
         "one two ", 2);
    ends(PRELUDE "local g\n"
                 "show(pcall(coroutine.wrap(function()\n"
                 "  g = thread.group()\n"
                 "  local _ <close> = g\n"
                 "  g:spawn(fail, 'one')\n"
                 "  sleep(0)\n"
                 "  error('mine', 0)\n"
                 "end)))\n"
                 "local _, err = pcall(string.gsub, 'x', 'x', function()\n"
                 "  g:wait()\n"
                 "end)\n"
                 "show(err:match('cannot.*'))\n"
                 "show(pcall(g.wait, g))\n",
         "0.0\tfalse\tmine\n"
         "0.0\tcannot wait inside 'string.gsub': "
         "Lua cannot suspend it\n"
         "0.0\tfalse\tone\n",
         "", 0);
}

static void who_watches_is_told_and_that_is_enough(void **state)
{
    ends(PRELUDE "local g = thread.group()\n"
                 "g:spawn(fail, 'boom')\n"
                 "thread.spawn(function() show(pcall(g.wait, g)) end)\n"
                 "shield(sleep, 2)\n",
         "1.0\tfalse\tboom\n", "", 0);
}

static void a_deadlock_of_its_members_is_one(void **state)
{
    int rc = ends(PRELUDE "local q = thread.queue()\n"
                          "local g <close> = thread.group()\n"
                          "g:spawn(function()\n"
                          "  local _ <close> = closing(show, 'member')\n"
                          "  q:get()\n"
                          "end)\n"
                          "local _ <close> = closing(show, 'left')\n",
                  "0.0\tleft\n0.0\tmember\n", "them ", 0);
    assert_int_equal(rc, -EDEADLK);
}

/* The owner's wait lasts: what it waits for has to be broken. */
static void also_when_they_are_shielded(void **state)
{
    int rc = ends(PRELUDE "local q = thread.queue()\n"
                          "local function member(name)\n"
                          "  local _ <close> = closing(show, name)\n"
                          "  show(pcall(shield, q.get, q))\n"
                          "end\n"
                          "local _ <close> = closing(show, 'main')\n"
                          "local g <close> = thread.group()\n"
                          "g:spawn(member, 'one')\n"
                          "g:spawn(function()\n"
                          "  local g2 <close> = thread.group()\n"
                          "  g2:spawn(member, 'two')\n"
                          "end)\n",
                  "0.0\tfalse\tcancelled\n0.0\tone\n"
                  "0.0\tfalse\tcancelled\n0.0\ttwo\n"
                  "0.0\tmain\n",
                  "them ", 0);
    assert_int_equal(rc, -EDEADLK);
}

static void a_signal_ends_it_in_order(void **state)
{
    ends(PRELUDE "timer.after(1, wire.signal, 2)\n"
                 "local _ <close> = closing(show, 'main')\n"
                 "local g <close> = thread.group()\n"
                 "g:spawn(function()\n"
                 "  local _ <close> = closing(function()\n"
                 "    shield(sleep, 2)\n"
                 "    show('tidy')\n"
                 "  end)\n"
                 "  sleep(9)\n"
                 "end)\n"
                 "g:spawn({ service = true }, function()\n"
                 "  local _ <close> = closing(show, 'service')\n"
                 "  sleep(9)\n"
                 "end)\n",
         "1.0\tservice\n3.0\ttidy\n3.0\tmain\n", "", 0);
}

static void daemons_of_it_end_with_the_program(void **state)
{
    ends(PRELUDE "GROUP = thread.group()\n"
                 "GROUP:spawn({ daemon = true }, function()\n"
                 "  local _ <close> = closing(show, 'closed')\n"
                 "  sleep(9)\n"
                 "end)\n"
                 "sleep(1)\n",
         "1.0\tclosed\n", "", 0);
}

static void nothing_is_kept_for_ever(void **state)
{
    ends(PRELUDE "local seen = setmetatable({}, { __mode = 'k' })\n"
                 "for i = 1, 50 do\n"
                 "  local g = thread.group()\n"
                 "  seen[g] = true\n"
                 "  seen[g:spawn(error, { g }, 0)] = true\n"
                 "  seen[g:spawn(error, { g }, 0)] = true\n"
                 "  seen[g:spawn(function() return g end)] = true\n"
                 "  pcall(g.wait, g)\n"
                 "end\n"
                 "for i = 1, 50 do\n"
                 "  local g = thread.group()\n"
                 "  seen[g] = true\n"
                 "  pcall(g.spawn, g, { name = 1 }, print)\n"
                 "  pcall(coroutine.wrap(function()\n"
                 "    seen[thread.group()] = true\n"
                 "    error('x')\n"
                 "  end))\n"
                 "end\n"
                 "for i = 1, 4 do collectgarbage() end\n"
                 "show(next(seen))\n",
         "0.0\tnil\n", "", 0);
}

/* Its scope is the outermost here, entered by the script's own mistake. */
static void a_group_may_be_left_in_any_order(void **state)
{
    ends(PRELUDE "local one, two = thread.group(), thread.group()\n"
                 "show(thread.deadline(1, function()\n"
                 "  local three = thread.group()\n"
                 "  one:spawn(sleep, 0.5)\n"
                 "  one:wait()\n"
                 "  three:spawn(sleep, 9)\n"
                 "  two:spawn(fail, 'two', 0)\n"
                 "  show(pcall(three.wait, three))\n"
                 "  show(pcall(two.wait, two))\n"
                 "  sleep(0)\n"
                 "  return 'well'\n"
                 "end))\n",
         "0.5\tfalse\tcancelled: a thread of the group failed\n"
         "0.5\tfalse\ttwo\n"
         "0.5\ttrue\twell\n",
         "", 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_failure_that_nobody_catches_is_printed_once),
        cmocka_unit_test(one_that_is_caught_is_not),
        cmocka_unit_test(one_behind_an_error_of_the_block_is_printed),
        cmocka_unit_test(it_counts_no_more_when_it_is_taken),
        cmocka_unit_test(one_that_was_joined_before_is_not_printed),
        cmocka_unit_test(an_owner_that_ends_cannot_be_told),
        cmocka_unit_test(one_that_the_failure_ends_is_reported_behind_it),
        cmocka_unit_test(a_group_that_is_forgotten_is_told_of),
        cmocka_unit_test(one_without_a_failure_is_collected),
        cmocka_unit_test(at_the_latest_when_all_is_over),
        cmocka_unit_test(a_coroutine_that_ends_gives_its_group_up),
        cmocka_unit_test(where_it_cannot_wait_failures_are_printed),
        cmocka_unit_test(who_watches_is_told_and_that_is_enough),
        cmocka_unit_test(a_deadlock_of_its_members_is_one),
        cmocka_unit_test(also_when_they_are_shielded),
        cmocka_unit_test(a_signal_ends_it_in_order),
        cmocka_unit_test(daemons_of_it_end_with_the_program),
        cmocka_unit_test(nothing_is_kept_for_ever),
        cmocka_unit_test(a_group_may_be_left_in_any_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
