/* The items of a queue: see lring.h. */
#include "bind/lring.h"

#include <lauxlib.h>
#include <limits.h>
#include <stdbool.h>

enum { SMALLEST = 4 };

static lua_Integer slot_of(uint64_t number, uint64_t size)
{
    return (lua_Integer)(number & (size - 1)) + 1;
}

void nb_lring_init(struct nb_lring *ring)
{
    *ring = (struct nb_lring){.size = SMALLEST};
}

/* Pushes the table, which is made for the first item: many never have one. */
static void push_table(lua_State *L)
{
    if (lua_getiuservalue(L, 1, 1) != LUA_TNIL)
        return;
    lua_createtable(L, SMALLEST, 0);
    /* A finalizer may have run, and made it. */
    if (lua_getiuservalue(L, 1, 1) == LUA_TNIL) {
        lua_pop(L, 1);
        lua_pushvalue(L, -1);
        lua_setiuservalue(L, 1, 1);
        lua_pushvalue(L, -1);
    }
    lua_replace(L, -3);
    lua_pop(L, 1);
}

/* The size that the table at `index` should have for item `next`. */
static uint64_t fitting_size(lua_State *L, int index,
                             const struct nb_lring *ring, uint64_t next)
{
    if (ring->count == 0) {
        bool large = ring->size > SMALLEST && ring->peak < ring->size / 4;
        return large ? ring->size / 2 : ring->size;
    }
    int type = lua_rawgeti(L, index, slot_of(next, ring->size));
    lua_pop(L, 1);
    return type == LUA_TNIL ? ring->size : 2 * ring->size;
}

/* Moves the items before `next` from the table below to the one on top. */
static void move_items(lua_State *L, struct nb_lring *ring, uint64_t size,
                       uint64_t next)
{
    uint64_t number = next - 1;

    for (uint64_t left = ring->count; left > 0; number--) {
        if (lua_rawgeti(L, -2, slot_of(number, ring->size)) != LUA_TNIL)
            left--;
        lua_rawseti(L, -2, slot_of(number, size));
    }
    ring->size = size;
}

/* Puts the table on top in the place of the one below it; pops both. */
static void replace(lua_State *L, struct nb_lring *ring, uint64_t size,
                    uint64_t next)
{
    move_items(L, ring, size, next);
    lua_setiuservalue(L, 1, 1);
    lua_pop(L, 1);
}

void nb_lring_reserve(lua_State *L, struct nb_lring *ring, const uint64_t *next)
{
    for (;;) {
        push_table(L);
        uint64_t size = fitting_size(L, -1, ring, *next);
        if (size == ring->size)
            return;
        if (size > INT_MAX)
            luaL_error(L, "too many items");
        lua_createtable(L, (int)size, 0);
        /* A finalizer may have run, and this may not be the table any more. */
        lua_getiuservalue(L, 1, 1);
        lua_replace(L, -3);
        if (fitting_size(L, -2, ring, *next) == size)
            replace(L, ring, size, *next);
        else
            lua_pop(L, 2);
    }
}

void nb_lring_store(lua_State *L, struct nb_lring *ring, uint64_t number)
{
    lua_rawseti(L, -2, slot_of(number, ring->size));
    if (ring->count++ == 0)
        ring->peak = 0;
    if (ring->count > ring->peak)
        ring->peak = ring->count;
}

void nb_lring_take(lua_State *L, struct nb_lring *ring, uint64_t number)
{
    lua_Integer slot = slot_of(number, ring->size);

    lua_getiuservalue(L, 1, 1);
    lua_rawgeti(L, -1, slot);
    lua_pushnil(L);
    lua_rawseti(L, -3, slot);
    ring->count--;
}
