/*
 * The Lua state of a program: see state.h.
 *
 * Scripts run in three places only: when the state is opened, when a batch of
 * ready threads runs, and when the state is closed.
 */
#include "bind/state.h"

#include <errno.h>
#include <unistd.h>

#include "bind/cancel.h"
#include "bind/embed.h"
#include "bind/lbox.h"
#include "bind/lcoroutine.h"
#include "bind/lecho.h"
#include "bind/libs.h"
#include "bind/lio.h"
#include "bind/llimit.h"
#include "bind/lsandbox.h"
#include "bind/lsocket.h"
#include "bind/lthread.h"
#include "bind/ltimer.h"
#include "bind/obstacle.h"
#include "bind/place.h"
#include "bind/report.h"
#include "bind/roster.h"
#include "core/loop.h"
#include "guard/memory.h"
#include "net/console.h"
#include "trace/trace.h"
#include "util/alloc.h"

/* As large as a stack of Lua's can be, which a finalizer may have to grow. */
enum { STACK_MAX = LUAI_MAXSTACK * 17 };

static const char kept_key = 'k'; /* registry: what is kept */

/* While it runs a finalizer, Lua answers no question about its collector. */
static bool is_finalizing(lua_State *L)
{
    return L != NULL && lua_gc(L, LUA_GCISRUNNING) < 0;
}

/*
 * A finalizer that has no memory to be called with is never called: what it
 * would close stays open, and a socket is freed while the loop still knows it.
 * So it gets some that others do not, until even that is used up.
 */
static void *allocate(void *context, void *block, size_t old_size,
                      size_t new_size)
{
    struct nb_lua *lua = context;
    void *new = nb_alloc_sized(block, old_size, new_size);

    if (new == NULL && new_size > 0 && nb_alloc_is_retried() &&
        nb_lbox_collect(lua, block, old_size)) {
        nb_alloc_set_retried(new_size - (block == NULL ? 0 : old_size));
        new = nb_alloc_sized(block, old_size, new_size);
        if (new == NULL)
            return NULL;
    }
    if (new == NULL && new_size > 0) {
        if (new_size > STACK_MAX || nb_alloc_is_retried() ||
            !is_finalizing(lua->L))
            return NULL;
        new = nb_alloc_sized_or_exit(block, old_size, new_size);
    }
    nb_lpace_count(lua->over ? NULL : lua->L, &lua->pace,
                   block == NULL ? 0 : old_size, new_size);
    return new;
}

struct nb_lua *nb_lua_owner(lua_State *L)
{
    void *context = NULL;

    return lua_getallocf(L, &context) == allocate ? context : NULL;
}

void nb_lua_leave(const struct nb_lua *lua)
{
    if (lua->trace != NULL)
        nb_trace_finish(lua->trace);
    if (lua->leaving != NULL)
        lua->leaving(lua->leaving_context);
}

/* An error outside of every protected call: a defect, or no memory. */
static int panic(lua_State *L)
{
    const char *message = lua_tostring(L, -1);
    nb_report_line(message == NULL ? "an error without a message" : message);
    return 0;
}

static int turn(lua_State *L)
{
    struct nb_lua *lua = lua_touserdata(L, 1);
    nb_runtime_turn(&lua->rt);
    return 0;
}

void nb_lua_exhausted(struct nb_lua *lua, const char *message)
{
    nb_memory_give_up(lua->memory);
    nb_report_line(message);
    lua->exhausted = true;
}

/* The one protected call of a batch. What fails in it is want of memory. */
static void batch(void *context)
{
    struct nb_lua *lua = context;

    lua_pushcfunction(lua->L, turn);
    lua_pushlightuserdata(lua->L, lua);
    if (lua_pcall(lua->L, 1, 0, 0) == LUA_OK)
        return;
    nb_lua_exhausted(lua, lua_tostring(lua->L, -1));
    lua_pop(lua->L, 1);
    if (lua->current != NULL)
        nb_lthread_abandon(lua->current);
}

static void before_wait(void *context)
{
    nb_alloc_trim();
    nb_lio_flush(context);
}

static void stop(void *context)
{
    nb_ltimer_end_all(context);
}

static void show(void *context)
{
    struct nb_lua *lua = context;

    nb_llimit_check(lua);
    nb_roster_print(lua->L, lua);
}

void nb_lua_check_open(lua_State *L, const struct nb_lua *lua)
{
    if (lua->over)
        luaL_error(L, "the program is closing");
}

void nb_lua_keep(lua_State *L, const void *key)
{
    lua_rawgetp(L, LUA_REGISTRYINDEX, &kept_key);
    lua_insert(L, -2);
    lua_rawsetp(L, -2, key);
    lua_pop(L, 1);
}

void nb_lua_push_kept(lua_State *L, const void *key)
{
    lua_rawgetp(L, LUA_REGISTRYINDEX, &kept_key);
    lua_rawgetp(L, -1, key);
    lua_remove(L, -2);
}

/* Stack: a table. Sets its field to a copy of the field of another. */
static void copy_global(lua_State *L, const char *name)
{
    lua_getglobal(L, name);
    lua_setfield(L, -2, name);
}

/* metatable_of(value) -> table | nil, also where it is protected */
static int metatable_of(lua_State *L)
{
    if (!lua_getmetatable(L, 1))
        lua_pushnil(L);
    return 1;
}

