/* Lua text from files and strings: see lload.h. */
#include "bind/lload.h"

#include <errno.h>
#include <lauxlib.h>
#include <lualib.h>
#include <string.h>
#include <unistd.h>

#include "bind/fail.h"
#include "bind/lsandbox.h"
#include "bind/lscope.h"
#include "bind/lstock.h"
#include "bind/state.h"
#include "guard/file.h"
#include "guard/policy.h"
#include "util/buf.h"
#include "util/err.h"
#include "util/list.h"

/* What load and the like are allowed, whatever mode the script gives. */
static const char *safe_mode(lua_State *L, const char *mode)
{
    if (nb_lsandbox_is_native(L))
        return mode;
    return mode == NULL || strchr(mode, 't') != NULL ? "t" : "";
}

size_t nb_lload_prologue(const char *text, size_t len)
{
    size_t skip = len >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;

    if (skip == len || text[skip] != '#')
        return skip;
    const char *end = memchr(text + skip, '\n', len - skip);
    if (end == NULL)
        return len;
    /* The line counts, but for a precompiled chunk, which has none. */
    skip = (size_t)(end - text);
    return skip + (skip + 1 < len && end[1] == LUA_SIGNATURE[0]);
}

/*
 * Pushes the chunk in the file, or Lua's message if it is none. Returns the
 * status of that; or a negative errno or NB_ENOTALLOWED, and pushes nothing.
 */
static int load_file(lua_State *L, const char *path, const char *mode)
{
    struct nb_buf text;
    int status = LUA_OK;

    lua_pushfstring(L, "@%s", path);
    /* Until the text is freed nothing raises. */
    nb_buf_init(&text);
    int rc = nb_file_read_text(nb_lstock_policy(L), path, &text);
    if (rc == 0) {
        const char *bytes = nb_buf_bytes(&text);
        size_t skip = nb_lload_prologue(bytes, text.len);
        status = luaL_loadbufferx(L, bytes + skip, text.len - skip,
                                  lua_tostring(L, -1), mode);
    }
    nb_buf_deinit(&text);
    lua_remove(L, rc == 0 ? -2 : -1);
    return rc < 0 ? rc : status;
}

/* The same of standard input where `path` is NULL; it always pushes. */
static int load_any(lua_State *L, const char *path, const char *mode)
{
    mode = safe_mode(L, mode);
    if (path == NULL)
        return luaL_loadfilex(L, NULL, mode);
    int rc = load_file(L, path, mode);
    if (rc >= 0)
        return rc;
    if (rc == NB_ENOTALLOWED)
        nb_fail_push_message(L, rc);
    else
        lua_pushfstring(L, "cannot %s %s: %s", rc == -EISDIR ? "read" : "open",
                        path, strerror(-rc));
    return LUA_ERRFILE;
}

/*
 * load(chunk [, name [, mode [, env]]]) -> function | nil, message. As pcall it
 * does not catch an error of its reader while a cancellation is forced.
 */
static int load(lua_State *L)
{
    const struct nb_lua *lua = nb_lua_of(L);
    unsigned forced = lua->forced;
    const char *mode = luaL_optstring(L, 3, NULL);

    if (lua_gettop(L) < 3)
        lua_settop(L, 3);
    lua_pushstring(L, safe_mode(L, mode));
    lua_replace(L, 3);
    int results = nb_lstock_call(L);
    bool failed = results == 2; /* nil and the error */
    return failed && nb_lscope_passes(lua->current, forced) ? lua_error(L)
                                                            : results;
}

/* loadfile([path [, mode [, env]]]) -> function | nil, message */
static int loadfile(lua_State *L)
{
    const char *path = luaL_optstring(L, 1, NULL);
    const char *mode = luaL_optstring(L, 2, NULL);
    bool has_env = !lua_isnone(L, 3);

    lua_settop(L, 3);
    if (load_any(L, path, mode) != LUA_OK) {
        luaL_pushfail(L);
        lua_insert(L, -2);
        return 2;
    }
    if (has_env) {
        lua_pushvalue(L, 3);
        if (lua_setupvalue(L, -2, 1) == NULL)
            lua_pop(L, 1);
    }
    return 1;
}

