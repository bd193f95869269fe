/*
 * socket.select(): waiting for any of many sockets, as LuaSocket has it.
 *
 * All are asked at once, with poll(2). Only if none is ready does the thread
 * wait for all of them, and whatever wakes it, it asks again, so the lists say
 * what holds when the call returns. A socket of netbox counts as what it is
 * each time; an object of the script's own as its getfd() and dirty() said
 * when the call began.
 */
#include <errno.h>
#include <limits.h>
#include <poll.h>

#include "bind/fail.h"
#include "bind/lsocket.h"
#include "bind/state.h"
#include "core/loop.h"
#include "net/extra.h"
#include "net/gate.h"
#include "net/pickup.h"
#include "util/alloc.h"

static const char class_name[] = "select";

/* What the call keeps on the stack over its waits, behind its arguments. */
enum { ARGS = 3, OBJECTS, SELECTION };

/* Elements that there is room for at once: a list with holes has any length. */
enum { ROOM = 1024 };

/* An element of one of the lists. */
struct entry {
    struct nb_socket *sock; /* NULL: an object of the script's own */
    bool counts;            /* it could get ready when the call began */
    bool ready;             /* whatever the kernel says */
};

/* One call. */
struct selection {
    struct nb_pollwait poll;
    struct entry *entries; /* those to read from, then those to write to */
    struct pollfd *fds;    /* the same */
    size_t count;
    size_t reads;
    int64_t deadline;
};

static void release(struct selection *sel)
{
    nb_pollwait_end(&sel->poll);
    nb_free(sel->poll.pollers);
    nb_free(sel->entries);
    nb_free(sel->fds);
    sel->poll.pollers = NULL;
    sel->entries = NULL;
    sel->fds = NULL;
}

static int selection_gc(lua_State *L)
{
    release(luaL_checkudata(L, 1, class_name));
    return 0;
}

/* Gives the selection on top its metatable. */
static void set_finalizer(lua_State *L)
{
    luaL_newmetatable(L, class_name);
    lua_pushcfunction(L, selection_gc);
    lua_setfield(L, -2, "__gc");
    lua_setmetatable(L, -2);
}

/* Raises for entry `i`; the message is on top. */
static int entry_error(lua_State *L, const struct selection *sel, size_t i)
{
    bool reads = i < sel->reads;
    size_t place = reads ? i : i - sel->reads;

    lua_pushfstring(L, "entry %I: %s", (LUAI_UACINT)(place + 1),
                    lua_tostring(L, -1));
    return luaL_argerror(L, reads ? 1 : 2, lua_tostring(L, -1));
}

/* Calls a method of the object on top, if it has it; pushes the result. */
static bool call_method(lua_State *L, const char *name)
{
    bool indexable = lua_istable(L, -1);

    if (!indexable && luaL_getmetafield(L, -1, "__index") != LUA_TNIL) {
        indexable = true;
        lua_pop(L, 1);
    }
    if (!indexable)
        return false;
    if (lua_getfield(L, -1, name) == LUA_TNIL) {
        lua_pop(L, 1);
        return false;
    }
    lua_pushvalue(L, -2);
    lua_call(L, 1, 1);
    return true;
}

/* The descriptor of the object on top, which is entry `i`; -1: none. */
static int ask_fd(lua_State *L, const struct selection *sel, size_t i)
{
    int is_integer = 0;

    if (!call_method(L, "getfd")) {
        lua_pushfstring(L, "a socket or an object with getfd expected, got %s",
                        luaL_typename(L, -1));
        entry_error(L, sel, i);
    }
    if (lua_isnil(L, -1)) {
        lua_pop(L, 1);
        return -1;
    }
    lua_Integer fd = lua_tointegerx(L, -1, &is_integer);
    if (!is_integer || fd > INT_MAX) {
        lua_pushfstring(L, "getfd must return a descriptor, got %s",
                        luaL_tolstring(L, -1, NULL));
        entry_error(L, sel, i);
    }
    lua_pop(L, 1);
    return fd < 0 ? -1 : (int)fd;
}

