/*
 * The options of sockets, by name: Python's constants for setsockopt() with a
 * level and an option, and LuaSocket's names, which stand for both.
 */
#ifndef NB_NET_OPTION_H
#define NB_NET_OPTION_H

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
    NB_OPTION_BOOL,   /* an int, 0 or not */
    NB_OPTION_INT,    /* an int */
    NB_OPTION_LINGER, /* a struct linger */
    NB_OPTION_ERROR,  /* an errno as int, 0 for none; it can only be read */
};

/* An option as LuaSocket names it: "tcp-nodelay". */
struct nb_option {
    const char *name;
    struct nb_sockopt opt;
    enum nb_option_kind kind;
};

/* The option called `name`, NULL if there is none. */
const struct nb_option *nb_option_find(const char *name);

#endif
