/*
 * The load generator of the benchmark: the client of every echo server.
 *
 *     load KIND PORT PID SECONDS SIZE SOCKETS DEPTH
 *
 * Keeps DEPTH messages of SIZE bytes in flight on each of SOCKETS sockets to
 * 127.0.0.1:PORT and compares every echo with what was sent. KIND is
 *
 *     tcp, udp  echoes
 *     lines     echoes of lines, DEPTH of them in one segment
 *     connect   a new TCP connection for each message
 *     proxy     a message that is sent on one connection comes out of the next
 *     quiet     one echo on each connection, and that is all
 *
 * After a warm-up it counts for SECONDS and prints the echoes in a second and
 * the CPU time of process PID for each; for quiet the connections in a second
 * and the bytes by which PID grew for each. Anything unexpected ends it with
 * status 1.
 */
#define _GNU_SOURCE

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
    PATIENCE = 10000,  /* ms without an echo: lost, or the server hangs */
    BATCH = 64,        /* events of one epoll_wait */
    SHIFTS = 251,      /* ways to shift the pattern; prime */
    RAMP = 64,         /* connections that wait for their first echo */
    PER_SOURCE = 1024, /* connections from one source address */
    SOURCES = 65024    /* source addresses, from 127.1.0.1 up */
};

enum kind {
    KIND_TCP,
    KIND_UDP,
    KIND_LINES,
    KIND_CONNECT,
    KIND_PROXY,
    KIND_QUIET
};

/* What each message starts with, lines in digits; a shifted random pattern
 * follows. */
struct header {
    uint32_t client;
    uint32_t slot;
    uint64_t number;
};

struct client {
    int fd;      /* sends */
    int echo_fd; /* receives; another one only behind a proxy */
    uint32_t index;
    size_t got;        /* bytes of the echo so far; streams only */
    char *echo;        /* those bytes, room for one more than a message */
    uint64_t *numbers; /* of the message in flight in each slot */
};

struct load {
    enum kind kind;
    struct sockaddr_in server;
    pid_t pid;
    clockid_t server_clock;
    double seconds;
    size_t line; /* bytes of one; KIND_LINES only */
    size_t size; /* of a message */
    uint32_t sockets;
    uint32_t depth;

    int epoll;
    bool draining; /* nothing more is sent */
    uint64_t echoes;
    uint64_t in_flight;
    uint64_t connections;
    char *pattern;
    char *message;
    struct client *clients;
};

struct mark {
    uint64_t echoes;
    int64_t wall;
    int64_t cpu;
};

static _Noreturn void die(const char *format, ...)
    __attribute__((format(printf, 1, 2)));

static _Noreturn void die(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fputs("load: ", stderr);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    va_end(args);
    exit(1);
}

/* Ends the program if a system call failed, else hands on its result. */
static int check(int result, const char *what)
{
    if (result < 0)
        die("%s: %s", what, strerror(errno));
    return result;
}

static void *allocate(size_t count, size_t size)
{
    void *memory = calloc(count, size);
    if (!memory)
        die("out of memory");
    return memory;
}

static int64_t read_clock(clockid_t clock)
{
    struct timespec now;
    check(clock_gettime(clock, &now), "clock_gettime");
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* Writes the number of a message and the ends of its lines. */
static void mark_lines(struct load *load, const struct header *header)
{
    char digits[17];

    snprintf(digits, sizeof digits, "%06" PRIx32 "%010" PRIx64, header->client,
             header->number);
    memcpy(load->message, digits, sizeof digits - 1);
    for (size_t end = load->line; end <= load->size; end += load->line)
        load->message[end - 1] = '\n';
}

/* Writes the message that is in flight in `slot` to load->message. */
static void compose(struct load *load, const struct client *client,
                    uint32_t slot)
{
    struct header header = {
        .client = client->index,
        .slot = slot,
        .number = client->numbers[slot],
    };
    size_t shift = (header.number * 7 + client->index) % SHIFTS;

    memcpy(load->message, load->pattern + shift, load->size);
    if (load->kind == KIND_LINES)
        mark_lines(load, &header);
    else
        memcpy(load->message, &header, sizeof header);
}

static void send_message(struct load *load, const struct client *client,
                         uint32_t slot)
{
    compose(load, client, slot);
    ssize_t sent = send(client->fd, load->message, load->size, MSG_NOSIGNAL);
    if (sent < 0)
        die("send: %s", strerror(errno));
    if ((size_t)sent != load->size)
        die("send: %zd of %zu bytes", sent, load->size);
    load->in_flight++;
}

/*
 * A client that closes first leaves its port in TIME_WAIT. Spreading the
 * connections over many source addresses keeps enough ports free.
 */
static void bind_source(const struct load *load, int fd)
{
    const int on = 1;
    uint32_t source = load->connections / PER_SOURCE % SOURCES;
    struct sockaddr_in addr = {
        .sin_family = AF_INET,
        .sin_addr.s_addr = htonl(0x7f010001 + source),
    };

    check(setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on),
          "setsockopt");
    check(bind(fd, (struct sockaddr *)&addr, sizeof addr), "bind");
}