/* Fills in entry `i` from the object on top. */
static void fill_entry(lua_State *L, const struct selection *sel, size_t i)
{
    bool reads = i < sel->reads;
    struct nb_socket *sock = nb_lsocket_test(L, -1);
    int fd = sock == NULL ? ask_fd(L, sel, i) : sock->fd;
    bool dirty = sock == NULL && reads && fd >= 0 && call_method(L, "dirty") &&
                 lua_toboolean(L, -1);

    sel->entries[i] = (struct entry){
        .sock = sock,
        .counts =
            fd >= 0 || (sock != NULL && nb_extra_of(sock)->lookup != NULL),
        .ready = dirty,
    };
    sel->fds[i] = (struct pollfd){.fd = fd, .events = reads ? POLLIN : POLLOUT};
}

static void check_list(lua_State *L, int arg)
{
    if (!lua_isnil(L, arg))
        luaL_checktype(L, arg, LUA_TTABLE);
}

/* Copies the list at `arg` behind the `count` elements of OBJECTS. */
static size_t copy_list(lua_State *L, int arg, size_t count)
{
    if (lua_isnil(L, arg))
        return count;
    for (lua_Integer i = 1; lua_geti(L, arg, i) != LUA_TNIL; i++)
        lua_rawseti(L, OBJECTS, (lua_Integer)++count);
    lua_pop(L, 1);
    return count;
}

/* Begins the call: checks its arguments, asks the objects of the script. */
static struct selection *begin(lua_State *L, struct nb_lua *lua)
{
    nb_lua_check_open(L, lua);
    lua_settop(L, ARGS);
    check_list(L, 1);
    check_list(L, 2);
    int64_t deadline = nb_lwait_deadline(L, lua, ARGS);
    size_t len = lua_rawlen(L, 1) + lua_rawlen(L, 2);
    lua_createtable(L, len < ROOM ? (int)len : ROOM, 0);
    size_t reads = copy_list(L, 1, 0);
    size_t count = copy_list(L, 2, reads);

    struct selection *sel = lua_newuserdatauv(L, sizeof *sel, 0);
    *sel = (struct selection){
        .count = count, .reads = reads, .deadline = deadline};
    nb_pollwait_init(&sel->poll, &lua->rt);
    set_finalizer(L);
    sel->entries = nb_malloc(count * sizeof *sel->entries);
    sel->fds = nb_malloc(count * sizeof *sel->fds);
    if (sel->entries == NULL || sel->fds == NULL)
        luaL_error(L, "not enough memory");
    for (size_t i = 0; i < count; i++) {
        lua_rawgeti(L, OBJECTS, (lua_Integer)i + 1);
        fill_entry(L, sel, i);
        lua_settop(L, SELECTION);
    }
    return sel;
}

/* Goes on after a wait: notes which foreign descriptors were closed. */
static struct selection *go_on(lua_State *L)
{
    struct selection *sel = lua_touserdata(L, SELECTION);

    for (size_t i = 0; i < sel->poll.count; i++) {
        if (sel->poll.pollers[i].closed && sel->entries[i].sock == NULL) {
            sel->entries[i].ready = true;
            sel->fds[i].fd = -1;
        }
    }
    nb_pollwait_end(&sel->poll);
    return sel;
}

/* True if it has no descriptor any more, and no name that will bring one. */
static bool is_gone(const struct nb_socket *sock)
{
    return sock->fd < 0 && nb_extra_of(sock)->lookup == NULL &&
           !nb_extra_is_looking(sock);
}

/* What is known of a socket without the kernel. */
static void look_at(struct entry *entry, struct pollfd *at,
                    enum nb_direction dir)
{
    const struct nb_socket *sock = entry->sock;
    bool gone = entry->counts && is_gone(sock);

    if (dir == NB_READ)
        entry->ready = gone || nb_socket_is_ahead(sock);
    else
        entry->ready = gone || nb_pickup_is_over(sock);
    at->fd = nb_pickup_is_awaited(sock, dir) ? -1 : sock->fd;
}

