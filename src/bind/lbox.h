/*
 * The boxes in which Lua's library keeps buffers that are large, for rep,
 * concat and the like. They ask for memory past Lua itself, which would
 * collect its garbage and ask again; so that is done here.
 */
#ifndef NB_BIND_LBOX_H
#define NB_BIND_LBOX_H

#include <lua.h>
#include <stdbool.h>
#include <stddef.h>

struct nb_lua;

/*
 * Makes their metatable, once: Lua makes it when it needs the first one, and
 * keeps one without methods where memory runs out in between. May raise.
 */
void nb_lbox_open(lua_State *L, struct nb_lua *lua);

/*
 * Collects garbage, if the request that was refused, to resize `block` of
 * `old_size` bytes, was that of a box. Then it may be made again.
 */
bool nb_lbox_collect(struct nb_lua *lua, const void *block, size_t old_size);

#endif
