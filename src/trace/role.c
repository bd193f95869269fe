/*
 * Ports by their role: see role.h. An end belongs to a socket of this program,
 * or to whoever had a conversation with one. The latest is looked at first:
 * ports are used again.
 */
#include "trace/role.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "trace/event.h"
#include "util/alloc.h"

/* The first port that Linux chooses, unless told otherwise. */
enum { EPHEMERAL = 32768 };

struct nb_trace_end {
    struct nb_addr addr;
    uint64_t owner; /* the socket, or the conversation of a stranger */
    bool stranger;
    bool server;
    unsigned number;
};

void nb_trace_roles_init(struct nb_trace_roles *roles)
{
    memset(roles, 0, sizeof *roles);
}

void nb_trace_roles_deinit(struct nb_trace_roles *roles)
{
    nb_free(roles->ends);
    nb_trace_roles_init(roles);
}

/* True if the ports are the same, and `whole`, or `addr`, is every address. */
static bool covers(const struct nb_addr *whole, const struct nb_addr *addr)
{
    static const struct in6_addr any = IN6ADDR_ANY_INIT;
    const struct in6_addr *ip = &whole->u.in6.sin6_addr;
    int family = nb_addr_family(whole);

    if (nb_addr_port(whole) != nb_addr_port(addr))
        return false;
    if (family == AF_INET && whole->u.in.sin_addr.s_addr == INADDR_ANY)
        return true;
    if (family == AF_INET6 && memcmp(ip, &any, sizeof any) == 0)
        return true;
    if (family != nb_addr_family(addr))
        return false;
    if (family == AF_INET)
        return whole->u.in.sin_addr.s_addr == addr->u.in.sin_addr.s_addr;
    return memcmp(ip, &addr->u.in6.sin6_addr, sizeof *ip) == 0;
}

/* The end of the socket that has this port, or NULL. */
static struct nb_trace_end *find_socket(const struct nb_trace_roles *roles,
                                        uint64_t socket,
                                        const struct nb_addr *addr)
{
    for (size_t i = roles->count; i > 0; i--) {
        struct nb_trace_end *end = &roles->ends[i - 1];
        if (!end->stranger && end->owner == socket &&
            nb_addr_port(&end->addr) == nb_addr_port(addr))
            return end;
    }
    return NULL;
}

/* The end at that address, or NULL. */
static struct nb_trace_end *find_place(const struct nb_trace_roles *roles,
                                       const struct nb_addr *addr)
{
    for (size_t i = roles->count; i > 0; i--) {
        if (covers(&roles->ends[i - 1].addr, addr))
            return &roles->ends[i - 1];
    }
    return NULL;
}

static struct nb_trace_end *find_local(const struct nb_trace_roles *roles,
                                       const struct nb_trace_event *event)
{
    struct nb_trace_end *end = find_socket(roles, event->socket, &event->local);

    if (end != NULL)
        return end;
    end = find_place(roles, &event->local);
    if (end == NULL || (end->server && event->passive))
        return end;
    return end->stranger && end->owner == event->conversation ? end : NULL;
}

static struct nb_trace_end *find_remote(const struct nb_trace_roles *roles,
                                        const struct nb_trace_event *event)
{
    struct nb_trace_end *end = NULL;

    if (event->peer != 0)
        end = find_socket(roles, event->peer, &event->remote);
    if (end == NULL)
        end = find_place(roles, &event->remote);
    if (end != NULL && end->stranger && event->kind == NB_TRACE_ACCEPTED &&
        end->owner != event->conversation)
        return NULL;
    return end;
}

/* Forgets the oldest that is no server; the oldest, if all are. */
static void forget(struct nb_trace_roles *roles)
{
    struct nb_trace_end *ends = roles->ends;
    size_t at = 0;

    while (at < roles->count && ends[at].server)
        at++;
    if (at == roles->count)
        at = 0;
    roles->count--;
    memmove(&ends[at], &ends[at + 1], (roles->count - at) * sizeof *ends);
}

/* Room for one more, which is empty; NULL without memory. */
static struct nb_trace_end *add(struct nb_trace_roles *roles)
{
    if (roles->count == NB_TRACE_ROLES)
        forget(roles);
    if (roles->count == roles->room) {
        size_t room = roles->room == 0 ? 16 : 2 * roles->room;
        struct nb_trace_end *ends =
            nb_realloc(roles->ends, room * sizeof *roles->ends);
        if (ends == NULL)
            return NULL;
        roles->ends = ends;
        roles->room = room;
    }
    struct nb_trace_end *end = &roles->ends[roles->count++];
    memset(end, 0, sizeof *end);
    return end;
}

static void take_local(struct nb_trace_roles *roles,
                       const struct nb_trace_event *event)
{
    struct nb_trace_end *end = find_local(roles, event);

    if (end == NULL && (end = add(roles)) != NULL) {
        end->server =
            event->passive || event->kind == NB_TRACE_BOUND ||
            event->kind == NB_TRACE_LISTENING ||
            (event->kind == NB_TRACE_RECEIVED && event->proto == NB_TRACE_UDP);
        end->number = end->server ? ++roles->servers : ++roles->clients;
        end->addr = event->local;
        end->owner = event->socket;
    } else if (end != NULL && end->stranger) {
        end->stranger = false;
        end->owner = event->socket;
    }
}

/* A stranger has a role if it came here, or if its port was not chosen. */
static void take_remote(struct nb_trace_roles *roles,
                        const struct nb_trace_event *event)
{
    const struct nb_trace_end *local = find_local(roles, event);
    bool came = event->passive || (event->kind == NB_TRACE_RECEIVED &&
                                   local != NULL && local->server);
    bool chosen = event->peer == 0 && nb_addr_port(&event->remote) < EPHEMERAL;
    struct nb_trace_end *end = find_remote(roles, event);

    if (end != NULL || (chosen && !came) || (end = add(roles)) == NULL)
        return;
    end->server = !came;
    end->number = came ? ++roles->clients : ++roles->servers;
    end->addr = event->remote;
    end->owner = event->conversation;
    end->stranger = true;
}

void nb_trace_roles_take(struct nb_trace_roles *roles,
                         const struct nb_trace_event *event)
{
    if (event->socket != 0 && nb_addr_port(&event->local) != 0)
        take_local(roles, event);
    if (event->socket != 0 && nb_addr_port(&event->remote) != 0)
        take_remote(roles, event);
}

static void write_role(const struct nb_trace_end *end,
                       char text[NB_TRACE_ROLE_TEXT])
{
    const char *name = end != NULL && end->server ? "server" : "client";

    text[0] = '\0';
    if (end != NULL && end->number == 1)
        snprintf(text, NB_TRACE_ROLE_TEXT, "%s", name);
    else if (end != NULL)
        snprintf(text, NB_TRACE_ROLE_TEXT, "%s%u", name, end->number);
}

void nb_trace_roles_local(const struct nb_trace_roles *roles,
                          const struct nb_trace_event *event,
                          char text[NB_TRACE_ROLE_TEXT])
{
    bool has_port = nb_addr_port(&event->local) != 0;

    write_role(has_port ? find_local(roles, event) : NULL, text);
}

void nb_trace_roles_remote(const struct nb_trace_roles *roles,
                           const struct nb_trace_event *event,
                           char text[NB_TRACE_ROLE_TEXT])
{
    bool has_port = nb_addr_port(&event->remote) != 0;

    write_role(has_port ? find_remote(roles, event) : NULL, text);
}