/* Asks all. Returns 0 if none is ready, more if any is, or an error. */
static int look(struct nb_net *net, struct selection *sel)
{
    int ready = 0;

    for (size_t i = 0; i < sel->count; i++) {
        struct entry *entry = &sel->entries[i];
        if (entry->sock != NULL)
            look_at(entry, &sel->fds[i], i < sel->reads ? NB_READ : NB_WRITE);
        ready |= entry->ready;
    }
    int rc = nb_gate_poll(net, sel->fds, sel->count);
    return rc < 0 ? rc : rc + ready;
}

/* Waits for all. Returns -ETIMEDOUT, or why it cannot. */
static int await(lua_State *L, struct nb_lthread *t, struct selection *sel)
{
    struct nb_pollwait *poll = &sel->poll;

    if (sel->deadline <= nb_loop_now(t->task.rt->loop))
        return -ETIMEDOUT;
    if (poll->pollers == NULL)
        poll->pollers = nb_malloc(sel->count * sizeof *poll->pollers);
    if (poll->pollers == NULL)
        return -ENOMEM;
    for (size_t i = 0; i < sel->count; i++) {
        struct entry *entry = &sel->entries[i];
        bool owned = entry->sock != NULL && entry->counts;
        nb_pollwait_add(poll, owned ? &entry->sock->io : NULL, sel->fds[i].fd,
                        i < sel->reads ? NB_READ : NB_WRITE);
    }
    return nb_lwait_poll(
        L, t, poll,
        &(struct nb_wait){.deadline = sel->deadline, .what = "select"});
}

/* As select(2): who hangs up or fails can be read and written. */
static bool is_ready(lua_State *L, const struct selection *sel, size_t i)
{
    const struct pollfd *at = &sel->fds[i];

    if ((at->revents & POLLNVAL) != 0) {
        lua_pushfstring(L, "descriptor %d is not open", at->fd);
        entry_error(L, sel, i);
    }
    return sel->entries[i].ready ||
           (at->revents & (at->events | POLLHUP | POLLERR)) != 0;
}

/* Pushes a list, and map, of the objects that are ready among some entries. */
static void push_ready(lua_State *L, const struct selection *sel, size_t from,
                       size_t to)
{
    lua_Integer count = 0;

    lua_newtable(L);
    for (size_t i = from; i < to; i++) {
        if (!is_ready(L, sel, i))
            continue;
        lua_rawgeti(L, OBJECTS, (lua_Integer)i + 1);
        lua_pushvalue(L, -1);
        if (lua_rawget(L, -3) != LUA_TNIL) { /* it was there twice */
            lua_pop(L, 2);
            continue;
        }
        lua_pop(L, 1);
        lua_pushvalue(L, -1);
        lua_rawseti(L, -3, ++count);
        lua_pushinteger(L, count);
        lua_rawset(L, -3);
    }
}

/*
 * socket.select(reads, writes [, t]) -> readable, writable [, "timeout"] |
 * nil, message, code. May wait.
 */
static int socket_select(lua_State *L)
{
    struct nb_lua *lua = nb_lua_of(L);
    bool again = nb_lwait_is_again(lua->current, socket_select);
    struct selection *sel = again ? go_on(L) : begin(L, lua);
    struct nb_lthread *t = nb_lwait_enter(L, socket_select);
    int rc = look(lua->net, sel);

    if (rc == 0)
        rc = await(L, t, sel);
    nb_lwait_leave(t);
    if (rc < 0 && rc != -ETIMEDOUT) {
        release(sel);
        return nb_fail(L, "select", NULL, rc);
    }
    push_ready(L, sel, 0, sel->reads);
    push_ready(L, sel, sel->reads, sel->count);
    release(sel);
    if (rc > 0)
        return 2;
    lua_pushliteral(L, "timeout");
    return 3;
}

/* sock:dirty() -> true if bytes are buffered that select need not wait for */
static int sock_dirty(lua_State *L)
{
    const struct nb_socket *sock = nb_lsocket_check(L, 1);
    lua_pushboolean(L, nb_socket_is_ahead(sock));
    return 1;
}

const luaL_Reg nb_lselect_methods[] = {
    {"dirty", sock_dirty},
    {NULL, NULL},
};

const luaL_Reg nb_lselect_functions[] = {
    {"select", socket_select},
    {NULL, NULL},
};
