/*
 * A line of the script, noted for a report that may come.
 *
 * Every spawn notes one, so no string is made for it: the name of a chunk is
 * kept once for all the places that are in it.
 */
#ifndef NB_BIND_PLACE_H
#define NB_BIND_PLACE_H

#include <lua.h>
#include <stdbool.h>

struct nb_lua;
struct nb_source;

enum { NB_PLACE_TEXT = LUA_IDSIZE + 16 };

struct nb_place {
    struct nb_source *source; /* NULL: not known */
    int line;
};

/*
 * True for a frame of the script's own: not of C, nor of netbox's Lua, which
 * has no lines. Of the frame "S" and "l" are known.
 */
bool nb_place_is_script(const lua_Debug *frame);

/* Finds the innermost frame of the script outside of the C function in L. */
bool nb_place_find(lua_State *L, lua_Debug *frame);

/* The line of the script that called the C function which runs in L. */
struct nb_place nb_place_here(lua_State *L, struct nb_lua *lua);

/* The same place once more. */
struct nb_place nb_place_copy(const struct nb_place *place);

/* It is needed no more; twice is harmless. */
void nb_place_drop(struct nb_place *place);

/* The state is closed, and no place is left. */
void nb_place_deinit(struct nb_lua *lua);

/* Writes "x.lua:7", or "" for no place. */
void nb_place_format(const struct nb_place *place, char text[NB_PLACE_TEXT]);

#endif
