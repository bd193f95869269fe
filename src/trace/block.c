/* Blocks of pcapng: see block.h. */
#include "trace/block.h"

#include <string.h>

#include "trace/out.h"

enum {
    TAIL = 8, /* the end of the options, and the length of the block again */
    OPTION_MAX = 65535,
};

static void set(uint8_t *at, uint64_t value, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++)
        at[i] = (uint8_t)(value >> 8 * i);
}

static void put(struct nb_block *block, uint64_t value, size_t bytes)
{
    uint8_t little[8];

    set(little, value, bytes);
    nb_block_put(block, little, bytes);
}

void nb_block_begin(struct nb_block *block, uint32_t type)
{
    block->len = 0;
    nb_block_put32(block, type);
    nb_block_put32(block, 0); /* the length, as yet unknown */
}

void nb_block_put16(struct nb_block *block, uint16_t value)
{
    put(block, value, 2);
}

void nb_block_put32(struct nb_block *block, uint32_t value)
{
    put(block, value, 4);
}

void nb_block_put64(struct nb_block *block, uint64_t value)
{
    put(block, value, 8);
}

void nb_block_put_time(struct nb_block *block, uint64_t time)
{
    put(block, time >> 32, 4);
    put(block, time, 4);
}

static size_t room(const struct nb_block *block)
{
    return sizeof block->bytes - TAIL - block->len;
}

void nb_block_put(struct nb_block *block, const void *data, size_t len)
{
    if (len > room(block))
        len = room(block);
    if (len > 0)
        memcpy(block->bytes + block->len, data, len);
    block->len += len;
}

void nb_block_pad(struct nb_block *block)
{
    while (block->len % 4 != 0)
        block->bytes[block->len++] = 0;
}

void nb_block_option(struct nb_block *block, uint16_t code, const void *data,
                     size_t len)
{
    if (len > OPTION_MAX || 4 + len > room(block))
        return;
    nb_block_put16(block, code);
    nb_block_put16(block, (uint16_t)len);
    nb_block_put(block, data, len);
    nb_block_pad(block);
}

void nb_block_text(struct nb_block *block, uint16_t code, const char *text)
{
    nb_block_option(block, code, text, strlen(text));
}

void nb_block_count(struct nb_block *block, uint16_t code, uint64_t count)
{
    uint8_t little[8];

    set(little, count, sizeof little);
    nb_block_option(block, code, little, sizeof little);
}

void nb_block_end(struct nb_block *block, struct nb_out *out)
{
    size_t len = block->len + TAIL;

    set(block->bytes + block->len, 0, 4);
    set(block->bytes + len - 4, len, 4);
    set(block->bytes + 4, len, 4);
    nb_out_write(out, block->bytes, len);
}
