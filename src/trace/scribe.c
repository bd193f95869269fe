/* The process that writes the files of a trace: see scribe.h. */
#include "trace/scribe.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "trace/event.h"
#include "util/list.h"

enum what { EVENT, ADD, REMOVE };

enum { DONE = '!' }; /* the scribe's last word: all is written */

enum { LOOKS = 50 }; /* at the ring, one a millisecond, before it sleeps */

/* What comes through the ring; behind an event are its bytes. */
struct frame {
    enum what what;
    uint32_t sinks; /* a bit for each; of ADD and REMOVE one */
    union {
        struct nb_trace_event event;
        struct {
            enum nb_trace_format format;
            struct nb_trace_options options;
            char name[NB_SCRIBE_NAME];
            char title[NB_SCRIBE_TITLE];
        } add;
    } u;
};

/* The scribe's own half. */
struct writer {
    struct nb_ring *ring;
    int channel;
    bool orphaned; /* the program has ended: nothing more will come */
    int handed[NB_SCRIBE_SINKS]; /* files that have come before their frames */
    size_t handed_count;
    struct nb_trace_sink *sinks[NB_SCRIBE_SINKS];
    char names[NB_SCRIBE_SINKS][NB_SCRIBE_NAME];
    char titles[NB_SCRIBE_SINKS][NB_SCRIBE_TITLE];
};

/* A message of one byte, with room for a descriptor. */
struct letter {
    struct mmsghdr message;
    struct iovec iov;
    char byte;
    _Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int))];
};

/* Prepares the caller's storage, which must not move. */
static void lay_out(struct letter *letter)
{
    *letter = (struct letter){.byte = 0};
    letter->iov = (struct iovec){&letter->byte, 1};
    letter->message.msg_hdr = (struct msghdr){
        .msg_iov = &letter->iov,
        .msg_iovlen = 1,
        .msg_control = letter->control,
        .msg_controllen = sizeof letter->control,
    };
}

/* Waits for a message, and keeps the file that may be in it. */
static void receive(struct writer *self)
{
    struct letter letter;

    lay_out(&letter);
    ssize_t got = recvmsg(self->channel, &letter.message.msg_hdr, 0);

    if (got == 0 || (got < 0 && errno != EINTR))
        self->orphaned = true;
    const struct cmsghdr *header = CMSG_FIRSTHDR(&letter.message.msg_hdr);
    if (got > 0 && header != NULL && header->cmsg_type == SCM_RIGHTS &&
        self->handed_count < NB_SCRIBE_SINKS)
        memcpy(&self->handed[self->handed_count++], CMSG_DATA(header),
               sizeof(int));
}

/* The next file, or -1 where there will be none. */
static int next_file(struct writer *self)
{
    while (self->handed_count == 0 && !self->orphaned)
        receive(self);
    if (self->handed_count == 0)
        return -1;
    int fd = self->handed[0];
    memmove(self->handed, self->handed + 1,
            --self->handed_count * sizeof *self->handed);
    return fd;
}

static int finish(struct writer *self, int at)
{
    struct nb_trace_sink *sink = self->sinks[at];

    self->sinks[at] = NULL;
    if (sink == NULL)
        return 0;
    int error = sink->ops->finish(sink);
    if (error < 0)
        fprintf(stderr, "netbox: trace '%s': %s\n", self->names[at],
                strerror(-error));
    return error;
}

static void add(struct writer *self, const struct frame *frame)
{
    int at = __builtin_ctz(frame->sinks);
    struct nb_trace_options options = frame->u.add.options;
    int fd = next_file(self);

    if (fd < 0)
        return;
    memcpy(self->names[at], frame->u.add.name, NB_SCRIBE_NAME);
    memcpy(self->titles[at], frame->u.add.title, NB_SCRIBE_TITLE);
    options.title = self->titles[at];
    self->sinks[at] = nb_trace_sink_new(frame->u.add.format, fd, &options);
    if (self->sinks[at] == NULL)
        fprintf(stderr, "netbox: trace '%s': not enough memory\n",
                self->names[at]);
}

static void write_event(struct writer *self, const struct frame *frame)
{
    struct nb_trace_event event = frame->u.event;

    event.data = frame + 1;
    for (int at = 0; at < NB_SCRIBE_SINKS; at++) {
        struct nb_trace_sink *sink = self->sinks[at];
        if (sink != NULL && (frame->sinks >> at & 1) != 0)
            sink->ops->take(sink, &event);
    }
}

static void obey(struct writer *self, const struct frame *frame)
{
    switch (frame->what) {
    case EVENT:
        write_event(self, frame);
        break;
    case ADD:
        add(self, frame);
        break;
    case REMOVE:
        atomic_store(&self->ring->shared->error,
                     finish(self, __builtin_ctz(frame->sinks)));
        atomic_fetch_add(&self->ring->shared->done, 1);
        send(self->channel, "", 1, MSG_NOSIGNAL | MSG_DONTWAIT);
        break;
    }
}

