/* A trace as text: words, columns, widths, bytes that nobody trusts. */
#include "support/fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support/traced.h"
#include "util/err.h"
#include "util/list.h"

static const struct nb_trace_options plain = {.bytes = 64};

static void assert_text(const struct nb_trace_options *options,
                        const struct nb_trace_event *events, size_t count,
                        const char *expected)
{
    char *text = traced_output(nb_trace_text_new, options, events, count);

    assert_string_equal(text, expected);
    free(text);
}

static void assert_line(const struct nb_trace_options *options,
                        struct nb_trace_event event, const char *expected)
{
    assert_text(options, &event, 1, expected);
}

static void every_kind_is_a_line_in_words(void **state)
{
#define LINE(arrow, words)                                                     \
    "  0.001234 main #2 tcp 127.0.0.1:40122 " arrow " 127.0.0.1:80    " words  \
    "  echo.lua:12\n"
    static const struct {
        enum nb_trace_kind kind;
        const char *line;
    } table[] = {
        {NB_TRACE_CONNECTING, LINE("->", "connecting")},
        {NB_TRACE_CONNECTED, LINE("->", "connected")},
        {NB_TRACE_ACCEPTED, LINE("<-", "accepted")},
        {NB_TRACE_SENT, LINE("->", "sent 5 \"hello\"")},
        {NB_TRACE_RECEIVED, LINE("<-", "received 5 \"hello\"")},
        {NB_TRACE_ENDED, LINE("<-", "end of stream")},
        {NB_TRACE_HALF_CLOSED, LINE("->", "half-closed")},
        {NB_TRACE_CLOSED, LINE("->", "closed")},
        {NB_TRACE_RESET, LINE("<-", "reset")},
        {NB_TRACE_TIMED_OUT, LINE("--", "timed out waiting to receive")},
        {NB_TRACE_REFUSED, LINE("<-", "refused")},
        {NB_TRACE_ERROR, LINE("--", "error ENETUNREACH, receive")},
    };
#undef LINE

    for (size_t i = 0; i < NB_COUNTOF(table); i++) {
        enum nb_trace_kind kind = table[i].kind;
        bool carries = kind == NB_TRACE_SENT || kind == NB_TRACE_RECEIVED;
        struct nb_trace_event event =
            traced_event(kind, carries ? "hello" : NULL);
        event.operation = NB_EVENT_RECEIVE;
        event.error = kind == NB_TRACE_ERROR ? ENETUNREACH : 0;
        assert_line(&plain, event, table[i].line);
    }
}

static void a_socket_alone_has_no_arrow(void **state)
{
    struct nb_trace_event event = traced_passive(NB_TRACE_LISTENING, NULL);

    event.remote.len = 0;
    assert_line(&plain, event,
                "  0.001234 server #3 tcp 127.0.0.1:80                       "
                "listening  echo.lua:5\n");
    event.kind = NB_TRACE_BOUND;
    event.local.len = 0;
    assert_line(&plain, event,
                "  0.001234 server #3 tcp                                    "
                "bound  echo.lua:5\n");
}

static void marks_and_gaps_have_no_socket(void **state)
{
    struct nb_trace_event event = {
        .kind = NB_TRACE_MARK,
        .time = INT64_C(61000000001),
        .thread = 3,
        .data = "half \x1b[2J way",
        .len = 13,
    };

    assert_line(&(struct nb_trace_options){.bytes = 2, .hex = true}, event,
                " 61.000000 3    mark \"half \\x1b[2J way\"\n");
    event = (struct nb_trace_event){.kind = NB_TRACE_DROPPED, .count = 1};
    assert_line(&plain, event, "  0.000000      1 event is missing here\n");
    event.count = 1234567;
    assert_line(&plain, event,
                "  0.000000      1,234,567 events are missing here\n");
}

