/* Datagrams by the batch: see batch.h. */
#include "net/batch.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "net/extra.h"
#include "net/gate.h"
#include "net/socket.h"
#include "util/alloc.h"

enum {
    MANY = NB_NET_MANY,
    FEW = 4,      /* datagrams in a row before the next come by the batch */
    SHORT = 1472, /* bytes that fit into a frame of Ethernet */
    LARGEST = 65536,
    SLOT = LARGEST + 192, /* so that not all begin in one set of a cache */
};

/* Where the datagrams of a batch are; of those received few pages are used. */
struct nb_arena {
    struct nb_batch *receiving; /* who has datagrams in `in`, or NULL */
    struct nb_batch *sending;   /* who has datagrams in `out`, or NULL */
    size_t first;               /* of those in `in` that were not handed out */
    size_t received;
    size_t leaving;
    struct nb_packet in[MANY];
    struct nb_packet out[MANY];
    char out_bytes[MANY][SHORT];
    char in_bytes[MANY][SLOT];
};

/* Before the bytes of each datagram in a buffer. */
struct head {
    struct nb_addr addr;
    size_t len;
};

static bool is_suitable(const struct nb_socket *sock)
{
    return sock->type == SOCK_DGRAM && sock->family != AF_UNIX &&
           sock->proto != IPPROTO_ICMP && sock->proto != IPPROTO_ICMPV6;
}

/* Hands a datagram out. Returns its length, as it was asked for. */
static int hand_out(const struct nb_packet *packet, void *data, size_t len,
                    struct nb_received *info)
{
    if (len > packet->len)
        len = packet->len;
    memcpy(data, packet->data, len);
    info->from = packet->addr;
    info->ttl = -1;
    return (int)len;
}

/* The next datagram in the arena. */
static int take(struct nb_arena *arena, void *data, size_t len,
                struct nb_received *info)
{
    const struct nb_packet *packet = &arena->in[arena->first++];

    if (arena->first == arena->received)
        arena->receiving = NULL;
    return hand_out(packet, data, len, info);
}

/* The next datagram that had to leave the arena. */
static int take_kept(struct nb_buf *in, void *data, size_t len,
                     struct nb_received *info)
{
    struct head head;

    memcpy(&head, nb_buf_bytes(in), sizeof head);
    const struct nb_packet packet = {
        .data = (char *)(uintptr_t)nb_buf_bytes(in) + sizeof head,
        .len = head.len,
        .addr = head.addr,
    };
    int got = hand_out(&packet, data, len, info);
    nb_buf_drop(in, sizeof head + head.len);
    return got;
}

/* Makes the arena free for another socket. 0 or -ENOMEM. */
static int move_out(struct nb_arena *arena)
{
    struct nb_batch *batch = arena->receiving;
    size_t size = 0;
    char *place = NULL;

    if (batch == NULL)
        return 0;
    for (size_t i = arena->first; i < arena->received; i++)
        size += sizeof(struct head) + arena->in[i].len;
    int rc = nb_buf_room(&batch->in, size, &place);
    if (rc < 0)
        return rc;
    for (size_t i = arena->first; i < arena->received; i++) {
        const struct nb_packet *packet = &arena->in[i];
        const struct head head = {packet->addr, packet->len};
        memcpy(place, &head, sizeof head);
        memcpy(place + sizeof head, packet->data, packet->len);
        place += sizeof head + packet->len;
    }
    nb_buf_grow(&batch->in, size);
    arena->receiving = NULL;
    return 0;
}

/* The first `count` datagrams are gone. */
static void drop(struct nb_arena *arena, size_t count)
{
    arena->leaving -= count;
    for (size_t i = 0; i < arena->leaving; i++) {
        struct nb_packet *packet = &arena->out[i];
        void *place = packet->data;
        *packet = arena->out[i + count];
        packet->data = memcpy(place, packet->data, packet->len);
    }
    if (arena->leaving == 0)
        arena->sending = NULL;
}

/* One that was to leave late cannot: as if it had never been counted. */
static void note_error(struct nb_batch *batch, int err, size_t len)
{
    batch->sock->sent -= len;
    if (batch->error == 0)
        batch->error = err;
}

