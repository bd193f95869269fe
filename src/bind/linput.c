/*
 * Reading standard input: input, io.read, io.lines, and the methods read and
 * lines of io.stdin. They share the console's buffer.
 *
 * A call waits until all that its formats ask for is there, without taking
 * any of it; then it takes everything at once. Readers are served in the
 * order in which they came.
 */
#include "bind/linput.h"

#include <lauxlib.h>
#include <limits.h>
#include <lualib.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "bind/fail.h"
#include "bind/lcoroutine.h"
#include "bind/lfile.h"
#include "bind/lio.h"
#include "bind/lscan.h"
#include "bind/lstock.h"
#include "bind/lthread.h"
#include "bind/lwait.h"
#include "bind/state.h"
#include "core/loop.h"
#include "net/console.h"
#include "util/err.h"

enum {
    FILLS = 16,        /* reads before others get their turn */
    MAX_FORMATS = 250, /* of `lines`, as in Lua */
};

/* What is asked for: the formats from index `first` on; none is a line. */
struct request {
    lua_CFunction function; /* that calls */
    int first;
    int prompt; /* index of what to show before, 0 for nothing */
};

/* Reads the format at `arg`, a number or a string. False if it is none. */
static bool parse_format(lua_State *L, int arg, struct nb_lscan_format *format)
{
    *format = (struct nb_lscan_format){.kind = NB_LSCAN_LINE};
    if (lua_isnone(L, arg))
        return true;
    if (lua_type(L, arg) == LUA_TNUMBER) {
        format->kind = NB_LSCAN_BYTES;
        format->count = (size_t)lua_tointeger(L, arg);
        return lua_tointeger(L, arg) >= 0;
    }
    const char *text = lua_tostring(L, arg);
    switch (text[*text == '*']) {
    case 'L':
        format->keep_end = true;
        return true;
    case 'l':
        return true;
    case 'n':
        format->kind = NB_LSCAN_NUMBER;
        return true;
    case 'a':
        format->kind = NB_LSCAN_ALL;
        return true;
    default:
        return false;
    }
}

static void check_formats(lua_State *L, int first)
{
    int last = lua_gettop(L);
    struct nb_lscan_format format;

    for (int arg = first; arg <= last; arg++) {
        if (lua_type(L, arg) == LUA_TNUMBER)
            luaL_checkinteger(L, arg);
        else
            luaL_checkstring(L, arg);
        luaL_argcheck(L, parse_format(L, arg, &format), arg, "invalid format");
    }
    luaL_checkstack(L, last + LUA_MINSTACK, "too many arguments");
}

/* Pushes the number that a numeral stands for, if it stands for one. */
static bool push_number(lua_State *L, const struct nb_lscan *scan,
                        const struct nb_lscan_piece *piece)
{
    char text[NB_LSCAN_NUMERAL + 1];
    size_t len = piece->len - piece->blank;

    if (!piece->there)
        return false;
    memcpy(text, nb_lscan_bytes(scan) + piece->blank, len);
    text[len] = '\0';
    return lua_stringtonumber(L, text) != 0;
}

/* Measures piece after piece, up to the first that has no value. */
static int look(lua_State *L, struct nb_lscan *scan, int first)
{
    int last = lua_gettop(L);
    bool there = true;

    for (int arg = first; there && (arg == first || arg <= last); arg++) {
        struct nb_lscan_format format;
        struct nb_lscan_piece piece;
        parse_format(L, arg, &format);
        int rc = nb_lscan_measure(scan, &format, &piece);
        if (rc < 0)
            return rc;
        there = piece.there;
        if (format.kind == NB_LSCAN_NUMBER) {
            there = push_number(L, scan, &piece);
            lua_settop(L, last);
        }
        scan->at += piece.len;
    }
    return 0;
}

static void show_prompt(lua_State *L, int index)
{
    struct nb_lua *lua = nb_lua_of(L);
    size_t len = 0;
    const char *prompt = lua_tolstring(L, index, &len);

    nb_console_write(lua->console, prompt, len);
    nb_lio_flush(lua);
}

/*
 * It is the reader's turn. Its progress is 0 before that, then one more than
 * the bytes that need not be looked at again.
 */
static int try(lua_State *L, struct nb_lthread *t,
               const struct request *request)
{
    if (t->call.done == 0 && request->prompt != 0)
        show_prompt(L, request->prompt);
    if (t->call.done == 0)
        t->call.done = 1;
    struct nb_lscan scan = {
        .console = nb_lua_of(L)->console,
        .skip = t->call.done - 1,
        .fills = nb_lcoroutine_can_wait(t, L) ? FILLS : UINT_MAX,
    };
    int rc = look(L, &scan, request->first);
    t->call.done = scan.skip + 1;
    return rc;
}

/* Waits until all is there that is asked for. Returns 0 or an error. */
static int await(lua_State *L, const struct request *request)
{
    struct nb_iowait *io = &nb_lua_of(L)->console->io;
    struct nb_lthread *t = nb_lwait_enter(L, request->function);
    int rc = NB_WANT_READ;

    if (nb_iowait_may_try(io, NB_READ, &t->task.waiter))
        rc = try(L, t, request);
    if (rc == NB_WANT_READ)
        rc = nb_lwait_io(L, t, io, NB_READ,
                         &(struct nb_wait){
                             .deadline = NB_NEVER,
                             .what = "standard input",
                         });
    nb_lwait_leave(t);
    return rc;
}

