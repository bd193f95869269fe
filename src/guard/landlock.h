/*
 * What the kernel's Landlock holds a process to: files below given paths, TCP
 * at given ports, and no way to the abstract sockets and the processes of
 * others. Only what this kernel's version of it knows; see --doctor.
 *
 * A set of rules is begun, filled, and entered for ever or dropped. Functions
 * that can fail return 0 or a negative errno.
 */
#ifndef NB_GUARD_LANDLOCK_H
#define NB_GUARD_LANDLOCK_H

#include <stdbool.h>
#include <stdint.h>

/* The versions of the interface from which on something can be held. */
enum {
    NB_LANDLOCK_FILES = 1,
    NB_LANDLOCK_TRUNCATE = 3,
    NB_LANDLOCK_TCP = 4,
    NB_LANDLOCK_DEVICES = 5,
    NB_LANDLOCK_OTHERS = 6, /* abstract sockets, signals */
};

/* What a path may be used for, and a port: sums. */
enum {
    NB_LANDLOCK_READ = 1,
    NB_LANDLOCK_WRITE = 2,
    NB_LANDLOCK_BIND_PATH = 4,
};
enum { NB_LANDLOCK_BIND = 1, NB_LANDLOCK_CONNECT = 2 };

struct nb_landlock {
    int fd;
    int version;
};

/* The version of the kernel's interface; 0: it has none. */
int nb_landlock_version(void);

/* Which of its known defects are mended, a bit for each. */
unsigned nb_landlock_errata(void);

/*
 * Begins a set in which no file may be opened; `tcp` says what is bound to
 * ports, `abstract` whether sockets of others may be reached by a name.
 * -ENOSYS or -EOPNOTSUPP: this kernel has no Landlock.
 */
int nb_landlock_begin(struct nb_landlock *set, unsigned tcp, bool abstract);

/*
 * The path, and what is below it, may be used so. A file that does not exist
 * can be made only by whom its folder is open to. -ENOENT: no such folder.
 */
int nb_landlock_allow_path(const struct nb_landlock *set, const char *path,
                           unsigned uses);

/* TCP at this port may be used so, as far as it is bound to ports. */
int nb_landlock_allow_port(const struct nb_landlock *set, uint16_t port,
                           unsigned uses);

/* Holds this process to the set, and drops it; or drops it alone. */
int nb_landlock_enter(struct nb_landlock *set);
void nb_landlock_drop(struct nb_landlock *set);

#endif
