/*
 * The end at a limit, each in a child: asked, forced, or given up; and what
 * is said where the look-up of the line crashes or hangs.
 */
#include "support/fixture.h"

#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "guard/watchdog.h"

#define SENTENCE "netbox: limit: time of 0.01s used up (--time)"

/* A program that does what the test wants. */
struct program {
    struct nb_watchdog watchdog;
    bool checks;  /* it ends itself when asked */
    bool crashes; /* where its line is looked up */
    bool hangs;   /* likewise */
    int busy;     /* so often it is in the middle of writing */
};

static void ask(void *context)
{
    struct program *program = context;

    if (program->checks)
        nb_watchdog_check(&program->watchdog);
}

static bool flush(void *context, bool is_forced)
{
    struct program *program = context;

    return !is_forced || program->busy-- <= 0;
}

static bool place(void *context, char text[NB_WATCHDOG_PLACE])
{
    struct program *program = context;

    if (program->crashes)
        __builtin_trap();
    while (program->hangs)
        pause();
    snprintf(text, NB_WATCHDOG_PLACE, "%s", "thread \033 at x.lua:7");
    return true;
}

static void leave(void *context)
{
    static const char more[] = "more\n";

    (void)context;
    if (write(STDERR_FILENO, more, sizeof more - 1) < 0)
        _exit(1);
}

static const struct nb_watchdog_host host = {ask, flush, place, leave};

/* Runs it into its limit; writes what it says, and returns its status. */
static int run_child(struct program *program, char *said, size_t size)
{
    struct nb_limits limits;
    int ends[2];
    int status;

    nb_limits_init(&limits);
    assert_int_equal(nb_limit_set(&limits, NB_LIMIT_TIME, "0.01s"), 0);
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    if (child == 0) {
        dup2(ends[1], STDERR_FILENO);
        if (nb_watchdog_start(&program->watchdog, &limits, &host, program) < 0)
            _exit(1);
        alarm(20);
        for (;;)
            pause();
    }
    close(ends[1]);
    assert_int_equal(waitpid(child, &status, 0), child);
    ssize_t n = read(ends[0], said, size - 1);
    assert_true(n >= 0);
    said[n] = '\0';
    close(ends[0]);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void assert_says(struct program program, const char *line)
{
    char said[200];

    assert_int_equal(run_child(&program, said, sizeof said), 3);
    assert_string_equal(said, line);
}

static void program_that_is_asked_ends_itself(void **state)
{
    assert_says((struct program){.checks = true},
                SENTENCE ", in thread ? at x.lua:7\nmore\n");
}

static void program_that_does_not_is_ended(void **state)
{
    assert_says((struct program){.checks = false},
                SENTENCE ", in thread ? at x.lua:7\n");
}

static void program_that_writes_is_ended_later(void **state)
{
    assert_says((struct program){.busy = 1}, SENTENCE "\n");
}

static void crash_of_the_lookup_ends_the_line(void **state)
{
    assert_says((struct program){.crashes = true}, SENTENCE "\n");
}

static void lookup_that_hangs_is_given_up(void **state)
{
    assert_says((struct program){.hangs = true}, SENTENCE "\n");
    assert_says((struct program){.hangs = true, .checks = true}, SENTENCE "\n");
}

static void program_within_its_limits_is_left_alone(void **state)
{
    struct program program = {.checks = true};
    struct nb_limits limits;

    nb_limits_init(&limits);
    nb_limit_set(&limits, NB_LIMIT_TIME, "1h");
    assert_int_equal(
        nb_watchdog_start(&program.watchdog, &limits, &host, &program), 0);
    nb_watchdog_check(&program.watchdog);
    nb_watchdog_check(NULL);
    nb_watchdog_stop(&program.watchdog);
}

static void output_is_counted_to_its_limit(void **state)
{
    struct program program = {.checks = true};
    struct nb_limits limits;

    nb_limits_init(&limits);
    nb_limit_set(&limits, NB_LIMIT_OUTPUT, "10");
    assert_int_equal(
        nb_watchdog_start(&program.watchdog, &limits, &host, &program), 0);
    assert_int_equal(nb_watchdog_count(&program.watchdog, 6), 6);
    assert_int_equal(nb_watchdog_count(&program.watchdog, 6), 4);
    assert_int_equal(nb_watchdog_count(&program.watchdog, 6), 0);
    assert_int_equal(nb_watchdog_count(NULL, 6), 6);
    nb_watchdog_stop(&program.watchdog);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(program_that_is_asked_ends_itself),
        cmocka_unit_test(program_that_does_not_is_ended),
        cmocka_unit_test(program_that_writes_is_ended_later),
        cmocka_unit_test(crash_of_the_lookup_ends_the_line),
        cmocka_unit_test(lookup_that_hangs_is_given_up),
        cmocka_unit_test(program_within_its_limits_is_left_alone),
        cmocka_unit_test(output_is_counted_to_its_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
