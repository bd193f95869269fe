/* The ends of connections, and what travels between them: see lanlink.h. */
#include "support/lanlink.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "core/loop.h"
#include "core/loop_virtual.h"
#include "core/runtime.h"

enum { PACKETS = 16 }; /* that wait to be read */

static struct lan *lan_of(struct nb_net *net)
{
    return NB_CONTAINER_OF(net, struct lan, base);
}

static const struct lan_end *look(const struct nb_net *net, int fd)
{
    return &NB_CONTAINER_OF(net, const struct lan, base)->ends[fd];
}

void lan_refresh(struct lan *lan)
{
    struct nb_loop *loop = lan->base.rt->loop;

    for (int fd = LAN_FIRST_FD; fd < LAN_FDS; fd++) {
        nb_loop_virtual_ready(loop, fd, NB_READ,
                              lan->ends[fd].roused ||
                                  lan_readable(&lan->base, fd));
        nb_loop_virtual_ready(loop, fd, NB_WRITE, lan_writable(&lan->base, fd));
    }
}

int lan_end_open(struct lan *lan, int type, const struct nb_addr *own)
{
    for (int fd = LAN_FIRST_FD; fd < LAN_FDS; fd++) {
        struct lan_end *end = &lan->ends[fd];
        if (end->open)
            continue;
        free(end->in.bytes);
        *end = (struct lan_end){
            .birth = ++lan->births,
            .type = type,
            .mate = -1,
            .parent = -1,
            .open = true,
            .own = *own,
        };
        nb_list_init(&end->packets);
        return fd;
    }
    return -EMFILE;
}

void lan_end_name(struct lan *lan, int fd)
{
    struct nb_addr *own = &lan->ends[fd].own;

    if (nb_addr_port(own) == 0)
        nb_addr_set_port(own, (uint16_t)(49152 + lan->ports++ % 16384));
}

static bool is_any(const struct nb_addr *addr)
{
    struct nb_addr any;

    nb_addr_any(&any, nb_addr_family(addr), nb_addr_port(addr));
    return memcmp(&any.u, &addr->u, addr->len) == 0;
}

static bool is_at(const struct nb_addr *own, const struct nb_addr *addr)
{
    return own->len == addr->len && nb_addr_port(own) == nb_addr_port(addr) &&
           (is_any(own) || memcmp(&own->u, &addr->u, own->len) == 0);
}

int lan_find(const struct lan *lan, int type, const struct nb_addr *addr)
{
    for (int fd = LAN_FIRST_FD; fd < LAN_FDS; fd++) {
        const struct lan_end *end = &lan->ends[fd];
        if (end->open && end->type == type && is_at(&end->own, addr) &&
            (type != SOCK_STREAM || end->listening))
            return fd;
    }
    return -1;
}

/* An address as its peer sees it: on the loopback interface. */
static struct nb_addr seen(const struct nb_addr *addr)
{
    struct nb_addr local = *addr;

    if (is_any(addr) && nb_addr_family(addr) != AF_UNIX)
        nb_addr_parse(&local,
                      nb_addr_family(addr) == AF_INET6 ? "::1" : "127.0.0.1",
                      nb_addr_port(addr));
    return local;
}

int lan_join(struct lan *lan, int fd)
{
    struct lan_end *end = &lan->ends[fd];
    int listener = lan_find(lan, SOCK_STREAM, &end->peer);

    if (listener < 0)
        return -ECONNREFUSED;
    int other = lan_end_open(lan, SOCK_STREAM, &end->peer);
    if (other < 0)
        return -ECONNREFUSED;
    lan_end_name(lan, fd);
    end->own = seen(&end->own);
    end->connected = true;
    end->mate = other;
    lan->ends[other].peer = end->own;
    lan->ends[other].connected = true;
    lan->ends[other].mate = fd;
    lan->ends[other].parent = listener;
    return 0;
}

int lan_first_child(const struct lan *lan, int fd)
{
    int first = -1;

    for (int child = LAN_FIRST_FD; child < LAN_FDS; child++) {
        const struct lan_end *end = &lan->ends[child];
        if (end->open && end->parent == fd &&
            (first < 0 || end->birth < lan->ends[first].birth))
            first = child;
    }
    return first;
}

