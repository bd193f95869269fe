/*
 * Who waits for whom: the threads that are alive, and from each that waits an
 * edge to those that could end its wait, as far as that is known: who holds
 * the lock, who is joined, the members of the group.
 */
#ifndef NB_BIND_GRAPH_H
#define NB_BIND_GRAPH_H

#include <lua.h>
#include <stddef.h>
#include <stdint.h>

struct nb_lthread;
struct nb_lua;

struct nb_node {
    struct nb_lthread *t;
    struct nb_lthread *member; /* of its group, whose edge was taken last */
    size_t from;               /* on the path of the search: before it ... */
    size_t to;                 /* ... and behind it */
    enum { NB_NODE_NEW, NB_NODE_ON_PATH, NB_NODE_DONE } state;
};

struct nb_graph {
    struct nb_node *nodes; /* by id */
    size_t count;
    size_t at;   /* where the search for cycles is, */
    size_t root; /* and where it began last */
};

#define NB_GRAPH_NONE SIZE_MAX

/* Makes the graph of now; pushes what its memory is in. May raise. */
struct nb_graph nb_graph_push(lua_State *L, const struct nb_lua *lua);

/* The node of the thread with that id, NB_GRAPH_NONE if it has ended. */
size_t nb_graph_find(const struct nb_graph *graph, uint64_t id);

/*
 * The first node of the next cycle, NB_GRAPH_NONE after the last. Its `to` is
 * the next one, and so on, until it is the first again; valid until the call
 * after this one. Who waits for itself alone makes no cycle.
 */
size_t nb_graph_next_cycle(struct nb_graph *graph);

#endif