/* Pushes the value of a piece. False if there is none. */
static bool push_value(lua_State *L, const struct nb_lscan *scan,
                       const struct nb_lscan_format *format,
                       const struct nb_lscan_piece *piece)
{
    const char *bytes = nb_lscan_bytes(scan);
    size_t len = piece->len;

    if (format->kind == NB_LSCAN_NUMBER)
        return push_number(L, scan, piece);
    if (!piece->there)
        return false;
    if (format->kind == NB_LSCAN_LINE && !format->keep_end &&
        bytes[len - 1] == '\n')
        len--;
    lua_pushlstring(L, bytes, len);
    return true;
}

/* Takes what await() has seen. Returns how many values it pushed. */
static int take(lua_State *L, int first)
{
    struct nb_console *console = nb_lua_of(L)->console;
    int last = lua_gettop(L);
    bool there = true;

    for (int arg = first; there && (arg == first || arg <= last); arg++) {
        struct nb_lscan scan = {.console = console, .status = NB_EOF};
        struct nb_lscan_format format;
        struct nb_lscan_piece piece;
        parse_format(L, arg, &format);
        nb_lscan_measure(&scan, &format, &piece);
        there = push_value(L, &scan, &format, &piece);
        nb_reader_drop(&console->reader, piece.len);
    }
    if (!there)
        luaL_pushfail(L);
    return lua_gettop(L) - last;
}

/* Reads as stock Lua does; the formats are from `first` on. */
static int read_formats(lua_State *L, lua_CFunction function, int first)
{
    check_formats(L, first);
    int rc = await(L, &(struct request){.function = function, .first = first});
    return rc < 0 ? nb_lstock_fail(L, rc) : take(L, first);
}

/* input([prompt]) -> line | nil | nil, message, code. May wait. */
static int input(lua_State *L)
{
    lua_settop(L, 1);
    bool prompts = !lua_isnil(L, 1);
    if (prompts && lua_type(L, 1) != LUA_TSTRING) {
        luaL_tolstring(L, 1, NULL);
        lua_replace(L, 1);
    }
    int rc = await(L, &(struct request){
                          .function = input,
                          .first = 2,
                          .prompt = prompts,
                      });
    return rc < 0 ? nb_fail(L, "input", NULL, rc) : take(L, 2);
}

/* The default input may change while this waits. */
static int read_stdin(lua_State *L)
{
    return read_formats(L, read_stdin, 1);
}

/* io.read(...) -> values | nil | nil, message, number. May wait. */
static int io_read(lua_State *L)
{
    if (!nb_lstock_push_default(L, "_IO_input", stdin))
        return nb_lstock_call(L);
    lua_pop(L, 1);
    return read_stdin(L);
}

/* file:read(...) -> values | nil | nil, message, number. May wait. */
static int file_read(lua_State *L)
{
    if (!nb_lstock_is_file(L, 1, stdin))
        return nb_lstock_call(L);
    return read_formats(L, file_read, 2);
}

/* What `lines` returns. Upvalues: how many formats; the formats. */
static int next_line(lua_State *L)
{
    int formats = (int)lua_tointeger(L, lua_upvalueindex(1));

    lua_settop(L, 1);
    luaL_checkstack(L, formats, "too many arguments");
    for (int i = 1; i <= formats; i++)
        lua_pushvalue(L, lua_upvalueindex(1 + i));
    int results = read_formats(L, next_line, 2);
    if (lua_toboolean(L, -results))
        return results;
    if (results > 1)
        return luaL_error(L, "%s", lua_tostring(L, -results + 1));
    return 0;
}

/* Pushes the iterator for the formats from 2 on; 1 is the file. */
static int push_lines(lua_State *L)
{
    int formats = lua_gettop(L) - 1;

    luaL_argcheck(L, formats <= MAX_FORMATS, MAX_FORMATS + 2,
                  "too many arguments");
    lua_pushinteger(L, formats);
    lua_insert(L, 2);
    lua_pushcclosure(L, next_line, 1 + formats);
    return 1;
}

/* io.lines([name, ...]) -> iterator */
static int io_lines(lua_State *L)
{
    if (!lua_isnoneornil(L, 1))
        return nb_lfile_lines(L);
    if (!nb_lstock_push_default(L, "_IO_input", stdin))
        return nb_lstock_call(L);
    if (lua_gettop(L) > 1)
        lua_replace(L, 1);
    return push_lines(L);
}

/* file:lines(...) -> iterator */
static int file_lines(lua_State *L)
{
    if (!nb_lstock_is_file(L, 1, stdin))
        return nb_lstock_call(L);
    return push_lines(L);
}

void nb_linput_open(lua_State *L)
{
    static const luaL_Reg basic[] = {
        {"input", input},
        {NULL, NULL},
    };
    static const luaL_Reg functions[] = {
        {"lines", io_lines},
        {"read", io_read},
        {NULL, NULL},
    };
    static const luaL_Reg methods[] = {
        {"lines", file_lines},
        {"read", file_read},
        {NULL, NULL},
    };

    nb_lstock_replace(L, LUA_GNAME, basic);
    nb_lstock_replace(L, LUA_IOLIBNAME, functions);
    nb_lstock_replace_methods(L, methods);
}
