/*
 * What the kernel's Landlock holds a process to: see landlock.h.
 *
 * By its system calls, with the numbers of its interface: headers are mostly
 * older than the kernel that runs, which says itself what it knows.
 */
#include "guard/landlock.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "util/list.h"

enum { ASK_VERSION = 1, ASK_ERRATA = 2 };
enum { RULE_PATH = 1, RULE_PORT = 2 };
enum { SCOPE_ABSTRACT = 1, SCOPE_SIGNAL = 2 };

/* Rights to files; all but the first four are folders'. */
enum {
    EXECUTE = 1 << 0,
    WRITE_FILE = 1 << 1,
    READ_FILE = 1 << 2,
    READ_DIR = 1 << 3,
    REMOVE_DIR = 1 << 4,
    REMOVE_FILE = 1 << 5,
    MAKE_DIR = 1 << 7,
    MAKE_REG = 1 << 8,
    MAKE_SOCK = 1 << 9,
    MAKE_SYM = 1 << 12,
    REFER = 1 << 13,
    TRUNCATE = 1 << 14,

    OF_FILES = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE,
    FIRST_RIGHTS = (1 << 13) - 1,
    READING = READ_FILE | READ_DIR,
    /* A temporary file is opened for both; links are renamed, too. */
    WRITING = READ_FILE | WRITE_FILE | TRUNCATE | REMOVE_DIR | REMOVE_FILE |
              MAKE_DIR | MAKE_REG | MAKE_SYM | REFER,
};

/* The kernel's; an older one takes what it does not know if it is zero. */
struct ruleset {
    uint64_t files;
    uint64_t net;
    uint64_t scoped;
};
struct path_rule {
    uint64_t rights;
    int32_t fd;
} __attribute__((packed));
struct port_rule {
    uint64_t rights;
    uint64_t port;
};

static long create_ruleset(const struct ruleset *set, size_t size,
                           unsigned flags)
{
    return syscall(SYS_landlock_create_ruleset, set, size, flags);
}

int nb_landlock_version(void)
{
    long version = create_ruleset(NULL, 0, ASK_VERSION);

    return version < 0 ? 0 : (int)version;
}

unsigned nb_landlock_errata(void)
{
    long errata = create_ruleset(NULL, 0, ASK_ERRATA);

    return errata < 0 ? 0 : (unsigned)errata;
}

/* The rights to files that a version of the interface knows. */
static uint64_t known_rights(int version)
{
    static const int since[] = {2, 3, 5}; /* REFER, TRUNCATE, devices */
    uint64_t rights = FIRST_RIGHTS;

    for (size_t i = 0; i < NB_COUNTOF(since); i++) {
        if (version >= since[i])
            rights |= (uint64_t)REFER << i;
    }
    return rights;
}

int nb_landlock_begin(struct nb_landlock *set, unsigned tcp, bool abstract)
{
    long version = create_ruleset(NULL, 0, ASK_VERSION);
    struct ruleset ruleset = {.files = known_rights((int)version)};

    *set = (struct nb_landlock){.fd = -1, .version = (int)version};
    if (version < 0)
        return -errno;
    if (version >= NB_LANDLOCK_TCP)
        ruleset.net = tcp;
    if (version >= NB_LANDLOCK_OTHERS)
        ruleset.scoped =
            abstract ? SCOPE_SIGNAL : SCOPE_SIGNAL | SCOPE_ABSTRACT;
    set->fd = (int)create_ruleset(&ruleset, sizeof ruleset, 0);
    return set->fd < 0 ? -errno : 0;
}

/* Opens what a path leads to; where that is nothing, its folder. */
static int open_place(const char *path)
{
    char folder[PATH_MAX];
    int fd = open(path, O_PATH | O_CLOEXEC);
    const char *slash = strrchr(path, '/');

    if (fd >= 0 || errno != ENOENT || slash == NULL)
        return fd;
    size_t len = slash == path ? 1 : (size_t)(slash - path);
    if (len >= sizeof folder)
        return -1;
    memcpy(folder, path, len);
    folder[len] = '\0';
    return open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

static uint64_t rights_of(unsigned uses)
{
    return (uint64_t)((uses & NB_LANDLOCK_READ ? READING : 0) |
                      (uses & NB_LANDLOCK_WRITE ? WRITING : 0) |
                      (uses & NB_LANDLOCK_BIND_PATH ? MAKE_SOCK : 0));
}

int nb_landlock_allow_path(const struct nb_landlock *set, const char *path,
                           unsigned uses)
{
    struct stat found;
    struct path_rule rule = {.fd = open_place(path)};
    int rc = 0;

    if (rule.fd < 0 || fstat(rule.fd, &found) < 0)
        return -errno;
    rule.rights = rights_of(uses) & known_rights(set->version);
    if (!S_ISDIR(found.st_mode))
        rule.rights &= OF_FILES;
    if (rule.rights != 0 &&
        syscall(SYS_landlock_add_rule, set->fd, RULE_PATH, &rule, 0) < 0)
        rc = -errno;
    close(rule.fd);
    return rc;
}

int nb_landlock_allow_port(const struct nb_landlock *set, uint16_t port,
                           unsigned uses)
{
    const struct port_rule rule = {.rights = uses, .port = port};

    if (set->version < NB_LANDLOCK_TCP)
        return 0;
    return syscall(SYS_landlock_add_rule, set->fd, RULE_PORT, &rule, 0) < 0
               ? -errno
               : 0;
}

void nb_landlock_drop(struct nb_landlock *set)
{
    if (set->fd >= 0)
        close(set->fd);
    set->fd = -1;
}

int nb_landlock_enter(struct nb_landlock *set)
{
    int rc = 0;

    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
        syscall(SYS_landlock_restrict_self, set->fd, 0) < 0)
        rc = -errno;
    nb_landlock_drop(set);
    return rc;
}
