/* What a fuzz target is given: see input.h. */
#include "support/input.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void input_demand(bool fact, const char *rule)
{
    if (fact)
        return;
    fprintf(stderr, "it does not hold: %s\n", rule);
    abort();
}

char *input_text(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);

    input_demand(text != NULL, "there is memory");
    if (size > 0)
        memcpy(text, data, size);
    text[size] = '\0';
    return text;
}
