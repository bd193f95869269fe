/* Characters of UTF-8: see utf8.h. */
#include "trace/utf8.h"

#include <stdbool.h>

/* The length of what the byte begins; 0: no character begins with it. */
static size_t length_after(unsigned char lead)
{
    if (lead < 0x80)
        return 1;
    if (lead < 0xc2 || lead > 0xf4)
        return 0;
    return lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
}

size_t nb_utf8_decode(const void *data, size_t len, uint32_t *code)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    const unsigned char *bytes = data;
    size_t size = length_after(bytes[0]);

    if (size == 0 || size > len)
        return 0;
    *code = size == 1 ? bytes[0] : bytes[0] & (0x7fU >> size);
    for (size_t i = 1; i < size; i++) {
        if ((bytes[i] & 0xc0) != 0x80)
            return 0;
        *code = *code << 6 | (bytes[i] & 0x3fU);
    }
    bool surrogate = *code >= 0xd800 && *code <= 0xdfff;
    return *code < least[size] || surrogate || *code > 0x10ffff ? 0 : size;
}