/* Writes all that has come. Files are as new as the last of it. */
static void drain(struct writer *self)
{
    struct nb_ring_shared *shared = self->ring->shared;
    const struct frame *frame = NULL;
    size_t len = 0;

    while ((frame = nb_ring_look(self->ring, &len)) != NULL) {
        obey(self, frame);
        nb_ring_next(self->ring);
        if (atomic_load(&shared->full) && nb_ring_has_room(self->ring)) {
            atomic_store(&shared->full, false);
            send(self->channel, "", 1, MSG_NOSIGNAL | MSG_DONTWAIT);
        }
    }
    for (int at = 0; at < NB_SCRIBE_SINKS; at++) {
        if (self->sinks[at] != NULL)
            nb_out_flush(&self->sinks[at]->out);
    }
}

/*
 * Sleeps until there is more. For a while it looks by itself, so that a program
 * that is busy need not wake it for each event.
 */
static void await(struct writer *self)
{
    struct pollfd channel = {.fd = self->channel, .events = POLLIN};
    struct nb_ring_shared *shared = self->ring->shared;
    size_t len = 0;

    for (int i = 0; i < LOOKS; i++) {
        if (poll(&channel, 1, 1) > 0) {
            receive(self);
            return;
        }
        if (nb_ring_look(self->ring, &len) != NULL)
            return;
    }
    atomic_store(&shared->idle, true);
    if (nb_ring_look(self->ring, &len) == NULL)
        receive(self);
    atomic_store(&shared->idle, false);
}

/* What this process is, from its beginning to its end. */
static void write_all(struct writer *self)
{
    static const char done = DONE;

    while (!self->orphaned) {
        drain(self);
        await(self);
    }
    drain(self);
    for (int at = 0; at < NB_SCRIBE_SINKS; at++)
        finish(self, at);
    send(self->channel, &done, 1, MSG_NOSIGNAL);
}

/* A signal that ends the program is for the program: its files are not. */
static void become_scribe(int channel)
{
    static const int ignored[] = {SIGINT,  SIGTERM, SIGHUP, SIGQUIT,
                                  SIGPIPE, SIGUSR1, SIGXFSZ};

    for (size_t i = 0; i < NB_COUNTOF(ignored); i++)
        signal(ignored[i], SIG_IGN);
    setsid(); /* nor is what is sent to all of its group */
    if (dup2(channel, STDIN_FILENO) < 0 ||
        close_range(STDERR_FILENO + 1, ~0U, 0) < 0)
        _exit(1);
    close(STDOUT_FILENO);
}

int nb_scribe_start(struct nb_scribe *scribe, void (*confine)(void))
{
    int ends[2];

    *scribe = (struct nb_scribe){.channel = -1};
    int rc = nb_ring_init(&scribe->ring, NB_SCRIBE_RING);
    if (rc < 0)
        return rc;
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0) {
        rc = -errno;
        nb_ring_deinit(&scribe->ring);
        return rc;
    }
    scribe->pid = fork();
    if (scribe->pid == 0) {
        struct writer writer = {.ring = &scribe->ring, .channel = STDIN_FILENO};
        become_scribe(ends[1]);
        confine();
        write_all(&writer);
        _exit(0);
    }
    rc = scribe->pid < 0 ? -errno : 0;
    close(ends[1]);
    scribe->channel = ends[0];
    if (rc < 0) {
        close(ends[0]);
        nb_ring_deinit(&scribe->ring);
    }
    return rc;
}

/* Wakes the scribe if it sleeps. */
static void wake(struct nb_scribe *scribe)
{
    if (atomic_exchange(&scribe->ring.shared->idle, false))
        send(scribe->channel, "", 1, MSG_NOSIGNAL | MSG_DONTWAIT);
}

/* Waits a little for word from the scribe. */
static void listen_to(const struct nb_scribe *scribe)
{
    struct pollfd channel = {.fd = scribe->channel, .events = POLLIN};
    char byte = 0;

    if (poll(&channel, 1, NB_SCRIBE_PATIENCE) > 0)
        recv(scribe->channel, &byte, 1, MSG_DONTWAIT);
}

/* Waits a little for room. */
static void wait_for_room(struct nb_scribe *scribe)
{
    char byte = 0;

    while (recv(scribe->channel, &byte, 1, MSG_DONTWAIT) > 0)
        continue; /* word of what is over */
    atomic_store(&scribe->ring.shared->full, true);
    wake(scribe);
    if (!nb_ring_has_room(&scribe->ring))
        listen_to(scribe);
}

/* Puts a frame; false if there was no room in time. */
static bool put(struct nb_scribe *scribe, const struct frame *frame,
                const void *data, size_t len)
{
    if (!nb_ring_takes(&scribe->ring, sizeof *frame + len))
        return false;
    if (nb_ring_put(&scribe->ring, frame, sizeof *frame, data, len)) {
        wake(scribe);
        return true;
    }
    if (scribe->behind)
        return false;
    wait_for_room(scribe);
    if (!nb_ring_has_room(&scribe->ring)) /* a little room is none: else it */
        return false;                     /* would wait for every frame */
    bool done = nb_ring_put(&scribe->ring, frame, sizeof *frame, data, len);
    wake(scribe);
    return done;
}

