/*
 * The terminal's question: may the script do what no flag is about?
 *
 * Only where standard input and standard error are terminals. While it asks
 * the program waits.
 */
#ifndef NB_APP_PROMPT_H
#define NB_APP_PROMPT_H

#include <stdbool.h>

#include "guard/policy.h"

struct nb_lua;

struct nb_prompt {
    struct nb_policy_asker asker;
    struct nb_lua *lua;
};

/* True if there is a terminal. */
bool nb_prompt_is_possible(void);

/* From now on the policy of `lua` asks, if there is a terminal. */
void nb_prompt_begin(struct nb_prompt *prompt, struct nb_lua *lua);

/* It asks no more. Required before the storage ends. */
void nb_prompt_end(struct nb_prompt *prompt);

#endif
