/* The files that a script opens: see lfile.h. */
#include "bind/lfile.h"

#include <errno.h>
#include <fcntl.h>
#include <lauxlib.h>
#include <lualib.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "bind/fail.h"
#include "bind/lstock.h"
#include "bind/state.h"
#include "guard/file.h"
#include "util/err.h"

/* The upvalue of the iterator of lines() that has it close the file. */
enum { CLOSES = 3 };

static int close_file(lua_State *L)
{
    luaL_Stream *stream = luaL_checkudata(L, 1, LUA_FILEHANDLE);

    return luaL_fileresult(L, fclose(stream->f) == 0, NULL);
}

/* The flags of a mode of io.open, -1 for what is none: [rwa]%+?b* */
static int flags_of(const char *mode)
{
    bool both = mode[0] != '\0' && mode[1] == '+';
    const char *rest = mode + (mode[0] != '\0') + both;

    if (rest[strspn(rest, "b")] != '\0')
        return -1;
    switch (mode[0]) {
    case 'r':
        return both ? O_RDWR : O_RDONLY;
    case 'w':
        return (both ? O_RDWR : O_WRONLY) | O_CREAT | O_TRUNC;
    case 'a':
        return (both ? O_RDWR : O_WRONLY) | O_CREAT | O_APPEND;
    default:
        return -1;
    }
}

/* Pushes the file, open if 0 is returned, else why not. */
static int push_file(lua_State *L, const char *path, const char *mode)
{
    luaL_Stream *stream = lua_newuserdatauv(L, sizeof *stream, 0);

    *stream = (luaL_Stream){.closef = NULL};
    luaL_setmetatable(L, LUA_FILEHANDLE);
    int fd = nb_file_open(nb_lstock_policy(L), path, flags_of(mode));
    if (fd < 0)
        return fd;
    stream->f = fdopen(fd, mode);
    if (stream->f == NULL) {
        close(fd);
        return -ENOMEM;
    }
    stream->closef = close_file;
    return 0;
}

/* io.open(path [, mode]) -> file | nil, message, number */
static int io_open(lua_State *L)
{
    const char *path = luaL_checkstring(L, 1);
    const char *mode = luaL_optstring(L, 2, "r");

    luaL_argcheck(L, flags_of(mode) >= 0, 2, "invalid mode");
    int rc = push_file(L, path, mode);
    return rc < 0 ? nb_lstock_fail_path(L, path, rc) : 1;
}

/* Pushes the file or raises, as Lua's functions do that do not return why. */
static void need_file(lua_State *L, const char *path, const char *mode)
{
    int rc = push_file(L, path, mode);

    if (rc == NB_ENOTALLOWED) {
        nb_fail_push_message(L, rc);
        luaL_error(L, "%s", lua_tostring(L, -1));
    }
    if (rc < 0)
        luaL_error(L, "cannot open file '%s' (%s)", path, strerror(-rc));
}

/* io.input([file]), io.output([file]): a path is opened first. */
static int use_file(lua_State *L, const char *key, const char *mode)
{
    if (lua_isnoneornil(L, 1) || !lua_isstring(L, 1))
        return nb_lstock_call(L);
    need_file(L, lua_tostring(L, 1), mode);
    lua_pushvalue(L, -1);
    lua_setfield(L, LUA_REGISTRYINDEX, key);
    return 1;
}

static int io_input(lua_State *L)
{
    return use_file(L, "_IO_input", "r");
}

static int io_output(lua_State *L)
{
    return use_file(L, "_IO_output", "w");
}

int nb_lfile_lines(lua_State *L)
{
    need_file(L, luaL_checkstring(L, 1), "r");
    lua_replace(L, 1);
    lua_getfield(L, 1, "lines");
    lua_pushvalue(L, 1);
    lua_rotate(L, 2, 2);
    lua_call(L, lua_gettop(L) - 2, 1);
    lua_pushboolean(L, true);
    lua_setupvalue(L, -2, CLOSES);
    lua_pushnil(L);
    lua_pushnil(L);
    lua_pushvalue(L, 1);
    return 4;
}

void nb_lfile_open(lua_State *L)
{
    static const luaL_Reg functions[] = {
        {"input", io_input},
        {"open", io_open},
        {"output", io_output},
        {NULL, NULL},
    };

    nb_lstock_replace(L, LUA_IOLIBNAME, functions);
}
