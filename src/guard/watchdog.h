/*
 * The end of a program that has used up a limit: status 3, and one line that
 * names the limit, the thread and the line of the script.
 *
 * Nothing is raised that a script could catch. Where the program's own code
 * meets the limit, it ends the program there (nb_watchdog_end). Time and the
 * processor are watched by timers of the kernel: their signal asks the program
 * to end itself at the next instruction of Lua or turn of the loop, where the
 * line is known for certain. If it does not come there soon, for it is inside
 * a C function that does not return, a second signal ends it: the handler
 * writes what output is left, looks for the line, and says the rest even if
 * the look-up crashes; a third one if even that hangs.
 */
#ifndef NB_GUARD_WATCHDOG_H
#define NB_GUARD_WATCHDOG_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "guard/limit.h"

struct nb_watchdog;

/* Room for what nb_watchdog_host.place writes. */
enum { NB_WATCHDOG_PLACE = 256 };

/* What the watchdog needs of the program; most is called by handlers. */
struct nb_watchdog_host {
    /* Calls nb_watchdog_check() soon. */
    void (*ask)(void *context);
    /*
     * Writes what output is left, as far as that goes without waiting long;
     * false if `is_forced` and the program is in the middle of writing.
     */
    bool (*flush)(void *context, bool is_forced);
    /*
     * Writes "thread 'x' at x.lua:7", or ""; true if a line is in it. May crash
     * if forced.
     */
    bool (*place)(void *context, char text[NB_WATCHDOG_PLACE]);
    /* Says more than the line, where the program ends itself: in no handler. */
    void (*leave)(void *context);
};

/* The timers: each sends a signal with its own address. */
struct nb_watchdog_timer {
    struct nb_watchdog *watchdog;
    timer_t id;
    bool made;
};

enum nb_watchdog_stage {
    NB_WATCHDOG_QUIET,
    NB_WATCHDOG_ASKED,  /* the program is to end itself */
    NB_WATCHDOG_FORCED, /* the handler does it */
    NB_WATCHDOG_ENDING, /* the program does */
};

struct nb_watchdog {
    const struct nb_limits *limits;
    const struct nb_watchdog_host *host;
    void *context; /* the host's */
    struct nb_watchdog_timer cpu;
    struct nb_watchdog_timer time;
    struct nb_watchdog_timer patience;
    void (*lost_patience)(void *context);
    void *owner;    /* its context */
    void *stack;    /* of the handlers */
    stack_t before; /* what they had before */
    uint64_t written;
    volatile sig_atomic_t stage;  /* enum nb_watchdog_stage */
    volatile sig_atomic_t limit;  /* enum nb_limit: the one used up */
    volatile sig_atomic_t spoken; /* how much of the line has been said */
};

/*
 * Begins to watch, with what is in the caller's storage until
 * nb_watchdog_stop(). Returns 0 or a negative errno.
 */
int nb_watchdog_start(struct nb_watchdog *watchdog,
                      const struct nb_limits *limits,
                      const struct nb_watchdog_host *host, void *context);
void nb_watchdog_stop(struct nb_watchdog *watchdog);

/* Ends the program if a timer has asked for that. NULL: nobody watches. */
void nb_watchdog_check(struct nb_watchdog *watchdog);

/*
 * Ends the program, which has used up a limit. `place` says where, as the host
 * does; NULL: there where it is.
 */
_Noreturn void nb_watchdog_end(struct nb_watchdog *watchdog,
                               enum nb_limit limit, const char *place);

/* The same from a handler, where nothing is safe but to say so. */
void nb_watchdog_force(struct nb_watchdog *watchdog, enum nb_limit limit);

/*
 * Counts bytes of output. Returns how many of them may be written; if not all,
 * the caller writes those and ends the program. NULL: nobody counts.
 */
size_t nb_watchdog_count(struct nb_watchdog *watchdog, size_t len);

/* Calls lost_patience(owner) in a handler, in `ns`, unless the end begins. */
void nb_watchdog_wait(struct nb_watchdog *watchdog, int64_t ns);

#endif
