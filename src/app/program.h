/* A program whose script has been started: its threads, to their end. */
#ifndef NB_APP_PROGRAM_H
#define NB_APP_PROGRAM_H

struct nb_lua;

/*
 * Runs the threads until the program has ended; a deadlock is reported and
 * broken. Returns the exit status that they have earned.
 */
int nb_program_run(struct nb_lua *lua);

#endif
