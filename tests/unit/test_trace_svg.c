/* The files of ladders: well-formed whatever happened, and small enough. */
#include "support/fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/story.h"
#include "trace/markup.h"
#include "trace/sink.h"

enum { MEGABYTE = 1000000, DEPTH = 16 };

static void hand_on(void *context, const struct nb_trace_event *event)
{
    struct nb_trace_sink *sink = context;

    sink->ops->take(sink, event);
}

/* What is in the file; to be freed. */
static char *read_all(int fd, size_t *len)
{
    struct stat facts;

    assert_int_equal(fstat(fd, &facts), 0);
    *len = (size_t)facts.st_size;
    char *text = malloc(*len + 1);
    assert_int_equal(pread(fd, text, *len, 0), *len);
    text[*len] = '\0';
    return text;
}

/* Draws a named story. Returns the file's text, NULL without memory. */
static char *draw_with(const char *name, enum nb_trace_format format,
                       const struct nb_trace_options *options, size_t *len)
{
    int fd = memfd_create("picture", MFD_CLOEXEC);
    struct nb_trace_sink *sink = nb_trace_sink_new(format, dup(fd), options);
    char *text = NULL;

    if (sink != NULL) {
        assert_true(story_tell_named(name, hand_on, sink));
        assert_int_equal(sink->ops->finish(sink), 0);
        text = read_all(fd, len);
    }
    close(fd);
    return text;
}

static char *draw(const char *name, enum nb_trace_format format, size_t *len)
{
    struct nb_trace_options options = {.bytes = 4096,
                                       .title = "/a/b/story.lua"};

    return draw_with(name, format, &options, len);
}

/* Goes over what stands between two tags. Returns the place behind it. */
static const char *skip_text(const char *at)
{
    static const char *const entities[] = {"&amp;", "&lt;", "&gt;", "&quot;"};

    for (; *at != '\0' && *at != '<'; at++) {
        bool known = *at != '&';
        for (size_t i = 0; i < NB_COUNTOF(entities); i++)
            known |= strncmp(at, entities[i], strlen(entities[i])) == 0;
        assert_true(known);
        assert_true((unsigned char)*at >= ' ' || *at == '\n');
    }
    return at;
}

/* Every tag is closed by its own, every attribute is quoted. */
static void check_well_formed(const char *text)
{
    char open[DEPTH][32];
    size_t depth = 0;

    for (const char *at = skip_text(text); *at != '\0'; at = skip_text(at)) {
        const char *name = at + 1 + (at[1] == '/');
        size_t len = strcspn(name, " >/\n");
        const char *close = name + strcspn(name, "<>");
        assert_true(*close == '>' && len > 0 && len < sizeof open[0]);
        if (at[1] == '/') {
            assert_true(depth > 0);
            assert_int_equal(strlen(open[--depth]), len);
            assert_memory_equal(open[depth], name, len);
        } else if (close[-1] != '/') {
            assert_true(depth < DEPTH);
            snprintf(open[depth++], sizeof open[0], "%.*s", (int)len, name);
        }
        at = close + 1;
    }
    assert_int_equal(depth, 0);
}

static void check_has(const char *text, const char *part)
{
    if (strstr(text, part) == NULL)
        fail_msg("no %s in %s", part, text);
}

static void every_picture_is_well_formed(void **state)
{
    static const char *const names[] = {"tcp",     "udp",  "outside",
                                        "trouble", "unix", "many"};

    for (size_t i = 0; i < NB_COUNTOF(names); i++) {
        size_t len = 0;
        char *text = draw(names[i], NB_TRACE_SVG, &len);
        check_well_formed(text);
        assert_null(strstr(text, "<script"));
        assert_null(strstr(text, "url("));
        free(text);
    }
}

static void what_was_sent_is_text_and_no_markup(void **state)
{
    size_t len = 0;
    char *text = draw("tcp", NB_TRACE_SVG, &len);

    check_has(text, "22 B &quot;hello &lt;world&gt; &amp; ");
    check_has(text, "\n\"HELLO from 127.0.0.1:50312\\n\"</title>");
    check_has(text, "sent by main, examples/story.lua:15, at ");
    check_has(text, "received by handler, examples/story.lua:16, at ");
    check_has(text, ">story.lua: 8 messages between 2 endpoints</text>");
    check_has(text, "<desc id=\"ladder-summary\">8 messages between 2 "
                    "endpoints</desc>");
    check_has(text, "role=\"img\"");
    free(text);

    text = draw("trouble", NB_TRACE_SVG, &len);
    check_has(text, "main, &lt;&amp;&gt;");
    free(text);
}

static void a_thousand_events_are_less_than_a_megabyte(void **state)
{
    size_t len = 0;
    char *text = draw("many", NB_TRACE_SVG, &len);

    assert_true(len < MEGABYTE);
    check_has(text, "The first 1000 events; 200 more were left out.");
    check_has(text, " of 1399 bytes");
    free(text);
    text = draw("many", NB_TRACE_HTML, &len);
    assert_true(len < MEGABYTE);
    check_has(text, "The first 1000 events; 200 more were left out.");
    free(text);
}

static void no_more_is_shown_than_asked_for(void **state)
{
    struct nb_trace_options options = {.bytes = 4};
    size_t len = 0;
    char *text = draw_with("udp", NB_TRACE_SVG, &options, &len);

    check_has(text, ">6 B &quot;DATA\xe2\x80\xa6&quot;, lost</text>");
    check_has(text, "\n\"DATA\"\nthe first 4 of 6 bytes</title>");
    check_has(text, ">now two at once</text>");
    free(text);
    options.bytes = 0;
    text = draw_with("udp", NB_TRACE_SVG, &options, &len);
    check_has(text, ">6 B, lost</text>");
    assert_null(strstr(text, "DATA"));
    free(text);
}

