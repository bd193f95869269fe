/*
 * SIGINT and SIGTERM stop the program; a second one ends it at once. SIGUSR1
 * shows its threads on standard error. SIGPIPE is ignored: a broken pipe is an
 * error of the call that met it.
 */
#ifndef NB_APP_SIGNAL_H
#define NB_APP_SIGNAL_H

struct nb_lua;

/* From now on the signals stop `lua`, until nb_signal_release(). */
void nb_signal_catch(struct nb_lua *lua);
void nb_signal_release(void);

/* The signal that came, or 0. */
int nb_signal_caught(void);

#endif
