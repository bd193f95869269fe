/*
 * Random programs of threads, timers, coroutines, scopes, groups and everything
 * that threads wait for in each other, on the virtual clock. What a program
 * does checks itself (see support/playground.lua): nothing is lost or comes
 * twice, nobody is overtaken or forgotten, time-outs are exact, a cancellation
 * reaches what it has to, and a deadlock is one. Here it is checked that each
 * ends, fails as intended only, leaves nothing behind, and does the same when
 * it is run again.
 *
 * A failure prints the program and its seed: NB_SEED=n repeats it. With the
 * word "all" there are many more.
 */
#include "support/luafixture.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/part.h"

enum {
    PROGRAMS = 2000,
    ALL_PROGRAMS = 40000,
    AGAIN = 4,
    STATEMENTS = 60,
    NESTING = 4,
    SIZE = 65536,
};

static uint64_t programs = PROGRAMS;

/* A program that is being written. */
struct program {
    struct chance chance;
    size_t len;
    int statements; /* that may still come */
    int nesting;
    char text[SIZE];
};

/*
 * What a program may do. A statement holds %q for the number of a queue, %e and
 * %o for that of an event and of anything else; %n for that of any thread or
 * group; %k for a small number; %t for a time, %T for one above 0, %l for a
 * time-out or nil; %d for true or false; %b for a function with statements of
 * its own, %c for one that also yields.
 */
static const char *const statements[] = {
    "p.yield()",
    "p.sleep(%t)",
    "p.sleep(%t)",
    "p.await(%e, %l)",
    "p.set(%e)",
    "p.set(%e)",
    "p.clear(%e)",
    "p.put(%q, %l)",
    "p.put(%q, %l)",
    "p.put(%q, 0)",
    "p.get(%q, %l)",
    "p.get(%q, %l)",
    "p.get(%q, 0)",
    "p.done(%q)",
    "p.done(%q)",
    "p.finish(%q, %l)",
    "p.join(%n, %l)",
    "p.cancel(%n)",
    "p.locked(%o, %l, %b)",
    "p.held(%o, %b)",
    "p.notice(%o, %l)",
    "p.notice(%o, %l)",
    "p.notify(%o, %k)",
    "p.notify(%o, %k)",
    "p.permit(%o, %l, %b)",
    "p.held_permit(%o, %b)",
    "p.meet(%o, %l)",
    "p.meet(%o, %l)",
    "p.co(%c)",
    "p.co(%c)",
    "p.try(%b)",
    "p.deadline(%t, %b)",
    "p.deadline(%t, %b)",
    "p.shield(%b)",
    "p.rest(%t, %c)",
    "p.group(%b)",
    "p.group(%b)",
    "p.member(%n, %d, %b)",
    "p.member(%n, %d, %b)",
    "p.spawn(%d, %b)",
    "p.spawn(%d, %b)",
    "p.spawn(%d, %b)",
    "p.after(%t, %b)",
    "p.every(%T, %k, %b)",
};

/* The same, but rare. */
static const char *const rarities[] = {
    "p.close(%q)",
    "p.break_off(%o)",
    "p.mend(%o)",
    "p.mend(%o)",
    "p.try(function() p.fail() end)",
    "p.spawn(%d, p.fail)",
    "collectgarbage()",
    "p.pass(%t, %c)",
    "p.abandon(%t)",
    "p.burst()",
    "p.cancel_group(%n)",
    "p.watch(%n)",
    "p.member(%n, %d, p.fail)",
};

static int roll(struct program *program, int sides)
{
    return (int)chance_below(&program->chance, (uint64_t)sides);
}

