/*
 * Filters: see filter.h. One is a list of tests: those of a term, of which one
 * has to hold; the terms of an alternative, which all have to; alternatives.
 * The tests point into a copy of the text.
 */
#include "trace/filter.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "trace/event.h"
#include "util/addr.h"
#include "util/alloc.h"
#include "util/list.h"

enum key { PORT, HOST, THREAD, KIND, PROTO, SOCKET, CONVERSATION };

static const char *const keys[] = {
    [PORT] = "port",
    [HOST] = "host",
    [THREAD] = "thread",
    [KIND] = "kind",
    [PROTO] = "proto",
    [SOCKET] = "socket",
    [CONVERSATION] = "conversation",
};

/* An address; IPv4 is as IPv6 maps it. */
struct host {
    unsigned char bytes[16];
    uint32_t zone;
};

struct test {
    enum key key;
    bool begins_term;
    bool begins_alternative;
    bool negated; /* as its whole term is */
    struct host host;
    const char *name; /* of a thread */
    uint64_t low;     /* a number, a kind ..., the first of the ports */
    uint64_t high;    /* the last of them */
};

struct nb_trace_filter {
    char *text;
    size_t count;
    struct test tests[];
};

/* How far a text has been read. */
struct reader {
    struct nb_trace_filter *filter;
    char *at;
    const char *open; /* the word that something has to follow, or NULL */
    bool negated;     /* what the next term will be */
    bool alternative; /* the next term begins one */
    char *wrong;
    size_t size;
};

/* Says what is wrong; returns -EINVAL. */
__attribute__((format(printf, 2, 3))) static int refuse(struct reader *reader,
                                                        const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vsnprintf(reader->wrong, reader->size, format, args);
    va_end(args);
    for (char *at = reader->wrong; reader->size > 0 && *at != '\0'; at++) {
        if (*at < ' ' || *at > '~')
            *at = '?';
    }
    return -EINVAL;
}

/* Reads a number of which nothing is left but the text behind it. */
static bool read_number(const char **at, uint64_t *number)
{
    const char *begin = *at;

    *number = 0;
    for (; **at >= '0' && **at <= '9'; (*at)++) {
        if (__builtin_mul_overflow(*number, 10, number) ||
            __builtin_add_overflow(*number, **at - '0', number))
            return false;
    }
    return *at > begin;
}

static int take_number(struct reader *reader, struct test *test,
                       const char *value)
{
    const char *at = value;

    if (!read_number(&at, &test->low) || *at != '\0')
        return refuse(reader, "'%.40s' is no number of a %s", value,
                      keys[test->key]);
    return 0;
}

static int take_port(struct reader *reader, struct test *test,
                     const char *value)
{
    const char *at = value;
    bool valid = read_number(&at, &test->low);

    test->high = test->low;
    if (valid && *at == '-') {
        at++;
        valid = read_number(&at, &test->high);
    }
    if (!valid || *at != '\0' || test->low > test->high ||
        test->high > UINT16_MAX)
        return refuse(reader,
                      "'%.40s' is no port, which is a number such as 80, or a "
                      "range such as 8000-8010",
                      value);
    return 0;
}

static bool host_of(const struct nb_addr *addr, struct host *host)
{
    static const unsigned char mapped[12] = {[10] = 0xff, [11] = 0xff};

    host->zone = 0;
    if (nb_addr_family(addr) == AF_INET) {
        memcpy(host->bytes, mapped, sizeof mapped);
        memcpy(host->bytes + sizeof mapped, &addr->u.in.sin_addr, 4);
        return true;
    }
    if (nb_addr_family(addr) != AF_INET6)
        return false;
    memcpy(host->bytes, &addr->u.in6.sin6_addr, sizeof host->bytes);
    host->zone = addr->u.in6.sin6_scope_id;
    return true;
}

static int take_host(struct reader *reader, struct test *test,
                     const char *value)
{
    struct nb_addr addr;

    if (nb_addr_parse(&addr, value, 0) < 0)
        return refuse(reader,
                      "'%.60s' is no address, which is a number such as "
                      "127.0.0.1 or ::1",
                      value);
    host_of(&addr, &test->host);
    return 0;
}

/* A name, or the number of the thread. */
static int take_thread(struct reader *reader, struct test *test, char *value)
{
    const char *at = value;

    (void)reader;
    if (!read_number(&at, &test->low) || *at != '\0')
        test->low = 0;
    test->name = value;
    return 0;
}

