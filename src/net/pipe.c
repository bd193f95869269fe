/* A pipe between two sockets: see pipe.h. */
#include "net/pipe.h"

#include <errno.h>

#include "net/gate.h"
#include "net/socket.h"
#include "util/buf.h"
#include "util/err.h"

void nb_pipe_init(struct nb_pipe *pipe)
{
    *pipe = (struct nb_pipe){.ends = {-1, -1}};
}

int nb_pipe_open(struct nb_pipe *pipe, struct nb_net *net)
{
    return nb_gate_pipe(net, pipe->ends);
}

void nb_pipe_close(struct nb_pipe *pipe, struct nb_net *net)
{
    if (!nb_pipe_is_open(pipe))
        return;
    nb_gate_close_pipe(net, pipe->ends);
    nb_pipe_init(pipe);
}

/* Splices; says in one way that it cannot be done at all. */
static int splice_some(struct nb_net *net, int from, int to, size_t len)
{
    int n = nb_gate_splice(net, from, to, len);

    switch (-n) {
    case ENOSYS:
    case ENOMEM:
    case EOPNOTSUPP:
    case EPERM:
        return -EINVAL;
    default:
        return n;
    }
}

int nb_pipe_fill(struct nb_pipe *pipe, struct nb_socket *sock, size_t len)
{
    if (sock->closed)
        return -EBADF;
    if (sock->fd < 0)
        return -ENOTCONN;
    int n = splice_some(sock->net, sock->fd, pipe->ends[1], len);
    if (n == -EAGAIN)
        return NB_WANT_READ;
    if (n < 0)
        return n;
    pipe->len = (size_t)n;
    sock->received += (uint64_t)n;
    /* It may stop before the end of what there is, but not far before it. */
    sock->drained = n > 0 && (size_t)n < len / 2;
    return n == 0 ? NB_EOF : n;
}

int nb_pipe_pour(struct nb_pipe *pipe, struct nb_socket *sock)
{
    if (sock->closed)
        return -EBADF;
    if (sock->fd < 0)
        return -EPIPE;
    int n = splice_some(sock->net, pipe->ends[0], sock->fd, pipe->len);
    if (n == -EAGAIN)
        return NB_WANT_WRITE;
    if (n < 0)
        return n;
    pipe->len -= (size_t)n;
    sock->sent += (uint64_t)n;
    return n;
}

int nb_pipe_empty(struct nb_pipe *pipe, struct nb_net *net, struct nb_buf *buf)
{
    while (pipe->len > 0) {
        char *place = NULL;
        int n = nb_buf_room(buf, pipe->len, &place);
        if (n == 0)
            n = nb_gate_drain(net, pipe->ends[0], place, pipe->len);
        if (n <= 0)
            return n < 0 ? n : -EIO;
        nb_buf_grow(buf, (size_t)n);
        pipe->len -= (size_t)n;
    }
    return 0;
}
