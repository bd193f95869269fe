/*
 * A request: what is asked for, in the form in which it is judged, in the
 * words in which it is told, and the flag that would allow it.
 *
 * The words are for a terminal, too: bytes that it could take for commands
 * are shown as '?'.
 */
#ifndef NB_GUARD_REQUEST_H
#define NB_GUARD_REQUEST_H

#include <limits.h>

#include "guard/policy.h"

enum { NB_REQUEST_WHAT = 400 };

struct nb_request {
    enum nb_right right;
    enum nb_grant grant; /* the flag that would allow it */
    struct nb_subject subject;
    const struct nb_addr *addr; /* what it was made from: this, or ... */
    const char *asked;
    char text[PATH_MAX]; /* what the subject's text points to */
};

/* Fills a request for an address, which it borrows. */
void nb_request_addr(struct nb_request *request, enum nb_right right,
                     const struct nb_addr *addr);

/* Fills a request for a name, path, variable, line or module; the same. */
void nb_request_text(struct nb_request *request, enum nb_right right,
                     const char *text);

/*
 * Fills a request for the file at `real`, absolute and without links, NULL
 * where that is not known; it is told as `path`, which it borrows.
 */
void nb_request_path(struct nb_request *request, enum nb_right right,
                     const char *path, const char *real);

/* True if what is asked for can be shown whole. */
bool nb_request_is_short(const struct nb_request *request);

/*
 * Writes what is asked for, "connect to 192.0.2.1:80", and what more a person
 * allows who says "always".
 */
void nb_request_question(const struct nb_request *request,
                         char what[NB_REQUEST_WHAT]);

/* Writes "X is not allowed (run again with --allow-net=Y)". */
void nb_request_refuse(const struct nb_request *request,
                       char sentence[NB_REFUSAL_TEXT]);

/* Writes the same of a rule that denies it; NULL: the flag has no value. */
void nb_request_deny(const struct nb_request *request, enum nb_grant grant,
                     const struct nb_rule *rule,
                     char sentence[NB_REFUSAL_TEXT]);

#endif
