/* What a person is asked, and what the answers are good for. */
#include "support/fixture.h"
#include "support/flags.h"

#include <stdio.h>

#include "util/addr.h"
#include "util/err.h"
#include "util/list.h"

/* In the tables. */
#define C NB_RIGHT_CONNECT
#define B NB_RIGHT_LISTEN
#define A NB_RIGHT_ACCEPT

static struct nb_addr parsed(const char *ip, uint16_t port)
{
    struct nb_addr addr;

    assert_int_equal(nb_addr_parse(&addr, ip, port), 0);
    return addr;
}

/* Gives one answer and keeps what it was asked. */
struct person {
    enum nb_answer answer;
    int asked;
    char what[512];
};

static enum nb_answer answer(void *context, const char *what)
{
    struct person *person = context;

    person->asked++;
    snprintf(person->what, sizeof person->what, "%s", what);
    return person->answer;
}

static void a_person_is_asked_for_what_no_flag_is_about(void **state)
{
    struct nb_policy *policy =
        flags_policy("allow-net=192.0.2.1 deny-net=192.0.2.2");
    struct person person = {.answer = NB_ANSWER_DENY};
    const struct nb_policy_asker asker = {answer, &person};

    nb_policy_set_asker(policy, &asker);
    assert_int_equal(flags_ask(policy, C, "127.0.0.1", 1), 0);
    assert_int_equal(flags_ask(policy, C, "192.0.2.1", 1), 0);
    assert_int_equal(flags_ask(policy, C, "192.0.2.2", 1), NB_ENOTALLOWED);
    assert_int_equal(person.asked, 0);
    assert_int_equal(flags_ask(policy, C, "192.0.2.3", 1), NB_ENOTALLOWED);
    assert_int_equal(person.asked, 1);
    assert_string_equal(person.what, "connect to 192.0.2.3:1");
    assert_string_equal(nb_policy_refusal(policy),
                        "connect to 192.0.2.3:1 is not allowed "
                        "(run again with --allow-net=192.0.2.3:1)");
    /* A no is not asked about again. */
    assert_int_equal(flags_ask(policy, C, "192.0.2.3", 1), NB_ENOTALLOWED);
    assert_int_equal(person.asked, 1);
    assert_int_equal(flags_ask(policy, C, "192.0.2.3", 2), NB_ENOTALLOWED);
    assert_int_equal(person.asked, 2);
    nb_policy_set_asker(policy, NULL);
    assert_int_equal(flags_ask(policy, C, "192.0.2.4", 1), NB_ENOTALLOWED);
    assert_int_equal(person.asked, 2);
    nb_policy_free(policy);
}

static void always_is_about_the_thing_asked_for(void **state)
{
    static const struct {
        enum nb_right right;
        const char *text;
        const char *other;
    } table[] = {
        {NB_RIGHT_NAME, "example.org", "www.example.org"},
        {NB_RIGHT_READ, "/etc/passwd", "/etc/group"},
        {NB_RIGHT_ENV, "HOME", "PATH"},
        {NB_RIGHT_RUN, "ls -l", "id"},
        {NB_RIGHT_RAW, "raw sockets", NULL},
        {NB_RIGHT_NATIVE, "lfs", NULL},
    };

    for (size_t i = 0; i < NB_COUNTOF(table); i++) {
        struct nb_policy *policy = flags_policy("");
        struct person person = {.answer = NB_ANSWER_ALWAYS};
        const struct nb_policy_asker asker = {answer, &person};
        enum nb_right right = table[i].right;
        nb_policy_set_asker(policy, &asker);
        for (int j = 0; j < 2; j++)
            assert_int_equal(nb_policy_ask_text(policy, right, table[i].text),
                             0);
        assert_int_equal(person.asked, 1);
        person.answer = NB_ANSWER_DENY;
        if (table[i].other != NULL)
            assert_int_equal(nb_policy_ask_text(policy, right, table[i].other),
                             NB_ENOTALLOWED);
        assert_int_equal(flags_ask(policy, C, "192.0.2.1", 1), NB_ENOTALLOWED);
        nb_policy_free(policy);
    }
}

/* A look-up that was allowed lets nobody connect to what it found. */
static void always_is_about_the_right_asked_for(void **state)
{
    struct nb_policy *policy = flags_policy("");
    struct person person = {.answer = NB_ANSWER_ALWAYS};
    const struct nb_policy_asker asker = {answer, &person};
    struct nb_addr addr = parsed("192.0.2.1", 0);

    nb_policy_set_asker(policy, &asker);
    assert_int_equal(nb_policy_ask_text(policy, NB_RIGHT_NAME, "example.org"),
                     0);
    assert_int_equal(nb_policy_ask_addr(policy, NB_RIGHT_NAME, &addr), 0);
    assert_int_equal(nb_policy_learn(policy, "example.org", &addr), 0);
    person.answer = NB_ANSWER_DENY;
    assert_int_equal(flags_ask(policy, C, "192.0.2.1", 80), NB_ENOTALLOWED);
    assert_int_equal(person.asked, 3);
    nb_policy_free(policy);
}

