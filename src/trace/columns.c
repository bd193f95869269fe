/* The columns of a ladder: see columns.h. */
#include "trace/columns.h"

#include <stdio.h>
#include <string.h>

#include "trace/ladder.h"
#include "trace/parties.h"

/* The first port that Linux gives away by itself (ip_local_port_range). */
enum { FIRST_EPHEMERAL = 32768 };

static const struct nb_trace_event *at(const struct nb_parties *parties,
                                       size_t i)
{
    return &parties->keep->events[i].event;
}

/* True for an address that can be a column. */
static bool is_place(enum nb_trace_proto proto, const struct nb_addr *addr)
{
    if (proto == NB_TRACE_ICMP || nb_addr_family(addr) == AF_UNIX)
        return !nb_parties_is_wild(addr);
    return nb_addr_port(addr) != 0;
}

/* True if an address on loopback can be one that is bound to all of them. */
static bool is_of_wild(const struct nb_column *column,
                       const struct nb_addr *addr)
{
    char ip[NB_ADDR_IP_TEXT];

    nb_addr_ip(addr, ip);
    return column->here && nb_parties_is_wild(&column->addr) &&
           nb_addr_port(&column->addr) == nb_addr_port(addr) &&
           (strncmp(ip, "127.", 4) == 0 || strcmp(ip, "::1") == 0);
}

/* True if the sockets of `party`, or strangers for NULL, stand there. */
static bool suits(const struct nb_column *column, const struct nb_addr *addr,
                  const struct nb_party *party)
{
    bool same_port = nb_addr_port(&column->addr) == nb_addr_port(addr);

    if (is_of_wild(column, addr))
        return true;
    return party != NULL && party->serves && same_port && column->here &&
           nb_parties_is_wild(&column->addr);
}

/*
 * The column at that address, for a party or, with NULL, for somebody else.
 * ICMP has no ports: whom it reaches at our own address is the kernel.
 */
static size_t find(const struct nb_ladder *ladder, enum nb_trace_proto proto,
                   const struct nb_addr *addr, const struct nb_party *party)
{
    for (size_t i = 0; i < ladder->column_count; i++) {
        const struct nb_column *column = &ladder->columns[i];
        if (column->proto == proto && nb_parties_same(&column->addr, addr) &&
            (proto != NB_TRACE_ICMP || column->here == (party != NULL)))
            return i;
    }
    for (size_t i = 0; i < ladder->column_count; i++) {
        if (ladder->columns[i].proto == proto && nb_addr_port(addr) != 0 &&
            suits(&ladder->columns[i], addr, party))
            return i;
    }
    return NB_KEEP_NONE;
}

/* A new one, at an address or, without one, of its own. */
static size_t add(struct nb_ladder *ladder, enum nb_trace_proto proto,
                  const struct nb_addr *addr)
{
    struct nb_column *column = &ladder->columns[ladder->column_count];

    column->proto = proto;
    if (addr != NULL)
        column->addr = *addr;
    return ladder->column_count++;
}

static size_t column_of(struct nb_ladder *ladder, struct nb_party *party)
{
    struct nb_addr local = party->local;
    bool placed = is_place(party->proto, &local);
    size_t found = party->column;

    if (party->proto == NB_TRACE_ICMP)
        nb_addr_set_port(&local, 0);
    if (found == NB_KEEP_NONE && placed)
        found = find(ladder, party->proto, &local, party);
    if (found == NB_KEEP_NONE)
        found = add(ladder, party->proto, placed ? &local : NULL);
    party->column = found;

    struct nb_column *column = &ladder->columns[found];
    column->here = true;
    column->serves |= party->serves;
    column->dials |= party->dials;
    column->bound |= party->bound;
    return found;
}

size_t nb_columns_here(struct nb_ladder *ladder, struct nb_parties *parties,
                       size_t event)
{
    if (parties->own[event] == NB_KEEP_NONE)
        return NB_KEEP_NONE;
    return column_of(ladder, &parties->parties[parties->own[event]]);
}

