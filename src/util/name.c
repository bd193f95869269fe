/* Names of hosts: see name.h. */
#include "util/name.h"

#include <string.h>
#include <strings.h>

enum {
    LABEL_LEN_MAX = 63,
    NAME_LEN_MAX = 253, /* dotted, without the dot that may end it */
};

static const char localhost[] = "localhost";

static const char digits[] = "0123456789";
static const char hex_digits[] = "0123456789ABCDEFabcdef";
static const char name_bytes[] = "-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                 "_abcdefghijklmnopqrstuvwxyz";

/* True for "127" and "0x7f", which end no name. */
static bool is_number(const char *label, size_t len)
{
    if (label[0] == '0' && (label[1] == 'x' || label[1] == 'X'))
        return 2 + strspn(label + 2, hex_digits) == len;
    return strspn(label, digits) == len;
}

bool nb_name_can_exist(const char *name)
{
    const char *label = name;

    for (;;) {
        size_t len = strspn(label, name_bytes);
        const char *end = label + len;
        if (len == 0 || len > LABEL_LEN_MAX)
            return false;
        if (strcmp(end, "") == 0 || strcmp(end, ".") == 0)
            return end - name <= NAME_LEN_MAX && !is_number(label, len);
        if (*end != '.')
            return false;
        label = end + 1;
    }
}

bool nb_name_is_localhost(const char *name)
{
    size_t len = strlen(name);
    size_t tail = sizeof localhost - 1;

    if (name[len - 1] == '.')
        len--;
    if (len < tail || strncasecmp(name + len - tail, localhost, tail) != 0)
        return false;
    return len == tail || name[len - tail - 1] == '.';
}
