/* What the system says of a socket, for who traces it (trace/observer). */
#ifndef NB_NET_DESCRIBE_H
#define NB_NET_DESCRIBE_H

#include <stdbool.h>

struct nb_facts;

/* For nb_trace_init(); `context` is the struct nb_net. */
void nb_describe(void *context, int fd, struct nb_facts *facts, bool all);

#endif
