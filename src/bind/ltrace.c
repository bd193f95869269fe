/*
 * Tracebacks: see ltrace.h.
 *
 * Frames of C functions and of netbox's own Lua are left out: a traceback is
 * for the lines that the reader wrote.
 */
#include "bind/ltrace.h"

#include <lauxlib.h>
#include <stdio.h>
#include <string.h>

#include "bind/cancel.h"
#include "bind/lcoroutine.h"
#include "bind/lextra.h"
#include "bind/lscope.h"
#include "bind/lthread.h"
#include "bind/place.h"
#include "bind/state.h"
#include "util/alloc.h"

enum {
    TOP = 12,    /* levels shown of a deep stack: the first ... */
    BOTTOM = 10, /* ... and the last */
    LINE = 512,  /* room for a line */
};

static const char heading[] = "stack traceback:";
static const char omission[] = "\n\t...";

/* A traceback that grows: what does not fit is left out. */
struct text {
    size_t len;
    bool full;
    char bytes[8192];
};

static void begin(struct text *text, const char *with)
{
    size_t most = sizeof text->bytes - sizeof omission;
    size_t tail = sizeof omission - 1;

    text->len = strlen(with) < most ? strlen(with) : most;
    memcpy(text->bytes, with, text->len);
    text->bytes[text->len] = '\0';
    text->full = text->len >= tail &&
                 memcmp(text->bytes + text->len - tail, omission, tail) == 0;
}

/* Adds a line; the last one that has room is an omission. */
static void add_line(struct text *text, const char *line)
{
    size_t len = strlen(line);

    if (text->full)
        return;
    if (text->len + len + sizeof omission > sizeof text->bytes) {
        text->full = true;
        line = omission;
        len = sizeof omission - 1;
    }
    memcpy(text->bytes + text->len, line, len + 1);
    text->len += len;
}

static void add_frame(struct text *text, const lua_Debug *frame)
{
    char line[LINE];
    int len = snprintf(line, sizeof line, "\n\t%s:%d: in ", frame->short_src,
                       frame->currentline);
    char *rest = line + len;
    size_t room = sizeof line - (size_t)len;

    if (*frame->what == 'm')
        snprintf(rest, room, "main chunk");
    else if (*frame->namewhat != '\0')
        snprintf(rest, room, "%s '%s'", frame->namewhat, frame->name);
    else
        snprintf(rest, room, "function <%s:%d>", frame->short_src,
                 frame->linedefined);
    add_line(text, line);
}

/* The number of levels on the stack of `co`. */
static int count_levels(lua_State *co)
{
    lua_Debug frame;
    int low = 0; /* there are at least so many */
    int high = 1;

    while (lua_getstack(co, high - 1, &frame)) {
        low = high;
        high *= 2;
    }
    while (low + 1 < high) {
        int middle = low + (high - low) / 2;
        if (lua_getstack(co, middle - 1, &frame))
            low = middle;
        else
            high = middle;
    }
    return low;
}

/* Finding a level takes time by its depth: of a deep stack only the ends. */
static void add_frames(struct text *text, lua_State *co)
{
    int levels = count_levels(co);
    lua_Debug frame;
    char line[LINE];

    for (int level = 0; level < levels; level++) {
        if (level == TOP && levels > TOP + BOTTOM) {
            level = levels - BOTTOM;
            snprintf(line, sizeof line, "\n\t... (skipping %d levels)",
                     level - TOP);
            add_line(text, line);
        }
        lua_getstack(co, level, &frame);
        lua_getinfo(co, "Slnt", &frame);
        if (nb_place_is_script(&frame))
            add_frame(text, &frame);
    }
}

/* The frames of `co`, and with `all` of those that resumed it. */
static void add_stack(struct text *text, lua_State *co, bool all)
{
    for (; co != NULL && !text->full;
         co = all ? nb_lcoroutine_resumer(co) : NULL)
        add_frames(text, co);
}

static bool has_lines(const char *trace)
{
    return strchr(trace, '\n') != NULL;
}

void nb_ltrace_push(lua_State *L, lua_State *co)
{
    struct text text;

    begin(&text, heading);
    add_stack(&text, co, true);
    lua_pushlstring(L, text.bytes, has_lines(text.bytes) ? text.len : 0);
}

/*
 * What an error is known by: its address, or its type where it has none. The
 * address may be used again once the error is gone, so it is forgotten soon.
 */
static const void *identity(lua_State *L)
{
    static const char types[LUA_NUMTYPES];
    const void *address = lua_topointer(L, -1);

    return address != NULL ? address : &types[lua_type(L, -1)];
}

