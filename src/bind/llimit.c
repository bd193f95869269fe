/*
 * Lua meets the limits: see llimit.h.
 *
 * The place is looked up where Lua rests, or in a handler of a signal, where
 * it may be in the middle of anything: then a crash is provided for, and
 * nothing is called that allocates or locks.
 */
#include "bind/llimit.h"

#include <lauxlib.h>
#include <string.h>

#include "bind/lextra.h"
#include "bind/lthread.h"
#include "bind/place.h"
#include "bind/state.h"
#include "core/loop.h"
#include "guard/memory.h"
#include "net/console.h"
#include "util/alloc.h"

enum {
    LEVELS = 100, /* looked through for a line of the script */
    NUMBER = 24,  /* bytes that a number takes, about */
};

static void ask(void *context)
{
    struct nb_lua *lua = context;

    lua->rt.asked = true;
    if (!lua->over)
        nb_lthread_interrupt(lua);
    nb_loop_wake(lua->rt.loop);
}

static bool flush(void *context, bool is_forced)
{
    const struct nb_lua *lua = context;
    return nb_console_hurry(lua->console, is_forced);
}

/* The thread that runs, or else the oldest: what it waits for took long. */
static const struct nb_lthread *whose(const struct nb_lua *lua)
{
    struct nb_list *first = lua->rt.tasks.next;

    if (lua->current != NULL)
        return lua->current;
    if (first == NULL || first == &lua->rt.tasks)
        return NULL;
    return nb_lthread_of(NB_CONTAINER_OF(first, struct nb_task, all));
}

/* The innermost line of the script on the stack of L, in `frame`. */
static bool find_line(lua_State *L, lua_Debug *frame)
{
    for (int level = 0; level < LEVELS && lua_getstack(L, level, frame);
         level++) {
        if (lua_getinfo(L, "Sl", frame) != 0 && nb_place_is_script(frame))
            return true;
    }
    return false;
}

struct text {
    char *at;
    char *end;
};

static void append(struct text *text, const char *part)
{
    while (*part != '\0' && text->at < text->end)
        *text->at++ = *part++;
    *text->at = '\0';
}

static void append_number(struct text *text, unsigned long long number)
{
    char digits[NUMBER] = "";
    char *first = digits + sizeof digits - 1;

    do
        *--first = (char)('0' + number % 10);
    while ((number /= 10) > 0);
    append(text, first);
}

static void append_name(struct text *text, const struct nb_lthread *t)
{
    append(text, "thread '");
    if (t->extra != NULL && t->extra->name != NULL) {
        append(text, t->extra->name);
    } else if (t->task.id == 1) {
        append(text, "main");
    } else {
        append(text, "thread ");
        append_number(text, t->task.id);
    }
    append(text, "'");
}

static bool place(void *context, char text[NB_WATCHDOG_PLACE])
{
    const struct nb_lua *lua = context;
    const struct nb_lthread *t = lua->over ? NULL : whose(lua);
    struct text out = {.at = text, .end = text + NB_WATCHDOG_PLACE - 1};
    lua_Debug frame;

    append(&out, "");
    if (t == NULL)
        return false;
    append_name(&out, t);
    if (t->inner == NULL || !find_line(t->inner, &frame))
        return false;
    append(&out, " at ");
    append(&out, frame.short_src);
    append(&out, ":");
    append_number(&out, (unsigned long long)frame.currentline);
    return true;
}

/* What is said now is said beyond every limit of memory. */
static void leave(void *context)
{
    nb_alloc_set_limit(NULL);
    nb_lua_leave(context);
}

const struct nb_watchdog_host nb_llimit_host = {
    .ask = ask,
    .flush = flush,
    .place = place,
    .leave = leave,
};

void nb_llimit_check(struct nb_lua *lua)
{
    nb_watchdog_check(lua->watchdog);
}

void nb_llimit_count(struct nb_lua *lua, size_t len)
{
    if (nb_watchdog_count(lua->watchdog, len) < len)
        nb_watchdog_end(lua->watchdog, NB_LIMIT_OUTPUT, NULL);
}

void nb_llimit_count_arguments(lua_State *L, struct nb_lua *lua, int first)
{
    for (int arg = lua_gettop(L); arg >= first; arg--) {
        bool is_number = lua_type(L, arg) == LUA_TNUMBER;
        nb_llimit_count(lua, is_number ? NUMBER : lua_rawlen(L, arg));
    }
}

void nb_llimit_check_threads(lua_State *L, const struct nb_lua *lua)
{
    if (lua->watchdog == NULL)
        return;
    uint64_t max = lua->watchdog->limits->max[NB_LIMIT_THREADS];
    if (lua->threads >= max)
        luaL_error(L, "too many threads: %d are alive (--max-threads)",
                   (int)lua->threads);
}
