/*
 * Names: of hosts and of their addresses.
 *
 * Tables cannot be made of what a lookup found while it belongs to the call:
 * a finalizer that runs meanwhile may make a call of its own. It is moved to a
 * box on the stack before, which frees it whatever happens.
 */
#include <string.h>

#include "bind/fail.h"
#include "bind/lsocket.h"
#include "bind/state.h"
#include "util/err.h"

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

/* Looks up the names of `addr` as nb_lsocket_lookup() does those of a name. */
static int look_up_names(lua_State *L, struct nb_lthread *t,
                         const struct nb_addr *addr)
{
    if (t->call.lookup == NULL) {
        int rc = nb_resolve_reverse(nb_lua_of(L)->net, addr, &t->call.lookup);
        if (rc < 0)
            return rc;
    }
    return nb_lsocket_await_lookup(L, t, NULL);
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
    int rc = nb_lsocket_lookup(L, t, NULL, &query);
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
        rc = nb_lsocket_lookup(L, t, NULL, &query);
    leave(t, box, rc);
    if (rc < 0)
        return nb_fail(L, "gethostbyaddr", NULL, rc);
    return push_host(L, *box);
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

void nb_lresolve_open(lua_State *L, struct nb_lua *lua)
{
    static const luaL_Reg functions[] = {
        {"gethostbyaddr", socket_gethostbyaddr},
        {"gethostbyname", socket_gethostbyname},
        {"gethostname", socket_gethostname},
        {NULL, NULL},
    };

    luaL_newmetatable(L, class_name);
    lua_pushcfunction(L, box_gc);
    lua_setfield(L, -2, "__gc");
    lua_pop(L, 1);
    lua_pushlightuserdata(L, lua);
    luaL_setfuncs(L, functions, 1);
}
