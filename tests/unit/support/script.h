/*
 * What the scripted backend is told to return, and what it tells of the
 * calls: the two lists behind scripted.h.
 *
 * The memory comes from the C library, so that a test that makes allocations
 * fail, or counts them, sees those of netbox alone.
 */
#ifndef NB_SUPPORT_SCRIPT_H
#define NB_SUPPORT_SCRIPT_H

#include <stddef.h>

#include "util/addr.h"
#include "util/list.h"

enum { SCRIPT_ANY = -1 };

/* What one call will return. */
struct script_result {
    struct nb_list link;
    int op;
    int fd;     /* or SCRIPT_ANY */
    int before; /* calls that pass first */
    int value;
    const char *data; /* NULL: the value says all; borrowed */
    size_t len;
    struct nb_addr from; /* of a datagram or a connection */
};

/* A growing text; a NUL that does not count ends it. */
struct script_text {
    char *bytes;
    size_t len;
};

struct script {
    struct nb_list results;
    struct script_text log;
};

/* calloc for one block, which fails the test where there is no memory. */
void *script_allocate(size_t size);

void script_init(struct script *script);
void script_deinit(struct script *script);

/* Adds a copy of `result` at the end, or where a call puts it back first. */
void script_add(struct script *script, const struct script_result *result);
void script_put_back(struct script *script, const struct script_result *result);

/* The first result of `op` on `fd`, its turn or not; NULL if there is none. */
struct script_result *script_find(const struct script *script, int op, int fd);

/* Takes the result of a call into `result`; -ENOENT: nothing is scripted. */
int script_take(struct script *script, int op, int fd,
                struct script_result *result);

/* Results that are left. */
int script_count(const struct script *script);

/* Appends bytes to a text. */
void script_append(struct script_text *text, const void *bytes, size_t len);

/* Logs a call as "CALL = VALUE", errors by name. Returns `value`. */
int script_log(struct script *script, int value, const char *call, ...)
    __attribute__((format(printf, 3, 4)));

#endif
