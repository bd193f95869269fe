/*
 * Names by c-ares: the hosts file, then the servers of resolv.conf.
 *
 * Its sockets are watched by the runtime's loop and its time-outs are timers
 * of the runtime, so no lookup holds anybody else up. A server that is silent
 * is asked twice, for 2 s and for 4 s: with one server a lookup ends after
 * 6 s. IPv4 addresses come first, each family in the order of its answer.
 */
#ifndef NB_NET_ARES_H
#define NB_NET_ARES_H

struct nb_addr;
struct nb_ares;
struct nb_lookup;
struct nb_runtime;

/*
 * Reads resolv.conf; `rt` is borrowed. Returns 0, -ENOMEM, or NB_EAI_FAIL
 * where the configuration cannot be read.
 */
int nb_ares_new(struct nb_ares **ares, struct nb_runtime *rt);

/*
 * Looks `name` up for `family` (AF_UNSPEC: both). nb_lookup_finish() is
 * called once, perhaps before this returns: with NB_EAI_NONAME where there is
 * no such name or address, NB_EAI_AGAIN where no server gave an answer,
 * NB_EAI_FAIL where it made no sense, or -ENOMEM.
 */
void nb_ares_lookup(struct nb_ares *ares, const char *name, int family,
                    struct nb_lookup *lookup);

/* The same for the names of `addr`: NB_EAI_NONAME where it has none. */
void nb_ares_reverse(struct nb_ares *ares, const struct nb_addr *addr,
                     struct nb_lookup *lookup);

/*
 * Lookups that still run are finished with -ECANCELED, or with the addresses
 * of one family if these had come. NULL is legal.
 */
void nb_ares_free(struct nb_ares *ares);

#endif
