/* Filters of a trace: what they let through, and what is none. */
#include "support/fixture.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "support/traced.h"
#include "trace/filter.h"
#include "util/list.h"

static struct nb_trace_filter *filter_of(const char *text)
{
    struct nb_trace_filter *filter = NULL;
    char wrong[NB_TRACE_FILTER_WRONG] = "";

    if (nb_trace_filter_new(&filter, text, wrong, sizeof wrong) != 0)
        fail_msg("'%s': %s", text, wrong);
    return filter;
}

static bool matches(const char *text, const struct nb_trace_event *event)
{
    struct nb_trace_filter *filter = filter_of(text);
    bool match = nb_trace_filter_match(filter, event);

    nb_trace_filter_free(filter);
    return match;
}

struct row {
    const char *text;
    bool match;
};

static void check(const struct row *rows, size_t count,
                  const struct nb_trace_event *event)
{
    for (size_t i = 0; i < count; i++) {
        if (matches(rows[i].text, event) != rows[i].match)
            fail_msg("'%s'", rows[i].text);
    }
}

static void a_term_asks_for_one_thing(void **state)
{
    static const struct row rows[] = {
        {"port=80", true},
        {"port=40122", true},
        {"port=81", false},
        {"port=0", false},
        {"port=70-80", true},
        {"port=80-90", true},
        {"port=81-90", false},
        {"port=0-65535", true},
        {"port=1,80", true},
        {"port=1,2-79", false},
        {"host=127.0.0.1", true},
        {"host=::ffff:127.0.0.1", true},
        {"host=127.0.0.2", false},
        {"host=::1", false},
        {"host=::1,127.0.0.1", true},
        {"thread=main", true},
        {"thread=1", true},
        {"thread=2", false},
        {"thread=0", false},
        {"thread=Main", false},
        {"thread=mai", false},
        {"thread=2,\"main\"", true},
        {"thread=\"a b\",main", true},
        {"kind=sent", true},
        {"kind=received,sent", true},
        {"kind=half-closed", false},
        {"kind=mark", false},
        {"proto=tcp", true},
        {"proto=udp,unix,unix-datagram,icmp", false},
        {"socket=2", true},
        {"socket=3", false},
        {"conversation=1", true},
        {"conversation=18446744073709551615", false},
    };
    struct nb_trace_event event = traced_event(NB_TRACE_SENT, "hello");

    check(rows, NB_COUNTOF(rows), &event);
}

static void terms_are_joined(void **state)
{
    static const struct row rows[] = {
        {"port=80 kind=sent", true},
        {"port=80 kind=closed", false},
        {"port=81 kind=sent", false},
        {"port=80 and kind=sent", true},
        {"port=80 and kind=closed", false},
        {"port=81 or kind=sent", true},
        {"port=80 or kind=closed", true},
        {"port=81 or kind=closed", false},
        {"port=81 or kind=closed or socket=2", true},
        {"port=81 kind=sent or socket=2 thread=main", true},
        {"port=80 kind=closed or socket=2 thread=main", true},
        {"port=80 kind=sent or socket=3 thread=main", true},
        {"port=80 kind=closed or socket=3 thread=main", false},
        {"port=80 kind=closed or socket=2 thread=x", false},
        {"not port=81", true},
        {"not port=80", false},
        {"!port=81", true},
        {"! port=80", false},
        {"not not port=80", true},
        {"not !port=80", true},
        {"!!port=80", true},
        {"not port=80,81", false},
        {"not port=81,80", false},
        {"not port=81,82", true},
        {"not port=81 kind=sent", true},
        {"not port=81 kind=closed", false},
        {"not port=80 or kind=sent", true},
        {"port=81 or not kind=sent", false},
        {"port=81 or not kind=closed", true},
        {"port=80 and not thread=client and kind=sent", true},
        {"  port=80\t\n kind=sent\r ", true},
    };
    struct nb_trace_event event = traced_event(NB_TRACE_SENT, "hello");

    check(rows, NB_COUNTOF(rows), &event);
}

