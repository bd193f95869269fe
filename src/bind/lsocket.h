/*
 * Sockets of the script, for the files that share the library: lsocket (life
 * cycle), lmake, lsocketinfo, lconnect, lstream, ldatagram, loption, lresolve.
 */
#ifndef NB_BIND_LSOCKET_H
#define NB_BIND_LSOCKET_H

#include <lauxlib.h>
#include <lua.h>
#include <stdint.h>

#include "bind/lwait.h"
#include "net/resolve.h"
#include "net/socket.h"

/* Methods and functions that the other files contribute. */
extern const luaL_Reg nb_lmake_methods[];
extern const luaL_Reg nb_lmake_functions[];
extern const luaL_Reg nb_lsocketinfo_methods[];
extern const luaL_Reg nb_lsocketinfo_functions[];
extern const luaL_Reg nb_lconnect_methods[];
extern const luaL_Reg nb_lconnect_functions[];
extern const luaL_Reg nb_lstream_methods[];
extern const luaL_Reg nb_lrelay_functions[];
extern const luaL_Reg nb_ldatagram_methods[];
extern const luaL_Reg nb_loption_methods[];
extern const luaL_Reg nb_lselect_methods[];
extern const luaL_Reg nb_lselect_functions[];

/* Adds Python's constants to the library on top of the stack. */
void nb_loption_constants(lua_State *L);

/* core.recvicmp, for lua/ping: (sock, max) -> data, ip, ttl. */
int nb_ldatagram_recvicmp(lua_State *L);

/* Adds socket.unix to the library on top of the stack. */
void nb_lmake_unix(lua_State *L);

/* Room for the text of a socket. */
enum { NB_LSOCKET_TEXT = 2 * NB_ADDR_TEXT + 16 };

/* Writes "tcp 127.0.0.1:12000 <- 127.0.0.1:50312": who came to whom. */
void nb_lsocketinfo_format(struct nb_socket *sock, char text[NB_LSOCKET_TEXT]);

/* Metamethod __tostring. */
int nb_lsocketinfo_tostring(lua_State *L);

/* The socket at `arg`; raises if it is something else. Its datagrams leave. */
struct nb_socket *nb_lsocket_check(lua_State *L, int arg);

/* The same for what sends and receives: they may leave later. */
struct nb_socket *nb_lsocket_at(lua_State *L, int arg);

/* The socket at `index`, or NULL if it is something else. */
struct nb_socket *nb_lsocket_test(lua_State *L, int index);

/* Pushes a socket that is closed, to be opened. May raise. */
struct nb_socket *nb_lsocket_new(lua_State *L);

/*
 * Opens `sock` in the state's list. Where descriptors have run out, dropped
 * sockets are collected and it is tried once more. 0 or a negative errno.
 */
int nb_lsocket_open_fd(lua_State *L, struct nb_socket *sock, int family,
                       int type, int proto);

/* True if `rc` says that descriptors have run out. */
bool nb_lsocket_is_short(int rc);

/* Collects sockets that the script has dropped, inside a call of `t`. */
void nb_lsocket_collect(lua_State *L, struct nb_lthread *t);

/* nb_socket_need_fd() for an open socket, tried once more likewise. */
int nb_lsocket_need_fd(lua_State *L, struct nb_lthread *t,
                       struct nb_socket *sock, int family);

/* Bytes to receive at most: an integer of at least 1 at `arg`; or raises. */
size_t nb_lsocket_max(lua_State *L, int arg);

/* The port at `arg`: an integer from 0 to 65535 or a numeral; or raises. */
uint16_t nb_lsocket_port(lua_State *L, int arg);

/* The name at `arg`: host and port, or a unix socket's path; or raises. */
struct nb_query nb_lsocket_query(lua_State *L, const struct nb_socket *sock,
                                 int arg);

/*
 * Waits for `sock` as `want` (NB_WANT_READ or NB_WANT_WRITE) says, within its
 * time-outs. Returns as nb_lwait(); -EAGAIN if it must not wait.
 */
int nb_lsocket_wait(lua_State *L, struct nb_lthread *t, struct nb_socket *sock,
                    int want, const char *what);
/* Waits a little where the kernel will not tell when to try to write again. */
int nb_lsocket_retry(lua_State *L, struct nb_lthread *t, struct nb_socket *sock,
                     const char *what);

/* True if `t` may try its operation now: nobody waits before it. */
static inline bool nb_lsocket_may_try(const struct nb_socket *sock,
                                      enum nb_direction dir,
                                      const struct nb_lthread *t)
{
    return sock->fd < 0 || nb_iowait_may_try(&sock->io, dir, &t->task.waiter);
}

/* The deadline of a wait that begins now, by the socket's time-outs. */
int64_t nb_lsocket_deadline(const struct nb_socket *sock, struct nb_lthread *t);
/* True if `t` need not ask for more: nothing has come since all was taken. */
bool nb_lsocket_is_drained(const struct nb_socket *sock,
                           const struct nb_lthread *t);
/* True if the call that `t` makes must not wait, by the time-outs of `sock`. */
bool nb_lsocket_must_not_wait(const struct nb_socket *sock,
                              const struct nb_lthread *t);

/* Pushes address and port, or a unix socket's path; returns how many. */
int nb_lsocket_push_name(lua_State *L, const struct nb_socket *sock,
                         const struct nb_addr *addr);
/* The same for these alone. */
int nb_lsocket_push_ip_port(lua_State *L, const struct nb_addr *addr);

#endif
