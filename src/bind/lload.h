/*
 * Lua text from files and strings: load, loadfile, dofile, and `package`.
 *
 * Nothing else is loaded: Lua trusts what it believes to be compiled code. With
 * --allow-native precompiled chunks and modules in C are, too. Each file is
 * opened through guard/file.
 */
#ifndef NB_BIND_LLOAD_H
#define NB_BIND_LLOAD_H

#include <lua.h>
#include <stddef.h>

/* Sets the functions and `package`, in place of Lua's own. May raise. */
void nb_lload_open(lua_State *L);

/*
 * Sets where modules are looked for: in `folder`, and where Lua would, if
 * that may be read. May raise.
 */
void nb_lload_set_folder(lua_State *L, const char *folder);

/*
 * How many bytes at the beginning of a file Lua does not skip by itself: a
 * byte order mark and a first line with #.
 */
size_t nb_lload_prologue(const char *text, size_t len);

#endif