static void columns_grow_and_stay(void **state)
{
    struct nb_trace_event events[] = {
        traced_event(NB_TRACE_CLOSED, NULL),
        traced_event(NB_TRACE_CLOSED, NULL),
        traced_event(NB_TRACE_CLOSED, NULL),
    };

    events[1].socket = 1234;
    events[1].proto = NB_TRACE_UNIX_DATAGRAM;
    events[1].local = traced_addr("", 0);
    events[1].remote = traced_addr("/run/a/path/that/is/longer/than/others", 0);
    snprintf(events[1].origin.thread, sizeof events[1].origin.thread, "%s",
             "philosopher");
    assert_text(
        &plain, events, 3,
        "  0.001234 main #2 tcp 127.0.0.1:40122 -> 127.0.0.1:80    closed  "
        "echo.lua:12\n"
        "  0.001234 philosopher #1234 unix *               -> "
        "/run/a/path/that/is/longer/than/others closed  echo.lua:12\n"
        "  0.001234 main        #2    tcp  127.0.0.1:40122 -> "
        "127.0.0.1:80             closed  echo.lua:12\n");
}

static void bytes_are_escaped_as_in_lua(void **state)
{
    char bytes[256];
    char expected[2048];
    struct nb_trace_event event = traced_event(NB_TRACE_SENT, NULL);
    struct nb_trace_options options = {.bytes = SIZE_MAX};
    int len = snprintf(expected, sizeof expected, "%s",
                       "  0.001234 main #2 tcp 127.0.0.1:40122 -> "
                       "127.0.0.1:80    sent 256 \"");

    for (int i = 0; i < 256; i++) {
        char *at = expected + len;
        size_t room = sizeof expected - (size_t)len;
        bytes[i] = (char)i;
        if (i == '\n')
            len += snprintf(at, room, "\\n");
        else if (i == '\r')
            len += snprintf(at, room, "\\r");
        else if (i == '\t')
            len += snprintf(at, room, "\\t");
        else if (i == '"' || i == '\\')
            len += snprintf(at, room, "\\%c", i);
        else if (i >= ' ' && i <= '~')
            len += snprintf(at, room, "%c", i);
        else
            len += snprintf(at, room, "\\x%02x", (unsigned)i);
    }
    snprintf(expected + len, sizeof expected - (size_t)len,
             "\"  echo.lua:12\n");
    event.data = bytes;
    event.len = sizeof bytes;
    assert_line(&options, event, expected);
}

#define HEAD "  0.001234 main #2 tcp 127.0.0.1:40122 -> 127.0.0.1:80    "

static void bytes_beyond_the_limit_are_counted(void **state)
{
    static char bytes[2000];
    struct nb_trace_event event = traced_event(NB_TRACE_SENT, "hello");
    struct nb_trace_options options = {.bytes = 4};

    assert_line(&options, event,
                HEAD "sent 5 \"hell\"... (1 more)  echo.lua:12\n");
    options.bytes = 5;
    assert_line(&options, event, HEAD "sent 5 \"hello\"  echo.lua:12\n");
    options.bytes = 0;
    assert_line(&options, event, HEAD "sent 5  echo.lua:12\n");
    memset(bytes, 'a', sizeof bytes);
    event.data = bytes;
    event.len = sizeof bytes;
    options.bytes = 2;
    assert_line(&options, event,
                HEAD "sent 2,000 \"aa\"... (1,998 more)  echo.lua:12\n");
    options.hex = true;
    assert_line(&options, event,
                HEAD "sent 2,000  echo.lua:12\n"
                     "  00000000  61 61                                     "
                     "       |aa|\n"
                     "  ... (1,998 more)\n");
}

static void a_dump_has_as_many_bytes_a_line_as_fit(void **state)
{
    static const char bytes[] = "\0\x1b[2J\x7f\x80\xff ~ five more";
    static const struct {
        unsigned width;
        const char *dump;
    } table[] = {
        {0, "  00000000  00 1b 5b 32 4a 7f 80 ff 20 7e 20 66 69 76 65 20  "
            "|..[2J... ~ five |\n"
            "  00000010  6d 6f 72 65                                      "
            "|more|\n"},
        {79, "  00000000  00 1b 5b 32 4a 7f 80 ff 20 7e 20 66 69 76 65 20  "
             "|..[2J... ~ five |\n"
             "  00000010  6d 6f 72 65                                      "
             "|more|\n"},
        {78, "  00000000  00 1b 5b 32 4a 7f 80 ff  |..[2J...|\n"
             "  00000008  20 7e 20 66 69 76 65 20  | ~ five |\n"
             "  00000010  6d 6f 72 65              |more|\n"},
        {40, "  00000000  00 1b 5b 32  |..[2|\n"
             "  00000004  4a 7f 80 ff  |J...|\n"
             "  00000008  20 7e 20 66  | ~ f|\n"
             "  0000000c  69 76 65 20  |ive |\n"
             "  00000010  6d 6f 72 65  |more|\n"},
    };

    for (size_t i = 0; i < NB_COUNTOF(table); i++) {
        struct nb_trace_event event = traced_event(NB_TRACE_SENT, NULL);
        struct nb_trace_options options = {
            .bytes = 64, .hex = true, .width = table[i].width};
        event.data = bytes;
        event.len = sizeof bytes - 1;
        char *text = traced_output(nb_trace_text_new, &options, &event, 1);
        assert_string_equal(strchr(text, '\n') + 1, table[i].dump);
        free(text);
    }
}

