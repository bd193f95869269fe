/*
 * The scripted backend: a network that does what a test says.
 *
 *     struct nb_net *net = scripted_new(&rt);
 *
 *     scripted_result(net, SCRIPTED_CONNECT, -EINPROGRESS);
 *     scripted_result(net, SCRIPTED_SEND, 1);
 *     scripted_text(net, "abc");
 *     scripted_result(net, SCRIPTED_RECV, -ECONNRESET);
 *     ... run what is tested ...
 *     assert_string_equal(scripted_log(net),
 *                         "socket inet stream = 3\n"
 *                         "connect 3 192.0.2.1:80 = EINPROGRESS\n" ...);
 *
 * Each call takes the first result that was scripted for it. Where there is
 * none all goes well, but nobody is there: sockets are 3 and up, connect and
 * send succeed in full, accept and recv would block, and no name exists. The
 * use of a descriptor that is not open fails the test.
 *
 * On the virtual loop a descriptor is readable while an accept or recv for it
 * is scripted, and writable until scripted_writable() says otherwise. poll
 * says the same, unless a result is scripted for it: 0, nothing is ready.
 *
 * splice into a pipe takes what is scripted for recv, and out of one it sends
 * like send; a result for it is that of its socket.
 */
#ifndef NB_SUPPORT_SCRIPTED_H
#define NB_SUPPORT_SCRIPTED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct nb_addr;
struct nb_net;
struct nb_runtime;

enum scripted_op {
    SCRIPTED_SOCKET,
    SCRIPTED_BIND,
    SCRIPTED_LISTEN,
    SCRIPTED_ACCEPT,
    SCRIPTED_SOCKETPAIR,
    SCRIPTED_ADOPT,
    SCRIPTED_CONNECT,
    SCRIPTED_SEND,
    SCRIPTED_RECV,
    SCRIPTED_SHUTDOWN,
    SCRIPTED_CLOSE,
    SCRIPTED_GETSOCKNAME,
    SCRIPTED_GETPEERNAME,
    SCRIPTED_SETSOCKOPT,
    SCRIPTED_GETSOCKOPT,
    SCRIPTED_LOOKUP,
    SCRIPTED_REVERSE,
    SCRIPTED_POLL,
    SCRIPTED_PIPE,
    SCRIPTED_SPLICE,
};

/* A backend for `rt`, whose loop is the virtual one. Freed as any backend. */
struct nb_net *scripted_new(struct nb_runtime *rt);

/* What is scripted from now on is for `fd` alone; -1: for any. */
void scripted_for(struct nb_net *net, int fd);

/*
 * What the next `op` returns: an error; from send and splice, how many bytes
 * it takes at most; from recv, 0 for the end of the stream.
 */
void scripted_result(struct nb_net *net, enum scripted_op op, int result);

/* The same for a later `op`: `before` of them come first and go well. */
void scripted_later(struct nb_net *net, enum scripted_op op, int before,
                    int result);

/* The next recv gives `len` bytes, or a text. They are borrowed. */
void scripted_bytes(struct nb_net *net, const void *data, size_t len);
void scripted_text(struct nb_net *net, const char *text);

/* The next recv gives the text, or `len` bytes, as a datagram of a sender. */
void scripted_datagram(struct nb_net *net, const char *text, const char *ip,
                       uint16_t port);
void scripted_packet(struct nb_net *net, const void *data, size_t len,
                     const struct nb_addr *from);

/* The next accept gives a connection of that peer. */
void scripted_peer(struct nb_net *net, const char *ip, uint16_t port);

/* The next getsockopt gives this int: SO_ERROR after a connect, say. */
void scripted_option(struct nb_net *net, int value);

/* Says whether `fd` can be written; while it cannot, send would block. */
void scripted_writable(struct nb_net *net, int fd, bool writable);

/*
 * The name has this address, after those that were said before; and the
 * address this name.
 */
void scripted_name(struct nb_net *net, const char *name, const char *ip);

/* Lookups wait for an answer from now on. */
void scripted_defer(struct nb_net *net);

/* Answers the lookups that wait; `status` 0: with what names have. */
void scripted_answer(struct nb_net *net, int status);

/*
 * What was called and what it returned, a line for each call:
 *     socket inet stream = 3
 *     setsockopt 3 1:2 1 = 0           level:option, an int
 *     connect 3 192.0.2.1:80 = EINPROGRESS
 *     send 3 5 = 1                     5 bytes, of which it took 1
 *     send 3 5 192.0.2.1:53 = 5        to that address
 *     accept 3 = 4                     the new descriptor
 *     lookup echo.test = 0
 *     reverse 192.0.2.1 = 0
 *     poll 3 = 1                       3 entries, of which 1 has events
 *     pipe = 0
 *     splice 3 6 64 = 20               at most 64 bytes, of which 20 came
 */
const char *scripted_log(const struct nb_net *net);

/* All bytes that send took, one after the other. */
const char *scripted_sent(const struct nb_net *net);
size_t scripted_sent_len(const struct nb_net *net);

/* Descriptors that are open. */
int scripted_open(const struct nb_net *net);

/* Results that were scripted and that nobody has called for. */
int scripted_left(const struct nb_net *net);

#endif