/* What is kept for `t`: nothing, where nothing was ever needed. */
static struct nb_ltrace trace_of(const struct nb_lthread *t)
{
    return t->extra == NULL ? (struct nb_ltrace){.text = NULL}
                            : t->extra->trace;
}

const char *nb_ltrace_text(const struct nb_lthread *t)
{
    return trace_of(t).text;
}

bool nb_ltrace_is_kept(lua_State *L, const struct nb_lthread *t)
{
    const void *error = trace_of(t).error;

    return error != NULL && error == identity(L);
}

void nb_ltrace_rename(lua_State *L, struct nb_lthread *t)
{
    if (t->extra != NULL)
        t->extra->trace.error =
            t->extra->trace.text == NULL ? NULL : identity(L);
}

/* Keeps the text, which it takes, for the error on top of L. */
static void set(lua_State *L, struct nb_lthread *t, char *text, bool open)
{
    struct nb_lextra *extra = nb_lextra_of(t);

    if (extra == NULL) {
        nb_free(text);
        return;
    }
    nb_free(extra->trace.text);
    extra->trace.text = text;
    extra->trace.open = open;
    nb_ltrace_rename(L, t);
}

/* Copies "x.lua:7: ", where a traceback begins; false if it has no lines. */
static bool copy_start(const char *trace, char start[LINE])
{
    const char *line = strstr(trace, "\n\t");
    const char *end = line == NULL ? NULL : strstr(line, ": in ");

    if (end == NULL || end - line > LINE)
        return false;
    snprintf(start, LINE, "%.*s: ", (int)(end - line - 2), line + 2);
    return true;
}

/*
 * True if the error on top of L, raised where the traceback `fresh` begins, is
 * the one that is kept. Its text may have got more positions in front; what is
 * raised at the same line once more is another one.
 */
static bool is_passed_on(lua_State *L, const struct nb_lthread *t,
                         const char *fresh)
{
    struct nb_ltrace kept = trace_of(t);
    char start[LINE];
    char fresh_start[LINE];

    if (kept.error == NULL || kept.error == identity(L))
        return kept.error != NULL;
    return kept.open && lua_type(L, -1) == LUA_TSTRING &&
           copy_start(kept.text, start) &&
           strstr(lua_tostring(L, -1), start) != NULL &&
           copy_start(fresh, fresh_start) && strcmp(start, fresh_start) != 0;
}

/* Keeps the traceback of the error on top of L, or adds to it. */
static void add(lua_State *L, struct nb_lthread *t, lua_State *co, bool all)
{
    struct text text;

    begin(&text, heading);
    add_stack(&text, co, all);
    if (is_passed_on(L, t, text.bytes)) {
        begin(&text, nb_ltrace_text(t));
        add_stack(&text, co, all);
    }
    set(L, t, has_lines(text.bytes) ? nb_strdup(text.bytes) : NULL, !all);
}

int nb_ltrace_keep(lua_State *L)
{
    struct nb_lthread *t = nb_lua_of(L)->current;

    if (t == NULL || (nb_ltrace_is_kept(L, t) && !trace_of(t).open))
        return 1;
    if ((t->task.cancelled || nb_lscope_has_fired(t)) && nb_cancel_is(L, 1)) {
        if (t->extra != NULL)
            nb_ltrace_deinit(&t->extra->trace); /* nobody will see it */
    } else {
        add(L, t, L, true);
    }
    return 1;
}

void nb_ltrace_leave(lua_State *L, struct nb_lthread *t, lua_State *co)
{
    if (!nb_ltrace_is_kept(L, t) || trace_of(t).open)
        add(L, t, co, false);
}

char *nb_ltrace_told(const struct nb_lthread *t)
{
    static const char form[] = "%s\n\t(in %s)";
    const char *kept = nb_ltrace_text(t);
    char thread[NB_LTHREAD_TEXT];

    if (kept == NULL)
        return NULL;
    nb_lthread_describe(t, thread);
    size_t size = strlen(kept) + strlen(thread) + sizeof form;
    char *text = nb_malloc(size);
    if (text != NULL)
        snprintf(text, size, form, kept, thread);
    return text;
}

void nb_ltrace_take(lua_State *L, struct nb_lthread *t, char *text)
{
    set(L, t, text, true);
}

void nb_ltrace_deinit(struct nb_ltrace *trace)
{
    nb_free(trace->text);
    trace->text = NULL;
    trace->error = NULL;
}
