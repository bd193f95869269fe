/*
 * A pipe through which bytes go from one socket to another without being
 * copied: splice(2) hands over the kernel's pages.
 *
 * An error that says only that the kernel does not do that for a socket is
 * -EINVAL, whatever the kernel called it; read and write then. No call blocks.
 */
#ifndef NB_NET_PIPE_H
#define NB_NET_PIPE_H

#include <stdbool.h>
#include <stddef.h>

struct nb_buf;
struct nb_net;
struct nb_socket;

struct nb_pipe {
    int ends[2]; /* where bytes leave and enter it; -1: it is not open */
    size_t len;  /* bytes in it */
};

/* Prepares the caller's storage: not open. */
void nb_pipe_init(struct nb_pipe *pipe);

/* Opens it. 0 or a negative errno. */
int nb_pipe_open(struct nb_pipe *pipe, struct nb_net *net);

/* Closes it, with what is in it; twice is fine. */
void nb_pipe_close(struct nb_pipe *pipe, struct nb_net *net);

static inline bool nb_pipe_is_open(const struct nb_pipe *pipe)
{
    return pipe->ends[0] >= 0;
}

/* Bytes, up to `len`, that came from `sock` into the empty pipe; NB_EOF,
 * NB_WANT_READ. What the socket has read ahead stays there. */
int nb_pipe_fill(struct nb_pipe *pipe, struct nb_socket *sock, size_t len);

/* Bytes that left the pipe for `sock`; NB_WANT_WRITE. */
int nb_pipe_pour(struct nb_pipe *pipe, struct nb_socket *sock);

/* Moves what is in it to the end of `buf`. 0 or an error. */
int nb_pipe_empty(struct nb_pipe *pipe, struct nb_net *net, struct nb_buf *buf);

#endif
