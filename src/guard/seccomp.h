/*
 * System calls that the kernel refuses, by a filter that cannot be taken off.
 *
 * The filters are compiled when netbox is built (guard/filters/generate.c), for
 * to compile one takes libseccomp longer than netbox takes to start. There is
 * one for each sum of what a policy may lift. What is refused fails with EPERM.
 */
#ifndef NB_GUARD_SECCOMP_H
#define NB_GUARD_SECCOMP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sock_filter;

/*
 * Which filter: the sum of what is open beyond the calls that every script
 * needs, or one of the last two, which refuse only what no program needs.
 */
enum nb_seccomp {
    NB_SECCOMP_WRITE = 1 << 0,  /* to open files for writing, and remove them */
    NB_SECCOMP_UNIX = 1 << 1,   /* to make unix sockets */
    NB_SECCOMP_NET = 1 << 2,    /* to hand addresses to the kernel */
    NB_SECCOMP_ECHO = 1 << 3,   /* to make raw sockets for ICMP */
    NB_SECCOMP_RAW = 1 << 4,    /* to make any socket of the Internet's */
    NB_SECCOMP_NATIVE = 1 << 5, /* modules in C may do as they like */
    NB_SECCOMP_RUN,             /* and so may other programs */
    NB_SECCOMP_FILTERS,
};

/* Stands in a filter where the number of the process belongs. */
#define NB_SECCOMP_PID UINT32_C(0x7e57f11d)

struct nb_seccomp_filter {
    const struct sock_filter *code;
    size_t len;
};

extern const struct nb_seccomp_filter nb_seccomp_filters[NB_SECCOMP_FILTERS];

/* True if the kernel has such filters. */
bool nb_seccomp_is_there(void);

/*
 * Holds this process to a filter, for ever; no program that it runs gains
 * rights from its file. Returns 0 or a negative errno.
 */
int nb_seccomp_enter(enum nb_seccomp which);

#endif
