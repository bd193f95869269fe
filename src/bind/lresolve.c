/* Names: gethostbyname and gethostname. */
#include "bind/fail.h"
#include "bind/lsocket.h"

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
    nb_lsocket_push_ip_port(L, &addr);
    lua_pop(L, 1);
    return 1;
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

const luaL_Reg nb_lresolve_functions[] = {
    {"gethostbyname", socket_gethostbyname},
    {"gethostname", socket_gethostname},
    {NULL, NULL},
};
