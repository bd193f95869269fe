/* A trace as JSON: its fields, exact bytes, valid UTF-8. */
#include "support/fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support/traced.h"
#include "util/list.h"

static const struct nb_trace_options plain = {.bytes = 4};

static void assert_json(const struct nb_trace_options *options,
                        struct nb_trace_event event, const char *expected)
{
    char *text = traced_output(nb_trace_json_new, options, &event, 1);

    assert_string_equal(text, expected);
    free(text);
}

#define BEGIN(kind) "{\"number\":7,\"time\":0.001234567,\"kind\":\"" kind "\","
#define SOCKET                                                                 \
    "\"proto\":\"tcp\",\"socket\":2,\"conversation\":1,\"peer\":3,"            \
    "\"passive\":false,\"local\":{\"address\":\"127.0.0.1\",\"port\":40122},"  \
    "\"remote\":{\"address\":\"127.0.0.1\",\"port\":80},"
#define END                                                                    \
    "\"thread\":{\"id\":1,\"name\":\"main\"},\"source\":\"echo.lua\","         \
    "\"line\":12}\n"

static void every_kind_has_its_fields(void **state)
{
    static const struct {
        enum nb_trace_kind kind;
        const char *line;
    } table[] = {
        {NB_TRACE_BOUND, BEGIN("bound") SOCKET END},
        {NB_TRACE_LISTENING, BEGIN("listening") SOCKET END},
        {NB_TRACE_CONNECTING, BEGIN("connecting") SOCKET END},
        {NB_TRACE_CONNECTED, BEGIN("connected") SOCKET END},
        {NB_TRACE_ACCEPTED, BEGIN("accepted") SOCKET END},
        {NB_TRACE_SENT, BEGIN("sent") SOCKET
         "\"length\":5,\"text\":\"hello\",\"base64\":\"aGVsbG8=\"," END},
        {NB_TRACE_RECEIVED, BEGIN("received") SOCKET
         "\"length\":5,\"text\":\"hello\",\"base64\":\"aGVsbG8=\"," END},
        {NB_TRACE_ENDED, BEGIN("ended") SOCKET END},
        {NB_TRACE_HALF_CLOSED, BEGIN("half-closed") SOCKET END},
        {NB_TRACE_CLOSED, BEGIN("closed") SOCKET END},
        {NB_TRACE_RESET, BEGIN("reset") SOCKET
         "\"operation\":\"receive\",\"error\":\"ENETUNREACH\"," END},
        {NB_TRACE_TIMED_OUT, BEGIN("timed-out") SOCKET
         "\"operation\":\"receive\",\"error\":\"ENETUNREACH\"," END},
        {NB_TRACE_REFUSED, BEGIN("refused") SOCKET
         "\"operation\":\"receive\",\"error\":\"ENETUNREACH\"," END},
        {NB_TRACE_ERROR, BEGIN("error") SOCKET
         "\"operation\":\"receive\",\"error\":\"ENETUNREACH\"," END},
    };

    for (size_t i = 0; i < NB_COUNTOF(table); i++) {
        struct nb_trace_event event = traced_event(table[i].kind, "hello");
        bool failed = table[i].kind >= NB_TRACE_RESET;
        event.operation = NB_EVENT_RECEIVE;
        event.error = failed ? ENETUNREACH : 0;
        assert_json(&plain, event, table[i].line);
    }
}

static void what_is_not_known_is_left_out(void **state)
{
    struct nb_trace_event event = {
        .kind = NB_TRACE_DROPPED,
        .number = UINT64_MAX,
        .time = INT64_C(3600000000001),
        .count = 1234,
    };

    assert_json(&plain, event,
                "{\"number\":18446744073709551615,\"time\":3600.000000001,"
                "\"kind\":\"dropped\",\"count\":1234}\n");
    event = (struct nb_trace_event){
        .kind = NB_TRACE_BOUND,
        .proto = NB_TRACE_UNIX_DATAGRAM,
        .socket = 1,
        .passive = true,
        .thread = 2,
    };
    assert_json(&plain, event,
                "{\"number\":0,\"time\":0.000000000,\"kind\":\"bound\","
                "\"proto\":\"unix-datagram\",\"socket\":1,\"passive\":true,"
                "\"thread\":{\"id\":2}}\n");
}

static void a_mark_is_a_text(void **state)
{
    struct nb_trace_event event = {
        .kind = NB_TRACE_MARK,
        .data = "half way",
        .len = 8,
    };

    assert_json(&plain, event,
                "{\"number\":0,\"time\":0.000000000,\"kind\":\"mark\","
                "\"length\":8,\"text\":\"half way\","
                "\"base64\":\"aGFsZiB3YXk=\"}\n");
}

