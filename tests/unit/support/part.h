/*
 * Parts of the programs of a test: files of Lua that are compiled once and are
 * a global function in each state that is to have them.
 */
#ifndef NB_SUPPORT_PART_H
#define NB_SUPPORT_PART_H

#include <lua.h>

#include "support/script.h"

struct part {
    const char *name; /* of the global function */
    const char *path;
    struct script_text code;
};

/* Compiles the file; fails the test where that cannot be done. */
void part_compile(struct part *part);

/* Gives the state the global function that runs the part. */
void part_load(lua_State *L, const struct part *part);

void part_free(struct part *part);

#endif
