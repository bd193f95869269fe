/*
 * Names by c-ares: see ares.h. The only file that knows it.
 *
 * c-ares says when it opens, uses and closes a socket; a record with the
 * watches of that socket lives as long. ares_process_fd() may close any
 * socket, the one it was called for too, so nothing of a record is used after
 * that call.
 *
 * What c-ares says of a lookup that ran out of memory is often "no such name"
 * or "no server", and what it says of one that lost half its answers is only
 * the other half. So each call of it is watched for requests that the
 * allocator refused: after one a lookup fails for it.
 */
#include "net/ares.h"

#include <ares.h>
#include <arpa/nameser.h>
#include <assert.h>
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>

#include "core/loop.h"
#include "core/runtime.h"
#include "core/timer.h"
#include "net/resolve.h"
#include "util/addr.h"
#include "util/alloc.h"
#include "util/err.h"
#include "util/list.h"

enum {
    TIMEOUT_MS = 2000, /* of the first try; c-ares doubles it */
    TRIES = 2,         /* of each server */
    REVERSE_NAME = sizeof "ip6.arpa" + 16 * 4,
};

struct nb_ares {
    struct nb_runtime *rt;
    ares_channel channel;
    struct nb_timer timer;
    struct nb_list sockets;
    size_t refused; /* requests for memory, in the calls that are over ... */
    size_t before;  /* ... and of the whole process before the one that is on */
};

/* A lookup that c-ares works on. */
struct question {
    struct nb_ares *ares;
    struct nb_lookup *lookup;
    size_t refused; /* when it began */
};

struct socket {
    struct nb_list link;
    struct nb_ares *ares;
    int fd;
    struct nb_watch watches[2]; /* by enum nb_direction */
};

static int error_of(int status)
{
    switch (status) {
    case ARES_SUCCESS:
        return 0;
    case ARES_ENOMEM:
        return -ENOMEM;
    case ARES_EDESTRUCTION:
        return -ECANCELED;
    case ARES_ENODATA:
    case ARES_ENOTFOUND:
    case ARES_EBADNAME:
        return NB_EAI_NONAME;
    case ARES_ESERVFAIL:
    case ARES_ECONNREFUSED:
    case ARES_ETIMEOUT:
        return NB_EAI_AGAIN;
    default:
        return NB_EAI_FAIL;
    }
}

/* Arms the timer for the earliest time-out of c-ares. */
static void rearm(struct nb_ares *self)
{
    struct timeval left;

    if (ares_timeout(self->channel, NULL, &left) == NULL) {
        nb_timer_disarm(self->rt, &self->timer);
        return;
    }
    /* c-ares rounds to milliseconds, so the time has come one later. */
    int64_t wait = left.tv_sec * NB_SECOND + left.tv_usec * INT64_C(1000) +
                   NB_SECOND / 1000;
    nb_timer_arm(self->rt, &self->timer, nb_loop_now(self->rt->loop) + wait);
}

/* Goes round every call that may ask, answer or wait. */
static void enter(struct nb_ares *self)
{
    self->before = nb_alloc_account().refused;
}

static size_t refused(const struct nb_ares *self)
{
    return self->refused + nb_alloc_account().refused - self->before;
}

/*
 * After a refusal all lookups that are under way would fail, some of them only
 * when c-ares has waited in vain for an answer that it could not read.
 */
static void leave(struct nb_ares *self)
{
    if (refused(self) != self->refused)
        ares_cancel(self->channel);
    self->refused = refused(self);
    rearm(self);
}

static void process(struct nb_ares *self, int readable, int writable)
{
    enter(self);
    ares_process_fd(self->channel, readable, writable);
    leave(self);
}

static void on_readable(struct nb_watch *watch)
{
    struct socket *sock =
        NB_CONTAINER_OF(watch, struct socket, watches[NB_READ]);

    process(sock->ares, sock->fd, ARES_SOCKET_BAD);
}

static void on_writable(struct nb_watch *watch)
{
    struct socket *sock =
        NB_CONTAINER_OF(watch, struct socket, watches[NB_WRITE]);

    process(sock->ares, ARES_SOCKET_BAD, sock->fd);
}

static void on_timeout(struct nb_timer *timer)
{
    process(NB_CONTAINER_OF(timer, struct nb_ares, timer), ARES_SOCKET_BAD,
            ARES_SOCKET_BAD);
}

/* c-ares made a socket. It takes -1 for "do without", and nothing else. */
static int on_socket(ares_socket_t fd, int type, void *context)
{
    struct nb_ares *self = context;
    struct socket *sock = nb_malloc(sizeof *sock);

    (void)type;
    if (sock == NULL)
        return -1;
    sock->ares = self;
    sock->fd = fd;
    for (int dir = NB_READ; dir <= NB_WRITE; dir++) {
        struct nb_watch *watch = &sock->watches[dir];
        nb_watch_init(self->rt->loop, watch, fd, (enum nb_direction)dir);
        watch->ready = dir == NB_READ ? on_readable : on_writable;
    }
    nb_list_push(&self->sockets, &sock->link);
    return 0;
}

