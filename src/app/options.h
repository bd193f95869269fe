/* The command line: `netbox [options] [script [args...]]`. */
#ifndef NB_APP_OPTIONS_H
#define NB_APP_OPTIONS_H

#include <stdbool.h>

#include "app/traceopts.h"
#include "guard/limit.h"

enum nb_action {
    NB_ACTION_RUN, /* run `script` or `code` */
    NB_ACTION_HELP,
    NB_ACTION_VERSION,
    NB_ACTION_PERMISSIONS, /* show them, run nothing */
    NB_ACTION_DOCTOR,      /* say what this system can enforce */
    NB_ACTION_USAGE,       /* nothing to run: say how to use it */
    NB_ACTION_WRONG,       /* the mistake has been said */
};

struct nb_policy;

struct nb_options {
    enum nb_action action;
    char *code;         /* of -e, all of them, or NULL; freed by the caller */
    const char *script; /* a file name; "-" is standard input */
    char **args;        /* what follows the script or the code */
    int arg_count;
    struct nb_policy *policy; /* what is allowed; freed by the caller */
    struct nb_limits limits;
    struct nb_trace_request trace; /* deinitialised by the caller */
    bool no_prompt;                /* refuse at once, and never ask */
    bool require_kernel; /* no script where it cannot be held to this */
    bool stats;          /* show at the end what the run has taken */
    bool warn;           /* of what is legal and mostly a mistake */
    int before; /* words before them: the command, options, the script */
};

/* Reads the command line; says on standard error what is wrong with it. */
void nb_options_parse(struct nb_options *options, int argc, char **argv);

/* The texts of --help and of the short usage. */
extern const char nb_options_help[];
extern const char nb_options_usage[];

#endif
