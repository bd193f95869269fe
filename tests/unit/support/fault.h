/*
 * Errors of the kernel on demand.
 *
 * A test that calls fault_set() gets accept4, connect, sendto, recv, recvmsg,
 * sendmmsg, recvmmsg, read, poll (as SYS_ppoll) and close from here instead of
 * from the C library.
 * They hand on to the kernel unless the test wants an error.
 */
#ifndef NB_SUPPORT_FAULT_H
#define NB_SUPPORT_FAULT_H

#include <stddef.h>

enum { FAULT_ALWAYS = 1000000 };

/* The next `times` calls of `call` (SYS_accept4 ...) fail with `err`. */
void fault_set(long call, int err, int times);

/* All calls reach the kernel. */
void fault_clear(void);

/* Calls since fault_set(), those that failed and those that did not. */
int fault_calls(void);

/* The length that the last of them was given. */
size_t fault_len(void);

#endif
