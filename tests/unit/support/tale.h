/*
 * Events of a trace written down, one a line:
 *
 *     sent tcp socket=1 of=1 peer=2 127.0.0.1:4000 127.0.0.1:80 text=hello
 *
 * First what happened and the protocol ("-" for none), then in any order the
 * local and the remote address, the conversation (`of`), `count`, `errno`,
 * `operation`, `thread` and `at=file.lua:7`, and the data as `text` without
 * blanks or in `hex`. What is left out is 0. Each event is a millisecond after
 * the one before it.
 */
#ifndef NB_SUPPORT_TALE_H
#define NB_SUPPORT_TALE_H

#include "trace/event.h"

struct tale {
    uint64_t events; /* so far */
};

/*
 * Reads a line, which is changed: the data lies in it. A line that is wrong
 * ends the process.
 */
struct nb_trace_event tale_event(struct tale *tale, char *line);

#endif