static void once_is_over_when_it_is_done(void **state)
{
    struct nb_policy *policy = flags_policy("");
    struct person person = {.answer = NB_ANSWER_ONCE};
    const struct nb_policy_asker asker = {answer, &person};
    struct nb_addr addr = parsed("192.0.2.1", 80);

    nb_policy_set_asker(policy, &asker);
    /* A connection that goes on is asked for again and again. */
    for (int i = 0; i < 3; i++)
        assert_int_equal(nb_policy_ask_addr(policy, C, &addr), 0);
    assert_int_equal(person.asked, 1);
    nb_policy_spend(policy, &addr);
    assert_true(nb_policy_admits(policy, &addr, NULL));
    assert_int_equal(nb_policy_ask_addr(policy, C, &addr), 0);
    assert_int_equal(person.asked, 2);
    assert_int_equal(nb_policy_ask_text(policy, NB_RIGHT_ENV, "HOME"), 0);
    assert_int_equal(nb_policy_ask_text(policy, NB_RIGHT_ENV, "HOME"), 0);
    assert_int_equal(person.asked, 4);
    nb_policy_free(policy);
}

static void to_bind_once_is_to_listen_once(void **state)
{
    struct nb_policy *policy = flags_policy("");
    struct person person = {.answer = NB_ANSWER_ONCE};
    const struct nb_policy_asker asker = {answer, &person};
    struct nb_addr bound = parsed("0.0.0.0", 0);
    struct nb_addr local = parsed("0.0.0.0", 40000);
    struct nb_addr peer = parsed("192.0.2.1", 5000);

    nb_policy_set_asker(policy, &asker);
    assert_int_equal(nb_policy_ask_addr(policy, B, &bound), 0);
    nb_policy_spend(policy, &bound);
    assert_int_equal(nb_policy_ask_addr(policy, A, &local), 0);
    assert_true(nb_policy_admits(policy, &peer, &local));
    assert_int_equal(person.asked, 1);
    assert_int_equal(nb_policy_ask_addr(policy, B, &bound), 0);
    assert_int_equal(person.asked, 2);
    nb_policy_free(policy);
}

static int ask_load(struct nb_policy *policy, const char *path)
{
    return nb_policy_ask_text(policy, NB_RIGHT_LOAD, path);
}

static void lua_text_is_loaded_from_the_folder(void **state)
{
    struct nb_policy *policy = flags_policy("");

    assert_int_equal(ask_load(policy, "/usr/x"), NB_ENOTALLOWED);
    assert_int_equal(nb_policy_set_folder(policy, "/usr"), 0);
    assert_int_equal(ask_load(policy, "/usr/x"), 0);
    assert_int_equal(ask_load(policy, "/etc/x"), NB_ENOTALLOWED);
    assert_int_equal(ask_load(policy, "/usr/../x"), NB_ENOTALLOWED);
    assert_int_equal(nb_policy_ask_text(policy, NB_RIGHT_READ, "/usr/x"),
                     NB_ENOTALLOWED);
    assert_int_equal(nb_policy_set_folder(policy, "/nowhere/.."), 0);
    assert_int_equal(ask_load(policy, "/usr/x"), NB_ENOTALLOWED);
    nb_policy_free(policy);
}

static void what_is_more_than_files_is_not_beside_a_script(void **state)
{
    struct nb_policy *policy = flags_policy("");

    assert_int_equal(nb_policy_set_folder(policy, "/"), 0);
    assert_int_equal(ask_load(policy, "/etc/x"), 0);
    assert_int_equal(ask_load(policy, "/dev/x"), NB_ENOTALLOWED);
    assert_int_equal(ask_load(policy, "/proc/1/maps"), NB_ENOTALLOWED);
    assert_int_equal(nb_policy_set_folder(policy, "/dev"), 0);
    assert_int_equal(ask_load(policy, "/dev/x"), NB_ENOTALLOWED);
    nb_policy_free(policy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_person_is_asked_for_what_no_flag_is_about),
        cmocka_unit_test(always_is_about_the_thing_asked_for),
        cmocka_unit_test(always_is_about_the_right_asked_for),
        cmocka_unit_test(once_is_over_when_it_is_done),
        cmocka_unit_test(to_bind_once_is_to_listen_once),
        cmocka_unit_test(lua_text_is_loaded_from_the_folder),
        cmocka_unit_test(what_is_more_than_files_is_not_beside_a_script),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
