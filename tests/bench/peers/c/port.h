/* What the servers in C share: where they listen. */
#ifndef NB_BENCH_PORT_H
#define NB_BENCH_PORT_H

/*
 * Returns a non-blocking socket of SOCK_STREAM, which listens, or SOCK_DGRAM
 * on a loopback port that the kernel picks, and prints the port. Ends the
 * program where there is none.
 */
int open_port(int type);

/* Returns the next client of a listener, non-blocking, or -1. */
int take_client(int listener);

#endif
