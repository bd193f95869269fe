/* The Lua modules that are built into netbox. The table is generated. */
#ifndef NB_BIND_EMBED_H
#define NB_BIND_EMBED_H

#include <lua.h>
#include <stddef.h>

struct nb_embed {
    const char *name;
    const char *chunk; /* compiled */
    size_t len;
};

extern const struct nb_embed nb_embed_modules[];
extern const size_t nb_embed_count;

/*
 * Calls the embedded chunk `name` with the table on top of the stack, which
 * it pops, and pushes what the chunk returns. Raises if it fails.
 */
void nb_embed_call(lua_State *L, const char *name);

#endif
