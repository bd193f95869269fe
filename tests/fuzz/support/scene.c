/* A program that does what bytes say: see scene.h. */
#include "support/scene.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "bind/lclass.h"
#include "bind/lthread.h"
#include "bind/roster.h"
#include "net/socket.h"
#include "support/flags.h"
#include "support/input.h"
#include "support/luafixture.h"
#include "support/part.h"
#include "util/err.h"

enum {
    MOST_CALLS = 2000,     /* of the network */
    MOST_TURNS = 1000,     /* of the runtime */
    MOST_MEMORY = 8 << 20, /* bytes */
    MOST_ABANDONED = 16,   /* descriptors, at a time */
    FAULTS = 16,           /* bytes that say how the network fails */
};

struct scene {
    struct luafixture fx;
    const struct nb_runtime_host *host; /* the real one */
    int inputs; /* that the state still has; 0: it is not open */
    const uint8_t *faults;
    size_t fault_count;
    bool failing; /* as they say */
    int calls;
    int turns;
    int abandoned[MOST_ABANDONED];
    int abandoned_count;
};

static struct scene scene; /* libFuzzer has one process and one thread */

static const char fuzz_key = 'f'; /* registry: the table `fuzz` */

static void stop(void)
{
    scene.fx.lua.rt.signal = SIGINT;
    nb_lthread_interrupt(&scene.fx.lua);
}

/* Sockets fail as they can; a wait that has not begun may always fail so. */
static int fault_of(enum lan_op op, uint8_t byte)
{
    static const int errors[] = {ENOMEM, ENOBUFS, EMFILE, ECONNRESET,
                                 EPIPE,  EINVAL,  EIO,    ENETDOWN};
    bool moves = op == LAN_SEND || op == LAN_RECV || op == LAN_SPLICE;

    if (op == LAN_POLL || op == LAN_DRAIN || op == LAN_CLOSE)
        return LAN_GO;
    if (op == LAN_ANSWER)
        return NB_EAI_AGAIN;
    if (moves && byte % 4 == 0)
        return 1 + byte / 4;
    if ((moves || op == LAN_ACCEPT) && byte % 4 == 1)
        return -EAGAIN;
    if (op == LAN_RECV && byte % 4 == 2)
        return 0;
    return -errors[byte / 4 % NB_COUNTOF(errors)];
}

static int judge(void *context, enum lan_op op, int fd)
{
    (void)context;
    (void)fd;
    if (++scene.calls == MOST_CALLS)
        stop();
    if (scene.calls > MOST_CALLS) /* a relay in a shield comes to its end */
        return op == LAN_SEND || op == LAN_SPLICE ? -ECONNRESET : LAN_GO;
    if (!scene.failing || scene.fault_count == 0)
        return LAN_GO;
    uint8_t byte = scene.faults[(size_t)scene.calls % scene.fault_count];
    return byte < 128 ? LAN_GO : fault_of(op, byte - 128);
}

static void batch(void *context)
{
    if (++scene.turns == MOST_TURNS)
        stop();
    scene.host->batch(context);
}

static bool gate(void *context, size_t size)
{
    (void)context;
    return size < MOST_MEMORY && nb_alloc_account().bytes < MOST_MEMORY - size;
}

static int push_metatable(lua_State *L)
{
    luaL_checkany(L, 1);
    if (!lua_getmetatable(L, 1))
        lua_pushnil(L);
    return 1;
}

static int call_stop(lua_State *L)
{
    (void)L;
    stop();
    return 0;
}

static int call_fail(lua_State *L)
{
    (void)L;
    scene.failing = true;
    return 0;
}

/* abandon(fd): a socket has let go of it, and it stays open. */
static int call_abandon(lua_State *L)
{
    int fd = (int)luaL_checkinteger(L, 1);

    if (scene.abandoned_count == MOST_ABANDONED)
        return luaL_error(L, "enough of them");
    scene.abandoned[scene.abandoned_count++] = fd;
    return 0;
}

static void open_library(lua_State *L)
{
    static const luaL_Reg functions[] = {
        {"metatable", push_metatable}, {"fail", call_fail}, {"stop", call_stop},
        {"abandon", call_abandon},     {NULL, NULL},
    };

    nb_lclass_newlib(L, functions);
    lua_pushvalue(L, -1);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &fuzz_key);
    lua_setglobal(L, "fuzz");
}

/* Starts the function at 1 with the argument at 2 as the main thread. */
static int start(lua_State *L)
{
    nb_task_start(&nb_lthread_new(L, &scene.fx.lua, 1)->task, false);
    return 0;
}

