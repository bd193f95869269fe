/*
 * Files, for a script: every one that it opens, removes or renames is asked for
 * here, and then reached without following a link.
 *
 * A path is resolved first; what the policy judges is where it leads. From
 * there on each part of it is opened below the one before, and none may be a
 * link: who puts one there in the meantime gets an error, never another file.
 */
#ifndef NB_GUARD_FILE_H
#define NB_GUARD_FILE_H

struct nb_buf;
struct nb_policy;

/*
 * open(2), with O_CREAT for everybody who may by the umask. Asks for the right
 * to read or to write, or both, as the flags are. Returns a descriptor,
 * NB_ENOTALLOWED or a negative errno.
 */
int nb_file_open(struct nb_policy *policy, const char *path, int flags);

/* The same for Lua text, which may be read where other files may not. */
int nb_file_open_text(struct nb_policy *policy, const char *path);

/* Reads such a text to the end of `text`. Returns 0 or the same. */
int nb_file_read_text(struct nb_policy *policy, const char *path,
                      struct nb_buf *text);

/* Reads a descriptor to its end. Returns 0 or a negative errno. */
int nb_file_read_all(int fd, struct nb_buf *text);

/* Removes a file, a link or an empty folder. Returns 0 or the same. */
int nb_file_remove(struct nb_policy *policy, const char *path);

/*
 * Renames one. That makes readable what may be read at its new place, so it
 * takes the right to read the old one, too.
 */
int nb_file_rename(struct nb_policy *policy, const char *from, const char *to);

#endif
