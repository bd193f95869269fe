/*
 * Names: of hosts, of their addresses, of services.
 *
 * Tables cannot be made of what a lookup found while it belongs to the call:
 * a finalizer that runs meanwhile may make a call of its own. It is moved to a
 * box on the stack before, which frees it whatever happens.
 */
#include "bind/lresolve.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "bind/fail.h"
#include "bind/lsocket.h"
#include "bind/state.h"
#include "net/extra.h"
#include "net/pickup.h"
#include "util/err.h"

enum {
    HOST = 1025,  /* room for the name of a host and NUL */
    SERVICE = 64, /* of a service */
    KINDS = 3,
};

/* A kind of socket that an address can be used with. */
struct kind {
    int type;
    int proto;
    uint16_t port;
};

static const char class_name[] = "lookup";

static int box_gc(lua_State *L)
{
    struct nb_lookup **box = luaL_checkudata(L, 1, class_name);

    nb_lookup_free(*box);
    *box = NULL;
    return 0;
}

/* The box at `index`, which `function` makes and keeps over its waits. */
static struct nb_lookup **own_box(lua_State *L, lua_CFunction function,
                                  int index)
{
    if (!nb_lwait_is_again(nb_lua_of(L)->current, function)) {
        lua_settop(L, index - 1);
        struct nb_lookup **box = lua_newuserdatauv(L, sizeof *box, 0);
        *box = NULL;
        luaL_setmetatable(L, class_name);
    }
    return lua_touserdata(L, index);
}

/* Ends the call; what it found, if `rc` says it did, goes to the box. */
static void leave(struct nb_lthread *t, struct nb_lookup **box, int rc)
{
    if (rc == 0) {
        *box = t->call.lookup;
        t->call.lookup = NULL;
    }
    nb_lwait_leave(t);
}

/* Waits for the call's lookup, which has been started. */
static int await_lookup(lua_State *L, struct nb_lthread *t,
                        struct nb_socket *sock)
{
    struct nb_lookup *lookup = t->call.lookup;

    if (lookup->done)
        return lookup->status;
    if (sock != NULL && nb_lsocket_must_not_wait(sock, t))
        return -EAGAIN;
    return nb_lwait(
        L, t,
        &(struct nb_wait){
            .queue = &lookup->waiters,
            .deadline = sock == NULL ? NB_NEVER : nb_lsocket_deadline(sock, t),
            .what = "a name to be looked up",
            .external = true,
        });
}

/* Starts the call's lookup, or goes on with the one that `sock` has kept. */
static int begin_lookup(lua_State *L, struct nb_lthread *t,
                        struct nb_socket *sock, const struct nb_query *query)
{
    struct nb_lookup *lookup =
        sock == NULL ? NULL : nb_pickup_take(sock, query);

    if (sock != NULL && nb_extra_need(sock) == NULL)
        return -ENOMEM;
    if (lookup == NULL) {
        int rc = nb_resolve(nb_lua_of(L)->net, query, &lookup);
        if (rc < 0)
            return rc;
    }
    if (sock != NULL)
        nb_list_push(&sock->extra->lookups, &lookup->link);
    t->call.lookup = lookup;
    return 0;
}

int nb_lresolve_lookup(lua_State *L, struct nb_lthread *t,
                       struct nb_socket *sock, const struct nb_query *query)
{
    if (t->call.lookup == NULL) {
        int rc = begin_lookup(L, t, sock, query);
        if (rc < 0)
            return rc;
    }
    int rc = await_lookup(L, t, sock);
    if (sock != NULL && !t->call.lookup->done && !sock->closed) {
        nb_pickup_keep(sock, t->call.lookup, query);
        t->call.lookup = NULL;
    }
    return rc;
}

/* Looks up the names of `addr` as nb_lresolve_lookup() does those of a name. */
static int look_up_names(lua_State *L, struct nb_lthread *t,
                         const struct nb_addr *addr)
{
    if (t->call.lookup == NULL) {
        int rc = nb_resolve_reverse(nb_lua_of(L)->net, addr, &t->call.lookup);
        if (rc < 0)
            return rc;
    }
    return await_lookup(L, t, NULL);
}

/* True if the query's name is an address, which goes to `addr`. */
static bool is_literal(const struct nb_query *query, struct nb_addr *addr)
{
    return strlen(query->name) == query->len &&
           nb_addr_parse(addr, query->name, query->port) == 0;
}

