/*
 * The pcapng file of a trace, read back by a strict reader: comments, notes and
 * times, what becomes of it when it is cut or memory is short, and that random
 * traffic is in it to the byte.
 */
#include "support/fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "support/capture.h"
#include "support/tale.h"
#include "trace/sink.h"

#define BEGAN (INT64_C(1700000000) * 1000000000)

struct file {
    struct nb_trace_sink *sink;
    struct tale tale;
    int fd; /* of the file, beside the sink's own */
    struct capture capture;
    struct capture_packet packet;
};

static void begin(struct file *file, bool stable)
{
    const struct nb_trace_options options = {
        .began = BEGAN,
        .stable = stable,
        .title = "a\xff.lua",
    };

    *file = (struct file){.fd = memfd_create("trace", 0)};
    assert_true(file->fd >= 0);
    file->sink = nb_trace_sink_new(nb_trace_format_of("x.pcapng"),
                                   dup(file->fd), &options);
    assert_non_null(file->sink);
}

static void take(struct file *file, const char *text)
{
    char line[2048];

    snprintf(line, sizeof line, "%s", text);
    struct nb_trace_event event = tale_event(&file->tale, line);
    file->sink->ops->take(file->sink, &event);
}

static void finish(struct file *file)
{
    file->sink->ops->finish(file->sink);
    capture_open(&file->capture, file->fd);
}

static void next(struct file *file)
{
    assert_true(capture_next(&file->capture, &file->packet));
}

/* There is no more packet. */
static void end(struct file *file)
{
    assert_false(capture_next(&file->capture, &file->packet));
    assert_true(file->capture.ended);
    capture_close(&file->capture);
    close(file->fd);
}

#define CLIENT(what) what " tcp of=1 socket=1 127.0.0.1:4000 127.0.0.1:80"
#define UDP(what)    what " udp of=1 socket=1 127.0.0.1:4000 127.0.0.1:5000"
#define BACK(what)   what " udp of=1 socket=2 127.0.0.1:5000 127.0.0.1:4000"

static void an_empty_trace_is_a_file(void **state)
{
    struct file file;

    begin(&file, false);
    finish(&file);
    end(&file);
    assert_string_equal(
        file.capture.section,
        "TCP segments are reconstructed from what the sockets of one program "
        "sent and received. Unix sockets are left out.|");
    assert_int_equal(file.capture.received, 0);
    assert_int_equal(file.capture.dropped, 0);
}

static void a_packet_has_its_time_and_who_did_it(void **state)
{
    struct file file;

    begin(&file, false);
    take(&file, CLIENT("connecting") " thread=client at=tcp.lua:7");
    take(&file, CLIENT("connected") " at=tcp.lua:7");
    take(&file, CLIENT("closed") " thread=client");
    finish(&file);
    next(&file);
    assert_int_equal(file.packet.time, BEGAN + 1000000);
    assert_string_equal(file.packet.comments, "thread 'client' at tcp.lua:7|");
    next(&file);
    assert_int_equal(file.packet.time, BEGAN + 2000000);
    assert_string_equal(file.packet.comments, "tcp.lua:7|");
    next(&file); /* one comment an event */
    assert_string_equal(file.packet.flags, "A");
    assert_string_equal(file.packet.comments, "");
    next(&file);
    assert_string_equal(file.packet.comments, "thread 'client'|");
    next(&file);
    end(&file);
    assert_int_equal(file.capture.received, 5);
}

static void a_stable_file_has_no_times_and_no_chosen_ports(void **state)
{
    struct file file;

    begin(&file, true);
    file.tale.events = 41;
    take(&file, "sent udp of=1 socket=1 127.0.0.1:50007 127.0.0.1:53 text=x");
    take(&file, "sent udp of=2 socket=1 127.0.0.1:50007 127.0.0.1:32768");
    take(&file, "sent udp of=2 socket=2 127.0.0.1:32768 127.0.0.1:50007");
    finish(&file);
    next(&file);
    assert_int_equal(file.packet.time, 42 * 1000000);
    assert_int_equal(file.packet.from_port, 32768);
    assert_int_equal(file.packet.to_port, 53);
    next(&file);
    assert_int_equal(file.packet.from_port, 32768);
    assert_int_equal(file.packet.to_port, 32769);
    next(&file);
    assert_int_equal(file.packet.from_port, 32769);
    assert_int_equal(file.packet.to_port, 32768);
    end(&file);
}

static void notes_go_with_the_next_packet(void **state)
{
    struct file file;

    begin(&file, false);
    take(&file, "mark - thread=main at=x.lua:1 text=look");
    take(&file, CLIENT("timed-out") " operation=receive errno=110");
    take(&file, "error tcp socket=3 127.0.0.1:80 operation=bind errno=98");
    take(&file, "dropped - count=3");
    take(&file, UDP("sent") " text=x thread=a");
    take(&file, "mark - text=end");
    finish(&file);
    next(&file);
    assert_string_equal(file.packet.comments,
                        "mark: look (thread 'main' at x.lua:1)|"
                        "timed out: receive 127.0.0.1:4000 -> 127.0.0.1:80|"
                        "failed with EADDRINUSE: bind 127.0.0.1:80|"
                        "3 events are missing here|"
                        "thread 'a'|");
    end(&file);
    assert_string_equal(file.capture.end, "mark: end|");
    assert_int_equal(file.capture.dropped, 3);
}