/* Writes "a, b, c" of `count` names. */
static void list(const char *(*name)(int index), int count, char *text,
                 size_t size)
{
    size_t len = 0;

    text[0] = '\0';
    for (int i = 0; i < count && len < size; i++)
        len += (size_t)snprintf(text + len, size - len, "%s%s",
                                i == 0 ? "" : ", ", name(i));
}

static const char *kind_at(int index)
{
    return nb_trace_kind_name((enum nb_trace_kind)index);
}

static const char *proto_at(int index)
{
    return nb_trace_proto_name((enum nb_trace_proto)(index + 1));
}

static int take_kind(struct reader *reader, struct test *test,
                     const char *value)
{
    enum nb_trace_kind kind = NB_TRACE_MARK;
    char known[NB_TRACE_FILTER_WRONG];

    if (!nb_trace_kind_find(value, strlen(value), &kind)) {
        list(kind_at, NB_TRACE_MARK, known, sizeof known);
        return refuse(reader, "'%.40s' is no kind of event, which are %s",
                      value, known);
    }
    test->low = kind;
    return 0;
}

static int take_proto(struct reader *reader, struct test *test,
                      const char *value)
{
    char known[NB_TRACE_FILTER_WRONG];

    for (unsigned i = 1; i < NB_TRACE_PROTOS; i++) {
        if (strcmp(value, nb_trace_proto_name((enum nb_trace_proto)i)) == 0) {
            test->low = i;
            return 0;
        }
    }
    list(proto_at, NB_TRACE_PROTOS - 1, known, sizeof known);
    return refuse(reader, "'%.40s' is no protocol, which are %s", value, known);
}

static int take_value(struct reader *reader, struct test *test, char *value)
{
    switch (test->key) {
    case PORT:
        return take_port(reader, test, value);
    case HOST:
        return take_host(reader, test, value);
    case THREAD:
        return take_thread(reader, test, value);
    case KIND:
        return take_kind(reader, test, value);
    case PROTO:
        return take_proto(reader, test, value);
    case SOCKET:
    case CONVERSATION:
        break;
    }
    return take_number(reader, test, value);
}

/* The end of the piece that begins there: one of `ends` that is not quoted. */
static char *skip(char *at, const char *ends)
{
    bool quoted = false;

    for (; *at != '\0' && (quoted || strchr(ends, *at) == NULL); at++)
        quoted = quoted != (*at == '"');
    return at;
}

/* Takes the quotes off, if there are any. */
static char *unquote(char *value)
{
    size_t len = strlen(value);

    if (len < 2 || value[0] != '"' || value[len - 1] != '"')
        return value;
    value[len - 1] = '\0';
    return value + 1;
}

/* Reads the values of a term, each of which is a test. */
static int take_values(struct reader *reader, enum key key, char *values)
{
    bool first = true;
    bool last = false;
    int rc = 0;

    while (!last && rc == 0) {
        struct nb_trace_filter *filter = reader->filter;
        struct test *test = &filter->tests[filter->count++];
        char *end = skip(values, ",");
        last = *end == '\0';
        *end = '\0';
        *test =
            (struct test){.key = key,
                          .begins_term = first,
                          .begins_alternative = first && reader->alternative,
                          .negated = reader->negated};
        if (*values == '\0')
            rc = refuse(reader, "a value is missing after '%s='", keys[key]);
        else
            rc = take_value(reader, test, unquote(values));
        values = end + 1;
        first = false;
    }
    reader->negated = false;
    reader->alternative = false;
    reader->open = NULL;
    return rc;
}

static int take_term(struct reader *reader, char *word)
{
    size_t len = strcspn(word, "=");

    for (size_t i = 0; i < NB_COUNTOF(keys) && word[len] == '='; i++) {
        if (strlen(keys[i]) == len && memcmp(keys[i], word, len) == 0)
            return take_values(reader, (enum key)i, word + len + 1);
    }
    return refuse(reader,
                  "'%.40s' is no term, which begins with port=, host=, "
                  "thread=, kind=, proto=, socket= or conversation=",
                  word);
}

