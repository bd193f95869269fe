/*
 * Tracebacks: which lines of the script an error has passed.
 *
 * A thread keeps that of its last error. An error that leaves a coroutine, a
 * thread that is joined or a group keeps the lines that it has passed there,
 * and those that it passes from then on are added: what raises it once more is
 * known by the error value itself.
 */
#ifndef NB_BIND_LTRACE_H
#define NB_BIND_LTRACE_H

#include <lua.h>
#include <stdbool.h>

struct nb_lthread;

struct nb_ltrace {
    char *text;        /* NULL: there is none */
    const void *error; /* whose it is, as long as that may be raised again */
    bool open;         /* the lines that it passes next are missing */
};

/*
 * Pushes the traceback of `co` and of those that resumed it, without netbox's
 * own frames; "" where the script has none. May raise.
 */
void nb_ltrace_push(lua_State *L, lua_State *co);

/* A message handler: keeps the traceback of an error and passes it on. */
int nb_ltrace_keep(lua_State *L);

/* The error on top of L has ended the coroutine `co`, which was not reset. */
void nb_ltrace_leave(lua_State *L, struct nb_lthread *t, lua_State *co);

/* True if the traceback kept is that of the error on top of L. */
bool nb_ltrace_is_kept(lua_State *L, const struct nb_lthread *t);

/* What is on top of L now stands for the error whose traceback is kept. */
void nb_ltrace_rename(lua_State *L, struct nb_lthread *t);

/*
 * The traceback of the failed thread `t` for another one: with the thread it
 * comes from as its last line. NULL where there is none; freed by the caller.
 */
char *nb_ltrace_told(const struct nb_lthread *t);

/* The error on top of L comes into `t` with a traceback, which it takes. */
void nb_ltrace_take(lua_State *L, struct nb_lthread *t, char *text);

/* The traceback that is kept, NULL if there is none. */
const char *nb_ltrace_text(const struct nb_lthread *t);

/* Forgets whose traceback it is: that error was caught. */
static inline void nb_ltrace_settle(struct nb_ltrace *trace)
{
    trace->error = NULL;
}

/* Frees it; twice is harmless. */
void nb_ltrace_deinit(struct nb_ltrace *trace);

#endif