size_t lan_room(const struct lan *lan, int fd)
{
    int mate = lan->ends[fd].mate;
    size_t used =
        mate < 0 ? 0 : lan->ends[mate].in.len + lan->ends[mate].flying;

    return used < LAN_ROOM ? LAN_ROOM - used : 0;
}

static void forget(struct lan_parcel *parcel)
{
    nb_timer_disarm(parcel->lan->base.rt, &parcel->timer);
    nb_list_remove(&parcel->link);
    free(parcel);
}

static void come_to_end(struct lan_end *end, int error)
{
    end->ended = true;
    if (error == 0)
        return;
    end->broken = true;
    end->harmed = true;
    end->error = error;
}

/* A datagram stays in its parcel. True if it does. */
static bool keep_packet(struct lan_end *end, struct lan_parcel *parcel)
{
    int count = 0;

    for (const struct nb_list *link = end->packets.next; link != &end->packets;
         link = link->next)
        count++;
    if (count == PACKETS)
        return false;
    nb_list_remove(&parcel->link);
    nb_list_push(&end->packets, &parcel->link);
    return true;
}

/* A datagram socket that has a peer hears nobody else. */
static bool is_from_peer(const struct lan_end *end,
                         const struct lan_parcel *parcel)
{
    return end->peer.len == 0 || end->mate >= 0 ||
           is_at(&end->peer, &parcel->from);
}

static void arrive(struct lan_parcel *parcel)
{
    struct lan *lan = parcel->lan;
    struct lan_end *end = &lan->ends[parcel->fd];
    bool kept = false;

    if (end->open && end->birth == parcel->birth) {
        switch (parcel->kind) {
        case LAN_BYTES:
            end->flying -= parcel->len;
            if (!end->ended)
                script_append(&end->in, parcel->bytes, parcel->len);
            break;
        case LAN_PACKET:
            kept = is_from_peer(end, parcel) && keep_packet(end, parcel);
            break;
        case LAN_END:
            come_to_end(end, 0);
            break;
        case LAN_RESET:
            come_to_end(end, -ECONNRESET);
            break;
        case LAN_SETTLED:
            end->answered = true;
            end->error = lan_join(lan, parcel->fd);
            break;
        }
    }
    if (!kept)
        forget(parcel);
    lan_refresh(lan);
}

static void on_due(struct nb_timer *timer)
{
    arrive(NB_CONTAINER_OF(timer, struct lan_parcel, timer));
}

void lan_ship(struct lan *lan, int fd, enum lan_kind kind,
              const struct script_text *data, const struct nb_addr *from)
{
    struct lan_end *end = &lan->ends[fd];
    struct nb_runtime *rt = lan->base.rt;
    size_t len = data == NULL ? 0 : data->len;
    struct lan_parcel *parcel = script_allocate(sizeof *parcel + len);

    *parcel = (struct lan_parcel){.lan = lan, .kind = kind, .fd = fd};
    parcel->birth = end->birth;
    parcel->len = len;
    if (len > 0)
        memcpy(parcel->bytes, data->bytes, len);
    if (from != NULL)
        parcel->from = seen(from);
    if (kind == LAN_BYTES)
        end->flying += len;
    nb_timer_init(&parcel->timer, on_due);
    nb_list_init(&parcel->link);
    nb_list_push(&lan->flying, &parcel->link);
    if (lan->rules.delay == NULL || lan->quiet) {
        arrive(parcel);
        return;
    }
    int64_t due = nb_loop_now(rt->loop) + lan->rules.delay(lan->rules.context);
    if (kind != LAN_PACKET && due < end->due)
        due = end->due;
    if (kind != LAN_PACKET)
        end->due = due;
    nb_timer_arm(rt, &parcel->timer, due);
}

static void drop_all(struct nb_list *parcels)
{
    while (!nb_list_empty(parcels))
        forget(NB_CONTAINER_OF(parcels->next, struct lan_parcel, link));
}

void lan_end_close(struct lan *lan, int fd)
{
    struct lan_end *end = &lan->ends[fd];
    bool unread = end->in.len > 0 || end->flying > 0;

    end->open = false;
    drop_all(&end->packets);
    for (int child; (child = lan_first_child(lan, fd)) >= 0;) {
        lan->ends[child].flying = 1; /* nobody will read it */
        lan_end_close(lan, child);
    }
    if (end->mate < 0)
        return;
    lan->ends[end->mate].mate = -1;
    lan_ship(lan, end->mate, unread ? LAN_RESET : LAN_END, NULL, NULL);
}

