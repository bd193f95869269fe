/* From events of the bus to those of a trace: see observer.h. */
#include "trace/observer.h"

#include <errno.h>

#include "trace/traced.h"
#include "util/err.h"
#include "util/list.h"

/* Tells of `told`, which has its kind and what else is special. */
static void tell(struct nb_observer *self, const struct nb_event *event,
                 struct nb_traced *socket, struct nb_trace_event *told)
{
    told->number = ++self->events;
    told->time = event->time - self->began;
    told->thread = event->task;
    told->operation =
        event->kind == NB_EVENT_TIMEOUT ? event->operation : event->kind;
    if (socket != NULL) {
        socket->told = true;
        told->proto = socket->proto;
        told->socket = socket->number;
        told->passive = socket->passive || socket->listening;
        if (told->local.len == 0)
            told->local = socket->local;
        if (told->remote.len == 0)
            told->remote = socket->remote;
        if (told->conversation == 0) {
            told->conversation = socket->conversation;
            told->peer = socket->peer;
        }
    }
    nb_bus_locate(self->bus, &told->origin);
    self->host.take(self->host.context, told);
}

static void tell_kind(struct nb_observer *self, const struct nb_event *event,
                      struct nb_traced *socket, enum nb_trace_kind kind)
{
    struct nb_trace_event told = {.kind = kind};

    tell(self, event, socket, &told);
}

/* Asks for both addresses. */
static void learn_names(struct nb_observer *self, int fd,
                        struct nb_traced *socket)
{
    struct nb_facts facts = {.family = AF_UNSPEC};

    self->host.describe(self->host.context, fd, &facts, false);
    if (facts.local.len > 0)
        socket->local = facts.local;
    if (facts.remote.len > 0)
        socket->remote = facts.remote;
}

/* Says with whom a datagram is exchanged. */
static void address(struct nb_observer *self, int fd, struct nb_traced *socket,
                    const struct nb_addr *remote, struct nb_trace_event *told)
{
    if (nb_addr_port(&socket->local) == 0 &&
        nb_addr_family(&socket->local) != AF_UNIX) {
        learn_names(self, fd, socket);
        self->sockets.changes++;
    }
    if (remote == NULL || remote->len == 0) {
        if (socket->peer != 0)
            return;
        remote = &socket->remote;
    }
    struct nb_exchange found =
        nb_traced_sockets_exchange(&self->sockets, socket, remote);
    told->conversation = found.conversation;
    told->peer = found.peer;
    told->local = nb_traced_towards(&socket->local, remote);
    told->remote = *remote;
}

/* What an operation has failed with, as the trace has it. */
static enum nb_trace_kind kind_of_error(int error)
{
    switch (error) {
    case ECONNREFUSED:
        return NB_TRACE_REFUSED;
    case ECONNRESET:
        return NB_TRACE_RESET;
    case ETIMEDOUT:
        return NB_TRACE_TIMED_OUT;
    default:
        return NB_TRACE_ERROR;
    }
}

/* The positive errno of a result. */
static int errno_of(int result)
{
    if (result == NB_ENOTALLOWED)
        return EPERM;
    return result == NB_ETOOMANY ? EMFILE : -result;
}

static void tell_error(struct nb_observer *self, const struct nb_event *event,
                       struct nb_traced *socket, struct nb_trace_event *told)
{
    told->error = errno_of(event->result);
    told->kind = kind_of_error(told->error);
    tell(self, event, socket, told);
}

/* A socket that was open before it was heard of. */
static struct nb_traced *discover(struct nb_observer *self, int fd)
{
    struct nb_facts facts = {.family = AF_UNSPEC};

    self->host.describe(self->host.context, fd, &facts, true);
    struct nb_traced *socket = nb_traced_sockets_add(
        &self->sockets, fd,
        nb_traced_proto(facts.family, facts.type, facts.proto));
    if (socket == NULL)
        return NULL;
    socket->local = facts.local;
    socket->remote = facts.remote;
    socket->listening = facts.listening;
    socket->connected =
        nb_trace_is_stream(socket->proto) && facts.remote.len > 0;
    if (socket->connected)
        nb_traced_sockets_join(&self->sockets, socket);
    return socket;
}

static void hear_open(struct nb_observer *self, const struct nb_event *event)
{
    enum nb_trace_proto proto =
        nb_traced_proto(event->family, event->type, event->proto);
    struct nb_trace_event told = {.proto = proto};

    if (event->result < 0) {
        tell_error(self, event, NULL, &told);
        return;
    }
    struct nb_traced *socket = nb_traced_sockets_at(&self->sockets, event->fd);
    if (event->adopted) {
        if (socket != NULL)
            socket->handed = true;
        else
            discover(self, event->fd);
        return;
    }
    socket = nb_traced_sockets_add(&self->sockets, event->fd, proto);
    struct nb_traced *partner =
        nb_traced_sockets_at(&self->sockets, event->partner);
    if (socket == NULL)
        return;
    if (event->partner >= 0 && partner != NULL) {
        nb_traced_sockets_marry(&self->sockets, partner, socket);
        partner->connected = socket->connected = true;
    }
}

