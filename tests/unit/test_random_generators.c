/*
 * Random use of generators by random threads, on the virtual clock: threads
 * resume, wrap, close and forget generators that all of them share and that
 * wait, while they are cancelled and their time is up (see
 * support/generators.lua). A generator gives what comes next to whoever
 * resumes it, runs in that thread only, and closes what it has once; the same
 * seed does the same again.
 *
 * A failure prints the seed: NB_SEED=n repeats it. With the word "all" there
 * are many more.
 */
#include "support/luafixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/part.h"

enum { PROGRAMS = 500, ALL_PROGRAMS = 5000, AGAIN = 4 };

static uint64_t programs = PROGRAMS;

static struct part part = {
    .name = "generators",
    .path = "tests/unit/support/generators.lua",
};

static void run(struct luafixture *fx, uint64_t seed)
{
    char chunk[64];

    snprintf(chunk, sizeof chunk, "generators()(%llu)",
             (unsigned long long)seed);
    luafixture_begin(fx);
    part_load(fx->lua.L, &part);
    int rc = luafixture_run(fx, chunk);
    bool good = rc == 0 && *fx->err == '\0';

    if (!good || getenv("NB_SEED") != NULL)
        fprintf(stderr, "%s%s", fx->out, fx->err);
    if (!good)
        fail_msg("it ended with %d; repeat with NB_SEED=%llu", rc,
                 (unsigned long long)seed);
    luafixture_end(fx);
}

static void generators_give_each_thread_what_comes_next(void **state)
{
    static struct luafixture first;
    static struct luafixture second;
    uint64_t last;

    part_compile(&part);
    for (uint64_t seed = chance_seeds(programs, &last); seed <= last; seed++) {
        run(&first, seed);
        if (seed % AGAIN != 0)
            continue;
        run(&second, seed);
        assert_string_equal(first.out, second.out);
    }
    part_free(&part);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(generators_give_each_thread_what_comes_next),
    };

    if (argc > 1 && strcmp(argv[1], "all") == 0)
        programs = ALL_PROGRAMS;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
