/* The options of a socket: see sockopt.h. */
#include "net/sockopt.h"

#include <errno.h>
#include <string.h>

#include "net/gate.h"
#include "net/socket.h"
#include "util/alloc.h"

/* An option that was set before there was a descriptor. */
struct nb_kept_option {
    struct nb_kept_option *next;
    struct nb_sockopt opt;
    socklen_t len;
    unsigned char value[16];
};

/* The place of an option among those kept, or the end of the list. */
static struct nb_kept_option **find_kept(struct nb_socket *sock,
                                         struct nb_sockopt opt)
{
    struct nb_kept_option **place = &sock->kept;

    while (*place != NULL && ((*place)->opt.level != opt.level ||
                              (*place)->opt.option != opt.option))
        place = &(*place)->next;
    return place;
}

/* Keeps an option for replay, in place of an earlier value. */
static int keep(struct nb_socket *sock, struct nb_sockopt opt,
                const void *value, socklen_t len)
{
    struct nb_kept_option **place = find_kept(sock, opt);

    if (len > sizeof(*place)->value)
        return -EINVAL;
    if (*place == NULL) {
        *place = nb_calloc(1, sizeof **place);
        if (*place == NULL)
            return -ENOMEM;
    }
    (*place)->opt = opt;
    (*place)->len = len;
    memcpy((*place)->value, value, len);
    return 0;
}

int nb_sockopt_set(struct nb_socket *sock, struct nb_sockopt opt,
                   const void *value, socklen_t len)
{
    if (sock->closed)
        return -EBADF;
    if (sock->fd >= 0) {
        int rc = nb_gate_setsockopt(sock->net, sock->fd, opt, value, len);
        if (rc < 0 || !sock->flexible)
            return rc;
    }
    return keep(sock, opt, value, len);
}

int nb_sockopt_get(struct nb_socket *sock, struct nb_sockopt opt, void *value,
                   socklen_t *len)
{
    if (sock->closed)
        return -EBADF;
    if (sock->fd >= 0)
        return nb_gate_getsockopt(sock->net, sock->fd, opt, value, len);
    const struct nb_kept_option *kept = *find_kept(sock, opt);
    memset(value, 0, *len);
    if (kept != NULL && kept->len <= *len) {
        memcpy(value, kept->value, kept->len);
        *len = kept->len;
    }
    return 0;
}

int nb_sockopt_replay(const struct nb_socket *sock, int fd)
{
    for (const struct nb_kept_option *kept = sock->kept; kept != NULL;
         kept = kept->next) {
        int rc = nb_gate_setsockopt(sock->net, fd, kept->opt, kept->value,
                                    kept->len);
        if (rc < 0)
            return rc;
    }
    return 0;
}

void nb_sockopt_forget(struct nb_socket *sock)
{
    while (sock->kept != NULL) {
        struct nb_kept_option *next = sock->kept->next;
        nb_free(sock->kept);
        sock->kept = next;
    }
}