/* The same for what must not get lost: waits as long as it takes. */
static bool put_surely(struct nb_scribe *scribe, const struct frame *frame)
{
    scribe->behind = false;
    for (int i = 0; i < NB_SCRIBE_TRIES; i++) {
        if (put(scribe, frame, NULL, 0))
            return true;
    }
    return false;
}

/* Hands the descriptor over. Returns 0 or a negative errno. */
static int hand_over(const struct nb_scribe *scribe, int fd)
{
    struct letter letter;

    lay_out(&letter);
    struct cmsghdr *header = CMSG_FIRSTHDR(&letter.message.msg_hdr);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof fd);
    memcpy(CMSG_DATA(header), &fd, sizeof fd);
    /* The one call for it that the second wall has in it (guard/seccomp). */
    return sendmmsg(scribe->channel, &letter.message, 1, MSG_NOSIGNAL) < 0
               ? -errno
               : 0;
}

int nb_scribe_add(struct nb_scribe *scribe, int fd, const char *name,
                  enum nb_trace_format format,
                  const struct nb_trace_options *options)
{
    struct frame frame = {.what = ADD};
    bool takes = !scribe->deaf && scribe->sinks != UINT32_MAX;
    int rc = takes ? hand_over(scribe, fd) : -EMFILE;

    if (rc < 0)
        return rc;
    int at = __builtin_ctz(~scribe->sinks);
    frame.sinks = UINT32_C(1) << at;
    frame.u.add.format = format;
    frame.u.add.options = *options;
    snprintf(frame.u.add.name, NB_SCRIBE_NAME, "%s", name);
    snprintf(frame.u.add.title, NB_SCRIBE_TITLE, "%s",
             options->title == NULL ? "" : options->title);
    scribe->deaf = !put_surely(scribe, &frame);
    if (scribe->deaf)
        return -ENOBUFS;
    close(fd);
    scribe->sinks |= frame.sinks;
    return at;
}

/* What says how many events are missing in front of `event`. */
static struct frame confession(const struct nb_scribe *scribe,
                               const struct nb_trace_event *event)
{
    return (struct frame){
        .what = EVENT,
        .sinks = scribe->sinks,
        .u.event = {.kind = NB_TRACE_DROPPED,
                    .number = event->number,
                    .time = event->time,
                    .count = scribe->dropped},
    };
}

/* Says at the end what could not be said before. */
static void settle(struct nb_scribe *scribe)
{
    const struct nb_trace_event last = {.number = scribe->last_number,
                                        .time = scribe->last_time};
    struct frame frame = confession(scribe, &last);

    if (scribe->dropped > 0 && put_surely(scribe, &frame))
        scribe->dropped = 0;
}

int nb_scribe_remove(struct nb_scribe *scribe, int sink)
{
    struct frame frame = {.what = REMOVE, .sinks = UINT32_C(1) << sink};
    struct nb_ring_shared *shared = scribe->ring.shared;
    uint64_t done = atomic_load(&shared->done);

    settle(scribe);
    if (!put_surely(scribe, &frame))
        return -ETIMEDOUT;
    scribe->sinks &= ~frame.sinks;
    for (int i = 0; i < NB_SCRIBE_TRIES; i++) {
        if (atomic_load(&shared->done) != done)
            return atomic_load(&shared->error);
        listen_to(scribe);
    }
    return -ETIMEDOUT;
}

/* Says it; false if there was no room. */
static bool confess(struct nb_scribe *scribe,
                    const struct nb_trace_event *event)
{
    struct frame frame = confession(scribe, event);

    if (!put(scribe, &frame, NULL, 0))
        return false;
    scribe->dropped = 0;
    return true;
}

void nb_scribe_take(struct nb_scribe *scribe, uint32_t sinks,
                    const struct nb_trace_event *event)
{
    struct frame frame = {.what = EVENT, .sinks = sinks, .u.event = *event};

    if (scribe->behind && nb_ring_has_room(&scribe->ring))
        scribe->behind = false;
    if ((scribe->dropped > 0 && !confess(scribe, event)) ||
        !put(scribe, &frame, event->data, event->len)) {
        scribe->behind = true;
        scribe->dropped++;
    }
    scribe->last_number = event->number;
    scribe->last_time = event->time;
}

void nb_scribe_finish(struct nb_scribe *scribe)
{
    char byte = 0;

    bool whole = false;

    settle(scribe);
    shutdown(scribe->channel, SHUT_WR);
    while (recv(scribe->channel, &byte, 1, 0) > 0)
        whole = byte == DONE; /* until it has ended */
    if (!whole)
        fputs("netbox: the traces may not be whole: what writes them has "
              "ended early\n",
              stderr);
    close(scribe->channel);
    nb_ring_deinit(&scribe->ring);
}
