/* Which paths, names, variables, programs and modules are allowed. */
#include "support/fixture.h"
#include "support/flags.h"

#include <string.h>

#include "util/addr.h"
#include "util/err.h"
#include "util/list.h"

static int ask_unix(struct nb_policy *policy, const char *path, size_t len)
{
    struct nb_addr addr;

    assert_int_equal(nb_addr_unix(&addr, path, len), 0);
    return nb_policy_ask_addr(policy, NB_RIGHT_UNIX, &addr);
}

static void texts_are_judged_by_the_flags(void **state)
{
    static const struct {
        const char *flags;
        enum nb_right right;
        const char *text;
        bool allowed;
    } table[] = {
        {"", NB_RIGHT_NAME, "example.org", false},
        {"allow-net", NB_RIGHT_NAME, "example.org", true},
        {"allow-net=example.org", NB_RIGHT_NAME, "example.org", true},
        {"allow-net=example.org", NB_RIGHT_NAME, "EXAMPLE.ORG.", true},
        {"allow-net=example.org:80", NB_RIGHT_NAME, "example.org", true},
        {"allow-net=example.org", NB_RIGHT_NAME, "www.example.org", false},
        {"allow-net=0.0.0.0/0", NB_RIGHT_NAME, "example.org", false},
        {"allow-listen", NB_RIGHT_NAME, "example.org", false},
        {"allow-net deny-net=example.org", NB_RIGHT_NAME, "example.org.",
         false},
        {"allow-net deny-net=example.org:80", NB_RIGHT_NAME, "example.org",
         true},
        {"allow-net deny-net=example.org:80,example.org", NB_RIGHT_NAME,
         "example.org", false},
        {"allow-net deny-net=192.0.2.1", NB_RIGHT_NAME, "example.org", true},
        {"all deny-net", NB_RIGHT_NAME, "example.org", false},

        {"", NB_RIGHT_READ, "/etc/passwd", false},
        {"allow-read", NB_RIGHT_READ, "/etc/passwd", true},
        {"allow-read", NB_RIGHT_READ, "/nowhere/../x", true},
        {"allow-read=/etc", NB_RIGHT_READ, "/etc/passwd", true},
        {"allow-read=/etc/", NB_RIGHT_READ, "/etc/passwd", true},
        {"allow-read=/etc", NB_RIGHT_READ, "/etc", true},
        {"allow-read=/etc", NB_RIGHT_READ, "/dev/null", false},
        {"allow-read=/etc", NB_RIGHT_READ, "/etc/../dev/null", false},
        {"allow-read=/etc", NB_RIGHT_READ, "/dev/../etc/passwd", true},
        {"allow-read=/etc", NB_RIGHT_READ, "/etcetera", false},
        {"allow-read=/etc", NB_RIGHT_READ, "/etc/nowhere/x", true},
        {"allow-read=/etc", NB_RIGHT_READ, "/etc/nowhere/../../x", false},
        {"allow-read=/etc", NB_RIGHT_READ, "", false},
        {"allow-read=/etc", NB_RIGHT_WRITE, "/etc/passwd", false},
        {"allow-read=/etc", NB_RIGHT_LOAD, "/etc/x.lua", true},
        {"allow-read=/etc/passwd", NB_RIGHT_READ, "/etc/passwd", true},
        {"allow-read=/etc/passwd", NB_RIGHT_READ, "/etc/group", false},
        {"allow-read=/etc,/usr", NB_RIGHT_READ, "/usr/x", true},
        {"allow-read=/a,,b", NB_RIGHT_READ, "/a,b", true},
        {"allow-read=/a,,b", NB_RIGHT_READ, "/a", false},
        {"allow-read=/a,,b,/c", NB_RIGHT_READ, "/c", true},
        {"allow-read=/", NB_RIGHT_READ, "/etc/passwd", true},
        {"allow-read=.", NB_RIGHT_READ, "x", true},
        {"allow-read=.", NB_RIGHT_READ, "./x/y", true},
        {"allow-read=.", NB_RIGHT_READ, "../x", false},
        {"allow-read deny-read=/etc", NB_RIGHT_READ, "/etc/passwd", false},
        {"allow-read deny-read=/etc", NB_RIGHT_READ, "/dev/../etc/passwd",
         false},
        {"allow-read deny-read=/etc", NB_RIGHT_READ, "/usr/x", true},
        {"allow-read deny-read=/etc", NB_RIGHT_LOAD, "/etc/x.lua", false},
        {"allow-read deny-read", NB_RIGHT_READ, "/dev/null", false},
        {"all", NB_RIGHT_READ, "/etc/passwd", true},

        {"", NB_RIGHT_WRITE, "/dev/null", false},
        {"allow-write", NB_RIGHT_WRITE, "/usr/x", true},
        {"allow-write", NB_RIGHT_READ, "/dev/null", false},
        {"allow-write=/usr", NB_RIGHT_WRITE, "/usr/x", true},
        {"allow-write=/dev", NB_RIGHT_WRITE, "/etc/x", false},
        {"allow-write", NB_RIGHT_WRITE, "/proc/self/mem", false},
        {"allow-write=/proc", NB_RIGHT_WRITE, "/proc/self/mem", false},
        {"allow-write=/", NB_RIGHT_WRITE, "/sys/x", false},
        {"all", NB_RIGHT_WRITE, "/dev/../proc/self/mem", false},
        {"all allow-native", NB_RIGHT_WRITE, "/proc/self/mem", true},
        {"all deny-write=/dev", NB_RIGHT_WRITE, "/dev/null", false},
        {"all", NB_RIGHT_WRITE, "/dev/null", true},

        /* Devices and the like, to the letter. */
        {"allow-read", NB_RIGHT_READ, "/dev/null", false},
        {"allow-read=/dev", NB_RIGHT_READ, "/dev/null", false},
        {"allow-read=/", NB_RIGHT_READ, "/proc/version", false},
        {"allow-read=/dev/null", NB_RIGHT_READ, "/dev/null", true},
        {"allow-read=/dev/null", NB_RIGHT_READ, "/dev/null/x", false},
        {"allow-read=/proc/version", NB_RIGHT_READ, "/proc/version", true},
        {"allow-read", NB_RIGHT_READ, "/sys/kernel", false},
        {"allow-read", NB_RIGHT_READ, "/devices", true},
        {"all", NB_RIGHT_READ, "/proc/version", true},
        {"all deny-read=/proc", NB_RIGHT_READ, "/proc/version", false},
        {"allow-write", NB_RIGHT_WRITE, "/dev/null", false},
        {"allow-write=/dev/null", NB_RIGHT_WRITE, "/dev/null", true},

        {"", NB_RIGHT_ENV, "HOME", false},
        {"allow-env", NB_RIGHT_ENV, "HOME", true},
        {"allow-env=HOME", NB_RIGHT_ENV, "HOME", true},
        {"allow-env=HOME,PATH", NB_RIGHT_ENV, "PATH", true},
        {"allow-env=HOME", NB_RIGHT_ENV, "HOM", false},
        {"allow-env=HOME", NB_RIGHT_ENV, "HOMER", false},
        {"allow-env=HOME", NB_RIGHT_ENV, "home", false},
        {"allow-env deny-env=HOME", NB_RIGHT_ENV, "HOME", false},
        {"allow-env deny-env=HOME", NB_RIGHT_ENV, "PATH", true},

        {"", NB_RIGHT_RUN, "ls", false},
        {"allow-run", NB_RIGHT_RUN, "ls | wc", true},
        {"allow-run=ls", NB_RIGHT_RUN, "ls", true},
        {"allow-run=ls", NB_RIGHT_RUN, "  ls -l /x", true},
        {"allow-run=ls", NB_RIGHT_RUN, "lsof", false},
        {"allow-run=ls", NB_RIGHT_RUN, "/bin/ls", false},
        {"allow-run=/bin/ls", NB_RIGHT_RUN, "/bin/ls", true},
        {"allow-run=ls", NB_RIGHT_RUN, "ls; id", false},
        {"allow-run=ls", NB_RIGHT_RUN, "ls\nid", false},
        {"allow-run=ls", NB_RIGHT_RUN, "ls\tx", false},
        {"allow-run=ls", NB_RIGHT_RUN, "ls | id", false},
        {"allow-run=ls", NB_RIGHT_RUN, "ls & id", false},
        {"allow-run=ls", NB_RIGHT_RUN, "ls $(id)", false},
        {"allow-run=ls", NB_RIGHT_RUN, "ls `id`", false},
        {"allow-run=ls", NB_RIGHT_RUN, "ls >x", false},
        {"allow-run=ls", NB_RIGHT_RUN, "ls <x", false},
        {"allow-run=ls", NB_RIGHT_RUN, "ls 'x'", false},
        {"allow-run=ls", NB_RIGHT_RUN, "ls \"x\"", false},
        {"allow-run=ls", NB_RIGHT_RUN, "ls \\x", false},
        {"allow-run=ls", NB_RIGHT_RUN, "ls *", false},
        {"allow-run=ls", NB_RIGHT_RUN, "ls #x", false},
        {"allow-run=ls", NB_RIGHT_RUN, "X=1 ls", false},
        {"allow-run=ls", NB_RIGHT_RUN, "! ls", false},
        {"allow-run=ls", NB_RIGHT_RUN, "{ ls", false},
        {"allow-run=ls", NB_RIGHT_RUN, "ls \xc3\xa4", false},
        {"allow-run=ls", NB_RIGHT_RUN, "", false},
        {"allow-run=ls", NB_RIGHT_RUN, " ", false},
        {"allow-run=sh", NB_RIGHT_RUN, "ls; id", true},
        {"allow-run=sh", NB_RIGHT_RUN, "ls", false},
        {"all deny-run=ls", NB_RIGHT_RUN, "ls", false},
        {"all deny-run=ls", NB_RIGHT_RUN, "id", true},

        {"", NB_RIGHT_RAW, "raw sockets", false},
        {"allow-raw", NB_RIGHT_RAW, "raw sockets", true},
        {"allow-raw deny-raw", NB_RIGHT_RAW, "raw sockets", false},
        {"all", NB_RIGHT_RAW, "raw sockets", true},
        {"", NB_RIGHT_NATIVE, "lfs", false},
        {"all", NB_RIGHT_NATIVE, "lfs", false},
        {"allow-native", NB_RIGHT_NATIVE, "lfs", true},
        {"all allow-native", NB_RIGHT_NATIVE, "lfs", true},
        {"allow-native all", NB_RIGHT_NATIVE, "lfs", true},
        {"allow-native deny-native", NB_RIGHT_NATIVE, "lfs", false},
    };

    for (size_t i = 0; i < NB_COUNTOF(table); i++) {
        struct nb_policy *policy = flags_policy(table[i].flags);
        int rc = nb_policy_ask_text(policy, table[i].right, table[i].text);
        nb_policy_free(policy);
        if (rc != (table[i].allowed ? 0 : NB_ENOTALLOWED))
            fail_msg("%s: right %d, '%s': %d", table[i].flags, table[i].right,
                     table[i].text, rc);
    }
}

