/* hexdump: see lhexdump.h. */
#include "bind/lhexdump.h"

#include <lauxlib.h>
#include <stdio.h>
#include <string.h>

enum {
    PER_LINE = 16,
    HEX = 3 * PER_LINE, /* columns, one of which parts the two halves */
    LINE = 128,
};

/* `count` bytes at `offset`, at most PER_LINE. */
static void add_line(luaL_Buffer *dump, const char *bytes, size_t offset,
                     size_t count)
{
    char hex[HEX];
    char text[PER_LINE];

    memset(hex, ' ', sizeof hex);
    for (size_t i = 0; i < count; i++) {
        unsigned char byte = (unsigned char)bytes[offset + i];
        char *place = hex + 3 * i + (i >= PER_LINE / 2);
        place[0] = "0123456789abcdef"[byte >> 4];
        place[1] = "0123456789abcdef"[byte & 15];
        text[i] = bytes[offset + i];
        if (byte < ' ' || byte > '~')
            text[i] = '.';
    }
    char *line = luaL_prepbuffsize(dump, LINE);
    int len =
        snprintf(line, LINE, "%s%08zx  %.*s  |%.*s|", offset > 0 ? "\n" : "",
                 offset, HEX, hex, (int)count, text);
    luaL_addsize(dump, (size_t)len);
}

int nb_lhexdump(lua_State *L)
{
    size_t len = 0;
    const char *bytes = luaL_checklstring(L, 1, &len);
    luaL_Buffer dump;

    luaL_buffinit(L, &dump);
    for (size_t at = 0; at < len; at += PER_LINE)
        add_line(&dump, bytes, at, len - at < PER_LINE ? len - at : PER_LINE);
    luaL_pushresult(&dump);
    return 1;
}
