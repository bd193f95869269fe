/* What a program printed while something went wrong: see verdict.h. */
#include "support/verdict.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "support/fixture.h"
#include "util/list.h"

enum { SPEAKERS = 16 };

/* How far in the good output someone has come. */
struct speaker {
    const char *name;
    size_t len;
    const char *at;
};

static size_t line_len(const char *line)
{
    return strcspn(line, "\n");
}

static const char *next_line(const char *line)
{
    line += line_len(line);
    return *line == '\n' ? line + 1 : line;
}

static bool speaks(const struct speaker *speaker, const char *line)
{
    return strcspn(line, "\t\n") == speaker->len &&
           memcmp(line, speaker->name, speaker->len) == 0;
}

static struct speaker *find_speaker(struct speaker speakers[SPEAKERS],
                                    const char *line, const char *good)
{
    for (size_t i = 0; i < SPEAKERS; i++) {
        struct speaker *speaker = &speakers[i];
        if (speaker->name == NULL)
            *speaker = (struct speaker){line, strcspn(line, "\t\n"), good};
        if (speaks(speaker, line))
            return speaker;
    }
    fail_msg("more than %d speakers", SPEAKERS);
    return NULL;
}

/* Finds the line further on; perhaps only its beginning, if that will do. */
static bool find_line(struct speaker *speaker, const char *line, bool whole)
{
    size_t len = line_len(line);

    while (*speaker->at != '\0') {
        const char *good = speaker->at;
        size_t good_len = line_len(good);
        bool fits = whole ? len == good_len : len <= good_len;
        speaker->at = next_line(good);
        if (speaks(speaker, good)) {
            if (fits && memcmp(line, good, len) == 0)
                return true;
            if (whole)
                return false;
        }
    }
    return false;
}

static bool compare(const char *out, const char *good, bool whole)
{
    struct speaker speakers[SPEAKERS] = {{.len = 0}};

    for (; *out != '\0'; out = next_line(out)) {
        if (!find_line(find_speaker(speakers, out, good), out, whole))
            return false;
    }
    return true;
}

bool verdict_is_part(const char *out, const char *good)
{
    return compare(out, good, false);
}

bool verdict_is_same(const char *out, const char *good)
{
    return strlen(out) == strlen(good) && compare(out, good, true);
}

const char *verdict_next_code(const char *err, char code[32])
{
    for (; *err != '\0'; err = next_line(err)) {
        if (strncmp(err, "netbox: ", 8) != 0 &&
            strncmp(err, "handled: ", 9) != 0)
            continue;
        const char *at = strstr(err, "(E");
        bool here = at != NULL && at < err + line_len(err);
        snprintf(code, 32, "%.*s", here ? (int)strcspn(at + 1, ",)\n") : 0,
                 here ? at + 1 : "");
        return next_line(err);
    }
    return NULL;
}
