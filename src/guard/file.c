/* Files, for a script: see file.h. */
#include "guard/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "guard/extent.h"
#include "guard/path.h"
#include "guard/policy.h"
#include "util/buf.h"

enum {
    PIECE = 65536,  /* bytes read of a file at a time */
    CREATED = 0666, /* what a new file may be done with, but for the umask */
    WALK = O_PATH | O_DIRECTORY | O_NOFOLLOW,
};

/* The last part of a path, and an open descriptor of the folder it is in. */
struct place {
    int folder;
    const char *name;
};

static int open_at(int folder, const char *name, int flags)
{
    int fd = -1;

    do
        fd = openat(folder, name, flags | O_CLOEXEC | O_NOCTTY, CREATED);
    while (fd < 0 && errno == EINTR);
    return fd < 0 ? -errno : fd;
}

/* Walks to the folder of a path that has no links; returns 0 or an error. */
static int find_place(struct place *place, const char *real)
{
    int folder = open_at(AT_FDCWD, "/", WALK);

    for (real++; folder >= 0; real++) {
        char name[NAME_MAX + 1];
        size_t len = strcspn(real, "/");
        if (real[len] == '\0') {
            *place = (struct place){folder, len == 0 ? "." : real};
            return 0;
        }
        memcpy(name, real, len < NAME_MAX ? len : NAME_MAX);
        name[len < NAME_MAX ? len : NAME_MAX] = '\0';
        int next = len > NAME_MAX ? -ENAMETOOLONG : open_at(folder, name, WALK);
        close(folder);
        folder = next;
        real += len;
    }
    return folder;
}

static int open_real(const char *real, int flags)
{
    struct place place;
    int fd = find_place(&place, real);

    if (fd < 0)
        return fd;
    fd = open_at(place.folder, place.name, flags | O_NOFOLLOW);
    close(place.folder);
    return fd;
}

/* Asks for one right to a path; `real` is NULL where it leads nowhere. */
static int ask(struct nb_policy *policy, enum nb_right right, const char *path,
               const char *real)
{
    int rc = nb_policy_ask_path(policy, right, path, real);

    return rc == 0 && real == NULL ? -ENOENT : rc;
}

static bool reads(int flags)
{
    return (flags & O_ACCMODE) != O_WRONLY;
}

static bool writes(int flags)
{
    return (flags & O_ACCMODE) != O_RDONLY;
}

int nb_file_open(struct nb_policy *policy, const char *path, int flags)
{
    char real[PATH_MAX];
    int rc = 0;

    if (nb_extent_has_files(policy, writes(flags)))
        return open_at(AT_FDCWD, path, flags);
    const char *known = nb_path_resolve(real, path) ? real : NULL;
    if (reads(flags))
        rc = ask(policy, NB_RIGHT_READ, path, known);
    if (rc == 0 && writes(flags))
        rc = ask(policy, NB_RIGHT_WRITE, path, known);
    return rc < 0 ? rc : open_real(real, flags);
}

int nb_file_open_text(struct nb_policy *policy, const char *path)
{
    char real[PATH_MAX];

    if (nb_extent_has_files(policy, false))
        return open_at(AT_FDCWD, path, O_RDONLY);
    const char *known = nb_path_resolve(real, path) ? real : NULL;
    int rc = ask(policy, NB_RIGHT_LOAD, path, known);
    return rc < 0 ? rc : open_real(real, O_RDONLY);
}

int nb_file_read_all(int fd, struct nb_buf *text)
{
    struct pollfd input = {.fd = fd, .events = POLLIN};

    for (;;) {
        char *place = NULL;
        if (nb_buf_room(text, PIECE, &place) < 0)
            return -ENOMEM;
        ssize_t n = read(fd, place, PIECE);
        if (n < 0 && errno == EAGAIN && poll(&input, 1, -1) >= 0)
            continue;
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -errno;
        if (n == 0)
            return 0;
        nb_buf_grow(text, (size_t)n);
    }
}

int nb_file_read_text(struct nb_policy *policy, const char *path,
                      struct nb_buf *text)
{
    int fd = nb_file_open_text(policy, path);

    if (fd < 0)
        return fd;
    int rc = nb_file_read_all(fd, text);
    close(fd);
    return rc;
}

/*
 * Where the name itself is that a path ends with: a link there is what is
 * meant, not what it leads to. NULL where the path ends with no name.
 */
static const char *resolve_name(char real[PATH_MAX], const char *path)
{
    char folder[PATH_MAX];
    size_t len = strlen(path);

    while (len > 1 && path[len - 1] == '/')
        len--;
    size_t start = len;
    while (start > 0 && path[start - 1] != '/')
        start--;
    size_t name_len = len - start;
    bool is_dots = (name_len == 1 || name_len == 2) &&
                   strncmp(path + start, "..", name_len) == 0;
    if (name_len == 0 || is_dots || len >= sizeof folder)
        return NULL;
    snprintf(folder, sizeof folder, "%.*s", start == 0 ? 1 : (int)start,
             start == 0 ? "." : path);
    if (!nb_path_resolve(real, folder))
        return NULL;
    size_t used = strcmp(real, "/") == 0 ? 0 : strlen(real);
    if (used + 1 + name_len >= PATH_MAX)
        return NULL;
    real[used] = '/';
    memcpy(real + used + 1, path + start, name_len);
    real[used + 1 + name_len] = '\0';
    return real;
}

int nb_file_remove(struct nb_policy *policy, const char *path)
{
    char real[PATH_MAX];
    struct place place;

    if (nb_extent_has_files(policy, true))
        return remove(path) < 0 ? -errno : 0;
    int rc = ask(policy, NB_RIGHT_WRITE, path, resolve_name(real, path));
    if (rc == 0)
        rc = find_place(&place, real);
    if (rc < 0)
        return rc;
    rc = unlinkat(place.folder, place.name, 0) < 0 ? -errno : 0;
    if (rc == -EISDIR)
        rc = unlinkat(place.folder, place.name, AT_REMOVEDIR) < 0 ? -errno : 0;
    close(place.folder);
    return rc;
}

static int rename_real(const char *from, const char *to)
{
    struct place old;
    struct place new;
    int rc = find_place(&old, from);

    if (rc < 0)
        return rc;
    rc = find_place(&new, to);
    if (rc == 0) {
        if (renameat(old.folder, old.name, new.folder, new.name) < 0)
            rc = -errno;
        close(new.folder);
    }
    close(old.folder);
    return rc;
}

int nb_file_rename(struct nb_policy *policy, const char *from, const char *to)
{
    char old[PATH_MAX];
    char new[PATH_MAX];

    if (nb_extent_has_files(policy, true))
        return rename(from, to) < 0 ? -errno : 0;
    const char *known = resolve_name(old, from);
    int rc = ask(policy, NB_RIGHT_READ, from, known);
    if (rc == 0)
        rc = ask(policy, NB_RIGHT_WRITE, from, known);
    if (rc == 0)
        rc = ask(policy, NB_RIGHT_WRITE, to, resolve_name(new, to));
    if (rc == 0)
        rc = nb_policy_ask_move(policy, from, old);
    return rc < 0 ? rc : rename_real(old, new);
}
