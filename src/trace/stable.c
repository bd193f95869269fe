/* What differs from run to run, made the same: see stable.h. */
#include "trace/stable.h"

#include <errno.h>
#include <string.h>

#include "trace/ladder.h"
#include "util/alloc.h"

/* Type and code of ICMP: the others are numbers and times of the sender. */
enum { ICMP_STABLE = 2 };

static bool is_digit(unsigned char byte)
{
    return byte >= '0' && byte <= '9';
}

/* The digits that begin a text. */
static size_t digits(const unsigned char *data, size_t len)
{
    size_t count = 0;

    while (count < len && is_digit(data[count]))
        count++;
    return count;
}

/* The role that has this number as its port, or NULL. */
static const char *find_role(const struct nb_ladder *ladder,
                             const unsigned char *data, size_t len)
{
    unsigned port = 0;

    if (len == 0 || len > 5)
        return NULL;
    for (size_t i = 0; i < len; i++)
        port = port * 10 + (data[i] - '0');
    for (size_t i = 0; i < ladder->column_count; i++) {
        const struct nb_column *column = &ladder->columns[i];
        if (column->by_role && nb_addr_port(&column->addr) == port)
            return column->role;
    }
    return NULL;
}

/* Copies the text with roles for ports to `to`, or only measures it. */
static size_t rewrite(const struct nb_ladder *ladder,
                      const struct nb_kept *kept, unsigned char *to)
{
    size_t len = 0;

    for (size_t i = 0; i < kept->stored;) {
        const unsigned char *from = kept->data + i;
        size_t count = digits(from, kept->stored - i);
        const char *role = find_role(ladder, from, count);
        size_t taken = count > 0 ? count : 1;
        size_t given = role != NULL ? strlen(role) : taken;
        if (to != NULL)
            memcpy(to + len, role != NULL ? (const void *)role : from, given);
        len += given;
        i += taken;
    }
    return len;
}

static int rewrite_payload(const struct nb_ladder *ladder, struct nb_kept *kept)
{
    size_t len = rewrite(ladder, kept, NULL);

    if (len == 0)
        return 0;
    unsigned char *data = nb_malloc(len);
    if (data == NULL)
        return -ENOMEM;
    rewrite(ladder, kept, data);
    nb_free(kept->data);
    kept->data = data;
    kept->stored = len;
    return 0;
}

int nb_stable_rewrite(const struct nb_ladder *ladder)
{
    for (size_t i = 0; i < ladder->keep->count; i++) {
        struct nb_kept *kept = &ladder->keep->events[i];
        char *source = kept->event.origin.source;
        const char *slash = strrchr(source, '/');
        if (slash != NULL)
            memmove(source, slash + 1, strlen(slash));
        kept->event.time = 0;
        if (kept->event.proto == NB_TRACE_ICMP && kept->stored > ICMP_STABLE) {
            kept->stored = ICMP_STABLE;
            kept->cut = true;
        }
        if (rewrite_payload(ladder, kept) < 0)
            return -ENOMEM;
    }
    return 0;
}
