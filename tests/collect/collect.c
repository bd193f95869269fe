/*
 * Collects all garbage at each allocation of Lua's, for what C holds and Lua
 * does not know of to be found by AddressSanitizer. Linked into the tests of
 * build-fuzz and into their program, never into netbox.
 *
 * NETBOX_COLLECT=n in the environment turns it on: at each of the first n
 * allocations of a process's scripts, and then at ever fewer of the others.
 *
 * Lua collects when it is refused memory, and asks again. So each request is
 * refused once, as at the limit of memory.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>

#include "bind/state.h"
#include "util/alloc.h"

/* The linker's names (ld --wrap) for a function and what stands in for it. */
void *__real_nb_alloc_sized(void *block, size_t old_size, size_t new_size);
void *__wrap_nb_alloc_sized(void *block, size_t old_size, size_t new_size);
bool __real_nb_alloc_is_retried(void);
bool __wrap_nb_alloc_is_retried(void);
int __real_nb_lua_open(struct nb_lua *lua, struct nb_net *net,
                       struct nb_console *console);
int __wrap_nb_lua_open(struct nb_lua *lua, struct nb_net *net,
                       struct nb_console *console);
void __real_nb_lua_close(struct nb_lua *lua);
void __wrap_nb_lua_close(struct nb_lua *lua);

enum { MOST_OTHERS = 50 };

static struct {
    int states;               /* that are open */
    const struct nb_lua *lua; /* the one opened last, or NULL */
    int others;               /* requests that may still come before... */
    void *block;              /* ...the one that was refused comes again */
    size_t size;
    size_t asked; /* requests */
    size_t next;  /* the request at which there is a collection */
    size_t most;  /* NETBOX_COLLECT */
} state;

static bool is_due(void)
{
    if (state.states == 0 || state.most == 0 || ++state.asked < state.next)
        return false;
    state.next = state.asked + 1 + state.asked / state.most;
    return true;
}

/* In a finalizer: Lua does not collect then, nor ask again. */
static bool is_finalizing(void)
{
    return state.lua != NULL && lua_gc(state.lua->L, LUA_GCISRUNNING) < 0;
}

/*
 * False if the request is refused. What finalizers ask for is not; and one
 * that does not come again soon never will: Lua tried to shrink a stack.
 */
static bool may_grow(void *block, size_t size)
{
    bool again = block == state.block && size == state.size;

    if (is_finalizing())
        return true;
    if (state.others > 0) {
        state.others = again ? 0 : state.others - 1;
        return true;
    }
    if (!is_due())
        return true;
    state.others = MOST_OTHERS;
    state.block = block;
    state.size = size;
    return false;
}

void *__wrap_nb_alloc_sized(void *block, size_t old_size, size_t new_size)
{
    bool grows = new_size > 0 && (block == NULL || new_size > old_size);

    if (grows && !may_grow(block, new_size))
        return NULL;
    return __real_nb_alloc_sized(block, old_size, new_size);
}

bool __wrap_nb_alloc_is_retried(void)
{
    bool is_retried = state.others > 0 && !is_finalizing();

    return is_retried || __real_nb_alloc_is_retried();
}

int __wrap_nb_lua_open(struct nb_lua *lua, struct nb_net *net,
                       struct nb_console *console)
{
    const char *most = getenv("NETBOX_COLLECT");
    int rc = __real_nb_lua_open(lua, net, console);

    state.most = most == NULL ? 0 : strtoul(most, NULL, 10);
    state.others = 0;
    state.states += rc == 0;
    state.lua = lua;
    return rc;
}

void __wrap_nb_lua_close(struct nb_lua *lua)
{
    bool was_open = lua->L != NULL;

    __real_nb_lua_close(lua);
    state.states -= was_open && state.states > 0;
    if (state.lua == lua)
        state.lua = NULL;
}