static int done(lua_State *L, int status, lua_KContext context)
{
    (void)status;
    (void)context;
    return lua_gettop(L) - 1;
}

/* dofile([path]) -> what it returns. May wait. */
static int dofile(lua_State *L)
{
    const char *path = luaL_optstring(L, 1, NULL);

    lua_settop(L, 1);
    if (load_any(L, path, NULL) != LUA_OK)
        return lua_error(L);
    lua_callk(L, 0, LUA_MULTRET, 0, done);
    return done(L, LUA_OK, 0);
}

/*
 * Pushes the name of the file that the first template of `*path` makes of
 * `name`, and goes on to the next. False if there is none.
 */
static bool push_candidate(lua_State *L, const char **path, const char *name)
{
    size_t len = strcspn(*path, ";");

    while (len == 0 && **path == ';')
        len = strcspn(++*path, ";");
    if (len == 0)
        return false;
    lua_pushlstring(L, *path, len);
    luaL_gsub(L, lua_tostring(L, -1), LUA_PATH_MARK, name);
    lua_remove(L, -2);
    *path += len;
    return true;
}

/*
 * Stack: what was tried so far, a candidate. Replaces both by the same with
 * why that was none.
 */
static void note_tried(lua_State *L, int rc)
{
    if (rc == NB_ENOTALLOWED) {
        nb_fail_push_message(L, rc);
        lua_replace(L, -2);
    } else {
        lua_pushfstring(L, "no file '%s'", lua_tostring(L, -1));
        lua_replace(L, -2);
    }
    if (lua_rawlen(L, -2) > 0) {
        lua_pushliteral(L, "\n\t");
        lua_insert(L, -2);
        lua_concat(L, 3);
    } else {
        lua_replace(L, -2);
    }
}

/* Pushes a module's name as templates take it: with / for its dots. */
static const char *push_as_path(lua_State *L, const char *name,
                                const char *separator, const char *replacement)
{
    if (*separator == '\0') {
        lua_pushstring(L, name);
        return lua_tostring(L, -1);
    }
    return luaL_gsub(L, name, separator, replacement);
}

/* package.searchpath(name, path [, sep [, rep]]) -> path | nil, message */
static int searchpath(lua_State *L)
{
    const char *name = luaL_checkstring(L, 1);
    const char *path = luaL_checkstring(L, 2);
    const char *separator = luaL_optstring(L, 3, ".");
    const char *replacement = luaL_optstring(L, 4, LUA_DIRSEP);

    name = push_as_path(L, name, separator, replacement);
    lua_pushliteral(L, "");
    while (push_candidate(L, &path, name)) {
        int fd = nb_file_open_text(nb_lstock_policy(L), lua_tostring(L, -1));
        if (fd >= 0) {
            close(fd);
            return 1;
        }
        note_tried(L, fd);
    }
    luaL_pushfail(L);
    lua_insert(L, -2);
    return 2;
}

/* Nothing that could lead out of the folder, or through its files. */
static bool is_module_name(lua_State *L, const char *name, size_t len)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                  "abcdefghijklmnopqrstuvwxyz0123456789_.-";

    return strspn(name, letters) == len || nb_lsandbox_is_native(L);
}

/* The searcher for modules in Lua. Upvalue: `package`. */
static int search(lua_State *L)
{
    size_t len = 0;
    const char *name = luaL_checklstring(L, 1, &len);

    if (lua_getfield(L, lua_upvalueindex(1), "path") != LUA_TSTRING)
        return luaL_error(L, "'package.path' must be a string");
    const char *path = lua_tostring(L, -1);
    if (!is_module_name(L, name, len)) {
        lua_pushliteral(L, "no file: a module's name is made of letters, "
                           "digits, '_', '-' and '.'");
        return 1;
    }
    const char *as_path = push_as_path(L, name, ".", LUA_DIRSEP);
    lua_pushliteral(L, "");
    while (push_candidate(L, &path, as_path)) {
        const char *file = lua_tostring(L, -1);
        int status = load_file(L, file, safe_mode(L, NULL));
        if (status == LUA_OK) {
            lua_insert(L, -2);
            return 2;
        }
        if (status == -ENOMEM)
            lua_pushstring(L, strerror(ENOMEM));
        if (status > 0 || status == -ENOMEM)
            return luaL_error(L,
                              "error loading module '%s' from file '%s':\n\t%s",
                              name, file, lua_tostring(L, -1));
        note_tried(L, status);
    }
    return 1;
}