static void paths_are_paths(void **state)
{
    static const struct {
        const char *path;
        size_t len;
        const char *json;
    } table[] = {
        {"/run/s", 6, "\"local\":{\"path\":\"/run/s\"}"},
        {"\0name", 5, "\"local\":{\"path\":\"@name\"}"},
        {"\0a\0b", 4, "\"local\":{\"path\":\"@a\\u0000b\"}"},
        {"", 0, "\"local\":{\"path\":\"\"}"},
        {"a\"\xff\n", 4, "\"local\":{\"path\":\"a\\\"\\ufffd\\n\"}"},
    };

    for (size_t i = 0; i < NB_COUNTOF(table); i++) {
        struct nb_trace_event event = traced_event(NB_TRACE_CLOSED, NULL);
        assert_int_equal(
            nb_addr_unix(&event.local, table[i].path, table[i].len), 0);
        char *text = traced_output(nb_trace_json_new, &plain, &event, 1);
        assert_non_null(strstr(text, table[i].json));
        free(text);
    }
}

/* What the text of these bytes is, between its quotes. */
static void assert_string(const char *bytes, size_t len, const char *expected)
{
    struct nb_trace_event event = {
        .kind = NB_TRACE_SENT, .data = bytes, .len = len};
    char *text = traced_output(nb_trace_json_new, &plain, &event, 1);
    char *begin = strstr(text, "\"text\":\"");
    char *end = strstr(text, "\",\"base64\"");

    assert_non_null(begin);
    assert_non_null(end);
    *end = '\0';
    assert_string_equal(begin + strlen("\"text\":\""), expected);
    free(text);
}

static void text_is_valid_utf8(void **state)
{
    static const struct {
        const char *bytes;
        const char *text;
    } table[] = {
        {"", ""},
        {"a\"b\\c/", "a\\\"b\\\\c/"},
        {"\n\r\t\b\x01\x1f\x7f", "\\n\\r\\t\\u0008\\u0001\\u001f\\u007f"},
        {"\xc3\xa4 \xe2\x82\xac \xf0\x9f\x90\x8c",
         "\xc3\xa4 \xe2\x82\xac \xf0\x9f\x90\x8c"},
        {"\xc2\x80 \xef\xbf\xbf \xf4\x8f\xbf\xbf",
         "\xc2\x80 \xef\xbf\xbf \xf4\x8f\xbf\xbf"},
        {"\x80", "\\ufffd"},
        {"\xff\xfe", "\\ufffd\\ufffd"},
        {"\xc3", "\\ufffd"},
        {"\xc3(", "\\ufffd("},
        {"\xe2\x82", "\\ufffd\\ufffd"},
        {"\xe2\x82(", "\\ufffd\\ufffd("},
        {"\xc0\x80", "\\ufffd\\ufffd"},
        {"\xc1\xbf", "\\ufffd\\ufffd"},
        {"\xe0\x9f\xbf", "\\ufffd\\ufffd\\ufffd"},
        {"\xe0\xa0\x80", "\xe0\xa0\x80"},
        {"\xed\x9f\xbf", "\xed\x9f\xbf"},
        {"\xed\xa0\x80", "\\ufffd\\ufffd\\ufffd"},
        {"\xed\xbf\xbf", "\\ufffd\\ufffd\\ufffd"},
        {"\xee\x80\x80", "\xee\x80\x80"},
        {"\xf0\x8f\xbf\xbf", "\\ufffd\\ufffd\\ufffd\\ufffd"},
        {"\xf4\x90\x80\x80", "\\ufffd\\ufffd\\ufffd\\ufffd"},
        {"\xf8\x88\x80\x80\x80", "\\ufffd\\ufffd\\ufffd\\ufffd\\ufffd"},
    };

    for (size_t i = 0; i < NB_COUNTOF(table); i++)
        assert_string(table[i].bytes, strlen(table[i].bytes), table[i].text);
    assert_string("a\0b", 3, "a\\u0000b");
}

static void base64_is_that_of_rfc_4648(void **state)
{
    static const struct {
        const char *bytes;
        size_t len;
        const char *base64;
    } table[] = {
        {NULL, 0, "\"base64\":\"\""},
        {"f", 1, "\"base64\":\"Zg==\""},
        {"fo", 2, "\"base64\":\"Zm8=\""},
        {"foo", 3, "\"base64\":\"Zm9v\""},
        {"foob", 4, "\"base64\":\"Zm9vYg==\""},
        {"fooba", 5, "\"base64\":\"Zm9vYmE=\""},
        {"foobar", 6, "\"base64\":\"Zm9vYmFy\""},
        {"\0\0\0", 3, "\"base64\":\"AAAA\""},
        {"\xfb\xff\xbf", 3, "\"base64\":\"+/+/\""},
        {"\xff\xff", 2, "\"base64\":\"//8=\""},
    };

    for (size_t i = 0; i < NB_COUNTOF(table); i++) {
        struct nb_trace_event event = {
            .kind = NB_TRACE_SENT, .data = table[i].bytes, .len = table[i].len};
        char *text = traced_output(nb_trace_json_new, &plain, &event, 1);
        assert_non_null(strstr(text, table[i].base64));
        free(text);
    }
}

