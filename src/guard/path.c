/* Where a path really leads: see path.h. */
#include "guard/path.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LINKS_MAX = 40 }; /* as many as the kernel follows */

/* Puts `len` bytes of `name` behind `real`; false where they do not fit. */
static bool append(char real[PATH_MAX], const char *name, size_t len)
{
    size_t used = strcmp(real, "/") == 0 ? 0 : strlen(real);

    if (len >= PATH_MAX || used + 1 + len >= PATH_MAX)
        return false;
    real[used] = '/';
    memcpy(real + used + 1, name, len);
    real[used + 1 + len] = '\0';
    return true;
}

/* True if a part of the path is "." or "..". */
static bool has_dots(const char *path)
{
    while (*path != '\0') {
        size_t len = strcspn(path, "/");
        if ((len == 1 || len == 2) && strncmp(path, "..", len) == 0)
            return true;
        path += len + strspn(path + len, "/");
    }
    return false;
}

/*
 * Resolves as much of `path` as exists. Returns the rest, NULL where even the
 * working directory is gone.
 */
static const char *resolve_front(char real[PATH_MAX], const char *path)
{
    char front[PATH_MAX];
    size_t len = strlen(path);

    memcpy(front, path, len + 1);
    for (;;) {
        while (len > 0 && front[len - 1] == '/')
            len--;
        while (len > 0 && front[len - 1] != '/')
            len--;
        if (len == 0)
            return realpath(".", real) == NULL ? NULL : path;
        front[len] = '\0';
        if (realpath(front, real) != NULL)
            return path + len;
    }
}

/* Makes `path` what the link `real` holds; false where it is no link. */
static bool follow(char path[PATH_MAX], char real[PATH_MAX])
{
    char target[PATH_MAX];
    ssize_t len = readlink(real, target, sizeof target - 1);

    if (len <= 0)
        return false;
    target[len] = '\0';
    if (target[0] == '/') {
        memcpy(path, target, (size_t)len + 1);
        return true;
    }
    *strrchr(real, '/') = '\0';
    memcpy(path, real, strlen(real) + 1);
    return append(path, target, (size_t)len);
}

/*
 * A link that leads nowhere is followed, for open(2) would create what it
 * leads to.
 */
static bool resolve_missing(char real[PATH_MAX], char path[PATH_MAX])
{
    for (int links = 0; links < LINKS_MAX; links++) {
        char link[PATH_MAX];
        const char *rest = resolve_front(real, path);
        if (rest == NULL || has_dots(rest) ||
            !append(real, rest, strcspn(rest, "/")))
            return false;
        const char *more = strchr(rest, '/');
        if (more != NULL && more[strspn(more, "/")] != '\0')
            return append(real, more + 1, strlen(more + 1));
        memcpy(link, real, strlen(real) + 1);
        if (!follow(path, link) || realpath(path, real) != NULL)
            return true;
    }
    return false;
}

bool nb_path_resolve(char real[PATH_MAX], const char *path)
{
    char copy[PATH_MAX];
    size_t len = strlen(path);

    if (len == 0 || len >= sizeof copy)
        return false;
    if (realpath(path, real) != NULL)
        return true;
    memcpy(copy, path, len + 1);
    return resolve_missing(real, copy);
}

bool nb_path_is_below(const char *path, const char *folder)
{
    size_t len = strlen(folder);

    if (strcmp(folder, "/") == 0)
        return path[0] == '/';
    return strncmp(path, folder, len) == 0 &&
           (path[len] == '\0' || path[len] == '/');
}
