/*
 * The pipes of the scripted backend: see scripted.h.
 */
#include <errno.h>
#include <string.h>

#include "support/fixture.h"
#include "support/scripted_impl.h"

int scripted_pipe(struct nb_net *net, int ends[2])
{
    static const struct nb_addr nobody;
    struct scripted *self = scripted_of(net);
    int rc = scripted_take_value(self, SCRIPTED_PIPE, SCRIPT_ANY, 0);

    for (int i = 0; i < 2 && rc == 0; i++) {
        ends[i] = scripted_open_fd(self, &nobody, &nobody);
        if (ends[i] < 0)
            fail_msg("no descriptor is left for a pipe");
    }
    if (rc == 0)
        self->fds[ends[1]].feeds = ends[0];
    return script_log(&self->script, rc, "pipe");
}

/* Takes the first bytes out of the pipe that `fd` empties. */
static int take_out(struct scripted *self, int fd, void *data, size_t len)
{
    struct script_text *in = &scripted_at(self, fd)->in;

    if (len > in->len)
        len = in->len;
    if (len == 0)
        return -EAGAIN;
    memcpy(data, in->bytes, len);
    in->len -= len;
    memmove(in->bytes, in->bytes + len, in->len);
    return (int)len;
}

static int splice_in(struct scripted *self, int from, int to, size_t len)
{
    char data[65536];
    int n = scripted_take_bytes(self, from, data, len, NULL);

    if (n > 0)
        script_append(&self->fds[self->fds[to].feeds].in, data, (size_t)n);
    return n;
}

static int splice_out(struct scripted *self, int from, int to, size_t len)
{
    char data[65536];

    if (self->fds[to].unwritable)
        return -EAGAIN;
    int n = take_out(self, from, data, len);
    if (n > 0)
        script_append(&self->sent, data, (size_t)n);
    return n;
}

int scripted_splice(struct nb_net *net, int from, int to, size_t len)
{
    struct scripted *self = scripted_of(net);
    bool enters = scripted_at(self, to)->feeds > 0;
    int most = len < 65536 ? (int)len : 65536;

    scripted_at(self, from);
    int rc =
        scripted_take_value(self, SCRIPTED_SPLICE, enters ? from : to, most);
    if (rc > most)
        rc = most;
    if (rc > 0)
        rc = enters ? splice_in(self, from, to, (size_t)rc)
                    : splice_out(self, from, to, (size_t)rc);
    return script_log(&self->script, rc, "splice %d %d %zu", from, to, len);
}

int scripted_drain(struct nb_net *net, int end, void *data, size_t len)
{
    struct scripted *self = scripted_of(net);

    return script_log(&self->script, take_out(self, end, data, len), "drain %d",
                      end);
}
