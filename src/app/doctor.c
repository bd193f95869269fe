/* What this system can hold a script to: see doctor.h. */
#include "app/doctor.h"

#include <stdbool.h>
#include <stdio.h>

#include "app/run.h"
#include "guard/landlock.h"
#include "guard/seccomp.h"
#include "util/list.h"

/* What is held by a version of Landlock, and what is so without it. */
static const struct {
    int since;
    const char *what;
    const char *without;
} held[] = {
    {NB_LANDLOCK_FILES, "files",
     "netbox alone keeps them; none is written "
     "without --allow-write"},
    {NB_LANDLOCK_TRUNCATE, "truncation",
     "with --allow-write, files that are only to be read can be emptied"},
    {NB_LANDLOCK_TCP, "TCP ports", "netbox alone keeps them"},
    {NB_LANDLOCK_DEVICES, "devices", "netbox alone keeps them"},
    {NB_LANDLOCK_OTHERS, "abstract sockets", "netbox alone keeps them"},
    {NB_LANDLOCK_OTHERS, "signals", "netbox alone keeps them"},
};

/* Writes a row; returns true if it is a yes. */
static bool show(const char *what, bool there, const char *without)
{
    printf("%-18s %-5s%s%s\n", what, there ? "yes" : "no", there ? "" : " ",
           there ? "" : without);
    return there;
}

int nb_doctor_run(void)
{
    int version = nb_landlock_version();
    bool all = show("seccomp", nb_seccomp_is_there(),
                    "netbox alone keeps system calls");

    if (version == 0)
        puts("Landlock           no");
    else
        printf("Landlock           yes   version %d, errata 0x%x\n", version,
               nb_landlock_errata());
    for (size_t i = 0; i < NB_COUNTOF(held); i++)
        all &= show(held[i].what, version >= held[i].since, held[i].without);
    puts("addresses, names and UDP ports are kept by netbox alone everywhere");
    if (ferror(stdout) != 0 || fflush(stdout) != 0)
        return NB_STATUS_ERROR;
    return all ? 0 : NB_STATUS_ERROR;
}
