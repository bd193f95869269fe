/* One socket of this program: see traced.h. */
#include "trace/traced.h"

#include <errno.h>
#include <string.h>

#include "util/alloc.h"

enum nb_trace_proto nb_traced_proto(int family, int type, int proto)
{
    if (family == AF_UNIX)
        return type == SOCK_STREAM ? NB_TRACE_UNIX_STREAM
                                   : NB_TRACE_UNIX_DATAGRAM;
    if (proto == IPPROTO_ICMP || proto == IPPROTO_ICMPV6)
        return NB_TRACE_ICMP;
    if (type == SOCK_STREAM)
        return NB_TRACE_TCP;
    return type == SOCK_DGRAM ? NB_TRACE_UDP : NB_TRACE_NONE;
}

/* 127.0.0.0/8, also mapped into IPv6, or ::1. */
static bool is_loopback(const struct nb_end *end)
{
    static const unsigned char mapped[12] = {[10] = 0xff, [11] = 0xff};
    static const unsigned char loopback6[16] = {[15] = 1};

    if (memcmp(end->ip, mapped, sizeof mapped) == 0)
        return end->ip[12] == 127;
    return memcmp(end->ip, loopback6, sizeof loopback6) == 0;
}

struct nb_addr nb_traced_towards(const struct nb_addr *local,
                                 const struct nb_addr *remote)
{
    struct nb_end here = nb_end_of(local);
    struct nb_end there = nb_end_of(remote);
    struct nb_addr addr = *local;

    if (nb_addr_family(local) == AF_UNIX || !nb_end_is_wildcard(&here) ||
        !is_loopback(&there))
        return addr;
    nb_addr_parse(&addr,
                  there.ip[15] == 1 && there.ip[12] == 0 ? "::1"
                  : nb_addr_family(remote) == AF_INET6   ? "::ffff:127.0.0.1"
                                                         : "127.0.0.1",
                  here.port);
    return addr;
}

/* The same path, which is not empty. */
static bool is_same_path(const struct nb_addr *a, const struct nb_addr *b)
{
    size_t len = 0;
    size_t other = 0;
    const char *path = nb_addr_path(a, &len);
    const char *second = nb_addr_path(b, &other);

    return len > 0 && len == other && memcmp(path, second, len) == 0;
}

bool nb_traced_is_at(const struct nb_addr *local, const struct nb_addr *to)
{
    if (nb_addr_family(local) == AF_UNIX)
        return is_same_path(local, to);
    struct nb_end here = nb_end_of(local);
    struct nb_end there = nb_end_of(to);

    if (here.port == 0 || here.port != there.port)
        return false;
    if (nb_end_is_wildcard(&here))
        return is_loopback(&there);
    return memcmp(here.ip, there.ip, sizeof here.ip) == 0;
}

enum { FIRST = 64 }; /* descriptors that there is room for at first */

int nb_traced_sockets_init(struct nb_traced_sockets *all)
{
    *all = (struct nb_traced_sockets){
        .conversations = nb_calloc(1, sizeof(struct nb_conversations)),
    };
    return all->conversations == NULL ? -ENOMEM : 0;
}

void nb_traced_sockets_deinit(struct nb_traced_sockets *all)
{
    for (size_t fd = 0; fd < all->room; fd++)
        nb_free(all->table[fd]);
    nb_free(all->table);
    nb_free(all->conversations);
}

struct nb_traced *nb_traced_sockets_at(const struct nb_traced_sockets *all,
                                       int fd)
{
    return fd < 0 || (size_t)fd >= all->room ? NULL : all->table[fd];
}

/* Makes room for `fd`; false without memory, or if it is none. */
static bool make_room(struct nb_traced_sockets *all, int fd)
{
    size_t room = all->room == 0 ? FIRST : all->room;

    if (fd < 0)
        return false;
    while (room <= (size_t)fd)
        room *= 2;
    if (room == all->room)
        return true;
    struct nb_traced **table =
        nb_realloc(all->table, room * sizeof(struct nb_traced *));
    if (table == NULL)
        return false;
    memset(table + all->room, 0,
           (room - all->room) * sizeof(struct nb_traced *));
    all->table = table;
    all->room = room;
    return true;
}

struct nb_traced *nb_traced_sockets_add(struct nb_traced_sockets *all, int fd,
                                        enum nb_trace_proto proto)
{
    if (!make_room(all, fd))
        return NULL;
    if (all->table[fd] == NULL)
        all->table[fd] = nb_malloc(sizeof(struct nb_traced));
    if (all->table[fd] != NULL)
        *all->table[fd] = (struct nb_traced){
            .number = ++all->last,
            .proto = proto,
        };
    return all->table[fd];
}

/* The ends that a socket and an address are. Paths have none: see `there`. */
static struct nb_end end_here(const struct nb_traced *socket,
                              const struct nb_addr *remote)
{
    struct nb_addr local = nb_traced_towards(&socket->local, remote);

    return nb_end_of(&local);
}

void nb_traced_sockets_drop(struct nb_traced_sockets *all, int fd)
{
    nb_free(all->table[fd]);
    all->table[fd] = NULL;
    all->changes++;
}

static struct nb_traced *find_number(const struct nb_traced_sockets *all,
                                     uint64_t number)
{
    for (size_t fd = 0; fd < all->room && number != 0; fd++) {
        struct nb_traced *found = all->table[fd];
        if (found != NULL && found->number == number)
            return found;
    }
    return NULL;
}

