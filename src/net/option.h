/*
 * The options of sockets, by name: Python's constants for setsockopt() with a
 * level and an option, and LuaSocket's names, which stand for both.
 */
#ifndef NB_NET_OPTION_H
#define NB_NET_OPTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/net.h"

/* A constant as Python's `socket` names it: "SO_REUSEADDR". */
struct nb_option_constant {
    const char *name;
    int64_t value;
};

/* All constants: of families, types, protocols, levels, options, addresses. */
extern const struct nb_option_constant nb_option_constants[];
extern const size_t nb_option_constant_count;

/* What the value of an option is. */
enum nb_option_kind {
    NB_OPTION_BOOL,       /* an int, 0 or not */
    NB_OPTION_INT,        /* an int */
    NB_OPTION_LINGER,     /* a struct linger */
    NB_OPTION_ERROR,      /* an errno as int, 0 for none */
    NB_OPTION_DEVICE,     /* the name of an interface, "" for none */
    NB_OPTION_INTERFACE,  /* to send by: net/multicast.h */
    NB_OPTION_MEMBERSHIP, /* a group and an interface: net/multicast.h */
};

/* An option that has a name: "tcp-nodelay". */
struct nb_option {
    struct nb_sockopt opt;
    enum nb_option_kind kind;
};

enum nb_option_use {
    NB_OPTION_GET = 1,
    NB_OPTION_SET = 2,
};

/*
 * Finds the option called `name` that sockets of `type` have for this use.
 * False if there is none: then `option` is as it was.
 */
bool nb_option_find(struct nb_option *option, const char *name, int type,
                    enum nb_option_use use);

/* The kind of an option that has a name; of all others, NB_OPTION_INT. */
enum nb_option_kind nb_option_kind(struct nb_sockopt opt);

/* AF_INET6 for an option of IPv6, else AF_INET, whose sockets have it too. */
int nb_option_family(struct nb_sockopt opt);

#endif
