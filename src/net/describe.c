/* What the system says of a socket: see describe.h. */
#include "net/describe.h"

#include <sys/socket.h>

#include "net/gate.h"
#include "trace/observer.h"

/* A whole number that an option of SOL_SOCKET has; 0 if it has none. */
static int ask(struct nb_net *net, int fd, int option)
{
    const struct nb_sockopt opt = {SOL_SOCKET, option};
    int value = 0;
    socklen_t len = sizeof value;

    return nb_gate_getsockopt(net, fd, opt, &value, &len) < 0 ? 0 : value;
}

void nb_describe(void *context, int fd, struct nb_facts *facts, bool all)
{
    struct nb_net *net = context;

    if (nb_gate_getsockname(net, fd, &facts->local) < 0)
        facts->local.len = 0;
    if (nb_gate_getpeername(net, fd, &facts->remote) < 0)
        facts->remote.len = 0;
    if (!all)
        return;
    facts->family = ask(net, fd, SO_DOMAIN);
    facts->type = ask(net, fd, SO_TYPE);
    facts->proto = ask(net, fd, SO_PROTOCOL);
    facts->listening = ask(net, fd, SO_ACCEPTCONN) != 0;
}
