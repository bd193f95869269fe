/* The second wall (guard/kernel), put up before a script begins. */
#ifndef NB_APP_WALL_H
#define NB_APP_WALL_H

struct nb_lua;
struct nb_options;

/*
 * Puts it up, and says on standard error what this kernel cannot hold of it.
 * Without a policy there is none. Returns 0, or the exit status where the
 * script must not start.
 */
int nb_wall_enter(const struct nb_lua *lua, const struct nb_options *options);

#endif
