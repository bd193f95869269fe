/*
 * The items of a queue: values under consecutive numbers, in a table that is
 * used in a circle, so that items which come and go allocate nothing.
 *
 * The table is the first user value of the userdata in slot 1 of the stack.
 * Items may be taken in any order; the table grows when the next number meets
 * one that has not been taken, and shrinks when it is found empty and was much
 * too large.
 */
#ifndef NB_BIND_LRING_H
#define NB_BIND_LRING_H

#include <lua.h>
#include <stdint.h>

struct nb_lring {
    uint64_t size;  /* of the table: a power of two */
    uint64_t count; /* items in it */
    uint64_t peak;  /* the most since it was last found empty */
};

/* Prepares the caller's storage: no items, and no table yet. */
void nb_lring_init(struct nb_lring *ring);

/*
 * Makes room for the next item, which will be number `*next`, and pushes the
 * table. May raise; may run finalizers, which may store and take.
 */
void nb_lring_reserve(lua_State *L, struct nb_lring *ring,
                      const uint64_t *next);

/* Stores the value on top, popped, in the table below it. */
void nb_lring_store(lua_State *L, struct nb_lring *ring, uint64_t number);

/* Takes out item `number` and leaves it on top. */
void nb_lring_take(lua_State *L, struct nb_lring *ring, uint64_t number);

#endif
