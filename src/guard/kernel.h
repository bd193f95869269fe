/*
 * The second wall: the kernel holds this process to what its policy allows,
 * whatever becomes of Lua and of the checks in front of it.
 *
 * How much of the wall there is depends on the policy. A script alone gets all
 * of it: seccomp lets through the system calls that netbox needs, Landlock
 * opens the files that are granted. What modules in C and other programs do
 * cannot be foreseen: where they are allowed, files are open and only calls
 * are refused that nothing but an attack needs. Where everything is allowed,
 * modules in C included, there is no wall.
 *
 * The kernel knows paths, ports and kinds of sockets, but no addresses, names
 * and UDP ports: those are kept by net/gate alone.
 */
#ifndef NB_GUARD_KERNEL_H
#define NB_GUARD_KERNEL_H

#include <stdbool.h>

struct nb_policy;

/* What the wall has to leave open besides what the policy allows. */
struct nb_kernel_needs {
    bool asks;        /* somebody may still be asked for what is not allowed */
    bool raw_echo;    /* ICMP echo takes a raw socket here */
    const char *file; /* one more to be read, or NULL */
};

/* What came of it. */
struct nb_kernel {
    bool wants_calls; /* the policy leaves something to seccomp ... */
    bool wants_files; /* ... and to Landlock */
    bool calls;       /* and so it is held */
    bool files;
};

/*
 * Builds the wall, for ever. What this kernel cannot do is left out. NULL is
 * the policy that allows all. Returns 0, or -ENOMEM.
 */
int nb_kernel_enter(struct nb_kernel *kernel, const struct nb_policy *policy,
                    const struct nb_kernel_needs *needs);

#endif
