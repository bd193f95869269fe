/*
 * The library `trace`: a script has what its sockets carry shown, in files or
 * on standard error, and puts notes into it.
 */
#include <errno.h>
#include <fcntl.h>
#include <lauxlib.h>
#include <lua.h>
#include <stdio.h>
#include <unistd.h>

#include "bind/fail.h"
#include "bind/lclass.h"
#include "bind/libs.h"
#include "bind/lthread.h"
#include "bind/state.h"
#include "guard/file.h"
#include "guard/limit.h"
#include "net/net.h"
#include "trace/filter.h"
#include "trace/trace.h"

/* The trace of this program; raises where there is none. */
static struct nb_trace *check_trace(lua_State *L)
{
    struct nb_trace *trace = nb_lua_of(L)->trace;

    if (trace == NULL)
        luaL_error(L, "this program cannot be traced");
    return trace;
}

/* Pushes the field of the table at 1, which has that type or is nil. */
static int get(lua_State *L, const char *name, int type)
{
    int found = lua_getfield(L, 1, name);

    if (found != type && found != LUA_TNIL)
        luaL_error(L, "field '%s' of trace.start is a %s, not a %s", name,
                   luaL_typename(L, -1), lua_typename(L, type));
    return found;
}

static void get_flag(lua_State *L, const char *name, bool *flag)
{
    if (get(L, name, LUA_TBOOLEAN) != LUA_TNIL)
        *flag = lua_toboolean(L, -1) != 0;
    lua_pop(L, 1);
}

/* The options in the table at 1; what is not there is as it was. */
static void get_options(lua_State *L, struct nb_trace_options *options)
{
    get_flag(L, "hex", &options->hex);
    get_flag(L, "stable", &options->stable);
    if (get(L, "bytes", LUA_TNUMBER) != LUA_TNIL) {
        int is_integer = 0;
        lua_Integer bytes = lua_tointegerx(L, -1, &is_integer);
        if (!is_integer)
            luaL_error(L, "field 'bytes' of trace.start is no integer");
        if (bytes < 0)
            luaL_error(L, "field 'bytes' of trace.start is negative");
        options->bytes = (size_t)bytes;
    }
    lua_pop(L, 1);
}

/* The filter in the table at 1, or NULL; raises if it is none. */
static struct nb_trace_filter *get_filter(lua_State *L)
{
    struct nb_trace_filter *filter = NULL;
    char wrong[NB_TRACE_FILTER_WRONG];
    int rc = 0;

    if (get(L, "filter", LUA_TSTRING) != LUA_TNIL)
        rc = nb_trace_filter_new(&filter, lua_tostring(L, -1), wrong,
                                 sizeof wrong);
    if (rc == -EINVAL)
        luaL_error(L, "field 'filter' of trace.start: %s", wrong);
    if (rc < 0)
        luaL_error(L, "not enough memory");
    lua_pop(L, 1);
    return filter;
}

/* Opens what is to be written. A descriptor or an error. */
static int open_file(lua_State *L, const char *path)
{
    if (path == NULL) {
        int fd = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0);
        return fd < 0 ? -errno : fd;
    }
    return nb_file_open(nb_lua_of(L)->net->policy, path,
                        O_WRONLY | O_CREAT | O_TRUNC);
}

/* What a trace writes is not counted: who may not write much starts none. */
static bool is_output_limited(lua_State *L)
{
    const struct nb_limits *limits = nb_lua_of(L)->net->limits;

    return limits != NULL && limits->max[NB_LIMIT_OUTPUT] != NB_UNLIMITED;
}

/* trace.start([options]) -> true | nil, message, code */
static int trace_start(lua_State *L)
{
    struct nb_trace *trace = check_trace(L);
    struct nb_trace_file file = {.by_script = true};

    if (lua_isnoneornil(L, 1)) {
        lua_settop(L, 0);
        lua_newtable(L);
    }
    luaL_checktype(L, 1, LUA_TTABLE);
    if (is_output_limited(L))
        return nb_fail(L, "trace.start", NULL, -EPERM);
    get(L, "file", LUA_TSTRING);
    file.name = lua_tostring(L, -1);
    file.options = file.name == NULL ? trace->screen : trace->options;
    get_options(L, &file.options);
    file.filter = get_filter(L);
    file.fd = open_file(L, file.name);
    if (file.fd < 0) {
        nb_trace_filter_free(file.filter);
        return nb_fail(L, "trace.start", NULL, file.fd);
    }
    int rc = file.name == NULL ? nb_trace_show(trace, &file)
                               : nb_trace_add(trace, &file);
    if (rc < 0)
        return nb_fail(L, "trace.start", NULL, rc);
    lua_pushboolean(L, true);
    return 1;
}

/* trace.stop() -> true | nil, message, code */
static int trace_stop(lua_State *L)
{
    int rc = nb_trace_remove_script(check_trace(L));

    if (rc < 0)
        return nb_fail(L, "trace.stop", NULL, rc);
    lua_pushboolean(L, true);
    return 1;
}

/* trace.mark(text) */
static int trace_mark(lua_State *L)
{
    size_t len = 0;
    const char *text = luaL_checklstring(L, 1, &len);
    const struct nb_lua *lua = nb_lua_of(L);

    nb_trace_mark(check_trace(L),
                  lua->current == NULL ? 0 : lua->current->task.id, text, len);
    return 0;
}

void nb_ltracelib_open(lua_State *L)
{
    static const luaL_Reg functions[] = {
        {"start", trace_start},
        {"stop", trace_stop},
        {"mark", trace_mark},
        {NULL, NULL},
    };

    nb_lclass_newlib(L, functions);
}

void nb_ltracelib_locate(void *context, struct nb_origin *origin)
{
    struct nb_lua *lua = context;
    lua_Debug frame;

    if (lua->current == NULL)
        return;
    nb_lthread_name(lua->current, origin->thread);
    if (nb_place_find(lua->current->inner, &frame)) {
        snprintf(origin->source, sizeof origin->source, "%s", frame.short_src);
        origin->line = frame.currentline;
    }
}
