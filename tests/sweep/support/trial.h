/*
 * Trials: a program is started once, up to the first line of its script, and
 * then run again and again, each time in a process of its own that is refused
 * memory at another moment. Or the script is loaded in each run, too.
 *
 * A run is on libev and the kernel's sockets. It must end within a bounded
 * time, say what went wrong, and leave nothing: no task, socket or timer, no
 * block of memory, no descriptor. trial_fault() is the judge.
 */
#ifndef NB_SWEEP_TRIAL_H
#define NB_SWEEP_TRIAL_H

#include <stdbool.h>
#include <stddef.h>

#include "app/options.h"
#include "bind/state.h"
#include "net/console.h"
#include "util/alloc.h"

/* Which requests for memory are refused, from number `at` on. */
enum trial_mode {
    TRIAL_PLENTY, /* none */
    TRIAL_ONCE,   /* one; where it is Lua's, a collection helps */
    TRIAL_TWICE,  /* two: Lua, which tries again, raises an error */
    TRIAL_EVER,   /* all */
    TRIAL_LIMIT,  /* by the limit of memory, which is what is used by then */
};

struct trial_shortage {
    enum trial_mode mode;
    size_t at; /* the first request is number 1 */
};

struct trial_outcome {
    int status;      /* as waitpid(2) has it */
    size_t requests; /* for memory, those refused too */
    size_t refused;
    char left[128]; /* what was left behind, or "" */
    char out[4096]; /* the beginning of standard output ... */
    char err[8192]; /* ... and of standard error */
};

struct trial {
    struct nb_lua lua;
    struct nb_console console;
    struct nb_alloc_account before;
    struct trial_shortage shortage;
    struct trial_outcome *outcome; /* shared with the processes */
    const struct nb_options *late; /* what each run loads by itself, or NULL */
    int files[2];                  /* standard output and error of a run */
    unsigned limit;                /* seconds that a run may take */
};

/* The names of the modes, "once". */
extern const char *const trial_modes[];

/*
 * Opens a state, in which a script may require("sweep"): support/sweep.lua.
 * What cannot be made ends the process.
 */
void trial_open(struct trial *trial);

/* Starts a script, or a piece of code. False if it cannot be loaded. */
bool trial_load(struct trial *trial, const struct nb_options *options);

/* Leaves that to each run. The options are borrowed. */
void trial_load_late(struct trial *trial, const struct nb_options *options);

/* Runs it. The result is valid until the next run. */
const struct trial_outcome *trial_run(struct trial *trial,
                                      struct trial_shortage shortage);

/* What is wrong with the outcome, or NULL. */
const char *trial_fault(const struct trial *trial);

void trial_close(struct trial *trial);

#endif
