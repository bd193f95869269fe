/* The trace that the command line asks for, and that a script may start. */
#ifndef NB_APP_TRACING_H
#define NB_APP_TRACING_H

#include "trace/trace.h"

struct nb_lua;
struct nb_net;
struct nb_options;

/*
 * Opens the files of the options, for which no permission is asked, and begins
 * to trace into them. What a script starts later needs the process that writes
 * files, so it is started here, too, where a script may write any. Returns 0,
 * or the exit status of a mistake that was said.
 */
int nb_tracing_begin(struct nb_trace *trace, struct nb_lua *lua,
                     struct nb_net *net, const struct nb_options *options);

/* Finishes all files. */
void nb_tracing_end(struct nb_trace *trace, struct nb_lua *lua);

#endif