/* Takes "and" or "or", which stand between terms. */
static int take_link(struct reader *reader, const char *word)
{
    if (reader->open != NULL || reader->filter->count == 0)
        return refuse(reader, "a term is missing before '%s'", word);
    reader->open = word;
    reader->alternative = word[0] == 'o';
    return 0;
}

static int take_word(struct reader *reader, char *word)
{
    if (strcmp(word, "and") == 0 || strcmp(word, "or") == 0)
        return take_link(reader, word);
    if (strcmp(word, "not") == 0) {
        reader->negated = !reader->negated;
        reader->open = word;
        return 0;
    }
    for (; *word == '!'; word++) {
        reader->negated = !reader->negated;
        reader->open = "!";
    }
    return *word == '\0' ? 0 : take_term(reader, word);
}

static int read_filter(struct reader *reader)
{
    static const char blanks[] = " \t\r\n";
    int rc = 0;

    for (;;) {
        char *word = reader->at + strspn(reader->at, blanks);
        char *end = skip(word, blanks);
        if (rc < 0 || *word == '\0')
            break;
        reader->at = *end == '\0' ? end : end + 1;
        *end = '\0';
        rc = take_word(reader, word);
    }
    if (rc == 0 && reader->open != NULL)
        return refuse(reader, "a term is missing after '%s'", reader->open);
    if (rc == 0 && reader->filter->count == 0)
        return refuse(reader, "a term such as port=80 is missing");
    return rc;
}

/* As many tests as a text can have at most. */
static size_t count_tests(const char *text)
{
    size_t count = 1;

    for (; *text != '\0'; text++)
        count += strchr(" \t\r\n,", *text) != NULL;
    return count;
}

int nb_trace_filter_new(struct nb_trace_filter **filter, const char *text,
                        char *wrong, size_t size)
{
    struct nb_trace_filter *made = NULL;
    size_t room = count_tests(text) * sizeof made->tests[0];
    char *copy = nb_strdup(text);
    struct reader reader = {.at = copy, .wrong = wrong, .size = size};

    made = nb_malloc(sizeof *made + room);
    if (made == NULL || copy == NULL) {
        nb_free(made);
        nb_free(copy);
        return -ENOMEM;
    }
    made->text = copy;
    made->count = 0;
    reader.filter = made;
    int rc = read_filter(&reader);
    if (rc == 0)
        *filter = made;
    else
        nb_trace_filter_free(made);
    return rc;
}

void nb_trace_filter_free(struct nb_trace_filter *filter)
{
    if (filter != NULL)
        nb_free(filter->text);
    nb_free(filter);
}

static bool has_host(const struct test *test, const struct nb_addr *addr)
{
    struct host host;

    return host_of(addr, &host) &&
           memcmp(host.bytes, test->host.bytes, sizeof host.bytes) == 0 &&
           (test->host.zone == 0 || test->host.zone == host.zone);
}

static bool has_port(const struct test *test, const struct nb_addr *addr)
{
    int family = nb_addr_family(addr);
    uint16_t port = nb_addr_port(addr);

    return (family == AF_INET || family == AF_INET6) && port >= test->low &&
           port <= test->high;
}

static bool holds(const struct test *test, const struct nb_trace_event *event)
{
    switch (test->key) {
    case PORT:
        return has_port(test, &event->local) || has_port(test, &event->remote);
    case HOST:
        return has_host(test, &event->local) || has_host(test, &event->remote);
    case THREAD:
        return strcmp(test->name, event->origin.thread) == 0 ||
               (test->low != 0 && test->low == event->thread);
    case KIND:
        return test->low == event->kind;
    case PROTO:
        return test->low == event->proto;
    case SOCKET:
        return test->low == event->socket;
    case CONVERSATION:
        break;
    }
    return test->low == event->conversation;
}

bool nb_trace_filter_match(const struct nb_trace_filter *filter,
                           const struct nb_trace_event *event)
{
    bool all = true; /* of the terms before this one */
    bool one = true; /* of the tests of this term */

    if (event->kind == NB_TRACE_MARK || event->kind == NB_TRACE_DROPPED)
        return true;
    for (size_t i = 0; i < filter->count; i++) {
        const struct test *test = &filter->tests[i];
        if (test->begins_term) {
            all = all && one;
            one = test->negated;
        }
        if (test->begins_alternative) {
            if (all)
                return true;
            all = true;
        }
        if (holds(test, event))
            one = !test->negated;
    }
    return all && one;
}
