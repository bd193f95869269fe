/*
 * The functions of `io` that know standard output: what is written through
 * them keeps its order, and every other file is left to Lua's own.
 */
#include "support/luafixture.h"

static void all_ways_of_writing_keep_their_order(void **state)
{
    luafixture_prints("io.write('a', 1, ' ')\n"
                      "io.stdout:write('b', 2.5, '\\n')\n"
                      "print(1.0, -0.0, 1e15, 2^53, 1 / 0, nil)\n"
                      "io.output():write(2.0, ' ', 1e100, '\\n')",
                      "a1 b2.5\n"
                      "1.0\t-0.0\t1e+15\t9.007199254741e+15\tinf\tnil\n"
                      "2 1e+100\n");
}

static void flush_and_setvbuf_succeed(void **state)
{
    luafixture_prints("print(io.flush())\n"
                      "print(io.stdout:flush() ~= nil)\n"
                      "print(io.stdout:setvbuf('no'))\n"
                      "print(io.stdout:setvbuf('line', 100))\n"
                      "print(io.stdout:setvbuf('full'))\n"
                      "print(pcall(io.stdout.setvbuf, io.stdout, 'most'))",
                      "true\n"
                      "true\n"
                      "true\n"
                      "true\n"
                      "true\n"
                      "false\tbad argument #2 to '?' "
                      "(invalid option 'most')\n");
}

static void standard_output_has_a_position(void **state)
{
    luafixture_prints("io.write('hello')\n"
                      "local at = io.stdout:seek()\n"
                      "print(io.stdout:seek('set', 1), at)\n"
                      "io.stdout:seek('end')\n"
                      "print('end')\n"
                      "print(io.stdout:seek('set', -1))",
                      "h1\t5\nend\nnil\tInvalid argument\t22\n");
}

static void other_files_are_luas_own(void **state)
{
    luafixture_prints("local f = assert(io.tmpfile())\n"
                      "print(f:setvbuf('full', 1024), f:write('one\\n') == f)\n"
                      "print(f:flush() ~= nil, f:seek('set', 0), f:read('l'))\n"
                      "io.output(f)\n"
                      "io.write('two\\n')\n"
                      "print(io.flush() ~= nil)\n"
                      "print(f:seek('set', 0), f:read('a'))\n"
                      "for line in f:lines() do print(line) end\n"
                      "io.output(io.stdout)\n"
                      "print(f:close(), pcall(f.write, f, 'x'))",
                      "true\ttrue\n"
                      "true\t0\tone\n"
                      "true\n"
                      "0\tone\ntwo\n\n"
                      "true\tfalse\tattempt to use a closed file\n");
}

static void what_cannot_be_written_raises(void **state)
{
    luafixture_prints("print(pcall(io.write, 'a', {}))\n"
                      "print(pcall(io.stdout.write, io.stdout, nil))\n"
                      "print(pcall(io.stdout.write, 1, 'a'))\n"
                      "print(pcall(print, setmetatable({}, {\n"
                      "  __tostring = function() return {} end })))",
                      "afalse\tbad argument #2 to 'io.write' "
                      "(string expected, got table)\n"
                      "false\tbad argument #2 to '?' "
                      "(string expected, got nil)\n"
                      "false\tbad argument #1 to '?' "
                      "(FILE* expected, got number)\n"
                      "false\t'__tostring' must return a string\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_ways_of_writing_keep_their_order),
        cmocka_unit_test(flush_and_setvbuf_succeed),
        cmocka_unit_test(standard_output_has_a_position),
        cmocka_unit_test(other_files_are_luas_own),
        cmocka_unit_test(what_cannot_be_written_raises),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
