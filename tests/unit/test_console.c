/*
 * The console: the guard of the standard streams, and the keyboard as a
 * stream, be it a terminal, a pipe, a file or nothing.
 */
#include "support/streams.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util/err.h"

/* Types, or writes into the pipe. */
static void feed(const struct streams *streams, const char *text)
{
    ssize_t len = (ssize_t)strlen(text);
    assert_int_equal(write(streams->far[0], text, strlen(text)), len);
}

static int fill(struct nb_console *console)
{
    return nb_reader_fill(&console->reader, &console->in);
}

static void assert_has(const struct nb_console *console, const char *text)
{
    assert_int_equal(nb_reader_len(&console->reader), strlen(text));
    assert_memory_equal(nb_reader_bytes(&console->reader), text, strlen(text));
}

/* In a child: 0 if each closed descriptor is /dev/null after the guard. */
static int guard_closed(void)
{
    for (int fd = 0; fd <= 2; fd++)
        close(fd);
    if (nb_console_guard() < 0)
        return 1;
    for (int fd = 0; fd <= 2; fd++) {
        struct stat null;
        struct stat is;
        if (stat("/dev/null", &null) < 0 || fstat(fd, &is) < 0)
            return 2;
        if (!S_ISCHR(is.st_mode) || is.st_rdev != null.st_rdev)
            return 3;
        if ((fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0)
            return 4;
    }
    return dup(0) > 2 ? 0 : 5;
}

static void closed_standard_streams_become_the_null_device(void **state)
{
    pid_t pid = fork();

    (void)state;
    if (pid == 0)
        _exit(guard_closed());
    assert_int_equal(streams_child_status(pid), 0);
}

static void open_standard_streams_stay_what_they_are(void **state)
{
    struct streams *streams = *state;
    struct stat before;
    struct stat after;

    streams_pipe(streams, 0);
    assert_int_equal(fstat(0, &before), 0);
    assert_int_equal(nb_console_guard(), 0);
    assert_int_equal(fstat(0, &after), 0);
    assert_int_equal(before.st_ino, after.st_ino);
}

static void input_that_is_not_there_wants_to_be_awaited(void **state)
{
    struct streams *streams = *state;

    streams_pipe(streams, 0);
    struct nb_console *console = streams_open(streams);
    assert_int_equal(fill(console), NB_WANT_READ);
    feed(streams, "line\n");
    assert_int_equal(fill(console), 5);
    assert_has(console, "line\n");
    assert_int_equal(fill(console), NB_WANT_READ);
    assert_int_equal(fcntl(0, F_GETFL) & O_NONBLOCK, 0);
}

static void a_pipe_ends_again_and_again(void **state)
{
    struct streams *streams = *state;

    streams_pipe(streams, 0);
    feed(streams, "last");
    streams_cut(streams, 0);
    struct nb_console *console = streams_open(streams);
    assert_int_equal(fill(console), 4);
    assert_int_equal(fill(console), NB_EOF);
    assert_int_equal(fill(console), NB_EOF);
    assert_has(console, "last");
}

static void a_file_is_read_without_waiting(void **state)
{
    struct streams *streams = *state;

    streams_file(0, "text");
    struct nb_console *console = streams_open(streams);
    assert_int_equal(fill(console), 4);
    assert_int_equal(fill(console), NB_EOF);
    assert_int_equal(fill(console), NB_EOF);
}

static void the_null_device_is_at_its_end(void **state)
{
    struct streams *streams = *state;

    streams_become(0, open("/dev/null", O_RDONLY | O_CLOEXEC));
    assert_int_equal(fill(streams_open(streams)), NB_EOF);
}

static void a_directory_cannot_be_read(void **state)
{
    struct streams *streams = *state;

    streams_become(0, open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    assert_int_equal(fill(streams_open(streams)), -EISDIR);
}

static void input_of_others_that_does_not_block_is_awaited(void **state)
{
    struct streams *streams = *state;

    streams_pipe(streams, 0);
    assert_int_equal(fcntl(0, F_SETFL, O_NONBLOCK), 0);
    struct nb_console *console = streams_open(streams);
    assert_int_equal(fill(console), NB_WANT_READ);
    feed(streams, "x");
    assert_int_equal(fill(console), 1);
}

static void the_end_typed_at_a_terminal_ends_one_read(void **state)
{
    struct streams *streams = *state;

    streams_terminal(streams, 0);
    struct nb_console *console = streams_open(streams);
    feed(streams, "half a line");
    assert_int_equal(fill(console), NB_WANT_READ);
    feed(streams, "\n");
    assert_int_equal(fill(console), 12);
    feed(streams, "\004");
    assert_int_equal(fill(console), NB_EOF);
    assert_int_equal(fill(console), NB_WANT_READ);
    feed(streams, "more\n");
    assert_int_equal(fill(console), 5);
    assert_has(console, "half a line\nmore\n");
}

static void begin_reading(struct actor *actor, void *arg)
{
    struct streams *streams = arg;

    actor->waits = true;
    int rc = nb_iowait_begin(&streams->console.io, NB_READ, &actor->task.waiter,
                             &(struct nb_wait){.deadline = NB_NEVER});
    assert_int_equal(rc, 0);
}

/* A thread that waits for standard input finds it ready. */
static void assert_ready(struct streams *streams)
{
    const struct step steps[] = {step_call(begin_reading, streams), step_end()};
    struct actor actor;

    actor_start(&actor, streams->fx, "a", steps);
    assert_int_equal(nb_runtime_run(&streams->fx->rt), 0);
    assert_string_equal(streams->fx->log, "a=0");
}

static void a_thread_can_wait_for_a_pipe(void **state)
{
    struct streams *streams = *state;

    streams_pipe(streams, 0);
    streams_open(streams);
    feed(streams, "x");
    assert_ready(streams);
}

static void a_thread_that_waits_for_a_file_finds_it_ready(void **state)
{
    struct streams *streams = *state;

    streams_file(0, "");
    streams_open(streams);
    assert_ready(streams);
}

static void a_position_in_the_input_counts_what_was_read_ahead(void **state)
{
    struct streams *streams = *state;
    int64_t position = -1;

    streams_file(0, "0123456789");
    struct nb_console *console = streams_open(streams);
    assert_int_equal(fill(console), 10);
    nb_reader_drop(&console->reader, 4);
    assert_int_equal(nb_console_seek_input(console, 0, SEEK_CUR, &position), 0);
    assert_int_equal(position, 4);
    assert_int_equal(fill(console), 6);
    assert_has(console, "456789");
    assert_int_equal(nb_console_seek_input(console, -2, SEEK_END, &position),
                     0);
    assert_int_equal(position, 8);
    assert_int_equal(fill(console), 2);
    assert_has(console, "89");
    assert_int_equal(nb_console_seek_input(console, -9, SEEK_CUR, &position),
                     -EINVAL);
    assert_int_equal(
        nb_console_seek_input(console, INT64_MIN, SEEK_CUR, &position),
        -EOVERFLOW);
    assert_has(console, "89");
}

static void a_pipe_has_no_position(void **state)
{
    struct streams *streams = *state;
    int64_t position = -1;

    streams_pipe(streams, 0);
    streams_pipe(streams, 1);
    feed(streams, "kept");
    struct nb_console *console = streams_open(streams);
    assert_int_equal(fill(console), 4);
    assert_int_equal(nb_console_seek_input(console, 0, SEEK_SET, &position),
                     -ESPIPE);
    assert_has(console, "kept");
    assert_int_equal(nb_console_seek_output(console, 0, SEEK_CUR, &position),
                     -ESPIPE);
    assert_int_equal(position, -1);
}

/* A test with standard streams of its own. */
#define ON_STREAMS(test)                                                       \
    cmocka_unit_test_setup_teardown(test, streams_begin, streams_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_STREAMS(closed_standard_streams_become_the_null_device),
        ON_STREAMS(open_standard_streams_stay_what_they_are),
        ON_STREAMS(input_that_is_not_there_wants_to_be_awaited),
        ON_STREAMS(a_pipe_ends_again_and_again),
        ON_STREAMS(a_file_is_read_without_waiting),
        ON_STREAMS(the_null_device_is_at_its_end),
        ON_STREAMS(a_directory_cannot_be_read),
        ON_STREAMS(input_of_others_that_does_not_block_is_awaited),
        ON_STREAMS(the_end_typed_at_a_terminal_ends_one_read),
        ON_STREAMS(a_thread_can_wait_for_a_pipe),
        ON_STREAMS(a_thread_that_waits_for_a_file_finds_it_ready),
        ON_STREAMS(a_position_in_the_input_counts_what_was_read_ahead),
        ON_STREAMS(a_pipe_has_no_position),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