/* Stands where Lua looks for modules in C. */
static int search_no_native(lua_State *L)
{
    lua_pushliteral(L, "no module in C: that is not allowed "
                       "(run again with --allow-native)");
    return 1;
}

/* Stack: Lua's `package`. Pushes one of what there is in it without C. */
static void push_package(lua_State *L)
{
    static const char *const names[] = {"config", "loaded", "preload"};

    lua_newtable(L);
    for (size_t i = 0; i < NB_COUNTOF(names); i++) {
        lua_getfield(L, -2, names[i]);
        lua_setfield(L, -2, names[i]);
    }
    lua_createtable(L, 4, 0);
    lua_getfield(L, -3, "searchers");
    lua_rawgeti(L, -1, 1);
    lua_rawseti(L, -3, 1);
    lua_pop(L, 1);
    lua_pushcfunction(L, search_no_native);
    lua_rawseti(L, -2, 3);
    lua_setfield(L, -2, "searchers");
}

/* Stack: `package`. Our own functions replace those that open files. */
static void set_searchers(lua_State *L)
{
    lua_pushcfunction(L, searchpath);
    lua_setfield(L, -2, "searchpath");
    lua_getfield(L, -1, "searchers");
    lua_pushvalue(L, -2);
    lua_pushcclosure(L, search, 1);
    lua_rawseti(L, -2, 2);
    lua_pop(L, 1);
}

static void open_package(lua_State *L)
{
    int top = lua_gettop(L);

    /* LUA_PATH and LUA_CPATH are whose environment it is, not the script's. */
    lua_pushboolean(L, true);
    lua_setfield(L, LUA_REGISTRYINDEX, "LUA_NOENV");
    lua_pushcfunction(L, luaopen_package);
    lua_call(L, 0, 1);
    if (!nb_lsandbox_is_native(L))
        push_package(L);
    set_searchers(L);
    lua_getfield(L, -1, "loaded");
    lua_pushvalue(L, -2);
    lua_setfield(L, -2, LUA_LOADLIBNAME);
    lua_pop(L, 1);
    lua_setglobal(L, LUA_LOADLIBNAME);
    lua_settop(L, top);
    nb_lload_set_folder(L, ".");
}

/*
 * Stack: a path. Adds those templates of Lua's whose folder is another and may
 * be read; no question is asked.
 */
static void add_readable(lua_State *L, const char *folder)
{
    const char *rest = LUA_PATH_DEFAULT;

    while (push_candidate(L, &rest, LUA_PATH_MARK)) {
        const char *template = lua_tostring(L, -1);
        size_t len = strcspn(template, LUA_PATH_MARK);
        lua_pushlstring(L, template, len);
        bool is_other = len != strlen(folder) + 1 ||
                        strncmp(template, folder, len - 1) != 0;
        bool may =
            is_other && nb_policy_allows(nb_lstock_policy(L), NB_RIGHT_LOAD,
                                         lua_tostring(L, -1));
        lua_pop(L, 1);
        if (may) {
            lua_pushliteral(L, LUA_PATH_SEP);
            lua_insert(L, -2);
            lua_concat(L, 3);
        } else {
            lua_pop(L, 1);
        }
    }
}

void nb_lload_set_folder(lua_State *L, const char *folder)
{
    lua_getglobal(L, LUA_LOADLIBNAME);
    lua_pushfstring(L, "%s/?.lua;%s/?/init.lua", folder, folder);
    add_readable(L, folder);
    lua_setfield(L, -2, "path");
    lua_pop(L, 1);
}

void nb_lload_open(lua_State *L)
{
    static const luaL_Reg functions[] = {
        {"dofile", dofile},
        {"load", load},
        {"loadfile", loadfile},
        {NULL, NULL},
    };

    nb_lstock_replace(L, LUA_GNAME, functions);
    open_package(L);
}
