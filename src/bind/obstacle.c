/* What stands in the way of a wait: see obstacle.h. */
#include "bind/obstacle.h"

#include <lauxlib.h>
#include <stdbool.h>
#include <string.h>

#include "bind/lcoroutine.h"
#include "bind/lthread.h"
#include "bind/state.h"

enum {
    MAX_LEVELS = 10000, /* finding one takes time by its depth */
    HANDLER = 2,        /* the argument of xpcall */
};

/* A search through the stack of `co`, and slots of the one that searches. */
struct search {
    lua_State *co;
    int level;
    int seen;        /* a table: the levels of functions by the functions */
    int found;       /* the name of the first obstacle, or nil */
    int found_level; /* where it is */
    bool requires;   /* there is `require`: it is, if there is no other */
};

/* Registry: a table, names of functions by the functions. */
static const char names_key = 'o';

void nb_obstacle_except(lua_State *L, lua_CFunction function, const char *name)
{
    lua_rawgetp(L, LUA_REGISTRYINDEX, &names_key);
    lua_pushcfunction(L, function);
    lua_pushstring(L, name);
    lua_rawset(L, -3);
    lua_pop(L, 1);
}

void nb_obstacle_open(lua_State *L)
{
    lua_newtable(L);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &names_key);
    lua_getglobal(L, "dofile");
    nb_obstacle_except(L, lua_tocfunction(L, -1), "dofile");
    lua_pop(L, 1);
}

/* Pushes the name of the function on top if waits pass it, else nil. */
static void push_exception(lua_State *L)
{
    lua_rawgetp(L, LUA_REGISTRYINDEX, &names_key);
    if (lua_iscfunction(L, -2))
        lua_pushcfunction(L, lua_tocfunction(L, -2));
    else
        lua_pushnil(L);
    lua_rawget(L, -2);
    lua_remove(L, -2);
}

/* Pushes the string under which the table on top holds the value at `value`. */
static bool push_key(lua_State *L, int value)
{
    for (lua_pushnil(L); lua_next(L, -2); lua_pop(L, 1)) {
        if (lua_type(L, -2) == LUA_TSTRING && lua_rawequal(L, -1, value)) {
            lua_pop(L, 1);
            return true;
        }
    }
    return false;
}