static struct socket *find_socket(const struct nb_ares *self, int fd)
{
    for (struct nb_list *link = self->sockets.next; link != &self->sockets;
         link = link->next) {
        struct socket *sock = NB_CONTAINER_OF(link, struct socket, link);
        if (sock->fd == fd)
            return sock;
    }
    return NULL;
}

static void watch(struct socket *sock, enum nb_direction dir, bool wanted)
{
    struct nb_loop *loop = sock->ares->rt->loop;

    /* c-ares cannot be told of a failure: leave() gives its lookups up. */
    if (wanted)
        (void)nb_watch_start(loop, &sock->watches[dir]);
    else
        nb_watch_stop(loop, &sock->watches[dir]);
}

/* What c-ares waits for; if for nothing, it is about to close the socket. */
static void on_state(void *context, ares_socket_t fd, int readable,
                     int writable)
{
    struct socket *sock = find_socket(context, fd);

    assert(sock != NULL);
    watch(sock, NB_READ, readable != 0);
    watch(sock, NB_WRITE, writable != 0);
    if (readable == 0 && writable == 0) {
        nb_list_remove(&sock->link);
        nb_free(sock);
    }
}

static int add_family(struct nb_lookup *lookup,
                      const struct ares_addrinfo *answer, int family)
{
    int rc = 0;

    for (const struct ares_addrinfo_node *node = answer->nodes;
         node != NULL && rc == 0; node = node->ai_next) {
        struct nb_addr addr = {.len = node->ai_addrlen};
        if (node->ai_family != family || addr.len > sizeof addr.u)
            continue;
        memcpy(&addr.u, node->ai_addr, addr.len);
        rc = nb_lookup_add(lookup, &addr);
    }
    return rc;
}

static int add_name(struct nb_lookup *lookup, const char *name)
{
    return name == NULL ? 0 : nb_lookup_add_name(lookup, name);
}

/*
 * The canonical name is where the chain of aliases ends; the hosts file has
 * it in each of them. Where c-ares had no memory for a name there is none.
 */
static int add_names(struct nb_lookup *lookup,
                     const struct ares_addrinfo *answer)
{
    const char *canonical = answer->name;

    for (const struct ares_addrinfo_cname *link = answer->cnames; link != NULL;
         link = link->next)
        canonical = link->name != NULL ? link->name : canonical;
    int rc = add_name(lookup, canonical);
    for (const struct ares_addrinfo_cname *link = answer->cnames;
         link != NULL && rc == 0; link = link->next)
        rc = add_name(lookup, link->alias);
    return rc;
}

/* Begins a lookup; without memory it is finished, and this returns NULL. */
static struct question *begin(struct nb_ares *self, struct nb_lookup *lookup)
{
    struct question *question = nb_malloc(sizeof *question);

    if (question == NULL) {
        nb_lookup_finish(lookup, -ENOMEM);
        return NULL;
    }
    question->ares = self;
    question->lookup = lookup;
    question->refused = refused(self);
    return question;
}

static void finish(struct question *question, int rc)
{
    struct nb_lookup *lookup = question->lookup;

    if (rc != -ECANCELED && refused(question->ares) != question->refused)
        rc = -ENOMEM;
    nb_free(question);
    nb_lookup_finish(lookup, rc);
}

static void on_answer(void *context, int status, int timeouts,
                      struct ares_addrinfo *answer)
{
    struct question *question = context;
    struct nb_lookup *lookup = question->lookup;
    int rc = error_of(status);

    (void)timeouts;
    if (rc == 0)
        rc = add_names(lookup, answer);
    if (rc == 0)
        rc = add_family(lookup, answer, AF_INET);
    if (rc == 0)
        rc = add_family(lookup, answer, AF_INET6);
    ares_freeaddrinfo(answer);
    finish(question, rc);
}

/* The names that a PTR record, or a line of the hosts file, has. */
static int add_host(struct nb_lookup *lookup, const struct hostent *host)
{
    int rc = 0;

    for (char **alias = host->h_aliases; *alias != NULL && rc == 0; alias++)
        rc = nb_lookup_add_name(lookup, *alias);
    return rc;
}

static void on_names(void *context, int status, int timeouts,
                     unsigned char *answer, int len)
{
    struct question *question = context;
    struct hostent *host = NULL;
    int rc = error_of(status);

    (void)timeouts;
    if (rc == 0)
        rc = error_of(
            ares_parse_ptr_reply(answer, len, NULL, 0, AF_INET, &host));
    if (rc == 0)
        rc = add_host(question->lookup, host);
    if (host != NULL)
        ares_free_hostent(host);
    finish(question, rc);
}

static void on_hosts_line(void *context, int status, int timeouts,
                          struct hostent *host)
{
    struct nb_lookup *lookup = context;