static void a_narrow_line_gives_up_bytes_then_the_place(void **state)
{
    static const struct {
        unsigned width;
        const char *line;
    } table[] = {
        {130, "  0.001234 main #2 tcp 127.0.0.1:40122 -> 127.0.0.1:80    "
              "sent 43 \"the quick brown fox jumps over the lazy dog\"  "
              "echo.lua:12\n"},
        {120,
         "  0.001234 main #2 tcp 127.0.0.1:40122 -> 127.0.0.1:80    "
         "sent 43 \"the quick brown fox jumps over the l\"...  echo.lua:12\n"},
        {80, "  0.001 main #2 tcp :40122 -> :80    "
             "sent 43 \"the quick brown f\"...  echo.lua:12\n"},
        {64, "  0.001 main #2 tcp :40122 -> :80    sent 43 \"t\"...  "
             "echo.lua:12\n"},
        {63, "  0.001 main #2 tcp :40122 -> :80    sent 43  echo.lua:12\n"},
        {41, "  0.001 #2 -> :80    sent 43  echo.lua:12\n"},
        {40, "  0.001 #2 -> :80    sent 43  ..o.lua:12\n"},
    };

    for (size_t i = 0; i < NB_COUNTOF(table); i++) {
        struct nb_trace_options options = {.bytes = 64,
                                           .width = table[i].width};
        assert_line(&options,
                    traced_event(NB_TRACE_SENT,
                                 "the quick brown fox jumps over the lazy dog"),
                    table[i].line);
    }
}

static void a_folder_is_shown_where_there_is_room(void **state)
{
    static const struct {
        unsigned width;
        const char *source;
        const char *line;
    } table[] = {
        {0, "a/b/c.lua", HEAD "sent 5 \"hello\"  a/b/c.lua:1\n"},
        {120, "a/b/c.lua", HEAD "sent 5 \"hello\"  a/b/c.lua:1\n"},
        {119, "a/b/c.lua",
         "  0.001234 main #2 tcp :40122 -> :80    sent 5 \"hello\"  "
         "c.lua:1\n"},
        {119, "c.lua",
         "  0.001234 main #2 tcp :40122 -> :80    sent 5 \"hello\"  "
         "c.lua:1\n"},
        {119, "[string \"a/b\"]",
         "  0.001234 main #2 tcp :40122 -> :80    sent 5 \"hello\"  "
         "[string \"a/b\"]:1\n"},
    };

    for (size_t i = 0; i < NB_COUNTOF(table); i++) {
        struct nb_trace_options options = {.bytes = 64,
                                           .width = table[i].width};
        struct nb_trace_event event = traced_event(NB_TRACE_SENT, "hello");
        event.origin = (struct nb_origin){"main", "", 1};
        snprintf(event.origin.source, sizeof event.origin.source, "%s",
                 table[i].source);
        assert_line(&options, event, table[i].line);
    }
}

static void narrow_addresses_say_what_tells_them_apart(void **state)
{
    static const struct {
        const char *ip;
        uint16_t port;
        const char *shown;
    } table[] = {
        {"127.0.0.1", 80, ":80 "},
        {"::1", 80, ":80 "},
        {"127.0.0.2", 80, "127.0.0.2:80 "},
        {"0.0.0.0", 80, "*:80 "},
        {"::", 80, "*:80 "},
        {"192.168.100.200", 12000, "..100.200:12000 "},
        {"2001:db8::1", 80, "..01:db8::1]:80 "},
        {"/run/netbox/socket", 0, "..netbox/socket "},
    };

    for (size_t i = 0; i < NB_COUNTOF(table); i++) {
        struct nb_trace_event event = traced_event(NB_TRACE_CLOSED, NULL);
        struct nb_trace_options options = {.width = 80};
        event.remote = traced_addr(table[i].ip, table[i].port);
        char *text = traced_output(nb_trace_text_new, &options, &event, 1);
        char *at = strstr(text, "-> ") + 3;
        assert_memory_equal(at, table[i].shown, strlen(table[i].shown));
        free(text);
    }
}

