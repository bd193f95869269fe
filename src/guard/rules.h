/*
 * Lists of rules, as the flags of the command line give them: what each flag
 * takes for a value, and whether something falls under one of its rules.
 *
 * Nothing is decided here: that is guard/policy, which has lists of what is
 * allowed and of what is denied.
 */
#ifndef NB_GUARD_RULES_H
#define NB_GUARD_RULES_H

#include <stdbool.h>
#include <stddef.h>

#include "guard/netrule.h"

/* What a flag is about: --allow-net, --deny-net ... */
enum nb_grant {
    NB_GRANT_NET,    /* addresses and names, to reach and to be reached at */
    NB_GRANT_LISTEN, /* addresses, to be reached at alone */
    NB_GRANT_READ,   /* files and folders */
    NB_GRANT_WRITE,
    NB_GRANT_ENV,  /* names of variables */
    NB_GRANT_RUN,  /* programs */
    NB_GRANT_UNIX, /* sockets that have a path, or a name: "@name" */
    NB_GRANT_RAW,
    NB_GRANT_NATIVE, /* modules in C */
    NB_GRANTS,
};

struct nb_rule {
    struct nb_netrule net; /* where the grant is about addresses */
    char *text;            /* else; a path is absolute and without links */
    bool spent;            /* for policy: allowed once, and done */
};

struct nb_rules {
    struct nb_rule *items;
    size_t count;
    bool all; /* everything falls under it */
};

/* What rules are asked about, in canonical form. */
struct nb_subject {
    struct nb_endpoint end; /* family AF_UNSPEC: no address */
    enum nb_portwise wise;
    const char *name; /* of a host, or NULL */
    const char *text; /* a path, a variable, a program, or NULL */
    bool exact;       /* a rule about its folder is not about this path */
};

/* "net", "listen" ... */
const char *nb_grant_name(enum nb_grant grant);

/* True where the flag may have values: not for raw and native. */
bool nb_grant_takes_values(enum nb_grant grant);

/*
 * Adds the rule that `value` spells. Returns 0, -ENOMEM, or -EINVAL with
 * `*wrong`: what is wrong with it, in words that go after the value.
 */
int nb_rules_read(struct nb_rules *rules, enum nb_grant grant,
                  const char *value, const char **wrong);

/* Adds a rule about this subject alone. Returns 0 or -ENOMEM. */
int nb_rules_put(struct nb_rules *rules, const struct nb_subject *subject);

/*
 * Makes each rule about the name one about this address, too. Returns 0 or
 * -ENOMEM.
 */
int nb_rules_learn(struct nb_rules *rules, const char *name,
                   const struct nb_endpoint *end);

/* The first rule that the subject falls under; NULL where none is, or all. */
struct nb_rule *nb_rules_find(const struct nb_rules *rules, enum nb_grant grant,
                              const struct nb_subject *subject);

/* Takes the rule, which is one of them, out. */
void nb_rules_drop(struct nb_rules *rules, struct nb_rule *rule);

/* Frees all rules. */
void nb_rules_deinit(struct nb_rules *rules);

#endif