    (void)timeouts;
    if (status == ARES_SUCCESS && nb_lookup_add_name(lookup, host->h_name) == 0)
        add_host(lookup, host);
}

static int open_channel(struct nb_ares *self)
{
    char lookups[] = "fb"; /* files, then bind, the name server */
    struct ares_options options = {
        .timeout = TIMEOUT_MS,
        .tries = TRIES,
        .lookups = lookups,
        .sock_state_cb = on_state,
        .sock_state_cb_data = self,
    };
    int mask = ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_LOOKUPS |
               ARES_OPT_NOROTATE | ARES_OPT_SOCK_STATE_CB;
    int status = ares_init_options(&self->channel, &options, mask);

    if (status == ARES_SUCCESS)
        ares_set_socket_callback(self->channel, on_socket, self);
    return error_of(status);
}

int nb_ares_new(struct nb_ares **ares, struct nb_runtime *rt)
{
    struct nb_ares *self = nb_calloc(1, sizeof *self);

    if (self == NULL)
        return -ENOMEM;
    self->rt = rt;
    nb_timer_init(&self->timer, on_timeout);
    nb_list_init(&self->sockets);
    ares_library_init_mem(ARES_LIB_INIT_ALL, nb_malloc, nb_free, nb_realloc);
    int rc = open_channel(self);
    if (rc < 0) {
        ares_library_cleanup();
        nb_free(self);
        return rc;
    }
    *ares = self;
    return 0;
}

void nb_ares_lookup(struct nb_ares *ares, const char *name, int family,
                    struct nb_lookup *lookup)
{
    /* Sorting by RFC 6724 would make sockets, and connect them. */
    const struct ares_addrinfo_hints hints = {
        .ai_flags =
            ARES_AI_NOSORT | (lookup->query.named ? ARES_AI_CANONNAME : 0),
        .ai_family = family,
    };

    enter(ares);
    struct question *question = begin(ares, lookup);
    if (question != NULL)
        ares_getaddrinfo(ares->channel, name, NULL, &hints, on_answer,
                         question);
    leave(ares);
}

/*
 * Looks into the hosts file: 0 if it names the address. ares_gethostbyaddr()
 * on the channel would ask the servers, too, but not say why they failed.
 */
static int ask_hosts_file(const struct nb_addr *addr, struct nb_lookup *lookup)
{
    char lookups[] = "f";
    struct ares_options options = {.lookups = lookups};
    bool in6 = nb_addr_family(addr) == AF_INET6;
    const void *ip = in6 ? (const void *)&addr->u.in6.sin6_addr
                         : (const void *)&addr->u.in.sin_addr;
    ares_channel channel;
    int status = ares_init_options(&channel, &options, ARES_OPT_LOOKUPS);

    if (status != ARES_SUCCESS)
        return error_of(status);
    ares_gethostbyaddr(channel, ip, in6 ? 16 : 4, nb_addr_family(addr),
                       on_hosts_line, lookup);
    ares_destroy(channel);
    if (lookup->status < 0)
        return lookup->status;
    return lookup->name_count == 0 ? NB_EAI_NONAME : 0;
}

/* Writes the name that stands for an address (RFC 1035, 3.5; RFC 3596, 2.5) */
static void reverse_name(char name[REVERSE_NAME], const struct nb_addr *addr)
{
    static const char suffix[] = "ip6.arpa";
    unsigned char in[sizeof addr->u.in.sin_addr];
    char *end = name;

    if (nb_addr_family(addr) == AF_INET) {
        memcpy(in, &addr->u.in.sin_addr, sizeof in);
        snprintf(name, REVERSE_NAME, "%u.%u.%u.%u.in-addr.arpa", in[3], in[2],
                 in[1], in[0]);
        return;
    }
    for (int i = 15; i >= 0; i--) {
        unsigned octet = addr->u.in6.sin6_addr.s6_addr[i];
        end += snprintf(end, sizeof "f.f.", "%x.%x.", octet & 15, octet >> 4);
    }
    memcpy(end, suffix, sizeof suffix);
}

static void ask_names(struct question *question, const struct nb_addr *addr)
{
    char name[REVERSE_NAME];
    int rc = ask_hosts_file(addr, question->lookup);

    if (rc != NB_EAI_NONAME) {
        finish(question, rc);
        return;
    }
    reverse_name(name, addr);
    ares_query(question->ares->channel, name, ns_c_in, ns_t_ptr, on_names,
               question);
}

void nb_ares_reverse(struct nb_ares *ares, const struct nb_addr *addr,
                     struct nb_lookup *lookup)
{
    enter(ares);
    struct question *question = begin(ares, lookup);
    if (question != NULL)
        ask_names(question, addr);
    leave(ares);
}

void nb_ares_free(struct nb_ares *ares)
{
    if (ares == NULL)
        return;
    nb_timer_disarm(ares->rt, &ares->timer);
    ares_destroy(ares->channel);
    assert(nb_list_empty(&ares->sockets));
    ares_library_cleanup();
    nb_free(ares);
}
