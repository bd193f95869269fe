/*
 * The scripted network in the hands of the script, as the global `wire`:
 *
 *     wire.text(data [, fd])       the next recv gives these bytes
 *     wire.eof([fd])               ... finds the end of the stream
 *     wire.datagram(data, ip, port)
 *     wire.peer(ip, port)          the next accept gives this connection
 *     wire.limit(n)                the next send takes n bytes at most
 *     wire.fail(call, errno [, fd])  the next "send", "close" ... fails
 *     wire.option(n)               the next getsockopt gives this: SO_ERROR
 *     wire.sent()                  all bytes sent so far
 *     wire.writable(fd, bool)      whether a send would block
 *     wire.name(name, ip)          the name has this address, too
 *     wire.defer()                 lookups wait from now on ...
 *     wire.answer()                ... until they are answered
 *     wire.signal(number)          what a signal handler does
 *
 * Its fields `stuck` and `over` may be set to functions, which are called at a
 * deadlock, before it is broken, and when all threads have ended.
 *
 * So a thread of the script, woken by the virtual clock, can be the world.
 */
#ifndef NB_SUPPORT_WIRE_H
#define NB_SUPPORT_WIRE_H

#include <lua.h>

/* Sets the global. */
void wire_open(lua_State *L);

/* Calls the function that the script has set as wire.stuck or wire.over. */
void wire_call(lua_State *L, const char *field);

#endif
