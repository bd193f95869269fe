/* The terminal's question: see prompt.h. */
#include "app/prompt.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "bind/lthread.h"
#include "bind/place.h"
#include "bind/state.h"
#include "net/console.h"
#include "net/net.h"

enum { QUESTION = 1024, ANSWER = 64 };

/*
 * Ends whatever the output of a script has begun, such as the title of a window
 * that would swallow the question, and undoes what would hide it: CAN, ST, a
 * soft reset (DECSTR), and colours off.
 */
#define RESET "\030\033\\\033[!p\033[m"

/* What the script has chosen could move the cursor or pass for an answer. */
static void neutralize(char *text)
{
    for (; *text != '\0'; text++) {
        if (*text < ' ' || *text > '~')
            *text = '?';
    }
}

/* Writes "thread 2 'client' at x.lua:7", as far as that is known. */
static void describe(struct nb_lua *lua, char *text, size_t size)
{
    char thread[NB_LTHREAD_TEXT];
    char line[NB_PLACE_TEXT] = "";

    if (lua->current == NULL) {
        snprintf(text, size, "the script");
        return;
    }
    struct nb_place place = nb_place_here(lua->current->inner, lua);
    nb_place_format(&place, line);
    nb_place_drop(&place);
    nb_lthread_describe(lua->current, thread);
    snprintf(text, size, "%s%s%s", thread, line[0] == '\0' ? "" : " at ", line);
    neutralize(text);
}

static enum nb_answer ask(void *context, const char *what)
{
    struct nb_prompt *prompt = context;
    char who[NB_LTHREAD_TEXT + NB_PLACE_TEXT + 8];
    char question[QUESTION];
    char answer[ANSWER];

    describe(prompt->lua, who, sizeof who);
    snprintf(question, sizeof question,
             RESET
             "netbox: %s asks for: %s\n"
             "netbox: allow it (o)nce, (a)lways in this run, or (d)eny it? ",
             who, what);
    nb_console_flush(prompt->lua->console);
    if (nb_console_ask(question, answer, sizeof answer) < 0)
        return NB_ANSWER_DENY;
    if (strcmp(answer, "o") == 0 || strcmp(answer, "once") == 0)
        return NB_ANSWER_ONCE;
    if (strcmp(answer, "a") == 0 || strcmp(answer, "always") == 0)
        return NB_ANSWER_ALWAYS;
    return NB_ANSWER_DENY;
}

bool nb_prompt_is_possible(void)
{
    return isatty(STDIN_FILENO) && isatty(STDERR_FILENO);
}

void nb_prompt_begin(struct nb_prompt *prompt, struct nb_lua *lua)
{
    *prompt = (struct nb_prompt){
        .asker = {.ask = ask, .context = prompt},
        .lua = lua,
    };
    if (nb_prompt_is_possible())
        nb_policy_set_asker(lua->net->policy, &prompt->asker);
}

void nb_prompt_end(struct nb_prompt *prompt)
{
    if (prompt->lua != NULL)
        nb_policy_set_asker(prompt->lua->net->policy, NULL);
}
