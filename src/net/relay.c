/* Moves bytes between two streams: see relay.h. */
#include "net/relay.h"

#include <errno.h>

#include "core/loop.h"
#include "core/runtime.h"
#include "net/extra.h"
#include "net/socket.h"
#include "util/err.h"

enum {
    READS = 16, /* of a way before it lets others run */
    BUSY = 4,   /* large reads in a row before a pipe is used */
    LARGE = 4,  /* one in so many parts of the buffer is large */
    GIVE_WAY = 1,
};

void nb_relays_init(struct nb_relays *relays, char *scratch, size_t size)
{
    *relays = (struct nb_relays){.scratch = scratch, .size = size};
    nb_pipe_init(&relays->spare);
}

static bool may_try(const struct nb_relay_way *way, struct nb_socket *sock,
                    enum nb_direction dir)
{
    return sock->fd < 0 || nb_iowait_may_try(&sock->io, dir, &way->task.waiter);
}

/* Bytes have come from or gone to the side. */
static void note(struct nb_relay_side *side)
{
    if (side->idle > 0)
        side->active = nb_loop_now(side->sock->net->rt->loop);
}

static void note_delivered(struct nb_relay_way *way, size_t len)
{
    way->moved += len;
    if (len > 0)
        note(way->to);
}

/* A pipe that is empty can be of use to others. */
static void put_pipe(struct nb_relay_way *way)
{
    struct nb_relays *relays = way->relay->relays;

    if (nb_pipe_is_open(&way->pipe) && way->pipe.len == 0 &&
        !nb_pipe_is_open(&relays->spare)) {
        relays->spare = way->pipe;
        nb_pipe_init(&way->pipe);
    }
    nb_pipe_close(&way->pipe, way->from->sock->net);
}

static int take_pipe(struct nb_relay_way *way)
{
    struct nb_relays *relays = way->relay->relays;

    if (!nb_pipe_is_open(&relays->spare))
        return nb_pipe_open(&way->pipe, way->from->sock->net);
    way->pipe = relays->spare;
    nb_pipe_init(&relays->spare);
    return 0;
}

/* What is in the pipe goes the other way to be sent. */
static int stop_splicing(struct nb_relay_way *way)
{
    int rc = nb_pipe_empty(&way->pipe, way->from->sock->net, &way->kept);

    way->unspliced = true;
    if (rc == 0)
        put_pipe(way);
    return rc;
}

/* Sends what is in the pipe. 0 when it is empty, what it wants, or an error. */
static int pour(struct nb_relay_way *way)
{
    struct nb_socket *sock = way->to->sock;

    if (!may_try(way, sock, NB_WRITE))
        return NB_WANT_WRITE;
    int n = nb_pipe_pour(&way->pipe, sock);
    if (n == -EINVAL)
        return stop_splicing(way);
    if (n < 0)
        return n;
    note_delivered(way, (size_t)n);
    if (way->pipe.len > 0)
        return NB_WANT_WRITE;
    put_pipe(way);
    return 0;
}

/* Sends what was kept. 0 when that is all, what it wants, or an error. */
static int send_kept(struct nb_relay_way *way)
{
    struct nb_socket *sock = way->to->sock;

    if (!may_try(way, sock, NB_WRITE))
        return NB_WANT_WRITE;
    int n = nb_socket_send(sock, nb_buf_bytes(&way->kept), way->kept.len);
    if (n < 0)
        return n;
    nb_buf_drop(&way->kept, (size_t)n);
    note_delivered(way, (size_t)n);
    return way->kept.len > 0 ? NB_WANT_WRITE : 0;
}

/* Delivers what waits for it. Then the next in line may send. */
static int deliver(struct nb_relay_way *way)
{
    int rc = 0;

    if (way->pipe.len > 0)
        rc = pour(way);
    else if (way->kept.len == 0)
        return 0;
    if (rc == 0 && way->kept.len > 0)
        rc = send_kept(way);
    if (rc == 0)
        nb_waiter_end(&way->task.waiter);
    return rc;
}

/* Sends the first bytes of the scratch space, and keeps what is left. */
static int send_read(struct nb_relay_way *way, size_t len)
{
    struct nb_socket *sock = way->to->sock;
    const char *bytes = way->relay->relays->scratch;
    int n = NB_WANT_WRITE;

    if (may_try(way, sock, NB_WRITE))
        n = nb_socket_send(sock, bytes, len);
    size_t sent = n < 0 ? 0 : (size_t)n;
    note_delivered(way, sent);
    if (sent == len)
        return 0;
    way->lost = nb_buf_append(&way->kept, bytes + sent, len - sent) < 0;
    if (way->lost)
        return -ENOMEM;
    return n < 0 ? n : NB_WANT_WRITE;
}