void lan_quiet(struct nb_net *net)
{
    struct lan *lan = lan_of(net);

    lan->quiet = true;
    nb_timer_disarm(net->rt, &lan->answer);
    zone_answer(&lan->zone, -ECANCELED);
    drop_all(&lan->flying);
    for (int fd = LAN_FIRST_FD; fd < LAN_FDS; fd++) {
        if (lan->ends[fd].open)
            drop_all(&lan->ends[fd].packets);
    }
}

void lan_break(struct nb_net *net, int fd)
{
    struct lan *lan = lan_of(net);
    struct lan_end *end = &lan->ends[fd];

    if (end->type != SOCK_STREAM)
        return;
    end->ended = end->broken = end->harmed = true;
    if (end->mate >= 0) {
        lan->ends[end->mate].mate = -1;
        lan_ship(lan, end->mate, LAN_RESET, NULL, NULL);
    }
    end->mate = -1;
    lan_refresh(lan);
}

void lan_rouse(struct nb_net *net, int fd)
{
    struct lan *lan = lan_of(net);

    lan->ends[fd].roused = lan->ends[fd].open;
    lan_refresh(lan);
}

bool lan_readable(const struct nb_net *net, int fd)
{
    const struct lan *lan = NB_CONTAINER_OF(net, const struct lan, base);
    const struct lan_end *end = &lan->ends[fd];

    if (!end->open || end->connecting)
        return false;
    return end->in.len > 0 || end->ended || end->error != 0 ||
           !nb_list_empty(&end->packets) ||
           (end->listening && lan_first_child(lan, fd) >= 0);
}

bool lan_writable(const struct nb_net *net, int fd)
{
    const struct lan *lan = NB_CONTAINER_OF(net, const struct lan, base);
    const struct lan_end *end = &lan->ends[fd];

    if (!end->open || (end->connecting && !end->answered))
        return false;
    return !end->connected || end->broken || end->shut || end->error != 0 ||
           lan_room(lan, fd) > 0;
}

/* What the kernel says of a descriptor. */
static short events(struct lan *lan, int fd)
{
    int in = lan_readable(&lan->base, fd) ? POLLIN : 0;
    int out = lan_writable(&lan->base, fd) ? POLLOUT : 0;

    lan->ends[fd].roused = false;
    return (short)(lan->ends[fd].open ? in | out : POLLNVAL);
}

int lan_poll(struct nb_net *net, struct pollfd *fds, size_t count)
{
    struct lan *lan = lan_of(net);
    int rc = lan_judge(lan, LAN_POLL, -1);

    if (rc < 0)
        return rc;
    rc = 0;
    for (size_t i = 0; i < count; i++) {
        bool known = fds[i].fd >= 0 && fds[i].fd < LAN_FDS;
        int wanted = fds[i].events | POLLNVAL;
        fds[i].revents = known ? (short)(events(lan, fds[i].fd) & wanted) : 0;
        rc += fds[i].revents != 0;
    }
    lan_refresh(lan);
    return rc;
}

uint64_t lan_given(const struct nb_net *net, int fd)
{
    return look(net, fd)->given;
}

uint64_t lan_taken(const struct nb_net *net, int fd)
{
    return look(net, fd)->taken;
}

int lan_mate(const struct nb_net *net, int fd)
{
    return look(net, fd)->mate;
}

bool lan_harmed(const struct nb_net *net, int fd)
{
    return look(net, fd)->harmed;
}

int lan_why(const struct nb_net *net, int fd)
{
    return look(net, fd)->why;
}

int lan_open(const struct nb_net *net)
{
    int count = 0;

    for (int fd = LAN_FIRST_FD; fd < LAN_FDS; fd++)
        count += look(net, fd)->open ? 1 : 0;
    return count;
}

void lan_drop(struct nb_net *net, int fd)
{
    struct lan *lan = lan_of(net);

    if (fd >= LAN_FIRST_FD && fd < LAN_FDS && lan->ends[fd].open) {
        lan_end_close(lan, fd);
        lan_refresh(lan);
    }
}

int lan_misused(const struct nb_net *net)
{
    return NB_CONTAINER_OF(net, const struct lan, base)->misused;
}