static void the_same_trace_gives_the_same_bytes(void **state)
{
    struct nb_trace_options options = {.bytes = 4096, .stable = true};
    size_t len = 0;
    size_t again_len = 0;
    char *text = draw_with("tcp", NB_TRACE_SVG, &options, &len);
    char *again = draw_with("tcp", NB_TRACE_SVG, &options, &again_len);

    assert_int_equal(len, again_len);
    assert_memory_equal(text, again, len);
    check_has(text, "127.0.0.1:client");
    check_has(text, "HELLO from 127.0.0.1:client\\n");
    check_has(text, "sent by main, story.lua:15\n");
    assert_null(strstr(text, "50312"));
    assert_null(strstr(text, "\xc2\xb5s"));
    assert_null(strstr(text, " ms"));
    free(text);
    free(again);
}

static void a_ping_is_the_same_at_every_run(void **state)
{
    struct nb_trace_options options = {.bytes = 4096, .stable = true};
    size_t len = 0;
    char *text = draw_with("outside", NB_TRACE_SVG, &options, &len);

    check_has(text, ">echo request, 4 B</text>");
    check_has(text, "\"\\x08.\"\nthe first 2 of 4 bytes</title>");
    free(text);
}

static void a_trace_of_nothing_is_a_picture(void **state)
{
    struct nb_trace_options options = {.bytes = 0};
    int fd = memfd_create("picture", MFD_CLOEXEC);
    struct nb_trace_sink *sink =
        nb_trace_sink_new(NB_TRACE_SVG, dup(fd), &options);
    size_t len = 0;

    assert_int_equal(sink->ops->finish(sink), 0);
    char *text = read_all(fd, &len);
    check_well_formed(text);
    check_has(text, "netbox: 0 messages between 0 endpoints");
    free(text);
    close(fd);
}

static void bytes_are_shown_as_people_can_read_them(void **state)
{
    static const struct {
        const char *data;
        size_t len;
        const char *shown;
    } cases[] = {
        {"plain", 5, "\"plain\""},
        {"a\tb\\\"\n", 6, "\"a\\tb\\\\\\\"\\n\""},
        {"gr\xc3\xbc\xc3\x9f", 6, "\"gr\xc3\xbc\xc3\x9f\""},
        {"abcd\x1b[", 6, "\"abcd\\x1b[\""},
        {"ab\xe2\x80\xae"
         "cdefghij",
         13,
         "\"ab\\xe2\\x80\\xae"
         "cdefghij\""},
        {"\xc3", 1, "c3"},
        {"\xed\xa0\x80", 3, "ed a0 80"},
        {"\0\1\2\3\4\5\6\7\10", 9, "00 01 02 03 04 05 06 07 \xe2\x80\xa6"},
        {"abcdefghijklmnopqrstuvwxyz", 26,
         "\"abcdefghijklmnopqrstuvwx\xe2\x80\xa6\""},
    };

    for (size_t i = 0; i < NB_COUNTOF(cases); i++) {
        char label[160] = "";
        nb_markup_glimpse(label, sizeof label,
                          (const unsigned char *)cases[i].data, cases[i].len,
                          false);
        assert_string_equal(label, cases[i].shown);
    }
}

static void a_name_that_is_too_long_ends_with_dots(void **state)
{
    char text[] = "\xc3\xa4\xc3\xb6\xc3\xbc and more";

    assert_int_equal(nb_markup_cells(text), 12);
    assert_int_equal(nb_markup_cells("\xe6\x97\xa5"), 2);
    nb_markup_cut(text, 12);
    assert_string_equal(text, "\xc3\xa4\xc3\xb6\xc3\xbc and more");
    nb_markup_cut(text, 6);
    assert_string_equal(text, "\xc3\xa4\xc3\xb6\xc3\xbc a\xe2\x80\xa6");
}

static void without_memory_a_picture_is_well_formed(void **state)
{
    struct nb_trace_options options = {.bytes = 4096, .title = "story.lua"};
    bool whole = false;

    for (size_t n = 1; !whole; n++) {
        struct refusal refusal = {.countdown = n};
        size_t len = 0;
        nb_alloc_set_gate(refusal_gate, &refusal);
        char *text = draw_with("udp", NB_TRACE_SVG, &options, &len);
        nb_alloc_set_gate(NULL, NULL);
        whole = refusal.countdown > 0;
        assert_int_equal(text == NULL, n == 1);
        if (text != NULL) {
            check_well_formed(text);
            assert_int_equal(strstr(text, "left out") == NULL, whole);
        }
        free(text);
        assert_int_equal(nb_alloc_account().blocks, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_picture_is_well_formed),
        cmocka_unit_test(what_was_sent_is_text_and_no_markup),
        cmocka_unit_test(a_thousand_events_are_less_than_a_megabyte),
        cmocka_unit_test(no_more_is_shown_than_asked_for),
        cmocka_unit_test(the_same_trace_gives_the_same_bytes),
        cmocka_unit_test(a_ping_is_the_same_at_every_run),
        cmocka_unit_test(a_trace_of_nothing_is_a_picture),
        cmocka_unit_test(bytes_are_shown_as_people_can_read_them),
        cmocka_unit_test(a_name_that_is_too_long_ends_with_dots),
        cmocka_unit_test(without_memory_a_picture_is_well_formed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
