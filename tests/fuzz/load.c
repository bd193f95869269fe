/*
 * Fuzz target: `load` of the bytes as a chunk, which is compiled and not run.
 * They are Lua's text themselves; or, behind a byte above 127, each is a word
 * of the language, so that more of them are programs.
 */
#include "support/input.h"

#include <stdlib.h>
#include <string.h>

#include "support/luafixture.h"

enum { PER_STATE = 2000 };

static const char *const words[] = {
    "and",
    "break",
    "do",
    "else",
    "elseif",
    "end",
    "false",
    "for",
    "if",
    "in",
    "local",
    "nil",
    "not",
    "or",
    "repeat",
    "return",
    "then",
    "true",
    "until",
    "while",
    "goto",
    "x",
    "y",
    "z",
    "function",
    "...",
    "..",
    "::",
    "<close>",
    "<const>",
    "1",
    "0x1p4",
    "2^53",
    "1e309",
    "\"s\"",
    "[[long",
    "]]",
    "[==[",
    "]==]",
    "--[[",
    "--",
    "\n",
    "\"\\u{7FFFFFFF}\"",
    "'\\z  '",
    "\"\\x41\"",
    "\"",
    "'\\065'",
    "=",
    "==",
    "~=",
    "<=",
    ">=",
    "<",
    ">",
    "~",
    "+",
    "-",
    "*",
    "/",
    "//",
    "%",
    "^",
    "#",
    "&",
    "|",
    "<<",
    ">>",
    "(",
    ")",
    "{",
    "}",
    "[",
    "]",
    ";",
    ":",
    ",",
    ".",
    "local x <close> =",
    "goto l",
    "::l::",
    "function f()",
    "return function(...)",
    "for i = 1, 2 do",
    "while true do",
    "9223372036854775807",
    "-9223372036854775808",
    "local _ENV =",
    "((((",
    "{{{{",
    "#!",
};

/* The program in words; the caller frees it. */
static char *spell(const uint8_t *data, size_t size, size_t *len)
{
    char *text = malloc(size * 32 + 1);

    input_demand(text != NULL, "there is memory");
    *len = 0;
    for (size_t i = 0; i < size; i++) {
        const char *word = words[data[i] % NB_COUNTOF(words)];
        memcpy(text + *len, word, strlen(word));
        *len += strlen(word);
        text[(*len)++] = ' ';
    }
    return text;
}

/* load(text, "=x", "t"): a function, or nil and a message. */
static void load(lua_State *L, const char *text, size_t len)
{
    lua_settop(L, 0);
    lua_getglobal(L, "load");
    lua_pushlstring(L, text, len);
    lua_pushliteral(L, "=x");
    lua_pushliteral(L, "t");
    int rc = lua_pcall(L, 3, LUA_MULTRET, 0);
    input_demand(rc == LUA_OK, "load raises nothing");
    input_demand(lua_isfunction(L, 1) ||
                     (lua_isnil(L, 1) && lua_isstring(L, 2)),
                 "it gives a function, or says why not");
    lua_settop(L, 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct luafixture fx;
    static int left;
    size_t len = size;

    if (left == 0) {
        luafixture_begin(&fx);
        left = PER_STATE;
    }
    bool in_words = size > 0 && data[0] > 127;
    char *text =
        in_words ? spell(data + 1, size - 1, &len) : input_text(data, size);
    load(fx.lua.L, text, len);
    free(text);
    if (--left == 0)
        luafixture_end(&fx);
    return 0;
}
