/* Bytes as people read them. */
#ifndef NB_BIND_LHEXDUMP_H
#define NB_BIND_LHEXDUMP_H

#include <lua.h>

/*
 * hexdump(s) -> text: for every sixteen bytes a line as `hexdump -C` has it,
 * with offset, bytes and what of them can be printed. "" for no bytes.
 */
int nb_lhexdump(lua_State *L);

#endif
