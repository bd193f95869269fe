/* The console where the kernel fails it: scripts and the keyboard. */
#include "support/streams.h"

#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "support/fault.h"

static int fill(struct nb_console *console)
{
    return nb_reader_fill(&console->reader, &console->in);
}

/* A keyboard on which something was typed: 3 bytes. */
static struct nb_console *typed(struct streams *streams)
{
    streams_pipe(streams, 0);
    assert_int_equal(write(streams->far[0], "abc", 3), 3);
    return streams_open(streams);
}

static void an_interrupted_script_is_read_on(void **state)
{
    struct nb_buf text;

    nb_buf_init(&text);
    fault_set(SYS_read, EINTR, 3);
    assert_int_equal(nb_console_read_file("tests/README.md", &text), 0);
    assert_true(text.len > 0);
    nb_buf_deinit(&text);
}

static void an_interrupted_keyboard_is_read_on(void **state)
{
    struct nb_console *console = typed(*state);

    fault_set(SYS_read, EINTR, 3);
    assert_int_equal(fill(console), 3);
}

static void a_keyboard_that_cannot_be_read_says_why(void **state)
{
    struct nb_console *console = typed(*state);

    fault_set(SYS_read, EIO, 1);
    assert_int_equal(fill(console), -EIO);
    assert_int_equal(fill(console), 3);
}

static void a_keyboard_that_cannot_be_asked_says_why(void **state)
{
    struct nb_console *console = typed(*state);

    fault_set(SYS_ppoll, ENOMEM, 1);
    assert_int_equal(fill(console), -ENOMEM);
    fault_set(SYS_ppoll, EINTR, 1);
    assert_int_equal(fill(console), 3);
}

#define ON_STREAMS(test)                                                       \
    cmocka_unit_test_setup_teardown(test, streams_begin, streams_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_STREAMS(an_interrupted_script_is_read_on),
        ON_STREAMS(an_interrupted_keyboard_is_read_on),
        ON_STREAMS(a_keyboard_that_cannot_be_read_says_why),
        ON_STREAMS(a_keyboard_that_cannot_be_asked_says_why),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