static void notes_that_do_not_fit_are_counted(void **state)
{
    static char line[2000];
    struct file file;

    begin(&file, false);
    memset(line, 'x', sizeof line - 1);
    memcpy(line, "mark - text=", 12);
    for (int i = 0; i < 20; i++)
        take(&file, line);
    take(&file, UDP("sent") " text=x");
    take(&file, UDP("sent") " text=x");
    finish(&file);
    next(&file);
    assert_int_equal(strlen(file.packet.comments),
                     5 * (700 + strlen("mark: |")) +
                         strlen("15 more notes do not fit here|"));
    assert_non_null(
        strstr(file.packet.comments, "|15 more notes do not fit here|"));
    next(&file);
    assert_string_equal(file.packet.comments, "");
    end(&file);
}

static void comments_are_utf8_whatever_the_names_are(void **state)
{
    const char *const names[][2] = {
        {"caf\xc3\xa9", "caf\xc3\xa9"},
        {"\xe2\x82\xac\xf0\x9f\x98\x80", "\xe2\x82\xac\xf0\x9f\x98\x80"},
        {"\xf4\x8f\xbf\xbf", "\xf4\x8f\xbf\xbf"},
        {"a\xffz", "a?z"},
        {"\xc3", "?"},
        {"\xc0\xaf", "??"},
        {"\xe0\x80\xaf", "???"},
        {"\xed\xa0\x80", "???"},
        {"\xf0\x80\x80\x80", "????"},
        {"\xf4\x90\x80\x80", "????"},
        {"\xe2\x82z", "??z"},
        {"\x1b[31m\x7f", "?[31m?"},
    };

    for (size_t i = 0; i < NB_COUNTOF(names); i++) {
        struct file file;
        char text[128];
        begin(&file, false);
        snprintf(text, sizeof text, UDP("sent") " text=x thread=%s",
                 names[i][0]);
        take(&file, text);
        finish(&file);
        next(&file);
        snprintf(text, sizeof text, "thread '%s'|", names[i][1]);
        assert_string_equal(file.packet.comments, text);
        end(&file);
    }
}

static void a_datagram_between_two_sockets_is_told_once(void **state)
{
    struct file file;

    begin(&file, false);
    take(&file, UDP("sent") " peer=2 text=ping");
    take(&file, BACK("received") " peer=1 text=ping");
    take(&file, BACK("sent") " text=pong"); /* the other one has closed ... */
    take(&file, UDP("sent") " text=");
    take(&file, BACK("received") " text="); /* ... or this one */
    take(&file, BACK("received") " text=new");
    take(&file, BACK("received") " text=pong"); /* an echo is no repetition */
    finish(&file);
    const char *const expected[] = {"ping", "pong", "", "new", "pong"};
    const uint16_t ports[] = {4000, 5000, 4000, 4000, 4000};
    for (size_t i = 0; i < NB_COUNTOF(expected); i++) {
        next(&file);
        assert_int_equal(file.packet.from_port, ports[i]);
        assert_int_equal(file.packet.len, strlen(expected[i]));
        assert_memory_equal(file.packet.data, expected[i], file.packet.len);
    }
    end(&file);
}

static void a_refused_datagram_is_quoted(void **state)
{
    struct file file;

    begin(&file, false);
    take(&file, UDP("sent") " text=hello");
    take(&file, "sent udp of=2 socket=1 127.0.0.1:4000 127.0.0.1:9 text=xy");
    take(&file, UDP("refused") " errno=111");
    take(&file, "refused udp of=3 socket=1 127.0.0.1:4000 127.0.0.1:7");
    finish(&file);
    next(&file);
    next(&file);
    next(&file);
    assert_int_equal(file.packet.proto, 1);
    assert_string_equal(file.packet.from, "127.0.0.1");
    assert_int_equal(file.packet.len, 8 + 20 + 8);
    assert_int_equal(file.packet.data[8 + 20 + 5], 8 + 5); /* its length */
    next(&file);
    assert_int_equal(file.packet.data[8 + 20 + 5], 8); /* not known */
    end(&file);
}

/* An echo request, its checksum right; and the answer. */
#define REQUEST "hex=08005c3f1234000268692121"
#define REPLY   "hex=0000643f1234000268692121"

