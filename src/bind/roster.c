/*
 * The threads of a program: see roster.h.
 *
 * Who waits for each other in a circle is told first. Each thread is printed
 * by itself, so that many of them take no memory to speak of.
 */
#include "bind/roster.h"

#include <lauxlib.h>
#include <stdio.h>
#include <string.h>

#include "bind/graph.h"
#include "bind/lgroup.h"
#include "bind/lsocket.h"
#include "bind/lthread.h"
#include "bind/report.h"
#include "bind/state.h"
#include "guard/memory.h"

enum {
    CYCLES = 10, /* of those that are told */
    NAMES = 10,  /* of those in one line */
};

/* A report in progress. */
struct roster {
    struct nb_lua *lua;
    struct nb_graph graph;
    int sockets; /* where on the stack the table of the open ones is */
};

static void add(luaL_Buffer *text, lua_State *L, const char *format,
                const char *value)
{
    lua_pushfstring(L, format, value);
    luaL_addvalue(text);
}

static void add_name(luaL_Buffer *text, lua_State *L, const char *format,
                     const struct nb_lthread *t)
{
    char name[NB_LTHREAD_NAME];

    nb_lthread_name(t, name);
    add(text, L, format, name);
}

/* Adds why `t` waits for `other`, which is alive. */
static void add_edge(luaL_Buffer *text, lua_State *L,
                     const struct nb_lthread *t, const struct nb_lthread *other)
{
    const struct nb_waiter *waiter = &t->task.waiter;

    if (nb_lgroup_is_awaited_by(t)) {
        add_name(text, L, "waits for thread '%s' of a group", other);
    } else if (waiter->queue == &other->task.joiners) {
        add_name(text, L, "waits for the end of thread '%s'", other);
    } else if (t == other) {
        add(text, L, "waits for %s that it holds itself", waiter->what);
    } else {
        add(text, L, "waits for %s", waiter->what);
        add_name(text, L, " held by thread '%s'", other);
    }
}

/* Adds who has ended, as far as it can still be known. */
static void add_ended(luaL_Buffer *text, lua_State *L, const struct nb_lua *lua,
                      uint64_t id)
{
    const struct nb_list *ended = &lua->ended;
    char thread[NB_LTHREAD_TEXT];

    snprintf(thread, sizeof thread, "thread %llu", (unsigned long long)id);
    for (struct nb_list *link = ended->next; link != ended; link = link->next) {
        struct nb_task *task = NB_CONTAINER_OF(link, struct nb_task, all);
        if (task->id == id)
            nb_lthread_describe(nb_lthread_of(task), thread);
    }
    add(text, L, " held by %s, which has ended", thread);
}

/* Adds the members of the group that `t` waits for. */
static void add_members(luaL_Buffer *text, lua_State *L,
                        const struct nb_lthread *t)
{
    struct nb_lthread *member = nb_lgroup_next_awaited(t, NULL);
    lua_Integer more = 0;

    for (int i = 0; member != NULL; i++) {
        if (i < NAMES)
            add_name(text, L, i == 0 ? ": '%s'" : ", '%s'", member);
        else
            more++;
        member = nb_lgroup_next_awaited(t, member);
    }
    if (more == 0)
        return;
    lua_pushfstring(L, " and %I more", more);
    luaL_addvalue(text);
}

/* Adds the socket, if it is one, that a thread waits for. */
static void add_socket(luaL_Buffer *text, lua_State *L,
                       const struct roster *roster, const void *object)
{
    char socket[NB_LSOCKET_TEXT];

    if (lua_rawgetp(L, roster->sockets, object) == LUA_TNIL) {
        lua_pop(L, 1);
        return;
    }
    nb_lsocketinfo_format(lua_touserdata(L, -1), socket);
    lua_pop(L, 1);
    add(text, L, " on %s", socket);
}

/* Adds what a thread that waits does so for. */
static void add_wait(luaL_Buffer *text, lua_State *L,
                     const struct roster *roster, const struct nb_lthread *t)
{
    const struct nb_waiter *waiter = &t->task.waiter;
    uint64_t holder = nb_waiter_holder(waiter);
    size_t index = nb_graph_find(&roster->graph, holder);

    if (index != NB_GRAPH_NONE) {
        add_edge(text, L, t, roster->graph.nodes[index].t);
        return;
    }
    add(text, L, "waits for %s", waiter->what == NULL ? "?" : waiter->what);
    if (holder != 0)
        add_ended(text, L, roster->lua, holder);
    else if (nb_lgroup_is_awaited_by(t))
        add_members(text, L, t);
    else if (waiter->object != NULL)
        add_socket(text, L, roster, waiter->object);
}

