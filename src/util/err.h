/*
 * One space of errors: 0 or more is success, a negative value an error.
 *
 * Down to -4095 they are the kernel's, negated; below that come the codes
 * that errno lacks. Words for people are made in bind only.
 */
#ifndef NB_UTIL_ERR_H
#define NB_UTIL_ERR_H

enum nb_err {
    NB_WANT_READ = -4097,  /* not done: wait until it can be read */
    NB_WANT_WRITE = -4098, /* not done: wait until it can be written */
    NB_EOF = -4099,        /* the peer ended the stream */
    NB_EAI_NONAME = -4110, /* RFC 3493, section 6.1 */
    NB_EAI_AGAIN = -4111,
    NB_EAI_FAIL = -4112,
    NB_EAI_FAMILY = -4113,
    NB_EAI_SERVICE = -4114,
    NB_ETOOMANY = -4120,    /* netbox's own limit of sockets is reached */
    NB_ENOTALLOWED = -4121, /* refused by netbox's own permissions */
};

/* True for the two codes that mean "wait, then call again". */
static inline int nb_err_wants(int err)
{
    return err == NB_WANT_READ || err == NB_WANT_WRITE;
}

/* The symbolic name of an error, as "ECONNREFUSED". Never NULL. */
const char *nb_err_name(int err);

#endif