static void a_ping_to_oneself_is_told_once(void **state)
{
    struct file file;
    /* A raw socket has the number of its protocol for a port. */
    static const char ends[] = " icmp of=1 socket=1 127.0.0.1:1 127.0.0.1:0 ";
    const char *const lines[][2] = {{"sent", REQUEST},
                                    {"received", REQUEST},
                                    {"received", REPLY},
                                    {"timed-out", ""}};

    begin(&file, false);
    for (size_t i = 0; i < NB_COUNTOF(lines); i++) {
        char line[128];
        snprintf(line, sizeof line, "%s%s%s", lines[i][0], ends, lines[i][1]);
        take(&file, line);
    }
    finish(&file);
    next(&file);
    assert_int_equal(file.packet.data[0], 8);
    next(&file);
    assert_int_equal(file.packet.data[0], 0);
    end(&file);
}

static void a_ping_socket_lets_the_kernel_fill_it_in(void **state)
{
    struct file file;

    begin(&file, false);
    take(&file, "sent icmp of=1 socket=1 127.0.0.1:77 127.0.0.1:0 "
                "hex=0800000000000001");
    take(&file, "sent icmp of=1 socket=1 [::1]:77 [::1]:0 "
                "hex=8000000000000001");
    take(&file, "received icmp of=1 socket=1 [::1]:77 [::1]:0 "
                "hex=81000000004d0001");
    finish(&file);
    for (int i = 0; i < 3; i++) {
        next(&file);
        assert_int_equal(file.packet.data[5], 77);
    }
    end(&file);
}

static void unix_sockets_are_left_out(void **state)
{
    struct file file;

    begin(&file, false);
    take(&file, "sent unix of=1 socket=1 peer=2 text=x");
    take(&file, "sent unix-datagram of=1 socket=1 peer=2 text=x");
    finish(&file);
    end(&file);
}

/* Whenever it is cut off from its writer, it ends with a whole block. */
static void a_file_is_whole_at_any_time(void **state)
{
    static char text[1800];
    struct chance chance = {.state = 7};
    struct file file;
    size_t seen = 0;

    begin(&file, false);
    memset(text, 'x', sizeof text);
    for (int i = 0; i < 400; i++) {
        char line[2000];
        snprintf(line, sizeof line, UDP("sent") " text=%.*s",
                 (int)chance_below(&chance, sizeof text), text);
        take(&file, line);
        if (lseek(file.fd, 0, SEEK_END) == 0)
            continue;
        seen = 0;
        capture_open(&file.capture, file.fd);
        while (capture_next(&file.capture, &file.packet))
            seen++;
        capture_close(&file.capture);
        assert_true(seen + 32 > (size_t)i);
    }
    finish(&file);
    assert_true(seen > 0);
    while (capture_next(&file.capture, &file.packet))
        continue;
    assert_int_equal(file.capture.received, 400);
    end(&file);
}

static void without_memory_there_is_no_sink_and_no_descriptor(void **state)
{
    const struct nb_trace_options options = {.began = BEGAN};
    struct refusal refusal = {.countdown = 1};
    int fd = memfd_create("trace", 0);

    nb_alloc_set_gate(refusal_gate, &refusal);
    assert_null(nb_trace_pcap_new(fd, &options));
    nb_alloc_set_gate(NULL, NULL);
    assert_int_equal(close(fd), -1);
}

/* Whichever request fails, the file is right, and says what it lacks. */
static void without_memory_a_conversation_is_missing(void **state)
{
    for (size_t failing = 1; failing <= 5; failing++) {
        struct refusal refusal = {.countdown = failing};
        struct file file;
        begin(&file, false);
        nb_alloc_set_gate(refusal_gate, &refusal);
        for (int i = 1; i <= 4; i++) {
            char line[128];
            snprintf(line, sizeof line,
                     "accepted tcp of=%d socket=%d 127.0.0.1:80 127.0.0.1:%d",
                     i, i, 4000 + i);
            take(&file, line);
        }
        nb_alloc_set_gate(NULL, NULL);
        finish(&file);
        size_t packets = 0;
        while (capture_next(&file.capture, &file.packet))
            packets++;
        assert_int_equal(packets, failing <= 4 ? 9 : 12);
        assert_int_equal(file.capture.dropped, failing <= 4);
        end(&file);
        assert_int_equal(nb_alloc_account().blocks, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_trace_is_a_file),
        cmocka_unit_test(a_packet_has_its_time_and_who_did_it),
        cmocka_unit_test(a_stable_file_has_no_times_and_no_chosen_ports),
        cmocka_unit_test(notes_go_with_the_next_packet),
        cmocka_unit_test(notes_that_do_not_fit_are_counted),
        cmocka_unit_test(comments_are_utf8_whatever_the_names_are),
        cmocka_unit_test(a_datagram_between_two_sockets_is_told_once),
        cmocka_unit_test(a_refused_datagram_is_quoted),
        cmocka_unit_test(a_ping_to_oneself_is_told_once),
        cmocka_unit_test(a_ping_socket_lets_the_kernel_fill_it_in),
        cmocka_unit_test(unix_sockets_are_left_out),
        cmocka_unit_test(a_file_is_whole_at_any_time),
        cmocka_unit_test(without_memory_there_is_no_sink_and_no_descriptor),
        cmocka_unit_test(without_memory_a_conversation_is_missing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
