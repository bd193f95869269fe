/* socket.sockets(): what `lsof -i` shows, for the program's own sockets. */
#include "bind/lsocket.h"
#include "bind/state.h"

static void set_string(lua_State *L, const char *field, const char *value)
{
    lua_pushstring(L, value);
    lua_setfield(L, -2, field);
}

static void set_integer(lua_State *L, const char *field, lua_Integer value)
{
    lua_pushinteger(L, value);
    lua_setfield(L, -2, field);
}

static void set_addr(lua_State *L, const char *ip_field, const char *port_field,
                     const struct nb_addr *addr)
{
    char ip[NB_ADDR_IP_TEXT];

    nb_addr_ip(addr, ip);
    set_string(L, ip_field, ip);
    set_integer(L, port_field, nb_addr_port(addr));
}

/* Sets `thread` to the name of the thread that opened the socket. */
static void set_opener(lua_State *L, const struct nb_socket *sock)
{
    const struct nb_list *tasks = &nb_lua_of(L)->rt.tasks;
    char name[64];

    for (struct nb_list *link = tasks->next; link != tasks; link = link->next) {
        struct nb_task *task = NB_CONTAINER_OF(link, struct nb_task, all);
        if (task->id != sock->opener)
            continue;
        nb_lthread_name(nb_lthread_of(task), name, sizeof name);
        set_string(L, "thread", name);
        return;
    }
}

static void push_description(lua_State *L, struct nb_socket *sock)
{
    struct nb_addr addr;

    lua_createtable(L, 0, 11);
    set_integer(L, "fd", sock->fd);
    set_string(L, "type", nb_lsocket_type(sock));
    set_string(L, "family", sock->family == AF_INET6 ? "inet6" : "inet");
    set_string(L, "state", nb_socket_state(sock));
    set_integer(L, "bytes_in", (lua_Integer)sock->received);
    set_integer(L, "bytes_out", (lua_Integer)sock->sent);
    set_opener(L, sock);
    if (nb_socket_local(sock, &addr) == 0)
        set_addr(L, "laddr", "lport", &addr);
    if (nb_socket_peer(sock, &addr) == 0)
        set_addr(L, "raddr", "rport", &addr);
}

static int list_sockets(lua_State *L)
{
    const struct nb_list *open = &nb_lua_of(L)->sockets;
    int count = 0;

    lua_newtable(L);
    for (struct nb_list *link = open->next; link != open; link = link->next) {
        push_description(L, NB_CONTAINER_OF(link, struct nb_socket, link));
        lua_rawseti(L, -2, ++count);
    }
    return 1;
}

/*
 * socket.sockets() -> a description of each open socket, oldest first. The
 * collector rests meanwhile: a finalizer could take a socket off the list.
 */
int nb_lsocketlist(lua_State *L)
{
    int running = lua_gc(L, LUA_GCISRUNNING);

    lua_pushvalue(L, lua_upvalueindex(1));
    lua_pushcclosure(L, list_sockets, 1);
    lua_gc(L, LUA_GCSTOP);
    int status = lua_pcall(L, 0, 1, 0);
    if (running)
        lua_gc(L, LUA_GCRESTART);
    return status == LUA_OK ? 1 : lua_error(L);
}
