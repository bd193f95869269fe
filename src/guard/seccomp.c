/* System calls that the kernel refuses: see seccomp.h. */
#include "guard/seccomp.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "util/alloc.h"

bool nb_seccomp_is_there(void)
{
    /* Without a filter the call fails: for its address, or altogether. */
    return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, NULL, 0, 0) < 0 &&
           errno == EFAULT;
}

/* Puts the number of the process in its place. */
static void address(struct sock_filter *code, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (code[i].k == NB_SECCOMP_PID)
            code[i].k = (uint32_t)getpid();
    }
}

int nb_seccomp_enter(enum nb_seccomp which)
{
    const struct nb_seccomp_filter *filter = &nb_seccomp_filters[which];
    struct sock_filter *code = nb_malloc(filter->len * sizeof *code);
    int rc = 0;

    if (code == NULL)
        return -ENOMEM;
    memcpy(code, filter->code, filter->len * sizeof *code);
    address(code, filter->len);
    struct sock_fprog program = {
        .len = (unsigned short)filter->len,
        .filter = code,
    };
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
        prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) < 0)
        rc = -errno;
    nb_free(code);
    return rc;
}
