/* Characters of UTF-8 (RFC 3629) among bytes that may be anything. */
#ifndef NB_TRACE_UTF8_H
#define NB_TRACE_UTF8_H

#include <stddef.h>
#include <stdint.h>

/*
 * The length of the character that begins the `len` bytes, of which there is
 * one at least, and what it is in `code`; 0: none does. What is longer than
 * need be, a surrogate or beyond U+10FFFF is none.
 */
size_t nb_utf8_decode(const void *data, size_t len, uint32_t *code);

#endif
