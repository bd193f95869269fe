/* What lua/ping needs of C: see lecho.h. */
#include "bind/lecho.h"

#include <lauxlib.h>

#include "bind/fail.h"
#include "bind/lsocket.h"
#include "bind/state.h"
#include "net/judge.h"

static int rawicmp(lua_State *L)
{
    struct nb_socket *sock = nb_lsocket_new(L);

    sock->echo = true;
    int rc = nb_lsocket_open_fd(L, sock, AF_INET, SOCK_RAW, IPPROTO_ICMP);
    return rc < 0 ? nb_fail(L, "socket", NULL, rc) : 1;
}

/* The gate asks again with each request: this is to say it at once. */
static int maysend(lua_State *L)
{
    struct nb_addr addr;
    int rc = nb_addr_parse(&addr, luaL_checkstring(L, 1), 0);

    if (rc == 0)
        rc = nb_judge_send(nb_lua_of(L)->net, &addr);
    if (rc < 0)
        return nb_fail(L, "sendto", NULL, rc);
    lua_pushboolean(L, true);
    return 1;
}

void nb_lecho_open(lua_State *L)
{
    static const luaL_Reg functions[] = {
        {"maysend", maysend},
        {"rawicmp", rawicmp},
        {NULL, NULL},
    };

    luaL_setfuncs(L, functions, 0);
}