void nb_traced_sockets_marry(struct nb_traced_sockets *all, struct nb_traced *a,
                             struct nb_traced *b)
{
    if (a->conversation == 0)
        a->conversation = ++all->conversations->last;
    b->conversation = a->conversation;
    a->peer = b->number;
    b->peer = a->number;
}

/* The entry of the table for one who speaks with `remote`. */
static struct nb_conversation *entry_of(struct nb_traced_sockets *all,
                                        const struct nb_traced *socket,
                                        const struct nb_addr *remote)
{
    struct nb_end here = end_here(socket, remote);
    struct nb_end there = nb_end_of(remote);
    struct nb_conversation *entry =
        nb_conversation_find(all->conversations, socket->proto, &here, &there);

    *nb_conversation_socket(entry, &here) = socket->number;
    return entry;
}

/* A TCP connection between two addresses begins. */
static void begin(struct nb_traced_sockets *all, struct nb_traced *socket)
{
    struct nb_end here = nb_end_of(&socket->local);
    struct nb_end there = nb_end_of(&socket->remote);
    struct nb_conversation *entry =
        nb_conversation_begin(all->conversations, socket->proto, &here, &there);

    *nb_conversation_socket(entry, &here) = socket->number;
    socket->conversation = entry->number;
}

void nb_traced_sockets_begin(struct nb_traced_sockets *all,
                             struct nb_traced *socket)
{
    socket->connecting = true;
    socket->peer = 0;
    if (socket->proto == NB_TRACE_TCP) {
        socket->local = nb_traced_towards(&socket->local, &socket->remote);
        begin(all, socket);
    } else {
        socket->conversation = ++all->conversations->last;
        socket->waiting = socket->conversation;
    }
}

/* Who has been waiting longest to be accepted at that path. */
static struct nb_traced *find_waiting(const struct nb_traced_sockets *all,
                                      const struct nb_traced *accepted)
{
    struct nb_traced *oldest = NULL;

    for (size_t fd = 0; fd < all->room; fd++) {
        struct nb_traced *one = all->table[fd];
        if (one != NULL && one->waiting != 0 &&
            nb_traced_is_at(&accepted->local, &one->remote) &&
            (oldest == NULL || one->waiting < oldest->waiting))
            oldest = one;
    }
    if (oldest != NULL)
        oldest->waiting = 0;
    return oldest;
}

void nb_traced_sockets_join(struct nb_traced_sockets *all,
                            struct nb_traced *socket)
{
    struct nb_traced *other = NULL;

    if (socket->proto == NB_TRACE_TCP) {
        struct nb_end here = end_here(socket, &socket->remote);
        struct nb_end there = nb_end_of(&socket->remote);
        struct nb_conversation *entry = nb_conversation_find(
            all->conversations, socket->proto, &here, &there);
        uint64_t asker = *nb_conversation_socket(entry, &there);
        uint64_t *mine = nb_conversation_socket(entry, &here);
        /* One of this program has asked, and may have closed since. */
        bool awaited = *mine == 0 && asker != 0;
        *mine = socket->number;
        other = find_number(all, asker);
        if (other == NULL && socket->passive && !awaited)
            begin(all, socket);
        else
            socket->conversation = entry->number;
    } else if (socket->passive) {
        other = find_waiting(all, socket);
    }
    if (other != NULL && other != socket)
        nb_traced_sockets_marry(all, other, socket);
    else if (socket->conversation == 0)
        socket->conversation = ++all->conversations->last;
}

/* The socket of this program that gets what is sent there, or 0. */
static uint64_t find_receiver(const struct nb_traced_sockets *all,
                              const struct nb_traced *sender,
                              const struct nb_addr *to)
{
    for (size_t fd = 0; fd < all->room; fd++) {
        const struct nb_traced *one = all->table[fd];
        if (one != NULL && one != sender && one->proto == sender->proto &&
            nb_traced_is_at(&one->local, to))
            return one->number;
    }
    return nb_traced_is_at(&sender->local, to) ? sender->number : 0;
}

/* A path is no end that could be compared: the number of the socket is. */
static struct nb_end end_of_number(uint64_t number)
{
    struct nb_end end = {.port = 0};

    memcpy(end.ip, &number, sizeof number);
    return end;
}

static struct nb_exchange exchange_unix(struct nb_traced_sockets *all,
                                        const struct nb_traced *socket,
                                        const struct nb_addr *remote)
{
    uint64_t peer = find_receiver(all, socket, remote);
    struct nb_end here = end_of_number(socket->number);
    struct nb_end there = end_of_number(peer);

    return (struct nb_exchange){
        nb_conversation_find(all->conversations, socket->proto, &here, &there)
            ->number,
        peer,
    };
}

struct nb_exchange nb_traced_sockets_exchange(struct nb_traced_sockets *all,
                                              const struct nb_traced *socket,
                                              const struct nb_addr *remote)
{
    if (socket->proto == NB_TRACE_UNIX_DATAGRAM)
        return exchange_unix(all, socket, remote);
    struct nb_conversation *entry = entry_of(all, socket, remote);
    struct nb_end there = nb_end_of(remote);
    uint64_t *other = nb_conversation_socket(entry, &there);
    if (entry->asked != all->changes + 1)
        *other = find_receiver(all, socket, remote);
    entry->asked = all->changes + 1;
    return (struct nb_exchange){entry->number, *other};
}
