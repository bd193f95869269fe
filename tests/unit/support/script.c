/* The script of the scripted backend: see script.h. */
#include "support/script.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/fixture.h"
#include "util/err.h"

void *script_allocate(size_t size)
{
    void *block = calloc(1, size);

    assert_non_null(block);
    return block;
}

void script_init(struct script *script)
{
    nb_list_init(&script->results);
    script->log = (struct script_text){.len = 0};
    script_append(&script->log, "", 0);
}

void script_deinit(struct script *script)
{
    while (!nb_list_empty(&script->results)) {
        struct nb_list *link = script->results.next;
        nb_list_remove(link);
        free(NB_CONTAINER_OF(link, struct script_result, link));
    }
    free(script->log.bytes);
}

static struct script_result *copy(const struct script_result *result)
{
    struct script_result *new = script_allocate(sizeof *new);

    *new = *result;
    return new;
}

void script_add(struct script *script, const struct script_result *result)
{
    nb_list_push(&script->results, &copy(result)->link);
}

void script_put_back(struct script *script, const struct script_result *result)
{
    nb_list_push(script->results.next, &copy(result)->link);
}

struct script_result *script_find(const struct script *script, int op, int fd)
{
    for (struct nb_list *link = script->results.next; link != &script->results;
         link = link->next) {
        struct script_result *result =
            NB_CONTAINER_OF(link, struct script_result, link);
        if (result->op == op && (result->fd == SCRIPT_ANY || result->fd == fd))
            return result;
    }
    return NULL;
}

int script_take(struct script *script, int op, int fd,
                struct script_result *result)
{
    struct script_result *found = script_find(script, op, fd);

    if (found == NULL || found->before-- > 0)
        return -ENOENT;
    nb_list_remove(&found->link);
    *result = *found;
    free(found);
    return 0;
}

int script_count(const struct script *script)
{
    int count = 0;

    for (const struct nb_list *link = script->results.next;
         link != &script->results; link = link->next)
        count++;
    return count;
}

void script_append(struct script_text *text, const void *bytes, size_t len)
{
    text->bytes = realloc(text->bytes, text->len + len + 1);
    assert_non_null(text->bytes);
    memcpy(text->bytes + text->len, bytes, len);
    text->len += len;
    text->bytes[text->len] = '\0';
}

int script_log(struct script *script, int value, const char *call, ...)
{
    char line[400];
    char number[16];
    va_list args;

    va_start(args, call);
    vsnprintf(line, sizeof line, call, args);
    va_end(args);
    snprintf(number, sizeof number, "%d", value);
    script_append(&script->log, line, strlen(line));
    script_append(&script->log, " = ", 3);
    snprintf(line, sizeof line, "%s\n",
             value < 0 ? nb_err_name(value) : number);
    script_append(&script->log, line, strlen(line));
    return value;
}
