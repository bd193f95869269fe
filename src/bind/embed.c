/* Calls modules that are built in: see embed.h. */
#include "bind/embed.h"

#include <lauxlib.h>
#include <string.h>

void nb_embed_call(lua_State *L, const char *name)
{
    for (size_t i = 0; i < nb_embed_count; i++) {
        const struct nb_embed *module = &nb_embed_modules[i];
        if (strcmp(module->name, name) != 0)
            continue;
        if (luaL_loadbufferx(L, module->chunk, module->len, name, "b") !=
            LUA_OK)
            lua_error(L);
        lua_insert(L, -2);
        lua_call(L, 1, 1);
        return;
    }
    luaL_error(L, "netbox has no module '%s'", name);
}