/* On loopback the kernel alone completes connect, so it may block. */
static int open_socket(struct load *load)
{
    int type = load->kind == KIND_UDP ? SOCK_DGRAM : SOCK_STREAM;
    int fd = check(socket(AF_INET, type | SOCK_CLOEXEC, 0), "socket");

    if (load->kind == KIND_CONNECT)
        bind_source(load, fd);
    check(connect(fd, (const struct sockaddr *)&load->server,
                  sizeof load->server),
          "connect");
    load->connections++;
    return fd;
}

static void send_messages(struct load *load, const struct client *client)
{
    for (uint32_t slot = 0; slot < load->depth; slot++)
        send_message(load, client, slot);
}

static void open_client(struct load *load, struct client *client)
{
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = client};

    client->fd = open_socket(load);
    client->echo_fd = load->kind == KIND_PROXY ? open_socket(load) : client->fd;
    check(epoll_ctl(load->epoll, EPOLL_CTL_ADD, client->echo_fd, &event),
          "epoll_ctl");
    send_messages(load, client);
}

/* Compares a whole echo with its message and sends the next one. */
static void finish(struct load *load, struct client *client, uint32_t slot)
{
    compose(load, client, slot);
    if (memcmp(client->echo, load->message, load->size) != 0)
        die("socket %" PRIu32 ": the echo differs from message %" PRIu64,
            client->index, client->numbers[slot]);

    load->echoes++;
    load->in_flight--;
    client->numbers[slot]++;
    if (load->kind == KIND_CONNECT) {
        close(client->fd);
        if (!load->draining)
            open_client(load, client);
    } else if (!load->draining) {
        send_message(load, client, slot);
    }
}

/* Returns the bytes received, or 0 if there are none now. */
static size_t receive(const struct client *client, char *buf, size_t len)
{
    ssize_t n = recv(client->echo_fd, buf, len, MSG_DONTWAIT);
    if (n < 0 && errno == EAGAIN)
        return 0;
    if (n < 0)
        die("recv: %s", strerror(errno));
    if (n == 0)
        die("socket %" PRIu32 ": end of stream", client->index);
    return (size_t)n;
}

static void read_stream(struct load *load, struct client *client)
{
    client->got +=
        receive(client, client->echo + client->got, load->size - client->got);
    if (client->got < load->size)
        return;
    client->got = 0;
    finish(load, client, 0);
}

static void read_datagrams(struct load *load, struct client *client)
{
    for (uint32_t i = 0; i < load->depth; i++) {
        struct header header;
        size_t len = receive(client, client->echo, load->size + 1);
        if (len == 0)
            return;
        memcpy(&header, client->echo, sizeof header);
        if (len != load->size || header.slot >= load->depth)
            die("socket %" PRIu32 ": a strange datagram of %zu bytes",
                client->index, len);
        finish(load, client, header.slot);
    }
}

static void turn(struct load *load)
{
    struct epoll_event events[BATCH];
    int count = epoll_wait(load->epoll, events, BATCH, PATIENCE);

    if (count < 0 && errno == EINTR)
        return;
    if (check(count, "epoll_wait") == 0)
        die("no echo for %d ms, %" PRIu64 " messages in flight", PATIENCE,
            load->in_flight);
    for (int i = 0; i < count; i++) {
        if (load->kind == KIND_UDP)
            read_datagrams(load, events[i].data.ptr);
        else
            read_stream(load, events[i].data.ptr);
    }
}

static void run_for(struct load *load, double seconds)
{
    int64_t end = read_clock(CLOCK_MONOTONIC) + (int64_t)(seconds * 1e9);
    while (read_clock(CLOCK_MONOTONIC) < end)
        turn(load);
}

static void drain(struct load *load)
{
    load->draining = true;
    while (load->in_flight > 0)
        turn(load);
    load->draining = false;
}

/* Returns the bytes of the server that are resident. */
static int64_t read_memory(const struct load *load)
{
    char path[64];
    long pages = 0;
    snprintf(path, sizeof path, "/proc/%d/statm", (int)load->pid);
    FILE *file = fopen(path, "re");

    if (!file || fscanf(file, "%*d %ld", &pages) != 1)
        die("%s cannot be read", path);
    fclose(file);
    return (int64_t)pages * sysconf(_SC_PAGESIZE);
}

static struct mark take_mark(const struct load *load)
{
    return (struct mark){
        .echoes = load->echoes,
        .wall = read_clock(CLOCK_MONOTONIC),
        .cpu = read_clock(load->server_clock),
    };
}