static void add_state(luaL_Buffer *text, lua_State *L,
                      const struct roster *roster, const struct nb_lthread *t)
{
    switch (t->task.state) {
    case NB_TASK_READY:
        luaL_addstring(text,
                       t->started ? "is ready to run" : "has not started yet");
        break;
    case NB_TASK_WAITING:
        add_wait(text, L, roster, t);
        break;
    case NB_TASK_RUNNING:
    case NB_TASK_ENDED:
        luaL_addstring(text, "runs");
        break;
    }
}

static void print_thread(lua_State *L, const struct roster *roster,
                         const struct nb_lthread *t)
{
    char thread[NB_LTHREAD_TEXT];
    luaL_Buffer text;

    nb_lthread_describe(t, thread);
    luaL_buffinit(L, &text);
    add(&text, L, t->task.daemon ? "daemon %s " : "%s ", thread);
    add_state(&text, L, roster, t);
    luaL_pushresult(&text);
    nb_report_print(roster->lua, lua_tostring(L, -1));
    nb_ltrace_push(L, t->inner);
    if (lua_rawlen(L, -1) > 0)
        nb_report_print(roster->lua, lua_tostring(L, -1));
    lua_pop(L, 2);
}

static void print_cycle(lua_State *L, const struct roster *roster, size_t first)
{
    const struct nb_node *nodes = roster->graph.nodes;
    size_t at = first;
    luaL_Buffer text;

    luaL_buffinit(L, &text);
    add_name(&text, L, "cycle: thread '%s' ", nodes[first].t);
    for (int i = 0; i < NAMES && (i == 0 || at != first); i++) {
        if (i > 0)
            luaL_addstring(&text, ", which ");
        add_edge(&text, L, nodes[at].t, nodes[nodes[at].to].t);
        at = nodes[at].to;
    }
    if (at != first)
        luaL_addstring(&text, ", and so on");
    luaL_pushresult(&text);
    nb_report_print(roster->lua, lua_tostring(L, -1));
    lua_pop(L, 1);
}

/*
 * Pushes a table of the open sockets, each under its address. While it is
 * filled nothing is allocated, so that no finalizer closes one. Whoever waits
 * for a socket keeps it from being collected.
 */
static void push_sockets(lua_State *L, const struct nb_lua *lua)
{
    const struct nb_list *open = &lua->sockets;
    int count = 0;

    for (struct nb_list *link = open->next; link != open; link = link->next)
        count++;
    lua_createtable(L, 0, count);
    for (struct nb_list *link = open->next; link != open && count > 0;
         link = link->next, count--) {
        struct nb_socket *sock = NB_CONTAINER_OF(link, struct nb_socket, link);
        lua_pushlightuserdata(L, sock);
        lua_rawsetp(L, -2, sock);
    }
}

static int print_all(lua_State *L)
{
    struct roster roster = {.lua = lua_touserdata(L, 1)};

    luaL_checkstack(L, 32, NULL);
    push_sockets(L, roster.lua);
    roster.sockets = lua_gettop(L);
    roster.graph = nb_graph_push(L, roster.lua);
    for (int i = 0; i < CYCLES; i++) {
        size_t first = nb_graph_next_cycle(&roster.graph);
        if (first == NB_GRAPH_NONE)
            break;
        print_cycle(L, &roster, first);
    }
    for (size_t i = 0; i < roster.graph.count; i++)
        print_thread(L, &roster, roster.graph.nodes[i].t);
    return 0;
}

static void print(lua_State *L, struct nb_lua *lua, const char *heading)
{
    nb_report_print(lua, heading);
    lua_pushcfunction(L, print_all);
    lua_pushlightuserdata(L, lua);
    int status = lua_pcall(L, 1, 0, 0);
    if (status == LUA_OK)
        return;
    if (status == LUA_ERRMEM)
        nb_memory_give_up(lua->memory);
    nb_report_line(lua_tostring(L, -1));
    lua_pop(L, 1);
}

void nb_roster_print(lua_State *L, struct nb_lua *lua)
{
    print(L, lua, "netbox: the threads");
}

void nb_roster_print_deadlock(lua_State *L, struct nb_lua *lua)
{
    print(L, lua,
          "netbox: deadlock: every thread waits for another, "
          "and nothing can wake them");
}