/* Pushes the name by which package.loaded knows the function on top. */
static bool push_global_name(lua_State *L)
{
    int function = lua_gettop(L);

    lua_getfield(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
    for (lua_pushnil(L); lua_next(L, function + 1); lua_pop(L, 1)) {
        if (lua_type(L, -2) != LUA_TSTRING || !lua_istable(L, -1) ||
            !push_key(L, function))
            continue;
        const char *module = lua_tostring(L, -3);
        if (strcmp(module, LUA_GNAME) != 0)
            lua_pushfstring(L, "%s.%s", module, lua_tostring(L, -1));
        lua_replace(L, function + 1);
        lua_settop(L, function + 1);
        return true;
    }
    lua_settop(L, function);
    return false;
}

/* Pushes what the script calls the C function on top; false if nothing. */
static bool push_c_name(lua_State *L, const lua_Debug *frame)
{
    bool bare = strcmp(frame->namewhat, "metamethod") == 0;

    if (push_global_name(L))
        return true;
    if (frame->name != NULL)
        lua_pushfstring(L, bare ? "__%s" : "%s", frame->name);
    return frame->name != NULL;
}

/*
 * Pushes what the sentence calls the function on top if it is an obstacle;
 * `passes`: it is none where it was called in the usual way.
 */
static bool push_if_obstacle(lua_State *L, const lua_Debug *frame, bool passes)
{
    if (strcmp(frame->namewhat, "hook") == 0)
        lua_pushliteral(L, "a hook (debug.sethook)");
    else if (frame->name != NULL && strcmp(frame->name, "__gc") == 0)
        lua_pushliteral(L, "a finalizer (__gc)");
    else if (!passes && *frame->what == 'C' && push_c_name(L, frame))
        lua_pushfstring(L, "'%s'", lua_tostring(L, -1));
    else
        return false;
    return true;
}

/* A message handler in place of its upvalue: leaves the error as it is. */
static int pass_on(lua_State *L)
{
    (void)L;
    return 1;
}

/* Pushes the message handler of the frame, of xpcall, as the script gave it. */
static void push_handler(lua_State *L, lua_State *co, const lua_Debug *frame)
{
    if (lua_getlocal(co, frame, HANDLER) == NULL) {
        lua_pushnil(L);
        return;
    }
    if (co != L)
        lua_xmove(co, L, 1);
    if (lua_tocfunction(L, -1) == pass_on)
        lua_getupvalue(L, -1, 1);
}

/*
 * The level of the message handler of the frame, of xpcall, if that runs; -1
 * if not. Lua would call it for the error that is raised now as well, and for
 * that of the wait which it then begins, until its C stack is full and nothing
 * of all that is told; so it is replaced.
 */
static int stop_handler(lua_State *L, const struct search *search,
                        const lua_Debug *frame)
{
    lua_State *co = search->co;

    push_handler(L, co, frame);
    lua_pushvalue(L, -1);
    if (lua_rawget(L, search->seen) == LUA_TNIL)
        return -1;
    int level = (int)lua_tointeger(L, -1);
    lua_pop(L, 1);
    lua_pushcclosure(L, pass_on, 1);
    if (co != L)
        lua_xmove(L, co, 1);
    lua_setlocal(co, frame, HANDLER);
    return level;
}

static void set_found(lua_State *L, struct search *search, int level)
{
    lua_replace(L, search->found);
    search->found_level = level;
}

/* Takes the function on top, which has the frame, into account. */
static void look_at(lua_State *L, struct search *search, const lua_Debug *frame)
{
    int function = lua_gettop(L);

    push_exception(L);
    const char *name = lua_tostring(L, -1);
    bool waits = search->co == L && search->level == 0;
    if (name != NULL && strcmp(name, "xpcall") == 0) {
        int level = stop_handler(L, search, frame);
        if (level >= 0 && level < search->found_level) {
            lua_pushliteral(L, "a message handler (xpcall)");
            set_found(L, search, level);
        }
    }
    search->requires |= name != NULL && strcmp(name, "require") == 0;
    lua_pushvalue(L, function);
    if (lua_isnil(L, search->found) &&
        push_if_obstacle(L, frame, name != NULL || waits))
        set_found(L, search, search->level);
    lua_pushvalue(L, function);
    if (lua_rawget(L, search->seen) == LUA_TNIL) {
        lua_pushvalue(L, function);
        lua_pushinteger(L, search->level);
        lua_rawset(L, search->seen);
    }
}

/* Pushes the first obstacle on the stack of `co`, nil if there is none. */
static void push_first(lua_State *L, lua_State *co)
{
    struct search search = {
        .co = co,
        .seen = lua_gettop(L) + 1,
        .found = lua_gettop(L) + 2,
        .found_level = MAX_LEVELS,
    };
    lua_Debug frame;

    lua_newtable(L);
    lua_pushnil(L);
    while (search.level < MAX_LEVELS &&
           lua_getstack(co, search.level, &frame)) {
        lua_getinfo(co, "Snf", &frame);
        if (co != L)
            lua_xmove(co, L, 1);
        look_at(L, &search, &frame);
        lua_settop(L, search.found);
        search.level++;
    }
    if (lua_isnil(L, -1) && search.requires) {
        lua_pushliteral(L, "'require'");
        lua_replace(L, search.found);
    }
}

/* Pushes the name of the C function that `co` is in; false if it has none. */
static bool push_innermost(lua_State *L, lua_State *co)
{
    lua_Debug frame;

    if (!lua_getstack(co, 0, &frame))
        return false;
    lua_getinfo(co, "Snf", &frame);
    if (co != L)
        lua_xmove(co, L, 1);
    push_exception(L);
    if (lua_isnil(L, -1)) {
        lua_pop(L, 1);
        if (!push_c_name(L, &frame))
            return false;
    }
    lua_pushfstring(L, "'%s'", lua_tostring(L, -1));
    return true;
}

/* Pushes what is in the way on the stacks from L outwards; false if nothing. */
static bool push_obstacle(lua_State *L)
{
    const struct nb_lthread *t = nb_lua_of(L)->current;
    lua_State *co = L;

    while (co != NULL && lua_isyieldable(co))
        co = nb_lcoroutine_resumer(co);
    if (co == NULL)
        return false;
    push_first(L, co);
    if (!lua_isnil(L, -1))
        return true;
    /* It runs because it is being closed. */
    co = co == t->inner ? nb_lcoroutine_resumer(co) : t->inner;
    return co != NULL && push_innermost(L, co);
}

int nb_obstacle_raise(lua_State *L)
{
    luaL_checkstack(L, LUA_MINSTACK, NULL);
    if (!push_obstacle(L))
        return luaL_error(L, "cannot wait here: Lua cannot suspend this");
    return luaL_error(L, "cannot wait inside %s: Lua cannot suspend it",
                      lua_tostring(L, -1));
}
