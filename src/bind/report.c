/* Reports on standard error: see report.h. */
#include "bind/report.h"

#include <lauxlib.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "bind/fail.h"
#include "bind/lextra.h"
#include "bind/llimit.h"
#include "bind/lthread.h"
#include "bind/state.h"
#include "guard/policy.h"
#include "net/console.h"
#include "net/net.h"
#include "util/err.h"

enum {
    PATIENCE =
        10000000, /* instructions that the script's __tostring may take */
    PART = 4096,  /* of a report that is written at a time */
};

/*
 * The hook while it runs. Once it has taken too long no instruction passes
 * any more, for it might catch the error; coroutines made then have the hook.
 */
static void lose_patience(lua_State *L, lua_Debug *frame)
{
    (void)frame;
    if (!nb_lua_of(L)->describing) {
        lua_sethook(L, NULL, 0, 0);
        return;
    }
    lua_sethook(L, lose_patience, LUA_MASKCOUNT, 1);
    luaL_error(L, "it takes too long");
}

/* Pushes the text of the value at 1; runs the script's __tostring. */
static int value_text(lua_State *L)
{
    luaL_tolstring(L, 1, NULL);
    return 1;
}

/* Calls value_text with the value on top, within bounds; as lua_pcall(). */
static int describe(lua_State *L)
{
    struct nb_lua *lua = nb_lua_of(L);

    lua->describing = true;
    lua_sethook(L, lose_patience, LUA_MASKCOUNT, PATIENCE);
    int status = lua_pcall(L, 1, 1, 0);
    lua_sethook(L, NULL, 0, 0);
    lua->describing = false;
    return status;
}

/* Pushes the text of the error value at `index`, as the report shows it. */
static void push_error_text(lua_State *L, int index)
{
    const char *type = luaL_typename(L, index);

    index = lua_absindex(L, index);
    if (lua_type(L, index) == LUA_TSTRING ||
        lua_type(L, index) == LUA_TNUMBER ||
        luaL_getmetafield(L, index, "__tostring") != LUA_TNIL) {
        lua_pushcfunction(L, value_text);
        lua_pushvalue(L, index);
        if (describe(L) == LUA_OK)
            return;
    }
    lua_pushfstring(L, "(error object is a %s value)", type);
}

/* True for what a terminal could take for a command: not for "\n" and "\t". */
static bool is_control(unsigned char c, unsigned char before)
{
    bool of_ascii = (c < ' ' && c != '\n' && c != '\t') || c == 0x7f;
    bool of_latin1 = before == 0xc2 && c >= 0x80 && c < 0xa0; /* in UTF-8 */

    return of_ascii || of_latin1;
}

/* Writes it with '?' for what a script could steer the terminal with. */
static void write_shown(const char *prefix, const char *text)
{
    char part[PART];
    size_t len = (size_t)snprintf(part, sizeof part, "%s", prefix);
    unsigned char before = 0;

    for (; *text != '\0'; text++) {
        unsigned char c = (unsigned char)*text;
        part[len++] = is_control(c, before) ? '?' : *text;
        before = c;
        if (len == sizeof part) {
            fwrite(part, 1, len, stderr);
            len = 0;
        }
    }
    part[len++] = '\n';
    fwrite(part, 1, len, stderr);
    fflush(stderr);
}

void nb_report_print(struct nb_lua *lua, const char *text)
{
    nb_console_flush(lua->console);
    nb_llimit_count(lua, strlen(text) + 1);
    write_shown("", text);
}

void nb_report_line(const char *text)
{
    write_shown("netbox: ", text);
}

/* Pushes "x.lua:7: " of the first line of a traceback, or "". */
static void push_position(lua_State *L, const char *trace)
{
    const char *line = trace == NULL ? NULL : strstr(trace, "\n\t");
    const char *end = line == NULL ? NULL : strstr(line, ": in ");

    if (end == NULL)
        lua_pushliteral(L, "");
    else
        lua_pushfstring(
            L, "%s: ", lua_pushlstring(L, line + 2, (size_t)(end - line - 2)));
}

/* The text without the position of an error in netbox's own Lua. */
static const char *without_own_place(const char *text)
{
    static const char own[] = "?:-1: "; /* that has neither name nor lines */
    size_t len = sizeof own - 1;

    return strncmp(text, own, len) == 0 ? text + len : text;
}

/* Pushes the text behind the position that the trace begins with. */
static void push_at(lua_State *L, const char *text, const char *trace)
{
    push_position(L, trace);
    lua_pushfstring(L, "%s%s", lua_tostring(L, -1), text);
}

/* True if `text` is `message`, alone or behind a position. */
static bool says(const char *text, const char *message)
{
    size_t len = strlen(text);
    size_t tail = strlen(message);

    if (len < tail || strcmp(text + len - tail, message) != 0)
        return false;
    return len == tail || (len > tail + 2 && text[len - tail - 1] == ' ' &&
                           text[len - tail - 2] == ':');
}

/* Pushes a text that is the script's, or Lua's. */
static void push_plain(lua_State *L, const char *text, const char *trace)
{
    const char *rest = without_own_place(text);

    if (rest == text)
        lua_pushstring(L, text);
    else
        push_at(L, rest, trace);
}

/*
 * Pushes the text of an error. Where it is the message of the thread's last
 * failed call, what it does not say is added: where, its code, whom the call
 * was about.
 */
static void push_explained(lua_State *L, const struct nb_lthread *t,
                           const char *text, const char *trace)
{
    const struct nb_failure *failure = nb_fail_last(t);
    const char *refusal = nb_policy_refusal(nb_lua_at(t)->net->policy);

    /* A refusal says all that there is to say, but not where. */
    if (failure != NULL && failure->err == NB_ENOTALLOWED &&
        strcmp(text, refusal) == 0) {
        push_at(L, text, trace);
        return;
    }
    if (failure == NULL || !says(text, nb_fail_message(failure->err))) {
        push_plain(L, text, trace);
        return;
    }
    bool alone = strcmp(text, nb_fail_message(failure->err)) == 0;
    push_position(L, alone ? trace : NULL);
    lua_pushfstring(L, "%s%s (%s, %s", lua_tostring(L, -1), text,
                    nb_err_name(failure->err), failure->call);
    if (failure->addr[0] != '\0')
        lua_pushfstring(L, "%s to %s)", lua_tostring(L, -1), failure->addr);
    else
        lua_pushfstring(L, "%s)", lua_tostring(L, -1));
}

void nb_report_failure(lua_State *L, struct nb_lthread *t)
{
    int top = lua_gettop(L);
    char thread[NB_LTHREAD_TEXT];
    bool is_main = t->task.id == 1;

    luaL_checkstack(L, 16, NULL);
    /* What the script's __tostring does may replace the thread's. */
    const char *trace = lua_pushstring(L, nb_ltrace_text(t));
    lua_pushvalue(t->co, -1);
    lua_xmove(t->co, L, 1);
    push_error_text(L, -1);
    push_explained(L, t, lua_tostring(L, -1), trace);
    nb_lthread_describe(t, thread);
    lua_pushfstring(L, "netbox: %s%s%s%s%s", is_main ? "" : thread,
                    is_main ? "" : ": ", lua_tostring(L, -1),
                    trace == NULL ? "" : "\n", trace == NULL ? "" : trace);
    nb_report_print(nb_lua_at(t), lua_tostring(L, -1));
    lua_settop(L, top);
}
