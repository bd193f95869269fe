/*
 * A trace as a pcapng file: packets as they would lie on the wire, made from
 * what the sockets did (trace/flow, trace/datagram), with the thread and the
 * line that did it as comments. For sink.h.
 *
 * It has one section and one interface, of raw IP. Unix sockets have no
 * packets and are left out.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "trace/block.h"
#include "trace/datagram.h"
#include "trace/event.h"
#include "trace/flow.h"
#include "trace/note.h"
#include "trace/sink.h"
#include "trace/wire.h"
#include "util/alloc.h"

/* Types of blocks and codes of their options. */
enum {
    SECTION = 0x0a0d0d0a,
    INTERFACE = 1,
    STATISTICS = 5,
    PACKET = 6,
    SECTION_PROGRAM = 4,
    INTERFACE_NAME = 2,
    INTERFACE_DESCRIPTION = 3,
    INTERFACE_RESOLUTION = 9,
    STATISTICS_RECEIVED = 4,
    STATISTICS_DROPPED = 5,
};

enum {
    BYTE_ORDER_MAGIC = 0x1a2b3c4d,
    LINKTYPE_RAW = 101,
    BLOCKS = 32,           /* that may wait to be written */
    STABLE_STEP = 1000000, /* ns from one event to the next, without times */
    CHOSEN = 32768,        /* the first port that systems choose */
    PORTS = 65536
};

struct pcapng {
    struct nb_trace_sink sink;
    const struct nb_trace_event *event; /* what is being taken */
    uint64_t time;                      /* of it, ns since 1970 */
    uint64_t packets;
    uint64_t missing; /* events */
    bool told;        /* who did it, on its first packet */
    struct nb_notes notes;
    struct nb_block block;
    struct nb_flows flows;
    struct nb_datagrams datagrams;
    uint16_t names[PORTS - CHOSEN]; /* of ports: those of a stable file */
    uint16_t named;
};

static void end_block(struct pcapng *self)
{
    nb_block_end(&self->block, &self->sink.out);
}

static void write_section(struct pcapng *self)
{
    struct nb_block *block = &self->block;

    nb_block_begin(block, SECTION);
    nb_block_put32(block, BYTE_ORDER_MAGIC);
    nb_block_put16(block, 1); /* version 1.0 */
    nb_block_put16(block, 0);
    nb_block_put64(block, UINT64_MAX); /* the length is not known */
    nb_block_text(block, SECTION_PROGRAM, "netbox " NETBOX_VERSION);
    nb_block_text(block, NB_BLOCK_COMMENT,
                  "TCP segments are reconstructed from what the sockets of "
                  "one program sent and received. Unix sockets are left out.");
    end_block(self);
}

static void write_interface(struct pcapng *self)
{
    struct nb_block *block = &self->block;
    const char *title = self->sink.options.title;
    char text[NB_NOTE_SIZE];

    nb_block_begin(block, INTERFACE);
    nb_block_put16(block, LINKTYPE_RAW);
    nb_block_put16(block, 0);
    nb_block_put32(block, 0); /* packets are whole */
    nb_block_text(block, INTERFACE_NAME, "netbox");
    if (title != NULL) {
        snprintf(text, sizeof text, "the sockets of %s", title);
        nb_note_clean(text);
        nb_block_text(block, INTERFACE_DESCRIPTION, text);
    }
    nb_block_option(block, INTERFACE_RESOLUTION, &(uint8_t){9}, 1);
    end_block(self);
}

/* Who has done it: once for each event. */
static void tell_origin(struct pcapng *self)
{
    char origin[NB_NOTE_SIZE];

    self->told = true;
    nb_note_origin(self->event, origin);
    if (origin[0] != '\0')
        nb_block_text(&self->block, NB_BLOCK_COMMENT, origin);
}

static void write_packet(void *context, const struct nb_wire_packet *packet)
{
    struct pcapng *self = context;
    struct nb_block *block = &self->block;
    size_t len = packet->head_len + packet->len;

    nb_block_begin(block, PACKET);
    nb_block_put32(block, 0); /* the interface */
    nb_block_put_time(block, self->time);
    nb_block_put32(block, (uint32_t)len);
    nb_block_put32(block, (uint32_t)len);
    nb_block_put(block, packet->head, packet->head_len);
    nb_block_put(block, packet->data, packet->len);
    nb_block_pad(block);
    nb_notes_move(&self->notes, block);
    if (!self->told)
        tell_origin(self);
    end_block(self);
    if (++self->packets % BLOCKS == 0)
        nb_out_flush(&self->sink.out);
}

/* Ports that a system has chosen are numbered as they come. */
static void rename_port(struct pcapng *self, struct nb_addr *addr)
{
    uint16_t port = nb_addr_port(addr);

    if (port < CHOSEN)
        return;
    uint16_t *name = &self->names[port - CHOSEN];
    if (*name == 0)
        *name = (uint16_t)(CHOSEN + self->named++);
    nb_addr_set_port(addr, *name);
}

static void take_event(struct pcapng *self, const struct nb_trace_event *event)
{
    self->event = event;
    self->told = false;
    nb_notes_take(&self->notes, event);
    if (event->kind == NB_TRACE_DROPPED) {
        self->missing += event->count;
        nb_flows_gap(&self->flows);
    }
    if (event->proto == NB_TRACE_UDP || event->proto == NB_TRACE_ICMP)
        nb_datagrams_take(&self->datagrams, event);
    if (event->proto == NB_TRACE_TCP &&
        nb_flows_take(&self->flows, event) < 0) {
        self->missing++;
        nb_notes_add(&self->notes, "no memory for a conversation");
    }
}

static void take(struct nb_trace_sink *sink, const struct nb_trace_event *event)
{
    struct pcapng *self = (struct pcapng *)sink;
    struct nb_trace_event renamed;

    if (!sink->options.stable) {
        self->time = (uint64_t)(sink->options.began + event->time);
        take_event(self, event);
        return;
    }
    renamed = *event;
    if (event->proto != NB_TRACE_ICMP) { /* what it has is in its data, too */
        rename_port(self, &renamed.local);
        rename_port(self, &renamed.remote);
    }
    self->time = event->number * STABLE_STEP;
    take_event(self, &renamed);
}

/* What came to no packet, and the counts. */
static void write_statistics(struct pcapng *self)
{
    struct nb_block *block = &self->block;

    nb_block_begin(block, STATISTICS);
    nb_block_put32(block, 0); /* the interface */
    nb_block_put_time(block, self->time);
    nb_notes_move(&self->notes, block);
    nb_block_count(block, STATISTICS_RECEIVED, self->packets);
    nb_block_count(block, STATISTICS_DROPPED, self->missing);
    end_block(self);
}

static int finish(struct nb_trace_sink *sink)
{
    struct pcapng *self = (struct pcapng *)sink;

    write_statistics(self);
    int rc = nb_out_close(&sink->out);
    nb_flows_deinit(&self->flows);
    nb_free(self);
    return rc;
}

struct nb_trace_sink *nb_trace_pcap_new(int fd,
                                        const struct nb_trace_options *options)
{
    static const struct nb_trace_sink_ops ops = {.take = take,
                                                 .finish = finish};
    struct pcapng *self = nb_trace_sink_begin(sizeof *self, fd, options, &ops);

    if (self == NULL)
        return NULL;
    self->time = options->stable ? 0 : (uint64_t)options->began;
    nb_flows_init(&self->flows, write_packet, self);
    nb_datagrams_init(&self->datagrams, write_packet, self);
    write_section(self);
    write_interface(self);
    return &self->sink;
}