static void unix_sockets_are_judged_by_path_and_name(void **state)
{
    static const struct {
        const char *flags;
        const char *path;
        size_t len;
        bool allowed;
    } table[] = {
        {"", "/run/s", 6, false},
        {"", "", 0, false},
        {"", "\0s", 2, false},
        {"allow-unix", "/run/s", 6, true},
        {"allow-unix", "", 0, true},
        {"allow-unix", "\0s", 2, true},
        {"allow-unix", "\0s\0t", 4, true},
        {"allow-unix=/run/s", "/run/s", 6, true},
        {"allow-unix=/run/s", "/run/../run/s", 13, true},
        {"allow-unix=/run/s", "/run/st", 7, false},
        {"allow-unix=/run", "/run/s", 6, true},
        {"allow-unix=/run", "/etc/s", 6, false},
        {"allow-unix=s", "s", 1, true},
        {"allow-unix=s", "./s", 3, true},
        {"allow-unix=s", "\0s", 2, false},
        {"allow-unix=@s", "\0s", 2, true},
        {"allow-unix=@s", "\0st", 3, false},
        {"allow-unix=@s", "\0s\0", 3, false},
        {"allow-unix=@s", "\0s\0t", 4, false},
        {"allow-unix=@s", "@s", 2, false},
        {"allow-unix=./@s", "@s", 2, true},
        {"allow-unix=@", "", 0, true},
        {"allow-unix=/", "\0s", 2, false},
        {"all", "/run/s", 6, true},
        {"all deny-unix=/run", "/run/s", 6, false},
        {"all deny-unix=@s", "\0s", 2, false},
        {"all deny-unix", "/run/s", 6, false},
        {"allow-net", "/run/s", 6, false},
    };

    for (size_t i = 0; i < NB_COUNTOF(table); i++) {
        struct nb_policy *policy = flags_policy(table[i].flags);
        int rc = ask_unix(policy, table[i].path, table[i].len);
        nb_policy_free(policy);
        if (rc != (table[i].allowed ? 0 : NB_ENOTALLOWED))
            fail_msg("%s: %s: %d", table[i].flags, table[i].path, rc);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_are_judged_by_the_flags),
        cmocka_unit_test(unix_sockets_are_judged_by_path_and_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
