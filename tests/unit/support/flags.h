/* Policies from flags, written as on the command line. */
#ifndef NB_TEST_FLAGS_H
#define NB_TEST_FLAGS_H

#include <stdint.h>

#include "guard/policy.h"

/*
 * A new policy. `text` is "allow-net=192.0.2.1 deny-read": flags without
 * their dashes, with blanks in between; "all" is --allow-all.
 */
struct nb_policy *flags_policy(const char *text);

/* Asks about an address. */
int flags_ask(struct nb_policy *policy, enum nb_right right, const char *ip,
              uint16_t port);

#endif
