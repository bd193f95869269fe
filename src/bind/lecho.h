/*
 * What lua/ping needs of C, and no script gets to see: a raw socket that the
 * policy takes for one of ICMP echo, and its question in advance.
 */
#ifndef NB_BIND_LECHO_H
#define NB_BIND_LECHO_H

#include <lua.h>

/*
 * Sets two functions in the table on top of the stack; may raise:
 *   rawicmp() -> socket | nil, message, code
 *   maysend(ip) -> true | nil, message, code
 */
void nb_lecho_open(lua_State *L);

#endif
