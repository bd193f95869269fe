/* What a script can call, and which of it is called: see functions.h. */
#include "support/functions.h"

#include <lauxlib.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { MOST = 500, NAME = 64 };

struct function {
    char name[NAME];
    const void *address; /* in the state that is watched */
    bool called;
};

/* Shared with the processes that run the scripts. */
static struct function *functions;

/* The one of that name, or the free place behind the last. */
static struct function *find(const char *name)
{
    for (int i = 0; i < MOST; i++) {
        if (strcmp(functions[i].name, name) == 0 || !functions[i].name[0])
            return &functions[i];
    }
    abort();
}

/* note(name, f): f is to be watched. */
static int note(lua_State *L)
{
    const char *name = luaL_checkstring(L, 1);
    struct function *function = find(name);

    luaL_checktype(L, 2, LUA_TFUNCTION);
    if (strlen(name) >= NAME)
        return luaL_error(L, "'%s' is too long", name);
    strcpy(function->name, name);
    function->address = lua_topointer(L, 2);
    return 0;
}

static void on_call(lua_State *L, lua_Debug *frame)
{
    lua_getinfo(L, "f", frame);
    for (struct function *f = functions; f->name[0] != '\0'; f++) {
        if (f->address == lua_topointer(L, -1))
            f->called = true;
    }
    lua_pop(L, 1);
}

void functions_watch(lua_State *L)
{
    if (functions == NULL)
        functions =
            mmap(NULL, (MOST + 1) * sizeof *functions, PROT_READ | PROT_WRITE,
                 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (functions == MAP_FAILED)
        abort();
    for (struct function *f = functions; f->name[0] != '\0'; f++)
        f->address = NULL;
    if (luaL_loadfile(L, "tests/sweep/support/functions.lua") != LUA_OK)
        lua_error(L);
    lua_pushcfunction(L, note);
    lua_call(L, 1, 0);
    lua_sethook(L, on_call, LUA_MASKCALL, 0);
}

int functions_missed(void)
{
    int missed = 0;

    for (const struct function *f = functions; f->name[0] != '\0'; f++) {
        if (f->called)
            continue;
        printf("no script calls %s\n", f->name);
        missed++;
    }
    return missed;
}
