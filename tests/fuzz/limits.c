/*
 * Fuzz target: the value of a limit's option, as guard/limit reads it. The
 * first byte says of which.
 */
#include "support/input.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "guard/limit.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct nb_limits limits;
    char words[NB_LIMIT_TEXT];

    if (size == 0)
        return 0;
    enum nb_limit limit = (enum nb_limit)(data[0] % NB_LIMIT_COUNT);
    char *text = input_text(data + 1, size - 1);
    nb_limits_init(&limits);
    uint64_t before = limits.max[limit];
    int rc = nb_limit_set(&limits, limit, text);
    input_demand(rc == 0 || rc == -EINVAL, "it is taken or malformed");
    if (rc < 0)
        input_demand(limits.max[limit] == before, "a mistake sets nothing");
    else
        input_demand(limits.max[limit] <= INT64_MAX && text[0] >= '0' &&
                         text[0] <= '9',
                     "a limit is a number that can be counted");
    nb_limit_describe(&limits, limit, words);
    input_demand(strlen(words) < NB_LIMIT_TEXT &&
                     strncmp(nb_limit_flag(limit), "--", 2) == 0,
                 "it can be told");
    free(text);
    return 0;
}
