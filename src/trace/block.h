/*
 * Blocks, of which a pcapng file consists (draft-ietf-opsawg-pcapng): numbers
 * are little-endian, all parts begin at multiples of four.
 *
 * A block reaches the output whole or not at all, and the buffer of the output
 * is emptied between two blocks only: a file that was cut ends with a block,
 * unless a single write(2) was.
 */
#ifndef NB_TRACE_BLOCK_H
#define NB_TRACE_BLOCK_H

#include <stddef.h>
#include <stdint.h>

struct nb_out;

enum {
    NB_BLOCK_SIZE = 73728, /* a packet of 64 KiB and 8 KiB of notes on it */
    NB_BLOCK_COMMENT = 1,  /* the code of the option that every block has */
};

struct nb_block {
    size_t len;
    uint8_t bytes[NB_BLOCK_SIZE];
};

/* Begins a block of that type. */
void nb_block_begin(struct nb_block *block, uint32_t type);

/* Add a number of so many bits. */
void nb_block_put16(struct nb_block *block, uint16_t value);
void nb_block_put32(struct nb_block *block, uint32_t value);
void nb_block_put64(struct nb_block *block, uint64_t value);

/* A time: the upper half comes first. */
void nb_block_put_time(struct nb_block *block, uint64_t time);

/* Adds bytes. What does not fit is left out; the caller knows what does. */
void nb_block_put(struct nb_block *block, const void *data, size_t len);

/* Fills up to a multiple of four. */
void nb_block_pad(struct nb_block *block);

/* Adds an option; one that does not fit is left out. */
void nb_block_option(struct nb_block *block, uint16_t code, const void *data,
                     size_t len);

/* The same of a text, up to its end. */
void nb_block_text(struct nb_block *block, uint16_t code, const char *text);

/* The same of a number of 64 bits. */
void nb_block_count(struct nb_block *block, uint16_t code, uint64_t count);

/* Ends options and block, and writes it. */
void nb_block_end(struct nb_block *block, struct nb_out *out);

#endif
