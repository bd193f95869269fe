/* Parts of the programs of a test: see part.h. */
#include "support/part.h"

#include <lauxlib.h>
#include <stdlib.h>

#include "support/fixture.h"

static int keep_code(lua_State *L, const void *code, size_t len, void *context)
{
    (void)L;
    script_append(context, code, len);
    return 0;
}

void part_compile(struct part *part)
{
    lua_State *L = luaL_newstate();

    assert_int_equal(luaL_loadfile(L, part->path), LUA_OK);
    assert_int_equal(lua_dump(L, keep_code, &part->code, 0), 0);
    lua_close(L);
}

void part_load(lua_State *L, const struct part *part)
{
    int rc =
        luaL_loadbufferx(L, part->code.bytes, part->code.len, part->name, "b");

    assert_int_equal(rc, LUA_OK);
    lua_setglobal(L, part->name);
}

void part_free(struct part *part)
{
    free(part->code.bytes);
    part->code = (struct script_text){.len = 0};
}
