/*
 * Who may do what: closed by default, widened and narrowed by flags.
 *
 * Without a flag a program may use the loopback addresses and load Lua text
 * from its own folder. Rules that deny win over all that allow. Whoever is
 * about to do something asks first; a refusal leaves one sentence that says
 * which flag would have allowed it. Where a terminal is there, the person in
 * front of it may be asked before that (struct nb_policy_asker).
 *
 * A policy that is NULL allows everything. Knows nothing of Lua and of the
 * loop; makes no system call but to see where a path leads.
 */
#ifndef NB_GUARD_POLICY_H
#define NB_GUARD_POLICY_H

#include <stdbool.h>
#include <stddef.h>

#include "guard/asker.h"
#include "guard/rules.h"

struct nb_addr;
struct nb_policy;

/* What can be asked for. */
enum nb_right {
    NB_RIGHT_CONNECT, /* to an address */
    NB_RIGHT_SEND,    /* a datagram to an address */
    NB_RIGHT_LISTEN,  /* bind to an address */
    NB_RIGHT_ACCEPT,  /* listen at the address that a socket has */
    NB_RIGHT_GROUP,   /* join it; the address's port is ignored */
    NB_RIGHT_NAME,    /* look up a name, or the name of an address */
    NB_RIGHT_UNIX,    /* use a unix socket: an address */
    NB_RIGHT_MAKE,    /* a unix socket that has no address yet */
    NB_RIGHT_RAW,     /* what goes past addresses: "raw sockets" */
    NB_RIGHT_ECHO,    /* a raw socket that sends ICMP echo alone */
    NB_RIGHT_LOAD,    /* read Lua text */
    NB_RIGHT_READ,
    NB_RIGHT_WRITE,
    NB_RIGHT_ENV,    /* a variable's name */
    NB_RIGHT_RUN,    /* a line for the shell */
    NB_RIGHT_NATIVE, /* a module in C, by its name */
    NB_RIGHTS,
};

enum { NB_REFUSAL_TEXT = 768 };

/* A new policy without rules; NULL where there is no memory. */
struct nb_policy *nb_policy_new(void);

/* Frees it; NULL is legal. */
void nb_policy_free(struct nb_policy *policy);

/* Everything but modules in C is allowed, what is denied excepted. */
void nb_policy_allow_all(struct nb_policy *policy);

/*
 * Takes the value of a flag: items with commas between them, where of two
 * commas each pair stands for one that belongs to a path; NULL for
 * everything. Returns 0, -ENOMEM, or -EINVAL and writes the sentence:
 * "'300.1.1.1' is neither an address nor a name".
 */
int nb_policy_take(struct nb_policy *policy, enum nb_grant grant, bool deny,
                   const char *value, char wrong[NB_REFUSAL_TEXT]);

/*
 * Lua text may be loaded from this folder and what is below it. Returns 0 or
 * -ENOMEM.
 */
int nb_policy_set_folder(struct nb_policy *policy, const char *folder);

/* That folder, without links; NULL where there is none. */
const char *nb_policy_folder(const struct nb_policy *policy);

/* From now on it is asked; `asker` is borrowed, NULL for nobody. */
void nb_policy_set_asker(struct nb_policy *policy,
                         const struct nb_policy_asker *asker);

/* Asks for a right. Returns 0, NB_ENOTALLOWED or -ENOMEM. */
int nb_policy_ask_addr(struct nb_policy *policy, enum nb_right right,
                       const struct nb_addr *addr);
int nb_policy_ask_text(struct nb_policy *policy, enum nb_right right,
                       const char *text);

/* What was allowed once to this address is done: it will be asked for again. */
void nb_policy_spend(struct nb_policy *policy, const struct nb_addr *addr);

/*
 * True if who comes from `peer` may reach a socket at `local`, NULL where that
 * is not known: it may be reached from here itself, or listening there was
 * allowed. Unix sockets are reached by whom the system lets.
 */
bool nb_policy_admits(struct nb_policy *policy, const struct nb_addr *peer,
                      const struct nb_addr *local);

/* Rules about the name are about this address, too. Returns 0 or -ENOMEM. */
int nb_policy_learn(struct nb_policy *policy, const char *name,
                    const struct nb_addr *addr);

/* The same for the file that `path` leads to, NULL where that is not known. */
int nb_policy_ask_path(struct nb_policy *policy, enum nb_right right,
                       const char *path, const char *real);

/* To move it: nothing below it may be denied. Returns 0 or NB_ENOTALLOWED. */
int nb_policy_ask_move(struct nb_policy *policy, const char *path,
                       const char *real);

/* True if flags allow that: nobody is asked, nothing is refused. */
bool nb_policy_allows(const struct nb_policy *policy, enum nb_right right,
                      const char *text);

/* The sentence of the last refusal. */
const char *nb_policy_refusal(const struct nb_policy *policy);

/* The rules of a grant, for who shows or enforces them otherwise. */
const struct nb_rules *nb_policy_rules(const struct nb_policy *policy,
                                       enum nb_grant grant, bool deny);

#endif
