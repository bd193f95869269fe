/*
 * Fuzz target: the command line, each word of which ends with a NUL. What it
 * says of mistakes goes to standard error, which libFuzzer closes.
 */
#include "support/input.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "app/options.h"
#include "guard/policy.h"
#include "util/alloc.h"

enum { MOST_WORDS = 32 };

/* Cuts the text of `size` bytes into words. Returns how many they are. */
static int cut(char *words[MOST_WORDS + 1], char *text, size_t size)
{
    static char name[] = "netbox";
    int count = 0;

    words[count++] = name;
    for (size_t at = 0; at < size && count < MOST_WORDS;
         at += strlen(text + at) + 1)
        words[count++] = text + at;
    words[count] = NULL;
    return count;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct nb_options options;
    char *words[MOST_WORDS + 1];
    char *text = input_text(data, size);
    int count = cut(words, text, size);

    optind = 0; /* getopt begins again */
    nb_options_parse(&options, count, words);
    if (options.action == NB_ACTION_RUN) {
        input_demand(options.code != NULL || options.script != NULL,
                     "what runs is a script or code");
        input_demand(options.arg_count >= 0 &&
                         options.arg_count + options.before == count,
                     "no word is lost");
        input_demand(options.args[options.arg_count] == NULL,
                     "the arguments end");
    }
    nb_policy_free(options.policy);
    nb_free(options.code);
    free(text);
    return 0;
}