/* Runs the function below the argument on top, and all the threads it makes. */
static void run(struct nb_lua *lua)
{
    scene.calls = 0;
    scene.turns = 0;
    scene.failing = false;
    lua_pushcfunction(lua->L, start);
    lua_insert(lua->L, -3);
    if (lua_pcall(lua->L, 2, 0, 0) != LUA_OK)
        lua->exhausted = true;
    int rc = nb_runtime_run(&lua->rt);
    if (rc == -EDEADLK) {
        nb_roster_print_deadlock(lua->L, lua);
        nb_runtime_stop(&lua->rt);
        nb_runtime_run(&lua->rt);
    }
    if (rc < 0 || lua->exhausted)
        scene.inputs = 1; /* the last */
    input_demand(nb_list_empty(&lua->rt.tasks) && nb_list_empty(&lua->rt.ready),
                 "all threads have ended");
    input_demand(lua->rt.external == 0, "nobody waits");
    scene.host->stop(lua); /* a timer that a finalizer armed since */
    input_demand(lua->rt.holders == 0, "no timer of a script is armed");
}

/* The next program may begin. */
static void rewind_runtime(struct nb_runtime *rt)
{
    rt->signal = 0;
    rt->stopping = false;
    rt->forced = false;
}

/* Opens a state and runs the part in it. */
static void begin(const struct part *part)
{
    static struct lan_rules rules = {.judge = judge};
    static struct nb_runtime_host host;
    struct luafixture *fx = &scene.fx;
    lua_State *L;

    if (rules.policy == NULL)
        rules.policy = flags_policy("allow-net allow-unix");
    luafixture_begin_lan(fx, &rules);
    scene.host = fx->lua.rt.host;
    host = *scene.host;
    host.batch = batch;
    fx->lua.rt.host = &host;
    lan_name(fx->net, "two.test", "192.0.2.1");
    lan_name(fx->net, "two.test", "127.0.0.1");
    L = fx->lua.L;
    open_library(L);
    part_load(L, part);
    scene.inputs = SCENE_INPUTS;
    lua_getglobal(L, part->name);
    lua_pushnil(L);
    run(&fx->lua);
    rewind_runtime(&fx->lua.rt);
}

/* Calls fuzz.play(bytes), and what it leaves behind is seen. */
static void play(lua_State *L, const uint8_t *data, size_t size)
{
    const struct nb_list *sockets = &scene.fx.lua.sockets;
    size_t faults = size < FAULTS ? size : FAULTS;

    scene.faults = data;
    scene.fault_count = faults;
    lua_rawgetp(L, LUA_REGISTRYINDEX, &fuzz_key);
    lua_getfield(L, -1, "play");
    lua_remove(L, -2);
    input_demand(lua_isfunction(L, -1), "there is a program");
    lua_pushlstring(L, (const char *)data + faults, size - faults);
    nb_alloc_set_gate(gate, NULL);
    run(&scene.fx.lua);
    nb_alloc_set_gate(NULL, NULL);
    while (!nb_list_empty(sockets))
        nb_socket_close(NB_CONTAINER_OF(sockets->next, struct nb_socket, link));
    while (scene.abandoned_count > 0)
        lan_drop(scene.fx.net, scene.abandoned[--scene.abandoned_count]);
    input_demand(lua_gettop(L) == 0, "the stack is as it was");
    input_demand(lan_open(scene.fx.net) == 0, "no descriptor is open");
}

/* The file of the folder for an input of the state. */
static const char *kept(const char *folder, int number)
{
    static char path[256];

    snprintf(path, sizeof path, "%s/%03d", folder, number);
    return path;
}

/* Keeps the input with those before it, for who wants to repeat them. */
static void keep(const uint8_t *data, size_t size)
{
    const char *folder = getenv("FUZZ_STATE");
    int number = SCENE_INPUTS - scene.inputs;

    if (folder == NULL)
        return;
    for (int i = 0; number == 0 && i < SCENE_INPUTS; i++)
        unlink(kept(folder, i));
    FILE *file = fopen(kept(folder, number), "wb");
    input_demand(file != NULL, "the folder of the inputs is there");
    fwrite(data, 1, size, file);
    fclose(file);
}

/* Closes the state. */
static void end(void)
{
    if (scene.inputs > 0)
        luafixture_end(&scene.fx);
    scene.inputs = 0;
}

void scene_play(struct part *part, const uint8_t *data, size_t size)
{
    if (part->code.len == 0) {
        setenv("CMOCKA_TEST_ABORT", "1", true);
        part_compile(part);
        atexit(end);
    }
    if (scene.inputs == 0)
        begin(part);
    keep(data, size);
    play(scene.fx.lua.L, data, size);
    rewind_runtime(&scene.fx.lua.rt);
    if (scene.inputs == 1)
        end();
    else
        scene.inputs--;
}
