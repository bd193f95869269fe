/* Who waits for whom: see graph.h. */
#include "bind/graph.h"

#include <stdbool.h>

#include "bind/lgroup.h"
#include "bind/lthread.h"
#include "bind/state.h"

struct nb_graph nb_graph_push(lua_State *L, const struct nb_lua *lua)
{
    const struct nb_list *tasks = &lua->rt.tasks;
    struct nb_graph graph = {.at = NB_GRAPH_NONE};
    size_t count = 0;

    for (struct nb_list *link = tasks->next; link != tasks; link = link->next)
        count++;
    graph.nodes = lua_newuserdatauv(L, count * sizeof *graph.nodes, 0);
    for (struct nb_list *link = tasks->next;
         link != tasks && graph.count < count; link = link->next) {
        struct nb_task *task = NB_CONTAINER_OF(link, struct nb_task, all);
        graph.nodes[graph.count++] =
            (struct nb_node){.t = nb_lthread_of(task), .from = NB_GRAPH_NONE};
    }
    return graph;
}

size_t nb_graph_find(const struct nb_graph *graph, uint64_t id)
{
    size_t low = 0;
    size_t high = graph->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        uint64_t at = graph->nodes[middle].t->task.id;
        if (at == id)
            return middle;
        if (at < id)
            low = middle + 1;
        else
            high = middle;
    }
    return NB_GRAPH_NONE;
}

/* Takes the next edge: whose node it leads to, NB_GRAPH_NONE for no more. */
static size_t take_edge(const struct nb_graph *graph, struct nb_node *node)
{
    uint64_t id = nb_waiter_holder(&node->t->task.waiter);

    if (nb_lgroup_is_awaited_by(node->t)) {
        node->member = nb_lgroup_next_awaited(node->t, node->member);
        id = node->member == NULL ? 0 : node->member->task.id;
    } else if (node->to != NB_GRAPH_NONE) { /* there is only one */
        return NB_GRAPH_NONE;
    }
    node->to = nb_graph_find(graph, id);
    return node->to;
}

/* The path begins or goes on with a node that is new. */
static void enter(struct nb_graph *graph, size_t index)
{
    struct nb_node *node = &graph->nodes[index];

    node->from = graph->at;
    node->to = NB_GRAPH_NONE;
    node->state = NB_NODE_ON_PATH;
    graph->at = index;
}

/* Begins at the next node that was not reached; false if there is none. */
static bool begin(struct nb_graph *graph)
{
    while (graph->root < graph->count &&
           graph->nodes[graph->root].state != NB_NODE_NEW)
        graph->root++;
    if (graph->root == graph->count)
        return false;
    enter(graph, graph->root);
    return true;
}

size_t nb_graph_next_cycle(struct nb_graph *graph)
{
    while (graph->at != NB_GRAPH_NONE || begin(graph)) {
        struct nb_node *node = &graph->nodes[graph->at];
        size_t next = take_edge(graph, node);

        if (next == NB_GRAPH_NONE) {
            node->state = NB_NODE_DONE;
            graph->at = node->from;
        } else if (graph->nodes[next].state == NB_NODE_NEW) {
            enter(graph, next);
        } else if (graph->nodes[next].state == NB_NODE_ON_PATH &&
                   next != graph->at) {
            return next;
        }
    }
    return NB_GRAPH_NONE;
}