static void hear_name(struct nb_observer *self, const struct nb_event *event,
                      struct nb_traced *socket)
{
    struct nb_trace_event told = {.kind = NB_TRACE_BOUND};

    if (event->result < 0) {
        if (event->addr != NULL)
            told.local = *event->addr;
        tell_error(self, event, socket, &told);
        return;
    }
    learn_names(self, event->fd, socket);
    self->sockets.changes++;
    if (event->kind == NB_EVENT_LISTEN) {
        socket->listening = true;
        told.kind = NB_TRACE_LISTENING;
    }
    tell(self, event, socket, &told);
}

static void hear_accept(struct nb_observer *self, const struct nb_event *event,
                        struct nb_traced *listener)
{
    struct nb_trace_event told = {.error = 0};

    if (event->result < 0) {
        if (event->result != -EAGAIN)
            tell_error(self, event, listener, &told);
        return;
    }
    struct nb_addr local = listener->local;
    enum nb_trace_proto proto = listener->proto;
    struct nb_traced *socket =
        nb_traced_sockets_add(&self->sockets, event->result, proto);
    if (socket == NULL)
        return;
    socket->local = local;
    socket->passive = socket->connected = true;
    learn_names(self, event->result, socket);
    if (event->addr != NULL)
        socket->remote = *event->addr;
    nb_traced_sockets_join(&self->sockets, socket);
    tell_kind(self, event, socket, NB_TRACE_ACCEPTED);
}

/* The kernel has begun to connect, or been asked again. */
static void begin_connect(struct nb_observer *self,
                          const struct nb_event *event,
                          struct nb_traced *socket)
{
    if (socket->connecting && (nb_traced_is_at(&socket->remote, event->addr) ||
                               nb_traced_is_at(event->addr, &socket->remote)))
        return;
    learn_names(self, event->fd, socket);
    socket->remote = nb_traced_towards(event->addr, &socket->local);
    nb_traced_sockets_begin(&self->sockets, socket);
    tell_kind(self, event, socket, NB_TRACE_CONNECTING);
}

/* A datagram socket has got a default peer. */
static void hear_association(struct nb_observer *self,
                             const struct nb_event *event,
                             struct nb_traced *socket)
{
    struct nb_trace_event told = {.kind = NB_TRACE_CONNECTED};

    if (event->result < 0) {
        told.remote = *event->addr;
        tell_error(self, event, socket, &told);
        return;
    }
    socket->remote = (struct nb_addr){.len = 0};
    learn_names(self, event->fd, socket);
    socket->connected = true;
    self->sockets.changes++;
    address(self, event->fd, socket, NULL, &told);
    tell(self, event, socket, &told);
}

static void hear_connect(struct nb_observer *self, const struct nb_event *event,
                         struct nb_traced *socket)
{
    struct nb_trace_event told = {.error = 0};
    int rc = event->result;

    if (!nb_trace_is_stream(socket->proto)) {
        hear_association(self, event, socket);
        return;
    }
    if (socket->connected)
        return;
    if (rc == NB_ENOTALLOWED || rc == -EAGAIN) {
        told.remote = *event->addr;
        if (rc != -EAGAIN)
            tell_error(self, event, socket, &told);
        return;
    }
    begin_connect(self, event, socket);
    if (rc == -EINPROGRESS || rc == -EALREADY)
        return;
    socket->connecting = false;
    if (rc < 0 && rc != -EISCONN) {
        socket->waiting = 0;
        tell_error(self, event, socket, &told);
        return;
    }
    socket->connected = true;
    if (socket->peer == 0 && socket->proto == NB_TRACE_TCP)
        nb_traced_sockets_join(&self->sockets, socket);
    tell_kind(self, event, socket, NB_TRACE_CONNECTED);
}

/* What a raw socket of IPv4 receives has its header in front. */
static void skip_header(const struct nb_traced *socket,
                        struct nb_trace_event *told)
{
    const unsigned char *bytes = told->data;

    if (socket->proto != NB_TRACE_ICMP || told->len < 20 ||
        nb_addr_family(&told->remote) != AF_INET || bytes[0] >> 4 != 4)
        return;
    size_t header = (size_t)(bytes[0] & 15) * 4;
    if (header <= told->len) {
        told->data = bytes + header;
        told->len -= header;
    }
}