static void prepare(struct load *load)
{
    uint32_t random = 2463534242; /* xorshift, the same in every run */

    load->epoll = check(epoll_create1(EPOLL_CLOEXEC), "epoll_create1");
    load->message = allocate(1, load->size);
    load->pattern = allocate(1, load->size + SHIFTS);
    for (size_t i = 0; i < load->size + SHIFTS; i++) {
        random ^= random << 13;
        random ^= random >> 17;
        random ^= random << 5;
        load->pattern[i] =
            (char)(load->line ? 'a' + (int)(random % 26) : (int)random);
    }
    load->clients = allocate(load->sockets, sizeof *load->clients);
    for (uint32_t i = 0; i < load->sockets; i++) {
        struct client *client = &load->clients[i];
        client->index = i;
        client->echo = allocate(1, load->size + 1);
        client->numbers = allocate(load->depth, sizeof *client->numbers);
    }
}

/* Opens all clients. Each has had its echoes in the end, and is quiet. */
static void open_clients(struct load *load)
{
    load->draining = true;
    for (uint32_t i = 0; i < load->sockets; i++) {
        open_client(load, &load->clients[i]);
        while (load->in_flight > RAMP)
            turn(load);
    }
    drain(load);
}

static void start_clients(struct load *load)
{
    for (uint32_t i = 0; i < load->sockets; i++) {
        if (load->kind == KIND_CONNECT)
            open_client(load, &load->clients[i]);
        else
            send_messages(load, &load->clients[i]);
    }
}

static void measure_quiet(struct load *load)
{
    int64_t memory = read_memory(load);
    int64_t begin = read_clock(CLOCK_MONOTONIC);

    open_clients(load);
    int64_t wall = read_clock(CLOCK_MONOTONIC) - begin;
    printf("rss %g\nrate %g\n",
           (double)(read_memory(load) - memory) / load->sockets,
           load->sockets * 1e9 / (double)wall);
}

static void measure_echoes(struct load *load)
{
    if (load->kind != KIND_CONNECT)
        open_clients(load);
    start_clients(load);
    run_for(load, load->seconds / 4);
    struct mark first = take_mark(load);
    run_for(load, load->seconds);
    struct mark last = take_mark(load);
    drain(load);

    double count = (double)(last.echoes - first.echoes);
    if (load->line)
        count *= (double)(load->size / load->line);
    printf("cpu %.1f\nrate %.1f\n", (double)(last.cpu - first.cpu) / count,
           count * 1e9 / (double)(last.wall - first.wall));
}

static uint32_t parse_number(const char *text, uint32_t min, uint32_t max)
{
    char *end;
    unsigned long value = strtoul(text, &end, 10);
    if (end == text || *end != '\0' || value < min || value > max)
        die("not a number from %" PRIu32 " to %" PRIu32 ": %s", min, max, text);
    return (uint32_t)value;
}

static enum kind parse_kind(const char *text)
{
    static const char *const names[] = {
        [KIND_TCP] = "tcp",     [KIND_UDP] = "udp",
        [KIND_LINES] = "lines", [KIND_CONNECT] = "connect",
        [KIND_PROXY] = "proxy", [KIND_QUIET] = "quiet",
    };

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(text, names[i]) == 0)
            return (enum kind)i;
    die("no such kind: %s", text);
}

static void parse(struct load *load, char **argv)
{
    char *end;

    load->kind = parse_kind(argv[1]);
    load->pid = (pid_t)parse_number(argv[3], 1, INT32_MAX);
    load->server = (struct sockaddr_in){
        .sin_family = AF_INET,
        .sin_port = htons((uint16_t)parse_number(argv[2], 1, 65535)),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
    load->seconds = strtod(argv[4], &end);
    load->size = parse_number(argv[5], sizeof(struct header) + 1, 1 << 30);
    load->sockets = parse_number(argv[6], 1, 100000);
    load->depth = parse_number(argv[7], 1, 1024);
    if (load->kind == KIND_LINES) {
        load->line = load->size;
        load->size *= load->depth;
    }
    if (load->kind != KIND_UDP)
        load->depth = 1;

    if (*end != '\0' || !(load->seconds > 0))
        die("not a time in seconds: %s", argv[4]);
    if (clock_getcpuclockid(load->pid, &load->server_clock) != 0)
        die("no such process: %s", argv[3]);
}

int main(int argc, char **argv)
{
    struct load load = {0};

    if (argc != 8)
        die("usage: load KIND PORT PID SECONDS SIZE SOCKETS DEPTH");
    parse(&load, argv);
    prepare(&load);
    if (load.kind == KIND_QUIET)
        measure_quiet(&load);
    else
        measure_echoes(&load);
    return 0;
}