static void addresses_are_compared_as_such(void **state)
{
    static const struct {
        const char *text;
        const char *ip;
        bool match;
    } table[] = {
        {"host=127.0.0.1", "::ffff:127.0.0.1", true},
        {"host=127.0.0.1", "::127.0.0.1", false},
        {"host=2001:DB8:0::1", "2001:db8::1", true},
        {"host=fe80::1", "fe80::1%lo", true},
        {"host=fe80::1%lo", "fe80::1%lo", true},
        {"host=fe80::1%lo", "fe80::1", false},
        {"host=0.0.0.0", "127.0.0.1", false},
        {"host=127.0.0.1", "/run/socket", false},
        {"port=0-65535", "/run/socket", false},
        {"proto=tcp", "/run/socket", true},
    };

    for (size_t i = 0; i < NB_COUNTOF(table); i++) {
        for (int side = 0; side < 2; side++) {
            struct nb_trace_event event = traced_event(NB_TRACE_SENT, "");
            struct nb_addr addr = traced_addr(table[i].ip, 0);
            event.local = side == 0 ? addr : (struct nb_addr){.len = 0};
            event.remote = side == 1 ? addr : (struct nb_addr){.len = 0};
            if (matches(table[i].text, &event) != table[i].match)
                fail_msg("%s: %s", table[i].text, table[i].ip);
        }
    }
}

static void names_of_threads_may_have_blanks(void **state)
{
    struct nb_trace_event event = traced_event(NB_TRACE_SENT, "");

    event.origin = (struct nb_origin){.thread = "a, b or c"};
    assert_true(matches("thread=\"a, b or c\"", &event));
    assert_true(matches("kind=closed or thread=x,\"a, b or c\"", &event));
    assert_false(matches("thread=\"a, b\"", &event));
    event.origin = (struct nb_origin){.thread = "2"};
    event.thread = 7;
    assert_true(matches("thread=2", &event));
    assert_true(matches("thread=7", &event));
}

static void marks_and_gaps_pass(void **state)
{
    struct nb_trace_event event = {.kind = NB_TRACE_MARK};

    assert_true(matches("port=80 not kind=mark", &event));
    event.kind = NB_TRACE_DROPPED;
    assert_true(matches("port=80", &event));
}

static void what_is_no_filter_is_refused_in_words(void **state)
{
#define TERM                                                                   \
    " is no term, which begins with port=, host=, thread=, kind=, proto=, "    \
    "socket= or conversation="
#define PORT_                                                                  \
    " is no port, which is a number such as 80, or a range such as 8000-8010"
    static const struct {
        const char *text;
        const char *wrong;
    } table[] = {
        {"", "a term such as port=80 is missing"},
        {" \t", "a term such as port=80 is missing"},
        {"prot=80", "'prot=80'" TERM},
        {"port", "'port'" TERM},
        {"80", "'80'" TERM},
        {"=80", "'=80'" TERM},
        {"port =80", "'port'" TERM},
        {"(port=80)", "'(port=80)'" TERM},
        {"port!=80", "'port!=80'" TERM},
        {"PORT=80", "'PORT=80'" TERM},
        {"port=80 \x1b[2J\xff", "'?[2J?'" TERM},
        {"port=", "a value is missing after 'port='"},
        {"thread=", "a value is missing after 'thread='"},
        {"port=80,", "a value is missing after 'port='"},
        {"port=,80", "a value is missing after 'port='"},
        {"port=http", "'http'" PORT_},
        {"port=65536", "'65536'" PORT_},
        {"port=-1", "'-1'" PORT_},
        {"port=80-", "'80-'" PORT_},
        {"port=80-79", "'80-79'" PORT_},
        {"port=80-90-100", "'80-90-100'" PORT_},
        {"port=99999999999999999999", "'99999999999999999999'" PORT_},
        {"port=18446744073709551616", "'18446744073709551616'" PORT_},
        {"port=80x", "'80x'" PORT_},
        {"host=localhost", "'localhost' is no address, which is a number such "
                           "as 127.0.0.1 or ::1"},
        {"host=127.1", "'127.1' is no address, which is a number such as "
                       "127.0.0.1 or ::1"},
        {"kind=sends",
         "'sends' is no kind of event, which are bound, listening, "
         "connecting, connected, accepted, sent, received, ended, "
         "half-closed, closed, reset, timed-out, refused, error"},
        {"proto=sctp", "'sctp' is no protocol, which are tcp, udp, icmp, unix, "
                       "unix-datagram"},
        {"socket=x", "'x' is no number of a socket"},
        {"socket=1-2", "'1-2' is no number of a socket"},
        {"conversation=-1", "'-1' is no number of a conversation"},
        {"and port=80", "a term is missing before 'and'"},
        {"or", "a term is missing before 'or'"},
        {"port=80 and", "a term is missing after 'and'"},
        {"port=80 or", "a term is missing after 'or'"},
        {"port=80 not", "a term is missing after 'not'"},
        {"port=80 !", "a term is missing after '!'"},
        {"port=80 or and port=81", "a term is missing before 'and'"},
        {"not or port=81", "a term is missing before 'or'"},
    };
#undef TERM
#undef PORT_

    for (size_t i = 0; i < NB_COUNTOF(table); i++) {
        struct nb_trace_filter *filter = NULL;
        char wrong[NB_TRACE_FILTER_WRONG] = "";
        int rc =
            nb_trace_filter_new(&filter, table[i].text, wrong, sizeof wrong);
        if (rc != -EINVAL)
            fail_msg("'%s': %d", table[i].text, rc);
        assert_null(filter);
        assert_string_equal(wrong, table[i].wrong);
    }
}

