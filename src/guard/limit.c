/*
 * The limits of a program: see limit.h. A number has at most twelve digits and
 * six behind the point.
 */
#include "guard/limit.h"

#include <errno.h>
#include <string.h>

enum { DIGITS = 12, DECIMALS = 6 };

#define SECOND       UINT64_C(1000000000)
#define MOST_SECONDS UINT64_C(1000000000)

struct unit {
    char letter; /* '\0': none is given */
    uint64_t size;
};

/* Ends with a unit of size 0. */
static const struct unit sizes[] = {
    {'\0', 1},      {'K', 1 << 10}, {'M', 1 << 20}, {'G', 1 << 30},
    {'k', 1 << 10}, {'m', 1 << 20}, {'g', 1 << 30}, {.size = 0},
};
static const struct unit times[] = {
    {'\0', SECOND},       {'s', SECOND}, {'m', 60 * SECOND},
    {'h', 3600 * SECOND}, {.size = 0},
};
static const struct unit counts[] = {{'\0', 1}, {.size = 0}};

static const struct kind {
    const char *flag;
    const char *noun;
    const char *form;
    const struct unit *units;
    uint64_t least;
    uint64_t most;
} kinds[NB_LIMIT_COUNT] = {
    [NB_LIMIT_MEMORY] = {"--memory", "memory", "a size such as 64M", sizes, 1,
                         SIZE_MAX / 4},
    [NB_LIMIT_CPU] = {"--cpu", "processor time", "a time such as 10s", times, 1,
                      MOST_SECONDS *SECOND},
    [NB_LIMIT_TIME] = {"--time", "time", "a time such as 10s", times, 1,
                       MOST_SECONDS *SECOND},
    [NB_LIMIT_THREADS] = {"--max-threads", "threads", "a number such as 100",
                          counts, 1, UINT32_MAX},
    [NB_LIMIT_SOCKETS] = {"--max-sockets", "sockets", "a number such as 100",
                          counts, 0, UINT32_MAX},
    [NB_LIMIT_OUTPUT] = {"--max-output", "output", "a size such as 64M", sizes,
                         0, SIZE_MAX / 4},
};

void nb_limits_init(struct nb_limits *limits)
{
    for (int i = 0; i < NB_LIMIT_COUNT; i++) {
        limits->max[i] = NB_UNLIMITED;
        limits->text[i] = "";
    }
    nb_limit_set(limits, NB_LIMIT_MEMORY, "1G");
}

/* Reads up to `most` digits; moves `*at` behind them. Returns how many. */
static int read_digits(const char **at, int most, uint64_t *number)
{
    int count = 0;

    for (; count < most && **at >= '0' && **at <= '9'; count++)
        *number = *number * 10 + (uint64_t)(*(*at)++ - '0');
    return count;
}

/* The size of the unit that ends the text, 0 if it is none of them. */
static uint64_t unit_size(const struct unit *units, const char *at)
{
    if (*at != '\0' && at[1] != '\0')
        return 0;
    while (units->size != 0 && units->letter != *at)
        units++;
    return units->size;
}

/* Reads "1.5h". Returns 0 or -EINVAL. */
static int parse(const struct unit *units, const char *text, uint64_t *value)
{
    uint64_t whole = 0;
    uint64_t part = 0;
    uint64_t scale = 1;
    const char *at = text;

    if (read_digits(&at, DIGITS, &whole) == 0)
        return -EINVAL;
    if (*at == '.' && units != counts) {
        at++;
        int digits = read_digits(&at, DECIMALS, &part);
        if (digits == 0)
            return -EINVAL;
        while (digits-- > 0)
            scale *= 10;
    }
    uint64_t size = unit_size(units, at);
    uint64_t rest = size / scale * part + size % scale * part / scale;
    if (size == 0 || __builtin_mul_overflow(whole, size, &whole) ||
        __builtin_add_overflow(whole, rest, value))
        return -EINVAL;
    return 0;
}

int nb_limit_set(struct nb_limits *limits, enum nb_limit limit,
                 const char *text)
{
    const struct kind *kind = &kinds[limit];
    uint64_t value = 0;
    int rc = parse(kind->units, text, &value);

    if (rc < 0)
        return rc;
    if (value < kind->least || value > kind->most)
        return -EINVAL;
    limits->max[limit] = value;
    limits->text[limit] = text;
    return 0;
}

const char *nb_limit_flag(enum nb_limit limit)
{
    return kinds[limit].flag;
}

const char *nb_limit_form(enum nb_limit limit)
{
    return kinds[limit].form;
}

static char *append(char *at, const char *end, const char *text)
{
    while (*text != '\0' && at < end)
        *at++ = *text++;
    return at;
}

void nb_limit_describe(const struct nb_limits *limits, enum nb_limit limit,
                       char text[NB_LIMIT_TEXT])
{
    const struct kind *kind = &kinds[limit];
    const char *end = text + NB_LIMIT_TEXT - 1;
    char *at = append(text, end, kind->noun);

    at = append(at, end, " of ");
    at = append(at, end, limits->text[limit]);
    at = append(at, end, " used up (");
    at = append(at, end, kind->flag);
    *append(at, end, ")") = '\0';
}
