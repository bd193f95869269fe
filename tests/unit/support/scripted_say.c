/*
 * What a test says to the scripted backend, and asks it: see scripted.h.
 */
#include "support/scripted.h"

#include <string.h>

#include "support/fixture.h"
#include "support/scripted_impl.h"

static const struct scripted *const_of(const struct nb_net *net)
{
    return NB_CONTAINER_OF(net, const struct scripted, base);
}

static struct nb_addr address(const char *ip, uint16_t port)
{
    struct nb_addr addr;

    assert_int_equal(nb_addr_parse(&addr, ip, port), 0);
    return addr;
}

void scripted_for(struct nb_net *net, int fd)
{
    scripted_of(net)->only = fd;
}

static void add(struct nb_net *net, struct script_result result)
{
    struct scripted *self = scripted_of(net);

    result.fd = self->only;
    script_add(&self->script, &result);
    scripted_refresh(self);
}

void scripted_result(struct nb_net *net, enum scripted_op op, int result)
{
    scripted_later(net, op, 0, result);
}

void scripted_later(struct nb_net *net, enum scripted_op op, int before,
                    int result)
{
    add(net, (struct script_result){
                 .op = (int)op, .before = before, .value = result});
}

void scripted_bytes(struct nb_net *net, const void *data, size_t len)
{
    add(net,
        (struct script_result){.op = SCRIPTED_RECV, .data = data, .len = len});
}

void scripted_text(struct nb_net *net, const char *text)
{
    scripted_bytes(net, text, strlen(text));
}

void scripted_packet(struct nb_net *net, const void *data, size_t len,
                     const struct nb_addr *from)
{
    add(net, (struct script_result){
                 .op = SCRIPTED_RECV, .data = data, .len = len, .from = *from});
}

void scripted_datagram(struct nb_net *net, const char *text, const char *ip,
                       uint16_t port)
{
    struct nb_addr from = address(ip, port);

    scripted_packet(net, text, strlen(text), &from);
}

void scripted_peer(struct nb_net *net, const char *ip, uint16_t port)
{
    add(net, (struct script_result){.op = SCRIPTED_ACCEPT,
                                    .from = address(ip, port)});
}

void scripted_option(struct nb_net *net, int value)
{
    scripted_result(net, SCRIPTED_GETSOCKOPT, value);
}

void scripted_writable(struct nb_net *net, int fd, bool writable)
{
    struct scripted *self = scripted_of(net);

    scripted_at(self, fd)->unwritable = !writable;
    scripted_refresh(self);
}

void scripted_name(struct nb_net *net, const char *name, const char *ip)
{
    struct nb_addr addr = address(ip, 0);

    zone_add(&scripted_of(net)->zone, name, &addr);
}

void scripted_defer(struct nb_net *net)
{
    scripted_of(net)->zone.deferring = true;
}

void scripted_answer(struct nb_net *net, int status)
{
    zone_answer(&scripted_of(net)->zone, status);
}

const char *scripted_log(const struct nb_net *net)
{
    return const_of(net)->script.log.bytes;
}

const char *scripted_sent(const struct nb_net *net)
{
    return const_of(net)->sent.bytes;
}

size_t scripted_sent_len(const struct nb_net *net)
{
    return const_of(net)->sent.len;
}

int scripted_open(const struct nb_net *net)
{
    int count = 0;

    for (int fd = FIRST_FD; fd < FD_LIMIT; fd++)
        count += const_of(net)->fds[fd].open ? 1 : 0;
    return count;
}

int scripted_left(const struct nb_net *net)
{
    return script_count(&const_of(net)->script);
}