static void add(struct program *program, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void add(struct program *program, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    int len = vsnprintf(program->text + program->len, SIZE - program->len,
                        format, args);
    va_end(args);
    program->len += (size_t)len;
    assert_true(program->len < SIZE);
}

/* In quarters of a second, and few, so that there are ties. */
static void add_time(struct program *program, int least)
{
    add(program, "%g", (least + roll(program, 8)) / 4.);
}

static void add_block(struct program *program, bool yields);

static void add_function(struct program *program, bool yields)
{
    add(program, "function()\n");
    program->nesting++;
    add_block(program, yields);
    program->nesting--;
    add(program, "%*send", 2 * program->nesting, "");
}

/* What stands for `letter`. */
static void add_choice(struct program *program, char letter)
{
    switch (letter) {
    case 'e':
    case 'o':
        add(program, "%d", 1 + roll(program, 2));
        break;
    case 'q':
    case 'k':
        add(program, "%d", 1 + roll(program, 3));
        break;
    case 'n':
        add(program, "%d", roll(program, 20));
        break;
    case 'd':
        add(program, roll(program, 4) == 0 ? "true" : "false");
        break;
    case 't':
    case 'T':
        add_time(program, letter == 'T');
        break;
    case 'l':
        if (roll(program, 5) == 0)
            add(program, "nil");
        else
            add_time(program, 0);
        break;
    default:
        add_function(program, letter == 'c');
        break;
    }
}

static void add_statement(struct program *program, const char *form)
{
    add(program, "%*s", 2 * program->nesting, "");
    for (; *form != '\0'; form++) {
        if (*form == '%')
            add_choice(program, *++form);
        else
            add(program, "%c", *form);
    }
    add(program, "\n");
}

/* One that fits: functions do not nest for ever. */
static const char *choose(struct program *program)
{
    for (;;) {
        const char *form =
            roll(program, 12) == 0
                ? rarities[roll(program, NB_COUNTOF(rarities))]
                : statements[roll(program, NB_COUNTOF(statements))];
        if (program->nesting < NESTING || strpbrk(form, "bc%") == NULL ||
            (strstr(form, "%b") == NULL && strstr(form, "%c") == NULL))
            return form;
    }
}

static void add_block(struct program *program, bool yields)
{
    int yielded = 0;

    for (int i = roll(program, 6); i >= 0 && program->statements > 0; i--) {
        program->statements--;
        add_statement(program, choose(program));
        if (yields && roll(program, 2) == 0)
            add(program, "%*scoroutine.yield(%d)\n", 2 * program->nesting, "",
                ++yielded);
    }
}

static void write_program(struct program *program, uint64_t seed)
{
    program->chance = (struct chance){seed};
    program->len = 0;
    program->statements = 1 + roll(program, STATEMENTS);
    program->nesting = 0;
    add(program, "local p = playground(book())(wire, sync, scopes)\n");
    for (int i = roll(program, 4); i > 0; i--)
        add_statement(program, "p.spawn(%d, %b)");
    while (program->statements > 0)
        add_block(program, false);
}

/* Each line of `err` that begins with "netbox: " is one that was intended. */
static bool is_intended(const char *err)
{
    for (const char *at = err; (at = strstr(at, "netbox: ")) != NULL; at++) {
        const char *end = strchr(at, '\n');
        const char *boom = strstr(at, ": boom\n");
        if (strncmp(at, "netbox: deadlock: ", 18) != 0 &&
            (boom == NULL || boom > end))
            return false;
    }
    return strstr(err, "broken: ") == NULL && strstr(err, "wire.") == NULL;
}

static struct part parts[] = {
    {.name = "playground", .path = "tests/unit/support/playground.lua"},
    {.name = "sync", .path = "tests/unit/support/playground_sync.lua"},
    {.name = "scopes", .path = "tests/unit/support/playground_scopes.lua"},
    {.name = "book", .path = "tests/unit/support/scopebook.lua"},
};

/* Runs the program and checks how it ended. */
static void run(struct luafixture *fx, const struct program *program,
                uint64_t seed)
{
    luafixture_begin(fx);
    for (size_t i = 0; i < NB_COUNTOF(parts); i++)
        part_load(fx->lua.L, &parts[i]);
    int rc = luafixture_run(fx, program->text);
    bool good = (rc == 0 || rc == -EDEADLK) && is_intended(fx->err);

    if (!good || getenv("NB_SEED") != NULL)
        fprintf(stderr, "%s\n%s%s", program->text, fx->out, fx->err);
    if (!good)
        fail_msg("it ended with %d; repeat with NB_SEED=%llu", rc,
                 (unsigned long long)seed);
    luafixture_end(fx);
}

static void random_programs_keep_their_books(void **state)
{
    static struct program program;
    static struct luafixture first;
    static struct luafixture second;
    uint64_t last;

    for (size_t i = 0; i < NB_COUNTOF(parts); i++)
        part_compile(&parts[i]);
    for (uint64_t seed = chance_seeds(programs, &last); seed <= last; seed++) {
        write_program(&program, seed);
        run(&first, &program, seed);
        if (seed % AGAIN != 0)
            continue;
        run(&second, &program, seed);
        assert_string_equal(first.out, second.out);
        assert_string_equal(first.err, second.err);
    }
    for (size_t i = 0; i < NB_COUNTOF(parts); i++)
        part_free(&parts[i]);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_programs_keep_their_books),
    };

    if (argc > 1 && strcmp(argv[1], "all") == 0)
        programs = ALL_PROGRAMS;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