/* A read has succeeded: the next in line may try. */
static void note_read(struct nb_relay_way *way)
{
    note(way->from);
    nb_waiter_end(&way->task.waiter);
}

/* A few pages cost less to copy than to hand over. */
static void note_size(struct nb_relay_way *way, size_t len)
{
    if (len >= way->relay->relays->size / LARGE)
        way->large++;
    else
        way->large = 0;
}

static int pass_copied(struct nb_relay_way *way)
{
    const struct nb_relays *relays = way->relay->relays;
    int n = nb_socket_recv(way->from->sock, relays->scratch, relays->size);

    if (n < 0)
        return n;
    note_size(way, (size_t)n);
    note_read(way);
    return send_read(way, (size_t)n);
}

static int pass_spliced(struct nb_relay_way *way)
{
    size_t size = way->relay->relays->size;
    int n = nb_pipe_fill(&way->pipe, way->from->sock, size);

    if (n < 0) {
        put_pipe(way);
        if (n != -EINVAL)
            return n;
        way->unspliced = true;
        return pass_copied(way);
    }
    note_size(way, (size_t)n);
    note_read(way);
    return pour(way);
}

/* True if the way is busy and has a pipe now. */
static bool can_splice(struct nb_relay_way *way)
{
    if (way->large < BUSY || way->unspliced ||
        nb_reader_len(&nb_extra_of(way->from->sock)->reader) > 0)
        return false;
    if (take_pipe(way) == 0)
        return true;
    way->large = 0; /* after as many reads a descriptor may be free */
    return false;
}

/* Reads once and sends what came. 0, what it wants, or an error. */
static int pass(struct nb_relay_way *way, bool woken)
{
    struct nb_socket *sock = way->from->sock;
    bool drained = sock->drained && !woken && !nb_socket_is_ahead(sock);

    if (drained || !may_try(way, sock, NB_READ))
        return NB_WANT_READ;
    int rc = can_splice(way) ? pass_spliced(way) : pass_copied(way);
    if (rc != NB_EOF)
        return rc;
    way->ended = true;
    return 0;
}

/* Passes the end of the stream on. */
static int finish(struct nb_relay_way *way)
{
    int rc = nb_socket_shutdown(way->to->sock, SHUT_WR);

    way->over = true;
    nb_waiter_end(&way->task.waiter);
    return rc == -ENOTCONN ? -EPIPE : rc; /* it was connected: it is gone */
}

/*
 * Moves what can be moved now. 0 when the way is over; GIVE_WAY if there may
 * be more; what it wants; or an error.
 */
static int move(struct nb_relay_way *way, bool woken)
{
    for (int i = 0; i < READS; i++) {
        int rc = deliver(way);
        if (rc == 0 && way->ended)
            return finish(way);
        if (rc == 0)
            rc = pass(way, woken);
        if (rc < 0)
            return rc;
        woken = false;
    }
    return GIVE_WAY;
}

/* Waits for a side until `deadline`. 0 or an error. */
static int wait_until(struct nb_relay_way *way, struct nb_relay_side *side,
                      int64_t deadline)
{
    struct nb_wait wait = {
        .deadline = deadline,
        .what = "relay",
        .object = side->sock,
    };

    return nb_iowait_begin(&side->sock->io,
                           side == way->from ? NB_READ : NB_WRITE,
                           &way->task.waiter, &wait);
}

/* Waits for what the way wants. 0 or an error. */
static int wait(struct nb_relay_way *way, int want)
{
    struct nb_relay_side *side = want == NB_WANT_READ ? way->from : way->to;
    int64_t deadline = NB_NEVER;

    if (side->idle == 0)
        return -EAGAIN;
    if (side->idle > 0)
        deadline = nb_loop_now(way->task.rt->loop) + side->idle;
    return wait_until(way, side, deadline);
}

/* The time is up, unless bytes have moved on that side in the other way. */
static int wait_on(struct nb_relay_way *way)
{
    bool writes =
        nb_iowait_is_in(&way->to->sock->io, NB_WRITE, &way->task.waiter);
    struct nb_relay_side *side = writes ? way->to : way->from;
    int64_t deadline = side->active + side->idle;

    if (deadline <= nb_loop_now(way->task.rt->loop))
        return -ETIMEDOUT;
    return wait_until(way, side, deadline);
}

