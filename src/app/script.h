/* Reading a script and making it the main thread of a program. */
#ifndef NB_APP_SCRIPT_H
#define NB_APP_SCRIPT_H

struct nb_lua;
struct nb_options;

/*
 * Loads what the options name, with its arguments in the global `arg`, and
 * makes it the main thread. Returns 0, or the exit status after having said
 * what is wrong.
 */
int nb_script_start(struct nb_lua *lua, const struct nb_options *options);

#endif
