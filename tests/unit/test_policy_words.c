/* What is said of what is not allowed, and of values that are none. */
#include "support/fixture.h"
#include "support/flags.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "util/addr.h"
#include "util/err.h"
#include "util/list.h"

/* In the tables. */
#define C NB_RIGHT_CONNECT
#define S NB_RIGHT_SEND
#define B NB_RIGHT_LISTEN
#define A NB_RIGHT_ACCEPT
#define G NB_RIGHT_GROUP
#define N NB_RIGHT_NAME

static void a_refusal_says_which_flag_would_have_let_it(void **state)
{
    static const struct {
        const char *flags;
        enum nb_right right;
        const char *text; /* an address where the port is not -1 */
        int port;
        const char *sentence;
    } table[] = {
        {"", C, "192.0.2.1", 80,
         "connect to 192.0.2.1:80 is not allowed "
         "(run again with --allow-net=192.0.2.1:80)"},
        {"", C, "::ffff:192.0.2.1", 80,
         "connect to 192.0.2.1:80 is not allowed "
         "(run again with --allow-net=192.0.2.1:80)"},
        {"", C, "2001:db8::1", 80,
         "connect to [2001:db8::1]:80 is not allowed "
         "(run again with --allow-net=[2001:db8::1]:80)"},
        {"", C, "fe80::1%lo", 80,
         "connect to [fe80::1%lo]:80 is not allowed "
         "(run again with --allow-net=[fe80::1%lo]:80)"},
        {"", S, "192.0.2.1", 53,
         "send to 192.0.2.1:53 is not allowed "
         "(run again with --allow-net=192.0.2.1:53)"},
        {"", S, "192.0.2.1", 0,
         "send to 192.0.2.1 is not allowed "
         "(run again with --allow-net=192.0.2.1)"},
        {"", B, "0.0.0.0", 8000,
         "listen on 0.0.0.0:8000 is not allowed "
         "(run again with --allow-listen=0.0.0.0:8000)"},
        {"", B, "::", 0,
         "listen on [::]:0 is not allowed "
         "(run again with --allow-listen=[::]:0)"},
        {"", A, "0.0.0.0", 0,
         "listen on 0.0.0.0:0 is not allowed "
         "(run again with --allow-listen=0.0.0.0:0)"},
        {"", G, "224.1.1.1", 5007,
         "join of 224.1.1.1 is not allowed "
         "(run again with --allow-net=224.1.1.1)"},
        {"", N, "192.0.2.1", 0,
         "look-up of 192.0.2.1 is not allowed "
         "(run again with --allow-net=192.0.2.1)"},
        {"", N, "example.org", -1,
         "look-up of 'example.org' is not allowed "
         "(run again with --allow-net=example.org)"},
        {"", NB_RIGHT_READ, "/etc/passwd", -1,
         "read of '/etc/passwd' is not allowed "
         "(run again with --allow-read=/etc/passwd)"},
        {"", NB_RIGHT_READ, "a,b", -1,
         "read of 'a,b' is not allowed (run again with --allow-read=a,,b)"},
        {"", NB_RIGHT_READ, "a\x1b[2Jx\n", -1,
         "read of 'a?[2Jx?' is not allowed "
         "(run again with --allow-read=a?[2Jx?)"},
        {"", NB_RIGHT_LOAD, "x.lua", -1,
         "read of 'x.lua' is not allowed (run again with --allow-read=x.lua)"},
        {"", NB_RIGHT_WRITE, "out", -1,
         "write of 'out' is not allowed (run again with --allow-write=out)"},
        {"all", NB_RIGHT_WRITE, "/proc/self/mem", -1,
         "write of '/proc/self/mem' is not allowed "
         "(run again with --allow-native)"},
        {"", NB_RIGHT_ENV, "HOME", -1,
         "environment variable 'HOME' is not allowed "
         "(run again with --allow-env=HOME)"},
        {"", NB_RIGHT_RUN, "ls", -1,
         "run of 'ls' is not allowed (run again with --allow-run=ls)"},
        {"", NB_RIGHT_RUN, "ls -l x", -1,
         "run of 'ls -l x' is not allowed (run again with --allow-run=ls)"},
        {"", NB_RIGHT_RUN, "ls | wc", -1,
         "run of 'ls | wc' is not allowed (run again with --allow-run=sh)"},
        {"", NB_RIGHT_RAW, "raw sockets", -1,
         "raw sockets are not allowed (run again with --allow-raw)"},
        {"all", NB_RIGHT_NATIVE, "lfs", -1,
         "C module 'lfs' is not allowed (run again with --allow-native)"},
        {"deny-net", C, "127.0.0.1", 80,
         "connect to 127.0.0.1:80 is not allowed (--deny-net)"},
        {"deny-net=127.0.0.0/8", C, "127.0.0.1", 80,
         "connect to 127.0.0.1:80 is not allowed (--deny-net=127.0.0.0/8)"},
        {"all deny-net=127.0.0.1", C, "0.0.0.0", 80,
         "connect to 0.0.0.0:80 is not allowed (--deny-net=127.0.0.1)"},
        {"deny-net=127.0.0.1", B, "127.0.0.1", 80,
         "listen on 127.0.0.1:80 is not allowed (--deny-net=127.0.0.1)"},
        {"all deny-listen=192.0.2.1", B, "0.0.0.0", 80,
         "listen on 0.0.0.0:80 is not allowed (--deny-listen=192.0.2.1)"},
        {"all deny-net=example.org", N, "example.org", -1,
         "look-up of 'example.org' is not allowed (--deny-net=example.org)"},
        {"all deny-read=/etc", NB_RIGHT_READ, "/etc/passwd", -1,
         "read of '/etc/passwd' is not allowed (--deny-read=/etc)"},
        {"all deny-raw", NB_RIGHT_RAW, "raw sockets", -1,
         "raw sockets are not allowed (--deny-raw)"},
    };

    for (size_t i = 0; i < NB_COUNTOF(table); i++) {
        struct nb_policy *policy = flags_policy(table[i].flags);
        int rc =
            table[i].port >= 0
                ? flags_ask(policy, table[i].right, table[i].text,
                            (uint16_t)table[i].port)
                : nb_policy_ask_text(policy, table[i].right, table[i].text);
        assert_int_equal(rc, NB_ENOTALLOWED);
        assert_string_equal(nb_policy_refusal(policy), table[i].sentence);
        nb_policy_free(policy);
    }
}

