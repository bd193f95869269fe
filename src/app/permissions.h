/* --permissions: what a script would be allowed. */
#ifndef NB_APP_PERMISSIONS_H
#define NB_APP_PERMISSIONS_H

struct nb_policy;

/*
 * Writes it to standard output, a line for each kind of right. Returns a
 * negative number where that fails.
 */
int nb_permissions_show(const struct nb_policy *policy);

#endif