static void push_ip(lua_State *L, const struct nb_addr *addr)
{
    char ip[NB_ADDR_IP_TEXT];

    nb_addr_ip(addr, ip);
    lua_pushstring(L, ip);
}

/* socket.gethostbyname(name) -> ip | nil, message, code. May wait. */
static int socket_gethostbyname(lua_State *L)
{
    struct nb_query query = {.family = AF_INET, .passive = true};

    query.name = luaL_checklstring(L, 1, &query.len);
    struct nb_lthread *t = nb_lwait_enter(L, socket_gethostbyname);
    int rc = nb_lresolve_lookup(L, t, NULL, &query);
    struct nb_addr addr = {.len = 0};
    if (rc == 0)
        addr = t->call.lookup->addrs[0];
    nb_lwait_leave(t);
    if (rc < 0)
        return nb_fail(L, "gethostbyname", NULL, rc);
    push_ip(L, &addr);
    return 1;
}

/* Pushes name, aliases, ips; returns 3. */
static int push_host(lua_State *L, const struct nb_lookup *lookup)
{
    lua_pushstring(L, lookup->names[0]);
    lua_createtable(L, (int)lookup->name_count - 1, 0);
    for (size_t i = 1; i < lookup->name_count; i++) {
        lua_pushstring(L, lookup->names[i]);
        lua_rawseti(L, -2, (lua_Integer)i);
    }
    lua_createtable(L, (int)lookup->count, 0);
    for (size_t i = 0; i < lookup->count; i++) {
        push_ip(L, &lookup->addrs[i]);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    return 3;
}

/*
 * socket.gethostbyaddr(ip) -> name, aliases, ips | nil, message, code; a name
 * in place of `ip` gives what belongs to that. May wait.
 */
static int socket_gethostbyaddr(lua_State *L)
{
    struct nb_query query = {.family = AF_INET, .named = true};
    struct nb_addr addr;

    query.name = luaL_checklstring(L, 1, &query.len);
    struct nb_lookup **box = own_box(L, socket_gethostbyaddr, 2);
    struct nb_lthread *t = nb_lwait_enter(L, socket_gethostbyaddr);
    int rc = NB_EAI_NONAME;
    if (is_literal(&query, &addr))
        rc = look_up_names(L, t, &addr);
    else if (query.len > 0)
        rc = nb_lresolve_lookup(L, t, NULL, &query);
    leave(t, box, rc);
    if (rc < 0)
        return nb_fail(L, "gethostbyaddr", NULL, rc);
    return push_host(L, *box);
}

/*
 * The name of the service at `arg`, or NULL and `port` where it is a number or
 * there is none. A name with a zero byte is as unknown as "".
 */
static const char *check_service(lua_State *L, int arg, uint16_t *port)
{
    int is_number = 0;
    size_t len = 0;
    const char *name = NULL;

    *port = 0;
    lua_tointegerx(L, arg, &is_number);
    if (lua_type(L, arg) == LUA_TSTRING && !is_number)
        name = lua_tolstring(L, arg, &len);
    else if (!lua_isnoneornil(L, arg))
        *port = nb_lsocket_port(L, arg);
    if (len == 0)
        return NULL;
    return strlen(name) == len ? name : "";
}

/* The integer at `arg`, 0 if there is none; raises if it is not in `among`. */
static int check_among(lua_State *L, int arg, const int among[KINDS],
                       const char *problem)
{
    lua_Integer value = luaL_optinteger(L, arg, 0);
    bool found = value == 0;

    for (int i = 0; i < KINDS; i++)
        found = found || value == among[i];
    luaL_argcheck(L, found, arg, problem);
    return (int)value;
}

/* Fills in the kinds of `type`, 0: all, that have the service. Their number. */
static size_t find_kinds(struct kind kinds[KINDS], int type,
                         const char *service, uint16_t port)
{
    static const struct kind all[KINDS] = {
        {.type = SOCK_STREAM, .proto = IPPROTO_TCP},
        {.type = SOCK_DGRAM, .proto = IPPROTO_UDP},
        {.type = SOCK_RAW},
    };
    size_t count = 0;

    for (size_t i = 0; i < KINDS; i++) {
        int found = port;
        if (type != 0 && type != all[i].type)
            continue;
        if (service != NULL)
            found = nb_resolve_service(service, all[i].type);
        if (found < 0)
            continue;
        kinds[count] = all[i];
        kinds[count++].port = (uint16_t)found;
    }
    return count;
}

static void set_integer(lua_State *L, const char *key, lua_Integer value)
{
    lua_pushinteger(L, value);
    lua_setfield(L, -2, key);
}

/* Pushes the list of an entry for each kind with each address. */
static void push_entries(lua_State *L, const struct nb_lookup *lookup,
                         const struct kind *kinds, size_t count)
{
    lua_Integer entries = 0;

    lua_createtable(L, (int)(lookup->count * count), 0);
    for (size_t i = 0; i < lookup->count * count; i++) {
        const struct nb_addr *addr = &lookup->addrs[i / count];
        const struct kind *kind = &kinds[i % count];
        lua_createtable(L, 0, 5);
        set_integer(L, "family", nb_addr_family(addr));
        set_integer(L, "type", kind->type);
        set_integer(L, "proto", kind->proto);
        push_ip(L, addr);
        lua_setfield(L, -2, "addr");
        set_integer(L, "port", kind->port);
        lua_rawseti(L, -2, ++entries);
    }
}

/*
 * socket.getaddrinfo(name | nil, service | port | nil [, family [, type]]) ->
 * list of {family=, type=, proto=, addr=, port=} | nil, message, code. May
 * wait.
 */
static int socket_getaddrinfo(lua_State *L)
{
    static const int families[KINDS] = {AF_UNSPEC, AF_INET, AF_INET6};
    static const int types[KINDS] = {SOCK_STREAM, SOCK_DGRAM, SOCK_RAW};
    struct nb_query query = {.name = "localhost", .len = 9};
    struct kind kinds[KINDS];
    uint16_t port = 0;

    if (!lua_isnoneornil(L, 1))
        query.name = luaL_checklstring(L, 1, &query.len);
    const char *service = check_service(L, 2, &port);
    query.family = check_among(L, 3, families, "unsupported family");
    int type = check_among(L, 4, types, "unsupported type");
    struct nb_lookup **box = own_box(L, socket_getaddrinfo, 5);
    struct nb_lthread *t = nb_lwait_enter(L, socket_getaddrinfo);
    size_t count = find_kinds(kinds, type, service, port);
    int rc = NB_EAI_NONAME;
    if (count == 0)
        rc = NB_EAI_SERVICE;
    else if (query.len > 0 && !(lua_isnil(L, 1) && lua_isnil(L, 2)))
        rc = nb_lresolve_lookup(L, t, NULL, &query);
    leave(t, box, rc);
    if (rc < 0)
        return nb_fail(L, "getaddrinfo", NULL, rc);
    push_entries(L, *box, kinds, count);
    return 1;
}

/* socket.getnameinfo(ip, port) -> host, service | nil, message, code */
static int socket_getnameinfo(lua_State *L)
{
    struct nb_query query = {.name = NULL};
    struct nb_addr addr;
    char host[HOST];
    char service[SERVICE];

    query.name = luaL_checklstring(L, 1, &query.len);
    query.port = nb_lsocket_port(L, 2);
    struct nb_lthread *t = nb_lwait_enter(L, socket_getnameinfo);
    bool literal = is_literal(&query, &addr);
    int rc = literal ? look_up_names(L, t, &addr) : NB_EAI_NONAME;
    if (rc == 0) {
        snprintf(host, sizeof host, "%s", t->call.lookup->names[0]);
    } else if (rc == NB_EAI_NONAME && literal) {
        nb_addr_ip(&addr, host);
        rc = 0;
    }
    nb_lwait_leave(t);
    if (rc < 0)
        return nb_fail(L, "getnameinfo", NULL, rc);
    nb_resolve_service_name(query.port, service, sizeof service);
    lua_pushstring(L, host);
    lua_pushstring(L, service);
    return 2;
}

/* socket.gethostname() -> name | nil, message, code */
static int socket_gethostname(lua_State *L)
{
    char name[256];
    int rc = nb_resolve_hostname(name, sizeof name);

    if (rc < 0)
        return nb_fail(L, "gethostname", NULL, rc);
    lua_pushstring(L, name);
    return 1;
}

void nb_lresolve_open(lua_State *L)
{
    static const luaL_Reg functions[] = {
        {"getaddrinfo", socket_getaddrinfo},
        {"gethostbyaddr", socket_gethostbyaddr},
        {"gethostbyname", socket_gethostbyname},
        {"gethostname", socket_gethostname},
        {"getnameinfo", socket_getnameinfo},
        {NULL, NULL},
    };

    luaL_newmetatable(L, class_name);
    lua_pushcfunction(L, box_gc);
    lua_setfield(L, -2, "__gc");
    lua_pop(L, 1);
    luaL_setfuncs(L, functions, 0);
}