/* The same for unix sockets. */
static void a_refusal_shows_paths_and_abstract_names(void **state)
{
    static const struct {
        const char *path;
        size_t len;
        const char *shown;
    } table[] = {
        {"/run/s", 6, "/run/s"},
        {"s", 1, "s"},
        {"\0s", 2, "@s"},
        {"\0s\0t", 4, "@s?t"},
        {"", 0, "@"},
        {"a\nb\x9b\x7f.", 6,
         "a?b?"
         "?."},
    };

    for (size_t i = 0; i < NB_COUNTOF(table); i++) {
        struct nb_policy *policy = flags_policy("");
        struct nb_addr addr;
        char sentence[256];
        assert_int_equal(nb_addr_unix(&addr, table[i].path, table[i].len), 0);
        assert_int_equal(nb_policy_ask_addr(policy, NB_RIGHT_UNIX, &addr),
                         NB_ENOTALLOWED);
        snprintf(sentence, sizeof sentence,
                 "unix socket '%s' is not allowed "
                 "(run again with --allow-unix=%s)",
                 table[i].shown, table[i].shown);
        assert_string_equal(nb_policy_refusal(policy), sentence);
        nb_policy_free(policy);
    }
}

static void a_long_path_is_cut(void **state)
{
    struct nb_policy *policy = flags_policy("");
    char path[2000];

    memset(path, ',', sizeof path);
    path[sizeof path - 1] = '\0';
    assert_int_equal(nb_policy_ask_text(policy, NB_RIGHT_READ, path),
                     NB_ENOTALLOWED);
    assert_true(strlen(nb_policy_refusal(policy)) < 700);
    assert_non_null(strstr(nb_policy_refusal(policy), ",...' is not"));
    nb_policy_free(policy);
}

static void a_wrong_value_is_told_in_words(void **state)
{
    static const struct {
        enum nb_grant grant;
        const char *value;
        const char *wrong;
    } table[] = {
        {NB_GRANT_NET, "", "'' is empty"},
        {NB_GRANT_NET, "192.0.2.1,", "'' is empty"},
        {NB_GRANT_NET, ",192.0.2.1", "'' is empty"},
        {NB_GRANT_NET, "a,,b", "'' is empty"},
        {NB_GRANT_NET, "a,300.1.1.1,b",
         "'300.1.1.1' is neither an address nor a name"},
        {NB_GRANT_LISTEN, "0.0.0.0:x",
         "'0.0.0.0:x' has no port from 0 to 65535 behind its colon"},
        {NB_GRANT_READ, "", "'' is empty"},
        {NB_GRANT_READ, "/etc,", "'' is empty"},
        {NB_GRANT_READ, "/nowhere/../x", "'/nowhere/../x' leads nowhere"},
        {NB_GRANT_ENV, "", "'' is empty"},
        {NB_GRANT_RUN, "", "'' is empty"},
        {NB_GRANT_UNIX, "", "'' is empty"},
    };

    for (size_t i = 0; i < NB_COUNTOF(table); i++) {
        struct nb_policy *policy = nb_policy_new();
        char wrong[NB_REFUSAL_TEXT] = "";
        assert_int_equal(nb_policy_take(policy, table[i].grant, false,
                                        table[i].value, wrong),
                         -EINVAL);
        assert_string_equal(wrong, table[i].wrong);
        nb_policy_free(policy);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_refusal_says_which_flag_would_have_let_it),
        cmocka_unit_test(a_refusal_shows_paths_and_abstract_names),
        cmocka_unit_test(a_long_path_is_cut),
        cmocka_unit_test(a_wrong_value_is_told_in_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