int nb_batch_flush(struct nb_batch *batch)
{
    struct nb_net *net = batch->sock->net;
    struct nb_arena *arena = net->arena;

    while (arena->sending == batch) {
        int sent =
            nb_gate_sendmmsg(net, batch->sock->fd, arena->out, arena->leaving);
        if (sent == -EAGAIN)
            return sent;
        if (sent < 0)
            note_error(batch, sent, arena->out[0].len);
        drop(arena, sent < 0 ? 1 : (size_t)sent);
    }
    return 0;
}

/* The turn ends. What the kernel has no room for leaves when it has. */
static void end_turn(struct nb_deferred *end)
{
    struct nb_batch *batch = NB_CONTAINER_OF(end, struct nb_batch, end);

    batch->open = false;
    if (nb_batch_flush(batch) == 0)
        return;
    nb_iowait_rouse(&batch->sock->io, NB_WRITE);
    nb_runtime_defer(batch->sock->net->rt, end);
}

static struct nb_arena *new_arena(void)
{
    struct nb_arena *arena = nb_malloc(sizeof *arena);

    if (arena == NULL)
        return NULL;
    arena->receiving = NULL;
    arena->sending = NULL;
    arena->leaving = 0;
    for (size_t i = 0; i < MANY; i++)
        arena->out[i].data = arena->out_bytes[i];
    return arena;
}

static struct nb_batch *new_batch(struct nb_socket *sock)
{
    struct nb_batch *batch = nb_calloc(1, sizeof *batch);

    if (batch == NULL)
        return NULL;
    batch->sock = sock;
    batch->end.run = end_turn;
    nb_list_init(&batch->end.link);
    nb_buf_init(&batch->in);
    return batch;
}

/* Makes what a busy socket needs, free for it. 0 or -ENOMEM. */
static int prepare(struct nb_socket *sock)
{
    if (sock->net->arena == NULL)
        sock->net->arena = new_arena();
    if (sock->net->arena == NULL)
        return -ENOMEM;
    struct nb_extra *extra = nb_extra_need(sock);
    if (extra == NULL)
        return -ENOMEM;
    if (extra->batch == NULL)
        extra->batch = new_batch(sock);
    return extra->batch == NULL ? -ENOMEM : move_out(sock->net->arena);
}

/* Fills the arena. How many have come, or an error. */
static int receive_many(struct nb_socket *sock, struct nb_arena *arena)
{
    for (size_t i = 0; i < MANY; i++) {
        arena->in[i].data = arena->in_bytes[i];
        arena->in[i].len = LARGEST;
    }
    int count = nb_gate_recvmmsg(sock->net, sock->fd, arena->in, MANY);
    if (count < 0)
        return count;
    struct nb_batch *batch = sock->extra->batch;
    arena->receiving = batch;
    arena->first = 0;
    arena->received = (size_t)count;
    sock->drained = count < MANY;
    for (int i = 0; i < count; i++) {
        if (count == 1 || arena->in[i].len > SHORT)
            sock->streak = 0;
    }
    if (sock->streak > 0) {
        batch->open = true;
        nb_runtime_defer(sock->net->rt, &batch->end);
    }
    return count;
}

static int receive_one(struct nb_socket *sock, void *data, size_t len,
                       struct nb_received *info)
{
    int got = nb_gate_recv(sock->net, sock->fd, data, len, info);

    sock->drained = false;
    if (got < 0 || got > SHORT)
        sock->streak = 0;
    else if (sock->streak < FEW && is_suitable(sock))
        sock->streak++;
    return got;
}

int nb_batch_receive(struct nb_socket *sock, void *data, size_t len,
                     struct nb_received *info)
{
    struct nb_batch *batch = nb_extra_of(sock)->batch;

