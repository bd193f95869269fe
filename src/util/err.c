/* Names of errors: see err.h. The kernel's come from the C library. */
#include "util/err.h"

#include <string.h>

const char *nb_err_name(int err)
{
    switch ((enum nb_err)err) {
    case NB_WANT_READ:
    case NB_WANT_WRITE:
        return "EAGAIN";
    case NB_EOF:
        return "EOF";
    case NB_ENOTALLOWED:
        return "EPERM";
    case NB_EAI_NONAME:
        return "EAI_NONAME";
    case NB_EAI_AGAIN:
        return "EAI_AGAIN";
    case NB_EAI_FAIL:
        return "EAI_FAIL";
    case NB_EAI_FAMILY:
        return "EAI_FAMILY";
    case NB_EAI_SERVICE:
        return "EAI_SERVICE";
    case NB_ETOOMANY:
        return "EMFILE";
    }
    const char *name = strerrorname_np(-err);
    return name != NULL ? name : "EUNKNOWN";
}