static void a_long_word_is_cut_and_so_is_the_sentence(void **state)
{
    char text[1000];
    char wrong[NB_TRACE_FILTER_WRONG] = "";
    struct nb_trace_filter *filter = NULL;

    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    assert_int_equal(nb_trace_filter_new(&filter, text, wrong, sizeof wrong),
                     -EINVAL);
    assert_int_equal(strlen(wrong), strlen("'' is no term, which begins with "
                                           "port=, host=, thread=, kind=, "
                                           "proto=, socket= or "
                                           "conversation=") +
                                        40);
    assert_int_equal(nb_trace_filter_new(&filter, text, wrong, 8), -EINVAL);
    assert_string_equal(wrong, "'xxxxxx");
    assert_int_equal(nb_trace_filter_new(&filter, text, NULL, 0), -EINVAL);
}

/* Texts of the words of filters: read or refused, never more. */
static void no_text_does_harm(void **state)
{
    static const char *const words[] = {
        "port=",   "host=",  "thread=", "kind=", "80",  "-",  ",",   "\"",
        "::1",     "sent",   " ",       " and ", " or", "!",  "not", "=",
        "socket=", "proto=", "tcp",     "\xff",  "\n",  "10", "x",   " ",
    };
    struct nb_trace_event event = traced_event(NB_TRACE_SENT, "hello");
    struct chance chance = {.state = 7};
    size_t made = 0;

    for (int round = 0; round < 20000; round++) {
        struct nb_trace_filter *filter = NULL;
        char wrong[NB_TRACE_FILTER_WRONG] = "";
        char text[128] = "";
        size_t count = chance_below(&chance, 12);
        for (size_t i = 0; i < count; i++)
            strcat(text, words[chance_below(&chance, NB_COUNTOF(words))]);
        int rc = nb_trace_filter_new(&filter, text, wrong, sizeof wrong);
        if (rc == 0) {
            made++;
            nb_trace_filter_match(filter, &event);
            nb_trace_filter_free(filter);
        }
        assert_int_equal(rc == 0, wrong[0] == '\0');
    }
    assert_true(made > 100);
}

static void without_memory_there_is_none(void **state)
{
    size_t before = nb_alloc_account().bytes;

    for (size_t count = 1; count <= 2; count++) {
        struct refusal refusal = {.countdown = count};
        struct nb_trace_filter *filter = NULL;
        char wrong[NB_TRACE_FILTER_WRONG] = "";
        nb_alloc_set_gate(refusal_gate, &refusal);
        int rc = nb_trace_filter_new(&filter, "port=80", wrong, sizeof wrong);
        nb_alloc_set_gate(NULL, NULL);
        assert_int_equal(rc, -ENOMEM);
        assert_null(filter);
        assert_int_equal(nb_alloc_account().bytes, before);
    }
    nb_trace_filter_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_term_asks_for_one_thing),
        cmocka_unit_test(terms_are_joined),
        cmocka_unit_test(addresses_are_compared_as_such),
        cmocka_unit_test(names_of_threads_may_have_blanks),
        cmocka_unit_test(marks_and_gaps_pass),
        cmocka_unit_test(what_is_no_filter_is_refused_in_words),
        cmocka_unit_test(a_long_word_is_cut_and_so_is_the_sentence),
        cmocka_unit_test(no_text_does_harm),
        cmocka_unit_test(without_memory_there_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
