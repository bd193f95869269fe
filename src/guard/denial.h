/*
 * Which rule denies a request. Such rules reach further than those that allow:
 * to all that an address or a folder includes.
 */
#ifndef NB_GUARD_DENIAL_H
#define NB_GUARD_DENIAL_H

#include "guard/request.h"

/* The rule of `rules` against the request, NULL if none is. */
struct nb_rule *nb_denial_find(const struct nb_rules *rules,
                               enum nb_grant grant,
                               const struct nb_request *request);

/* The rule about something below the path of the request, NULL if none is. */
struct nb_rule *nb_denial_find_below(const struct nb_rules *rules,
                                     const struct nb_request *request);

#endif
