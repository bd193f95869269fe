/*
 * Where a path really leads, so that no symbolic link and no ".." is a way
 * round a rule: the file that open(2) would open, or create.
 *
 * What is found holds for the moment: whoever may rename files or make links
 * may change it, and the kernel's own guard has to hold then.
 */
#ifndef NB_GUARD_PATH_H
#define NB_GUARD_PATH_H

#include <limits.h>
#include <stdbool.h>

/*
 * Writes the absolute path that `path` leads to, without links. What does not
 * exist keeps its name below the folder that does. False where that cannot be
 * told, as in a circle of links.
 */
bool nb_path_resolve(char real[PATH_MAX], const char *path);

/* True if `path` is `folder` or below it; both are absolute, without links. */
bool nb_path_is_below(const char *path, const char *folder);

#endif