static void stable_json_has_roles_and_no_times(void **state)
{
    struct nb_trace_options options = {.stable = true};

    assert_json(&options, traced_passive(NB_TRACE_ACCEPTED, NULL),
                "{\"number\":7,\"kind\":\"accepted\",\"proto\":\"tcp\","
                "\"socket\":3,\"conversation\":1,\"peer\":2,\"passive\":true,"
                "\"local\":{\"address\":\"127.0.0.1\",\"role\":\"server\"},"
                "\"remote\":{\"address\":\"127.0.0.1\",\"role\":\"client\"},"
                "\"thread\":{\"id\":2,\"name\":\"server\"},"
                "\"source\":\"echo.lua\",\"line\":5}\n");
}

static void names_of_the_script_are_texts_too(void **state)
{
    struct nb_trace_event event = {
        .kind = NB_TRACE_DROPPED,
        .thread = 1,
        .origin = {"a\"\n\xff", "[string \"x\"]", 0},
    };

    assert_json(&plain, event,
                "{\"number\":0,\"time\":0.000000000,\"kind\":\"dropped\","
                "\"count\":0,\"thread\":{\"id\":1,\"name\":\"a\\\"\\n\\ufffd\"}"
                ",\"source\":\"[string \\\"x\\\"]\"}\n");
}

static void without_memory_there_is_no_sink_and_no_descriptor(void **state)
{
    struct refusal refusal = {.countdown = 1, .for_good = true};
    int fd = dup(STDERR_FILENO);

    nb_alloc_set_gate(refusal_gate, &refusal);
    struct nb_trace_sink *sink = nb_trace_json_new(fd, &plain);
    nb_alloc_set_gate(NULL, NULL);
    assert_null(sink);
    assert_int_equal(fcntl(fd, F_GETFD), -1);
}

/* Compares what it reads with the bytes, which are the thread's name in hex. */
static const char reader[] =
    "import base64, json, sys\n"
    "count = 0\n"
    "for line in sys.stdin.buffer:\n"
    "    event = json.loads(line.decode())\n"
    "    data = bytes.fromhex(event['thread'].get('name', ''))\n"
    "    assert event['length'] == len(data), line\n"
    "    assert base64.b64decode(event['base64'], validate=True) == data, "
    "line\n"
    "    known = event['text'].replace(chr(0xfffd), '')\n"
    "    assert known == data.decode(errors='ignore'), line\n"
    "    count += 1\n"
    "assert count == 500, count\n";

static void random_event(struct chance *chance, struct nb_trace_event *event,
                         unsigned char *bytes)
{
    *event = traced_event(NB_TRACE_SENT, NULL);
    memset(event->origin.thread, 0, sizeof event->origin.thread);
    event->data = bytes;
    event->len = chance_below(chance, sizeof event->origin.thread / 2);
    for (size_t i = 0; i < event->len; i++) {
        bool high = chance_below(chance, 2) == 0;
        bytes[i] = (unsigned char)(chance_below(chance, 128) + 128 * high);
        snprintf(event->origin.thread + 2 * i, 3, "%02x", bytes[i]);
    }
}

static void another_reader_finds_the_same_bytes(void **state)
{
    enum { EVENTS = 500 };
    static struct nb_trace_event events[EVENTS];
    static unsigned char bytes[EVENTS][64];
    struct chance chance = {.state = 7};
    char command[2 * sizeof reader];

    for (size_t i = 0; i < EVENTS; i++)
        random_event(&chance, &events[i], bytes[i]);
    char *text = traced_output(nb_trace_json_new, &plain, events, EVENTS);
    snprintf(command, sizeof command, "python3 -c \"%s\"", reader);
    signal(SIGPIPE, SIG_IGN);
    FILE *python = popen(command, "w");
    assert_non_null(python);
    fputs(text, python);
    assert_int_equal(pclose(python), 0);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_has_its_fields),
        cmocka_unit_test(what_is_not_known_is_left_out),
        cmocka_unit_test(a_mark_is_a_text),
        cmocka_unit_test(paths_are_paths),
        cmocka_unit_test(text_is_valid_utf8),
        cmocka_unit_test(base64_is_that_of_rfc_4648),
        cmocka_unit_test(stable_json_has_roles_and_no_times),
        cmocka_unit_test(names_of_the_script_are_texts_too),
        cmocka_unit_test(another_reader_finds_the_same_bytes),
        cmocka_unit_test(without_memory_there_is_no_sink_and_no_descriptor),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
