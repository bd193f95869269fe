/*
 * Reading a script: see script.h.
 *
 * Text only: a file that holds a NUL byte or begins as a precompiled chunk is
 * refused, for Lua trusts what it believes to be compiled code.
 */
#include "app/script.h"

#include <errno.h>
#include <lauxlib.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "app/options.h"
#include "app/run.h"
#include "app/signal.h"
#include "app/wall.h"
#include "bind/llimit.h"
#include "bind/lload.h"
#include "bind/lthread.h"
#include "bind/report.h"
#include "bind/state.h"
#include "guard/memory.h"
#include "net/console.h"
#include "util/buf.h"

/* Says "netbox: FILE: REASON". */
static int complain(const char *file, const char *reason)
{
    fprintf(stderr, "netbox: %s: %s\n", file, reason);
    return NB_STATUS_USAGE;
}

/* Reads the script into `text`. Returns 0 or an exit status. */
static int read_script(struct nb_buf *text, const char *name,
                       struct nb_lua *lua)
{
    bool is_input = strcmp(name, "-") == 0;
    int rc = nb_console_read_file(is_input ? NULL : name, text);

    if (rc == 0)
        return 0;
    if (nb_signal_caught() != 0)
        return 128 + nb_signal_caught();
    nb_llimit_check(lua); /* it may be what has interrupted us */
    if (rc == -ENOMEM)
        nb_memory_give_up(lua->memory);
    int status = complain(name, rc == -EISDIR ? "is a directory, not a script"
                                              : strerror(-rc));
    return rc == -ENOMEM ? NB_STATUS_LIMIT : status;
}

static bool is_binary(const char *text, size_t len)
{
    return (len > 0 && text[0] == LUA_SIGNATURE[0]) ||
           memchr(text, '\0', len) != NULL;
}

/*
 * Sets the global `arg`, as lua does: the script at 0, its arguments from 1,
 * and what came before at negative indices.
 */
static void set_args(lua_State *L, const struct nb_options *options)
{
    lua_createtable(L, options->arg_count, options->before);
    for (int i = -options->before; i < options->arg_count; i++) {
        lua_pushstring(L, options->args[i]);
        lua_rawseti(L, -2, i + 1);
    }
    if (options->code != NULL || strcmp(options->script, "-") == 0) {
        lua_pushstring(L, options->code != NULL ? "-e" : "-");
        lua_rawseti(L, -2, 0);
    }
    lua_setglobal(L, "arg");
}

/* Modules beside the script are found. */
static void set_path(lua_State *L, const char *script)
{
    const char *slash = script == NULL ? NULL : strrchr(script, '/');

    if (slash == NULL)
        return;
    lua_pushlstring(L, script, (size_t)(slash - script));
    nb_lload_set_folder(L, lua_tostring(L, -1));
    lua_pop(L, 1);
}

struct source {
    struct nb_lua *lua;
    const struct nb_options *options;
    const char *text;
    size_t len;
};

/* Loads the source and starts the main thread; raises a syntax error. */
static int start(lua_State *L)
{
    const struct source *source = lua_touserdata(L, 1);
    const struct nb_options *options = source->options;
    const char *script = options->script;

    set_args(L, options);
    set_path(L, script);
    if (script == NULL)
        lua_pushliteral(L, "=(command line)");
    else if (strcmp(script, "-") == 0)
        lua_pushliteral(L, "=stdin");
    else
        lua_pushfstring(L, "@%s", script);
    if (luaL_loadbufferx(L, source->text, source->len, lua_tostring(L, -1),
                         "t") != LUA_OK)
        return lua_error(L);
    luaL_checkstack(L, options->arg_count, "too many arguments");
    for (int i = 0; i < options->arg_count; i++)
        lua_pushstring(L, options->args[i]);
    nb_task_start(&nb_lthread_new(L, source->lua, options->arg_count)->task,
                  false);
    return 0;
}

static int start_source(const struct source *source)
{
    lua_State *L = source->lua->L;

    lua_pushcfunction(L, start);
    lua_pushlightuserdata(L, (void *)(uintptr_t)source);
    int status = lua_pcall(L, 1, 0, 0);
    if (status == LUA_OK)
        return 0;
    if (status == LUA_ERRMEM)
        nb_memory_give_up(source->lua->memory);
    nb_report_line(lua_tostring(L, -1));
    lua_pop(L, 1);
    return status == LUA_ERRMEM ? NB_STATUS_LIMIT : NB_STATUS_ERROR;
}

int nb_script_start(struct nb_lua *lua, const struct nb_options *options)
{
    struct source source = {.lua = lua, .options = options};
    struct nb_buf text;
    int status = 0;

    nb_buf_init(&text);
    if (options->code != NULL) {
        source.text = options->code;
        source.len = strlen(options->code);
    } else {
        status = read_script(&text, options->script, source.lua);
        size_t skip = nb_lload_prologue(nb_buf_bytes(&text), text.len);
        source.text = nb_buf_bytes(&text) + skip;
        source.len = text.len - skip;
        if (status == 0 && is_binary(source.text, source.len))
            status =
                complain(options->script, "is a binary file, not a Lua script");
    }
    if (status == 0)
        status = nb_wall_enter(lua, options);
    if (status == 0)
        status = start_source(&source);
    nb_buf_deinit(&text);
    return status;
}