    if (batch != NULL) {
        if (batch->in.len > 0)
            return take_kept(&batch->in, data, len, info);
        if (sock->net->arena->receiving == batch)
            return take(sock->net->arena, data, len, info);
        nb_batch_flush(batch);
    }
    /* Who listens wants each when it comes and goes, and by whom. */
    if (sock->streak < FEW || nb_bus_heard(&sock->net->rt->bus) ||
        prepare(sock) < 0)
        return receive_one(sock, data, len, info);
    int count = receive_many(sock, sock->net->arena);
    return count < 0 ? count : take(sock->net->arena, data, len, info);
}

/* Neighbours, and the ports of one of them, have places of their own. */
static struct nb_batch_peer *peer_at(struct nb_batch *batch,
                                     const struct nb_addr *addr)
{
    unsigned last = nb_addr_family(addr) == AF_INET
                        ? ntohl(addr->u.in.sin_addr.s_addr)
                        : addr->u.in6.sin6_addr.s6_addr[15];

    return &batch->peers[(last + nb_addr_port(addr)) % NB_BATCH_PEERS];
}

/* True if the same was sent before: what can go wrong has not. */
static bool is_proven(struct nb_batch *batch, size_t len,
                      const struct nb_addr *to)
{
    if (len > batch->proven)
        return false;
    const struct nb_batch_peer *peer = peer_at(batch, to);
    return peer->len == to->len && memcmp(peer->addr, &to->u, to->len) == 0;
}

static void remember(struct nb_batch *batch, size_t len,
                     const struct nb_addr *to)
{
    if (len <= SHORT && len > batch->proven)
        batch->proven = len;
    struct nb_batch_peer *peer = peer_at(batch, to);
    peer->len = to->len;
    memcpy(peer->addr, &to->u, sizeof peer->addr);
}

/* Lets a datagram leave later. False if what came before is in the way. */
static bool delay(struct nb_batch *batch, const void *data, size_t len,
                  const struct nb_addr *to)
{
    struct nb_arena *arena = batch->sock->net->arena;

    if (arena->sending != NULL &&
        (arena->sending != batch || arena->leaving == MANY) &&
        nb_batch_flush(arena->sending) < 0)
        return false;
    struct nb_packet *packet = &arena->out[arena->leaving++];
    memcpy(packet->data, data, len);
    packet->len = len;
    packet->addr = *to;
    arena->sending = batch;
    return true;
}

/* Sends what is to leave before the next; 0, or its error, or -EAGAIN. */
static int catch_up(struct nb_batch *batch)
{
    int rc = nb_batch_flush(batch);

    if (rc < 0)
        return rc;
    rc = batch->error;
    batch->error = 0;
    return rc;
}

int nb_batch_send(struct nb_socket *sock, const void *data, size_t len,
                  const struct nb_addr *to)
{
    struct nb_batch *batch = nb_extra_of(sock)->batch;

    if (batch == NULL)
        return nb_gate_send(sock->net, sock->fd, data, len, to);
    if (batch->open && batch->error == 0 && to != NULL &&
        is_proven(batch, len, to) && delay(batch, data, len, to))
        return (int)len;
    int rc = catch_up(batch);
    if (rc < 0)
        return rc;
    rc = nb_gate_send(sock->net, sock->fd, data, len, to);
    if (rc >= 0 && to != NULL)
        remember(batch, len, to);
    return rc;
}

bool nb_batch_is_ahead(const struct nb_socket *sock)
{
    const struct nb_batch *batch = nb_extra_of(sock)->batch;

    return batch != NULL &&
           (batch->in.len > 0 || sock->net->arena->receiving == batch);
}

void nb_batch_end(struct nb_socket *sock)
{
    struct nb_batch *batch = nb_extra_of(sock)->batch;

    sock->streak = 0;
    if (batch == NULL)
        return;
    sock->extra->batch = NULL;
    struct nb_arena *arena = sock->net->arena;
    nb_batch_flush(batch);
    if (arena->sending == batch)
        drop(arena, arena->leaving); /* there is no room for it */
    if (arena->receiving == batch)
        arena->receiving = NULL;
    nb_list_remove(&batch->end.link);
    nb_buf_deinit(&batch->in);
    nb_free(batch);
}

void nb_batch_free_arena(struct nb_arena *arena)
{
    nb_free(arena);
}