size_t nb_columns_there(struct nb_ladder *ladder, struct nb_parties *parties,
                        size_t event)
{
    const struct nb_trace_event *told = at(parties, event);
    struct nb_addr addr = told->remote;

    if (parties->other[event] != NB_KEEP_NONE)
        return column_of(ladder, &parties->parties[parties->other[event]]);
    if (told->proto == NB_TRACE_ICMP)
        nb_addr_set_port(&addr, 0);
    if (!is_place(told->proto, &addr))
        return NB_KEEP_NONE;
    size_t found = find(ladder, told->proto, &addr, NULL);
    if (found != NB_KEEP_NONE)
        return found;
    found = add(ladder, told->proto, &addr);
    ladder->columns[found].serves = !told->passive;
    return found;
}

/* "server", "client", or "socketpair" for what has no address and never had. */
static const char *role_of(const struct nb_column *column)
{
    bool unix_domain = column->proto == NB_TRACE_UNIX_STREAM ||
                       column->proto == NB_TRACE_UNIX_DATAGRAM;

    if (column->serves)
        return "server";
    return unix_domain && !column->dials ? "socketpair" : "client";
}

/* Writes the role, numbered from the second on. */
static void number_role(const struct nb_ladder *ladder, size_t index,
                        char *text, size_t size)
{
    const char *role = role_of(&ladder->columns[index]);
    unsigned number = 1;

    for (size_t i = 0; i < index; i++)
        number += ladder->columns[i].by_role &&
                  strcmp(role_of(&ladder->columns[i]), role) == 0;
    if (number == 1)
        snprintf(text, size, "%s", role);
    else
        snprintf(text, size, "%s%u", role, number);
}

/* True if the next run of the program would have another port. */
static bool is_ephemeral(const struct nb_column *column)
{
    unsigned port = nb_addr_port(&column->addr);

    return port != 0 && (port >= FIRST_EPHEMERAL ||
                         (column->here && !column->bound && !column->serves));
}

static void name(struct nb_ladder *ladder, size_t index)
{
    struct nb_column *column = &ladder->columns[index];
    char ip[NB_ADDR_IP_TEXT];
    bool stable = ladder->stable && is_ephemeral(column);
    bool in6 = nb_addr_family(&column->addr) == AF_INET6;

    column->by_role = column->addr.len == 0 || stable;
    if (column->by_role)
        number_role(ladder, index, column->role, sizeof column->role);
    nb_addr_ip(&column->addr, ip);
    if (column->addr.len == 0)
        snprintf(column->name, sizeof column->name, "%s", column->role);
    else if (stable)
        snprintf(column->name, sizeof column->name, in6 ? "[%s]:%s" : "%s:%s",
                 ip, column->role);
    else if (column->proto == NB_TRACE_ICMP)
        snprintf(column->name, sizeof column->name, "%s", ip);
    else
        nb_addr_format(&column->addr, column->name);
}

/* True if the list, "a, b", has the name. */
static bool lists(const char *list, const char *thread)
{
    size_t len = strlen(thread);

    while (*list != '\0') {
        size_t part = strcspn(list, ",");
        if (part == len && memcmp(list, thread, len) == 0)
            return true;
        list += part + strspn(list + part, ", ");
    }
    return false;
}

static void list_threads(struct nb_ladder *ladder,
                         const struct nb_parties *parties)
{
    for (size_t i = 0; i < parties->keep->count; i++) {
        const char *thread = at(parties, i)->origin.thread;
        size_t own = parties->own[i];
        if (*thread == '\0' || own == NB_KEEP_NONE ||
            parties->parties[own].column == NB_KEEP_NONE)
            continue;
        char *list = ladder->columns[parties->parties[own].column].threads;
        size_t used = strlen(list);
        if (!lists(list, thread))
            snprintf(list + used, NB_LADDER_NAME - used, "%s%s",
                     used > 0 ? ", " : "", thread);
    }
}

void nb_columns_name(struct nb_ladder *ladder, const struct nb_parties *parties)
{
    for (size_t i = 0; i < ladder->column_count; i++)
        name(ladder, i);
    list_threads(ladder, parties);
}
