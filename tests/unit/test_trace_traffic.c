/*
 * Random traffic, as a pcapng file and back: of each stream all bytes are
 * there, once and in order; each segment begins where the one before it ended,
 * and acknowledges what there was of the other stream.
 */
#include "support/fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "support/capture.h"
#include "support/tale.h"
#include "trace/sink.h"

enum { CONNECTIONS = 8, STEPS = 400, ROOM = 8 << 20, SEEDS = 5 };

/* What one side of a connection has sent, or is seen to have sent. */
struct stream {
    uint8_t *bytes;
    size_t len;
    size_t seen;
    size_t read; /* by the other side, where that is inside */
    uint32_t next;
    bool begun; /* its first segment was seen */
    bool ended; /* closed its side */
    bool fin;   /* and that was seen */
};

struct connection {
    bool inside; /* both ends are in the program */
    bool midst;  /* its beginning is not told */
    const char *ip;
    struct stream streams[2]; /* of the client, of the server */
};

struct world {
    struct chance chance;
    struct tale tale;
    struct nb_trace_sink *sink;
    struct connection connections[CONNECTIONS];
};

static uint64_t below(struct world *world, uint64_t limit)
{
    return chance_below(&world->chance, limit);
}

/* Tells what happened to the socket of a side: 0 is the client. */
static void tell(struct world *world, int number, int side, const char *what,
                 const struct nb_trace_event *data)
{
    const struct connection *connection = &world->connections[number];
    char line[256];
    int ports[2] = {4000 + number, 80};

    snprintf(line, sizeof line, "%s tcp of=%d socket=%d peer=%d %s:%d %s:%d",
             what, number + 1, 2 * number + 1 + side,
             connection->inside ? 2 * number + 2 - side : 0, connection->ip,
             ports[side], connection->ip, ports[!side]);
    struct nb_trace_event event = tale_event(&world->tale, line);
    if (data != NULL) {
        event.data = data->data;
        event.len = data->len;
    }
    world->sink->ops->take(world->sink, &event);
}

/* The other side reads some of what it has been sent. */
static void read_some(struct world *world, int number, int sender, size_t most)
{
    struct stream *stream = &world->connections[number].streams[sender];
    size_t left = stream->len - stream->read;
    struct nb_trace_event data = {
        .data = stream->bytes + stream->read,
        .len = left < most ? left : most,
    };

    if (data.len == 0)
        return;
    stream->read += data.len;
    tell(world, number, !sender, "received", &data);
}

/* A side sends some bytes: rarely many, mostly few. */
static void send_some(struct world *world, int number, int sender)
{
    static const size_t limits[] = {10, 1500, 70000, 200000};
    struct connection *connection = &world->connections[number];
    struct stream *stream = &connection->streams[sender];
    size_t len = 1 + below(world, limits[below(world, 4)]);
    struct nb_trace_event data = {.data = stream->bytes + stream->len,
                                  .len = len};

    if (stream->ended || stream->len + len > ROOM)
        return;
    for (size_t i = 0; i < len; i++)
        stream->bytes[stream->len++] = (uint8_t)below(world, 256);
    if (connection->inside || sender == 0) {
        tell(world, number, sender, "sent", &data);
        return;
    }
    tell(world, number, 0, "received", &data);
    stream->read = stream->len;
}

static void end_some(struct world *world, int number, int side)
{
    struct connection *connection = &world->connections[number];

    connection->streams[side].ended = true;
    if (connection->inside || side == 0)
        tell(world, number, side, "half-closed", NULL);
    if (connection->inside || side == 1)
        tell(world, number, !side, "ended", NULL);
}

static void open_some(struct world *world, int number)
{
    struct connection *connection = &world->connections[number];

    *connection = (struct connection){
        .inside = below(world, 2) == 0,
        .midst = below(world, 4) == 0,
        .ip = below(world, 2) == 0 ? "127.0.0.1" : "[2001:db8::1]",
    };
    for (int side = 0; side < 2; side++)
        connection->streams[side].bytes = test_malloc(ROOM);
    if (connection->midst)
        return;
    tell(world, number, 0, "connecting", NULL);
    if (connection->inside && below(world, 2) == 0)
        tell(world, number, 1, "accepted", NULL);
    tell(world, number, 0, "connected", NULL);
}

static void play(struct world *world, uint64_t seed, int fd)
{
    const struct nb_trace_options options = {.began = 0};

    *world = (struct world){.chance = {.state = seed}};
    world->sink = nb_trace_pcap_new(fd, &options);
    for (int i = 0; i < CONNECTIONS; i++)
        open_some(world, i);
    for (int i = 0; i < STEPS; i++) {
        int number = (int)below(world, CONNECTIONS);
        int side = (int)below(world, 2);
        bool inside = world->connections[number].inside;
        send_some(world, number, side);
        if (inside && below(world, 2) == 0)
            read_some(world, number, side, below(world, 100000));
        if (below(world, STEPS) < CONNECTIONS)
            end_some(world, number, side);
    }
    world->sink->ops->finish(world->sink);
}

static void see(struct world *world, const struct capture_packet *packet)
{
    int side = packet->from_port == 80;
    int number = (side ? packet->to_port : packet->from_port) - 4000;
    struct connection *connection = &world->connections[number];
    struct stream *mine = &connection->streams[side];
    struct stream *other = &connection->streams[!side];

    if (!mine->begun)
        mine->next = packet->seq;
    mine->begun = true;
    assert_int_equal(packet->seq, mine->next);
    if (strchr(packet->flags, 'A') != NULL && other->begun)
        assert_int_equal(packet->ack, other->next);
    if (strchr(packet->flags, 'S') != NULL) {
        assert_false(connection->midst);
        assert_int_equal(mine->seen, 0);
        mine->next++;
    }
    assert_true(packet->len <= mine->len - mine->seen);
    assert_memory_equal(packet->data, mine->bytes + mine->seen, packet->len);
    mine->seen += packet->len;
    mine->next += (uint32_t)packet->len;
    assert_false(mine->fin && packet->len > 0);
    if (strchr(packet->flags, 'F') != NULL) {
        assert_true(mine->ended && !mine->fin);
        mine->fin = true;
        mine->next++;
    }
}

static void check(struct world *world, int fd)
{
    struct capture capture;
    struct capture_packet packet;

    capture_open(&capture, fd);
    while (capture_next(&capture, &packet))
        see(world, &packet);
    capture_close(&capture);
    for (int i = 0; i < CONNECTIONS; i++) {
        for (int side = 0; side < 2; side++) {
            struct stream *stream = &world->connections[i].streams[side];
            assert_int_equal(stream->seen, stream->len);
            assert_int_equal(stream->fin, stream->ended);
            test_free(stream->bytes);
        }
    }
}

static void all_streams_are_in_the_file_to_the_byte(void **state)
{
    static struct world world;
    uint64_t last;

    for (uint64_t seed = chance_seeds(SEEDS, &last); seed <= last; seed++) {
        int fd = memfd_create("trace", 0);
        assert_true(fd >= 0);
        print_message("NB_SEED=%llu\n", (unsigned long long)seed);
        play(&world, seed, dup(fd));
        check(&world, fd);
        close(fd);
        assert_int_equal(nb_alloc_account().blocks, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_streams_are_in_the_file_to_the_byte),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
