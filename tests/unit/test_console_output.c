/*
 * The console's output: when it is written, that all of it arrives in order,
 * and what becomes of it where it cannot.
 */
#include "support/streams.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BULK = 300000, PER_READ = 4096 };

/* What came out at the other end until now is exactly `text`. */
static void assert_out(const struct streams *streams, const char *text)
{
    struct pollfd far = {.fd = streams->far[1], .events = POLLIN};
    char got[PER_READ];
    ssize_t n = 0;

    if (poll(&far, 1, 0) > 0 && (far.revents & POLLIN) != 0)
        n = read(streams->far[1], got, sizeof got);
    assert_int_equal(n, strlen(text));
    assert_memory_equal(got, text, strlen(text));
}

static int put(struct nb_console *console, const char *text)
{
    return nb_console_write(console, text, strlen(text));
}

static void output_to_a_pipe_waits_for_a_flush(void **state)
{
    struct streams *streams = *state;

    streams_pipe(streams, 1);
    struct nb_console *console = streams_open(streams);
    assert_int_equal(put(console, "one\n"), 0);
    assert_int_equal(put(console, "two"), 0);
    assert_out(streams, "");
    assert_int_equal(nb_console_flush(console), 0);
    assert_out(streams, "one\ntwo");
    assert_int_equal(nb_console_flush(console), 0);
    assert_out(streams, "");
}

static void output_to_a_terminal_goes_line_by_line(void **state)
{
    struct streams *streams = *state;

    streams_terminal(streams, 1);
    struct nb_console *console = streams_open(streams);
    assert_int_equal(put(console, "one"), 0);
    assert_out(streams, "");
    assert_int_equal(put(console, " two\n"), 0);
    assert_out(streams, "one two\r\n");
}

static void output_without_a_buffer_goes_at_once(void **state)
{
    struct streams *streams = *state;

    streams_pipe(streams, 1);
    struct nb_console *console = streams_open(streams);
    assert_int_equal(put(console, "kept "), 0);
    assert_int_equal(nb_console_set_mode(console, NB_CONSOLE_NONE), 0);
    assert_out(streams, "kept ");
    assert_int_equal(put(console, "x"), 0);
    assert_out(streams, "x");
    assert_int_equal(nb_console_set_mode(console, NB_CONSOLE_FULL), 0);
    assert_int_equal(put(console, "y\n"), 0);
    assert_out(streams, "");
}

static void what_is_left_is_written_at_the_end(void **state)
{
    struct streams *streams = *state;

    streams_pipe(streams, 1);
    assert_int_equal(put(streams_open(streams), "left"), 0);
    streams_close(streams);
    assert_out(streams, "left");
}

/* The bytes of a long output, each at its place. */
static char pattern(size_t at)
{
    return (char)('a' + at % 23 + at / 1000 % 3);
}

/* In a child: reads up to the end; 0 if it was what it has to be. */
static int read_pattern(int fd)
{
    char got[PER_READ];
    size_t at = 0;
    ssize_t n;

    while ((n = read(fd, got, sizeof got)) > 0) {
        for (ssize_t i = 0; i < n; i++, at++) {
            if (got[i] != pattern(at))
                return 1;
        }
    }
    return at == BULK ? 0 : 2;
}

/* Writes BULK bytes in pieces of all sizes while a child reads them. */
static void assert_bulk_arrives(struct streams *streams)
{
    static const size_t sizes[] = {1, 1000, 65535, 3, 65536, 70000, 16};
    char *text = malloc(BULK);
    pid_t pid = fork();

    if (pid == 0) {
        close(1);
        _exit(read_pattern(streams->far[1]));
    }
    streams_cut(streams, 1);
    assert_non_null(text);
    for (size_t i = 0; i < BULK; i++)
        text[i] = pattern(i);
    struct nb_console *console = streams_open(streams);
    int failed = 0;
    for (size_t at = 0, i = 0; at < BULK; i++) {
        size_t n = sizes[i % NB_COUNTOF(sizes)];
        n = n < BULK - at ? n : BULK - at;
        failed += nb_console_write(console, text + at, n) != 0;
        at += n;
    }
    free(text);
    assert_int_equal(failed, 0);
    assert_int_equal(nb_console_flush(console), 0);
    close(1);
    assert_int_equal(streams_child_status(pid), 0);
}