static void stable_text_has_no_times_and_no_ports(void **state)
{
    struct nb_trace_options options = {.bytes = 64, .stable = true};
    struct nb_trace_event events[] = {
        traced_passive(NB_TRACE_LISTENING, NULL),
        traced_event(NB_TRACE_CONNECTING, NULL),
        traced_passive(NB_TRACE_ACCEPTED, NULL),
        traced_event(NB_TRACE_SENT, "hello"),
    };

    events[0].socket = 1;
    events[0].remote.len = 0;
    assert_text(
        &options, events, NB_COUNTOF(events),
        "server #1 tcp 127.0.0.1:server                    listening  "
        "echo.lua:5\n"
        "main   #2 tcp 127.0.0.1:client -> 127.0.0.1:server connecting  "
        "echo.lua:12\n"
        "server #3 tcp 127.0.0.1:server <- 127.0.0.1:client accepted  "
        "echo.lua:5\n"
        "main   #2 tcp 127.0.0.1:client -> 127.0.0.1:server sent 5 "
        "\"hello\"  echo.lua:12\n");
}

static void a_conversation_has_a_colour_and_its_words(void **state)
{
    struct nb_trace_options options = {.bytes = 64, .color = true};
    struct nb_trace_event event = traced_event(NB_TRACE_SENT, "hello");

    assert_line(&options, event,
                "  0.001234 main \033[38;5;74m#2 tcp 127.0.0.1:40122 -> "
                "127.0.0.1:80    sent 5\033[0m \"hello\"  echo.lua:12\n");
    event.conversation = 8;
    assert_line(&options, event,
                "  0.001234 main \033[38;5;172m#2 tcp 127.0.0.1:40122 -> "
                "127.0.0.1:80    sent 5\033[0m \"hello\"  echo.lua:12\n");
    event.conversation = 0;
    assert_line(&options, event, HEAD "sent 5 \"hello\"  echo.lua:12\n");
}

/* An event such as nothing but chance would make. */
static struct nb_trace_event random_event(struct chance *chance, char *bytes,
                                          size_t size)
{
    enum nb_trace_kind kind =
        (enum nb_trace_kind)chance_below(chance, NB_TRACE_KINDS);
    struct nb_trace_event event = traced_event(kind, NULL);
    static const int errors[] = {0, ECONNRESET, -NB_EOF, 4000};

    event.proto = (enum nb_trace_proto)chance_below(chance, NB_TRACE_PROTOS);
    event.time = (int64_t)chance_below(chance, INT64_MAX);
    event.socket = chance_below(chance, 3) * UINT64_C(7777777777);
    event.conversation = chance_below(chance, 9);
    event.thread = chance_below(chance, UINT64_MAX);
    event.operation = (enum nb_event_kind)chance_below(chance, 9);
    event.error = errors[chance_below(chance, NB_COUNTOF(errors))];
    event.count = chance_below(chance, UINT64_MAX);
    event.len = chance_below(chance, size);
    event.data = bytes;
    for (size_t i = 0; i < event.len; i++)
        bytes[i] = (char)chance_below(chance, 256);
    for (size_t i = 0; i < sizeof event.origin.thread - 1; i++) {
        event.origin.thread[i] = (char)chance_below(chance, 256);
        event.origin.source[i] = (char)chance_below(chance, 256);
    }
    event.origin.line = (int)chance_below(chance, INT32_MAX);
    if (chance_below(chance, 2) == 0)
        event.local = traced_addr("2001:db8:1:2:3:4:5:6", 65535);
    if (chance_below(chance, 4) == 0)
        event.remote.len = 0;
    return event;
}

