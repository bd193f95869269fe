/*
 * The scribe: a process that writes the files of a trace.
 *
 * It is made before a script runs. Events come to it through shared memory
 * (trace/ring), so the program does not wait for a disk; where the scribe
 * cannot keep up for long, events are dropped, counted, and the files say so.
 * When the program ends, however it ends, the scribe writes what it still has
 * and finishes every file.
 *
 * Files are opened by the program, which may, and handed over.
 */
#ifndef NB_TRACE_SCRIBE_H
#define NB_TRACE_SCRIBE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "trace/ring.h"
#include "trace/sink.h"

struct nb_trace_event;

enum {
    NB_SCRIBE_SINKS = 32,
    NB_SCRIBE_RING = 1 << 25, /* bytes that may be on their way */
    NB_SCRIBE_PATIENCE = 50,  /* ms that a program waits for room at most */
    NB_SCRIBE_TRIES = 200,    /* to tell it of a file, each so long */
    NB_SCRIBE_NAME = 256,     /* of a file, for a message */
    NB_SCRIBE_TITLE = 128,
};

struct nb_scribe {
    pid_t pid;
    int channel; /* to wake it and to hand files over */
    struct nb_ring ring;
    uint32_t sinks;       /* a bit for each that is in use */
    uint64_t dropped;     /* events since the last that had room */
    uint64_t last_number; /* of the last that came */
    int64_t last_time;
    bool behind; /* no waiting until half of the ring is free */
    bool deaf;   /* it has a file that it knows nothing of: no more of them */
};

/*
 * Starts the process, which calls `confine` before it reads anything: what
 * comes to it a script may have made up. Returns 0 or a negative errno.
 */
int nb_scribe_start(struct nb_scribe *scribe, void (*confine)(void));

/*
 * Gives it the file `fd`, which is closed here, to write a trace into; `name`
 * is for messages. Returns the number of the sink, or a negative errno, and
 * the file is the caller's.
 */
int nb_scribe_add(struct nb_scribe *scribe, int fd, const char *name,
                  enum nb_trace_format format,
                  const struct nb_trace_options *options);

/*
 * Finishes that file, and waits for that. Returns 0, the negative errno of a
 * write that failed, or -ETIMEDOUT where the scribe does not answer.
 */
int nb_scribe_remove(struct nb_scribe *scribe, int sink);

/* Gives an event to the sinks of the bits in `sinks`. */
void nb_scribe_take(struct nb_scribe *scribe, uint32_t sinks,
                    const struct nb_trace_event *event);

/* Finishes every file and waits for the process to end. */
void nb_scribe_finish(struct nb_scribe *scribe);

#endif