static void more_than_the_buffer_arrives_in_order(void **state)
{
    struct streams *streams = *state;

    streams_pipe(streams, 1);
    assert_bulk_arrives(streams);
}

static void output_of_others_that_does_not_block_is_waited_for(void **state)
{
    struct streams *streams = *state;

    streams_pipe(streams, 1);
    assert_int_equal(fcntl(1, F_SETFL, O_WRONLY | O_NONBLOCK), 0);
    assert_true(fcntl(1, F_SETPIPE_SZ, PER_READ) >= PER_READ);
    assert_bulk_arrives(streams);
}

static void output_is_dropped_once_its_reader_has_gone(void **state)
{
    struct streams *streams = *state;

    streams_pipe(streams, 1);
    struct nb_console *console = streams_open(streams);
    size_t blocks = nb_alloc_account().blocks;
    assert_int_equal(put(console, "x"), 0);
    streams_cut(streams, 1);
    assert_int_equal(nb_console_flush(console), -EPIPE);
    assert_int_equal(put(console, "y"), -EPIPE);
    assert_int_equal(nb_console_flush(console), -EPIPE);
    assert_int_equal(nb_console_set_mode(console, NB_CONSOLE_NONE), -EPIPE);
    assert_int_equal(nb_alloc_account().blocks, blocks);
}

static void a_full_disk_is_told_and_remembered(void **state)
{
    struct streams *streams = *state;

    streams_become(1, open("/dev/full", O_WRONLY | O_CLOEXEC));
    struct nb_console *console = streams_open(streams);
    assert_int_equal(put(console, "x"), 0);
    assert_int_equal(nb_console_flush(console), -ENOSPC);
    assert_int_equal(put(console, "y"), -ENOSPC);
}

static void output_without_memory_goes_at_once(void **state)
{
    struct streams *streams = *state;
    struct refusal refusal = {.for_good = true};

    streams_pipe(streams, 1);
    struct nb_console *console = streams_open(streams);
    assert_int_equal(put(console, "one "), 0);
    nb_alloc_set_gate(refusal_gate, &refusal);
    char text[PER_READ / 2];
    memset(text, 'x', sizeof text);
    assert_int_equal(nb_console_write(console, text, sizeof text), 0);
    char expected[PER_READ] = "one ";
    memcpy(expected + 4, text, sizeof text);
    assert_out(streams, expected);
}

static void a_position_in_the_output_counts_what_is_buffered(void **state)
{
    struct streams *streams = *state;
    int64_t position = -1;
    char got[8] = "";

    streams_file(1, "");
    struct nb_console *console = streams_open(streams);
    assert_int_equal(put(console, "abc"), 0);
    assert_int_equal(nb_console_seek_output(console, -1, SEEK_CUR, &position),
                     0);
    assert_int_equal(position, 2);
    assert_int_equal(put(console, "X"), 0);
    assert_int_equal(nb_console_flush(console), 0);
    assert_int_equal(pread(1, got, sizeof got, 0), 3);
    assert_string_equal(got, "abX");
}

/* A test with standard streams of its own. */
#define ON_STREAMS(test)                                                       \
    cmocka_unit_test_setup_teardown(test, streams_begin, streams_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_STREAMS(output_to_a_pipe_waits_for_a_flush),
        ON_STREAMS(output_to_a_terminal_goes_line_by_line),
        ON_STREAMS(output_without_a_buffer_goes_at_once),
        ON_STREAMS(what_is_left_is_written_at_the_end),
        ON_STREAMS(more_than_the_buffer_arrives_in_order),
        ON_STREAMS(output_of_others_that_does_not_block_is_waited_for),
        ON_STREAMS(output_is_dropped_once_its_reader_has_gone),
        ON_STREAMS(a_full_disk_is_told_and_remembered),
        ON_STREAMS(output_without_memory_goes_at_once),
        ON_STREAMS(a_position_in_the_output_counts_what_is_buffered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