/* Makes what is built in Lua; the table `core` is what it is made of. */
static void open_embedded(lua_State *L)
{
    lua_newtable(L);
    copy_global(L, "socket");
    copy_global(L, "timer");
    copy_global(L, "thread");
    copy_global(L, "trace");
    copy_global(L, "input");
    lua_pushcfunction(L, nb_ldatagram_recvicmp);
    lua_setfield(L, -2, "recvicmp");
    nb_lecho_open(L);
    lua_pushcfunction(L, metatable_of);
    lua_setfield(L, -2, "metatable_of");
    lua_pushinteger(L, sysconf(_SC_OPEN_MAX));
    lua_setfield(L, -2, "descriptor_limit");

    lua_pushvalue(L, -1);
    nb_embed_call(L, "repr");
    lua_setglobal(L, "repr");
    lua_pushvalue(L, -1);
    nb_embed_call(L, "luasocket");
    lua_pop(L, 1);
    lua_pushvalue(L, -1);
    nb_embed_call(L, "dns");
    lua_pop(L, 1);
    lua_getglobal(L, "socket");
    lua_pushvalue(L, -2);
    nb_embed_call(L, "ping");
    lua_setfield(L, -2, "ping");
    lua_pop(L, 1);
}

static int open_roles(lua_State *L)
{
    lua_pushvalue(L, lua_upvalueindex(1));
    nb_embed_call(L, "roles");
    return 1;
}

/* Puts socket into the table on top, by the names that LuaSocket has. */
static void copy_socket(lua_State *L)
{
    lua_getglobal(L, "socket");
    lua_pushvalue(L, -1);
    lua_setfield(L, -3, "socket");
    lua_getfield(L, -1, "unix");
    lua_setfield(L, -3, "socket.unix");
    lua_setfield(L, -2, "socket.core");
}

/* Stack: `core`. Pushes the table of the modules that require finds last. */
static void push_modules(lua_State *L)
{
    lua_newtable(L);
    copy_socket(L); /* if it is no longer where it was loaded */
    copy_global(L, "timer");
    copy_global(L, "thread");
    lua_createtable(L, 0, 8);
    lua_pushliteral(L, NETBOX_VERSION);
    lua_setfield(L, -2, "version");
    copy_global(L, "socket");
    copy_global(L, "timer");
    copy_global(L, "thread");
    copy_global(L, "trace");
    copy_global(L, "input");
    copy_global(L, "repr");
    copy_global(L, "hexdump");
    lua_setfield(L, -2, "netbox");
    lua_pushvalue(L, -2);
    lua_pushcclosure(L, open_roles, 1);
    lua_setfield(L, -2, "roles");
}

static int open_all(lua_State *L)
{
    struct nb_lua *lua = lua_touserdata(L, 1);

    lua_newtable(L);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &kept_key);
    nb_lcollector_open(L, &lua->collector);
    nb_lsandbox_open(L);
    nb_lbox_open(L, lua);
    nb_obstacle_open(L);
    nb_cancel_open(L);
    nb_lthread_open(L, lua);
    nb_lcoroutine_open(L);
    nb_lprotect_open(L);
    nb_lio_open(L);
    nb_lsocket_open(L);
    lua_setglobal(L, "socket");
    nb_ltracelib_open(L);
    lua_setglobal(L, "trace");
    nb_ltimer_open(L);
    lua_pushvalue(L, -1);
    lua_setglobal(L, "timer");
    nb_lthreadlib_open(L);
    nb_lsync_open(L);
    nb_ldeadline_open(L);
    nb_lgroup_open(L);
    lua_getfield(L, -2, "sleep");
    lua_setfield(L, -2, "sleep");
    lua_setglobal(L, "thread");
    open_embedded(L);
    push_modules(L);
    nb_lrequire_open(L);
    lua_getfield(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
    copy_socket(L); /* netbox's, whatever lies beside the script */
    lua_pop(L, 1);
    return 0;
}

void nb_lua_init(struct nb_lua *lua, struct nb_loop *loop)
{
    static const struct nb_runtime_host host = {
        .batch = batch,
        .before_wait = before_wait,
        .stop = stop,
        .show = show,
    };

    *lua = (struct nb_lua){.L = NULL};
    nb_runtime_init(&lua->rt, loop, &host, lua);
    lua->rt.bus.locate = nb_ltracelib_locate;
    lua->rt.bus.context = lua;
    nb_lpace_init(&lua->pace);
    nb_list_init(&lua->sockets);
    nb_list_init(&lua->timers);
    nb_list_init(&lua->ended);
    nb_list_init(&lua->sources);
    nb_list_init(&lua->short_of_descriptors);
}

int nb_lua_open(struct nb_lua *lua, struct nb_net *net,
                struct nb_console *console)
{
    lua->net = net;
    lua->console = console;
    lua->scratch = nb_malloc(NB_SCRATCH);
    nb_relays_init(&lua->relays, lua->scratch, NB_SCRATCH);
    lua->L = lua_newstate(allocate, lua);
    if (lua->scratch == NULL || lua->L == NULL)
        goto fail;
    lua_atpanic(lua->L, panic);
    nb_lwarn_open(lua->L, lua);
    lua_pushcfunction(lua->L, open_all);
    lua_pushlightuserdata(lua->L, lua);
    if (lua_pcall(lua->L, 1, 0, 0) != LUA_OK)
        goto fail;
    return 0;

fail:
    nb_lua_close(lua);
    return -ENOMEM;
}

void nb_lua_close(struct nb_lua *lua)
{
    lua->current = NULL;
    lua->over = true;
    nb_ltimer_end_all(lua);
    while (!nb_list_empty(&lua->rt.tasks)) /* finalizers wake nobody */
        nb_lthread_drop(nb_lthread_of(
            NB_CONTAINER_OF(lua->rt.tasks.next, struct nb_task, all)));
    if (lua->L != NULL)
        lua_close(lua->L);
    nb_place_deinit(lua);
    nb_lwarn_deinit(&lua->warn);
    nb_free(lua->scratch);
    lua->L = NULL;
    lua->scratch = NULL;
}