static void hear_bytes(struct nb_observer *self, const struct nb_event *event,
                       struct nb_traced *socket)
{
    bool sent = event->kind == NB_EVENT_SEND;
    struct nb_trace_event told = {
        .kind = sent ? NB_TRACE_SENT : NB_TRACE_RECEIVED,
        .data = event->data,
        .len = event->len,
    };

    if (event->result == -EAGAIN)
        return;
    if (!nb_trace_is_stream(socket->proto))
        address(self, event->fd, socket, event->addr, &told);
    if (event->result < 0) {
        told.len = 0;
        tell_error(self, event, socket, &told);
        return;
    }
    if (event->len == 0 && nb_trace_is_stream(socket->proto)) {
        if (!sent && !socket->ended) {
            socket->ended = true;
            tell_kind(self, event, socket, NB_TRACE_ENDED);
        }
        return;
    }
    if (!sent)
        skip_header(socket, &told);
    tell(self, event, socket, &told);
}

static void hear_shutdown(struct nb_observer *self,
                          const struct nb_event *event,
                          struct nb_traced *socket)
{
    struct nb_trace_event told = {.kind = NB_TRACE_HALF_CLOSED};

    if (event->result < 0)
        tell_error(self, event, socket, &told);
    else if (event->how != SHUT_RD)
        tell(self, event, socket, &told);
}

static void hear_close(struct nb_observer *self, const struct nb_event *event,
                       struct nb_traced *socket)
{
    if (event->kind == NB_EVENT_DISOWN && socket->handed) {
        socket->handed = false;
        return;
    }
    if (event->kind == NB_EVENT_CLOSE && (socket->told || socket->connected))
        tell_kind(self, event, socket, NB_TRACE_CLOSED);
    nb_traced_sockets_drop(&self->sockets, event->fd);
}

static void hear_timeout(struct nb_observer *self, const struct nb_event *event,
                         struct nb_traced *socket)
{
    struct nb_trace_event told = {
        .kind = NB_TRACE_TIMED_OUT,
        .error = ETIMEDOUT,
    };
    struct nb_event wait = *event;

    if (socket->listening && wait.operation == NB_EVENT_RECEIVE)
        wait.operation = NB_EVENT_ACCEPT;
    tell(self, &wait, socket, &told);
}

static void hear_mark(struct nb_observer *self, const struct nb_event *event)
{
    struct nb_trace_event told = {
        .kind = NB_TRACE_MARK,
        .data = event->data,
        .len = event->len,
    };

    tell(self, event, NULL, &told);
}

static void take(struct nb_sink *sink, const struct nb_event *event)
{
    struct nb_observer *self = NB_CONTAINER_OF(sink, struct nb_observer, sink);
    struct nb_traced *socket = nb_traced_sockets_at(&self->sockets, event->fd);

    if (event->kind == NB_EVENT_OPEN) {
        hear_open(self, event);
        return;
    }
    if (event->kind == NB_EVENT_MARK) {
        hear_mark(self, event);
        return;
    }
    if (socket == NULL && event->kind != NB_EVENT_CLOSE)
        socket = discover(self, event->fd);
    if (socket == NULL)
        return;
    switch (event->kind) {
    case NB_EVENT_BIND:
    case NB_EVENT_LISTEN:
        hear_name(self, event, socket);
        break;
    case NB_EVENT_ACCEPT:
        hear_accept(self, event, socket);
        break;
    case NB_EVENT_CONNECT:
        hear_connect(self, event, socket);
        break;
    case NB_EVENT_SEND:
    case NB_EVENT_RECEIVE:
        hear_bytes(self, event, socket);
        break;
    case NB_EVENT_SHUTDOWN:
        hear_shutdown(self, event, socket);
        break;
    case NB_EVENT_CLOSE:
    case NB_EVENT_DISOWN:
        hear_close(self, event, socket);
        break;
    case NB_EVENT_TIMEOUT:
        hear_timeout(self, event, socket);
        break;
    case NB_EVENT_OPEN:
    case NB_EVENT_MARK:
        break;
    }
}

int nb_observer_begin(struct nb_observer *observer, struct nb_bus *bus,
                      const struct nb_observer_host *host, int64_t began)
{
    *observer = (struct nb_observer){
        .sink = {.take = take},
        .bus = bus,
        .host = *host,
        .began = began,
    };
    int rc = nb_traced_sockets_init(&observer->sockets);
    if (rc < 0)
        return rc;
    nb_list_init(&observer->sink.link);
    nb_bus_add(bus, &observer->sink);
    return 0;
}

void nb_observer_end(struct nb_observer *observer)
{
    nb_bus_remove(&observer->sink);
    nb_traced_sockets_deinit(&observer->sockets);
}