/* One turn of a way. 0, or the error that ends the relay. */
static int turn(struct nb_relay_way *way)
{
    const struct nb_waiter *waiter = &way->task.waiter;
    const struct nb_iowait *from = &way->from->sock->io;

    if (waiter->status == -ETIMEDOUT)
        return wait_on(way);
    if (waiter->status < 0)
        return waiter->status;
    bool woken = waiter->status == 0 && nb_iowait_is_in(from, NB_READ, waiter);
    int rc = move(way, woken);
    if (nb_err_wants(rc))
        return wait(way, rc);
    if (rc == GIVE_WAY) {
        nb_waiter_end(&way->task.waiter);
        nb_task_ready(&way->task);
        rc = 0;
    }
    return rc;
}

/*
 * Runs a way. When one fails, the other delivers what has come without
 * waiting, and that is the end.
 */
static void run(struct nb_relay_way *way)
{
    struct nb_relay *relay = way->relay;
    struct nb_relay_way *other = &relay->ways[way == &relay->ways[0]];
    int rc = turn(way);

    if (rc == 0 || relay->status < 0)
        return;
    relay->status = rc;
    if (!other->over)
        move(other, true);
}

static bool is_over(const struct nb_relay *relay)
{
    return relay->status < 0 || (relay->ways[0].over && relay->ways[1].over);
}

static void run_task(struct nb_task *task)
{
    struct nb_relay_way *way = NB_CONTAINER_OF(task, struct nb_relay_way, task);
    struct nb_relay *relay = way->relay;

    if (nb_waiter_first(&relay->waiters) == NULL) {
        nb_relay_stop(relay);
        return;
    }
    run(way);
    if (!is_over(relay))
        return;
    nb_relay_stop(relay);
    nb_waiter_complete_first(&relay->waiters, 0);
}

/* How long a wait may be, by the time-outs of the socket. */
static int64_t idle_of(const struct nb_socket *sock)
{
    const struct nb_extra *extra = nb_extra_of(sock);

    return extra->total == 0 ? 0 : extra->block;
}

void nb_relay_init(struct nb_relay *relay, struct nb_relays *relays,
                   struct nb_socket *a, struct nb_socket *b)
{
    *relay = (struct nb_relay){
        .relays = relays,
        .sides = {{.sock = a}, {.sock = b}},
    };
    nb_list_init(&relay->waiters);
    for (int i = 0; i < 2; i++) {
        struct nb_relay_way *way = &relay->ways[i];
        way->relay = relay;
        way->from = &relay->sides[i];
        way->to = &relay->sides[1 - i];
        nb_buf_init(&way->kept);
        nb_pipe_init(&way->pipe);
        nb_task_init(&way->task, a->net->rt, run_task);
    }
}

/* 0 if the socket can be relayed. */
static int check(struct nb_socket *sock)
{
    struct nb_addr peer;

    return sock->connected ? 0 : nb_socket_peer(sock, &peer);
}

int nb_relay_start(struct nb_relay *relay)
{
    const struct nb_runtime *rt = relay->ways[0].task.rt;
    int rc = check(relay->sides[0].sock);

    if (rc == 0)
        rc = check(relay->sides[1].sock);
    if (rc < 0)
        return rc;
    for (int i = 0; i < 2; i++) {
        struct nb_relay_side *side = &relay->sides[i];
        side->idle = idle_of(side->sock);
        relay->ways[i].task.id = rt->current == NULL ? 0 : rt->current->id;
    }
    relay->running = true;
    relay->relays->running++;
    for (int i = 0; i < 2 && !is_over(relay); i++)
        run(&relay->ways[i]);
    if (!is_over(relay))
        return NB_WANT_READ;
    nb_relay_stop(relay);
    return relay->status;
}

/*
 * What was not delivered goes back to where it came from. Without memory for
 * it nobody shall read on as if nothing were missing.
 */
static void put_back(struct nb_relay_way *way)
{
    struct nb_socket *sock = way->from->sock;

    if (nb_pipe_empty(&way->pipe, sock->net, &way->kept) < 0)
        way->lost = true;
    put_pipe(way);
    if (way->kept.len > 0 && !sock->closed && !way->lost) {
        struct nb_extra *extra = nb_extra_need(sock);
        way->lost =
            extra == NULL || nb_reader_unread(&extra->reader, &way->kept) < 0;
        nb_iowait_wake(&sock->io, NB_READ);
    }
    nb_buf_deinit(&way->kept);
    if (way->lost)
        nb_socket_close(sock);
}

void nb_relay_stop(struct nb_relay *relay)
{
    struct nb_relays *relays = relay->relays;

    if (!relay->running)
        return;
    relay->running = false;
    for (int i = 0; i < 2; i++) {
        struct nb_relay_way *way = &relay->ways[i];
        nb_waiter_end(&way->task.waiter);
        nb_job_drop(&way->task.job, way->task.rt);
        put_back(way);
    }
    if (--relays->running == 0)
        nb_pipe_close(&relays->spare, relay->sides[0].sock->net);
}