/* Nothing but printable ASCII, in lines that fit. */
static void check_lines(const char *text, unsigned width)
{
    size_t columns = 0;

    for (; *text != '\0'; text++) {
        columns = *text == '\n' ? 0 : columns + 1;
        if (*text != '\n' && (*text < ' ' || *text > '~'))
            fail_msg("byte %d", *text);
        if (width > 0 && columns > width)
            fail_msg("line of more than %u: %s", width, text);
    }
}

static void no_event_breaks_a_line_or_the_terminal(void **state)
{
    enum { EVENTS = 60, SIZE = 300 };
    static char bytes[EVENTS][SIZE];
    struct chance chance = {.state = 7};

    for (unsigned width = 0; width <= 200; width++) {
        struct nb_trace_event events[EVENTS];
        struct nb_trace_options options = {
            .bytes = chance_below(&chance, 100),
            .hex = chance_below(&chance, 2) == 0,
            .stable = chance_below(&chance, 4) == 0,
            .width = width,
        };
        for (size_t i = 0; i < EVENTS; i++)
            events[i] = random_event(&chance, bytes[i], SIZE);
        char *text = traced_output(nb_trace_text_new, &options, events, EVENTS);
        check_lines(text, width > 0 && width < 40 ? 40 : width);
        free(text);
    }
}

static void live_text_is_written_as_it_happens(void **state)
{
    struct nb_trace_options options = {.bytes = 64, .live = true};
    struct nb_trace_event event = traced_event(NB_TRACE_SENT, "hello");
    char text[256];
    int ends[2];

    for (int live = 0; live < 2; live++) {
        assert_int_equal(pipe2(ends, O_NONBLOCK), 0);
        options.live = live == 1;
        struct nb_trace_sink *sink = nb_trace_text_new(ends[1], &options);
        assert_non_null(sink);
        sink->ops->take(sink, &event);
        ssize_t len = read(ends[0], text, sizeof text);
        assert_int_equal(len > 0 && text[len - 1] == '\n', options.live);
        sink->ops->finish(sink);
        close(ends[0]);
    }
}

static void without_memory_there_is_no_sink_and_no_descriptor(void **state)
{
    struct refusal refusal = {.countdown = 1, .for_good = true};
    int fd = dup(STDERR_FILENO);

    nb_alloc_set_gate(refusal_gate, &refusal);
    struct nb_trace_sink *sink = nb_trace_text_new(fd, &plain);
    nb_alloc_set_gate(NULL, NULL);
    assert_null(sink);
    assert_int_equal(fcntl(fd, F_GETFD), -1);
}

static void without_memory_ports_stay_numbers(void **state)
{
    struct nb_trace_options options = {.bytes = 64, .stable = true};
    struct nb_trace_event event = traced_event(NB_TRACE_SENT, "hello");
    struct refusal refusal = {.countdown = 2, .for_good = true};

    nb_alloc_set_gate(refusal_gate, &refusal);
    char *text = traced_output(nb_trace_text_new, &options, &event, 1);
    nb_alloc_set_gate(NULL, NULL);
    assert_string_equal(text, "main #2 tcp 127.0.0.1:40122 -> 127.0.0.1:80    "
                              "sent 5 \"hello\"  echo.lua:12\n");
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_is_a_line_in_words),
        cmocka_unit_test(a_socket_alone_has_no_arrow),
        cmocka_unit_test(marks_and_gaps_have_no_socket),
        cmocka_unit_test(columns_grow_and_stay),
        cmocka_unit_test(bytes_are_escaped_as_in_lua),
        cmocka_unit_test(bytes_beyond_the_limit_are_counted),
        cmocka_unit_test(a_dump_has_as_many_bytes_a_line_as_fit),
        cmocka_unit_test(a_narrow_line_gives_up_bytes_then_the_place),
        cmocka_unit_test(a_folder_is_shown_where_there_is_room),
        cmocka_unit_test(narrow_addresses_say_what_tells_them_apart),
        cmocka_unit_test(stable_text_has_no_times_and_no_ports),
        cmocka_unit_test(a_conversation_has_a_colour_and_its_words),
        cmocka_unit_test(no_event_breaks_a_line_or_the_terminal),
        cmocka_unit_test(live_text_is_written_as_it_happens),
        cmocka_unit_test(without_memory_there_is_no_sink_and_no_descriptor),
        cmocka_unit_test(without_memory_ports_stay_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
