/* The pipes of the network in memory: see lan.h. */
#include <errno.h>
#include <string.h>

#include "support/lanlink.h"
#include "util/err.h"

static struct lan *lan_of(struct nb_net *net)
{
    return NB_CONTAINER_OF(net, struct lan, base);
}

/* As the kernel, it leaves `ends` as they are where it fails. */
static int open_ends(struct lan *lan, int ends[2])
{
    static const struct nb_addr nobody;

    int out = lan_end_open(lan, 0, &nobody);
    if (out < 0)
        return out;
    int in = lan_end_open(lan, 0, &nobody);
    if (in < 0) {
        lan_end_close(lan, out);
        return in;
    }
    lan->ends[in].feeds = out;
    ends[0] = out;
    ends[1] = in;
    return 0;
}

int lan_pipe(struct nb_net *net, int ends[2])
{
    struct lan *lan = lan_of(net);
    int rc = lan_judge(lan, LAN_PIPE, -1);

    return lan_done(lan, -1, rc < 0 ? rc : open_ends(lan, ends));
}

/* Takes the first bytes out of the pipe. */
static int take_out(struct lan_end *end, void *data, size_t len)
{
    return end->in.len == 0 ? -EAGAIN : lan_receive(end, data, len, NULL);
}

static int splice_in(struct lan *lan, int from, int to, size_t len)
{
    struct lan_end *end = &lan->ends[from];
    char data[LAN_ROOM];
    int n = lan_receive(end, data, len, NULL);

    if (n > 0) {
        script_append(&lan->ends[lan->ends[to].feeds].in, data, (size_t)n);
        end->given += (uint64_t)n;
    }
    return n;
}

static int splice_out(struct lan *lan, int from, int to, size_t len)
{
    struct lan_end *end = &lan->ends[from];
    struct script_text data = {end->in.bytes,
                               len < end->in.len ? len : end->in.len};
    char sent[LAN_ROOM];
    int n = lan_send_bytes(lan, to, &data);

    if (n > 0) {
        take_out(end, sent, (size_t)n);
        lan->ends[to].taken += (uint64_t)n;
    }
    return n;
}

int lan_splice(struct nb_net *net, int from, int to, size_t len)
{
    struct lan *lan = lan_of(net);
    bool enters = lan->ends[to].feeds > 0;
    int fd = enters ? from : to; /* the socket */
    struct lan_end *end = &lan->ends[fd];
    int rc = lan_begin(lan, LAN_SPLICE, fd);

    if (rc >= 0 && len > (size_t)rc)
        len = (size_t)rc;
    if (len > LAN_ROOM)
        len = LAN_ROOM;
    if (rc >= 0 && !enters && end->error != 0) {
        rc = end->error;
        end->error = 0;
    } else if (rc >= 0) {
        rc = enters ? splice_in(lan, from, to, len)
                    : splice_out(lan, from, to, len);
    }
    if (rc == 0)
        end->why = NB_EOF;
    return lan_done(lan, fd, rc);
}

int lan_drain(struct nb_net *net, int end, void *data, size_t len)
{
    struct lan *lan = lan_of(net);
    int rc = lan_begin(lan, LAN_DRAIN, end);

    if (rc >= 0 && len > (size_t)rc)
        len = (size_t)rc;
    return lan_done(lan, end,
                    rc < 0 ? rc : take_out(&lan->ends[end], data, len));
}
