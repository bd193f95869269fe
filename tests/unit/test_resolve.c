/* Names: what is answered at once, what is asked, and how a lookup ends. */
#include "support/fixture.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "net/net.h"
#include "net/resolve.h"
#include "support/scripted.h"
#include "util/err.h"

struct resolving {
    void *core; /* the fixture of the core, as cmocka keeps it */
    struct fixture *fx;
    struct nb_net *net;
    char text[256]; /* the last answer */
};

static int begin(void **state)
{
    static struct resolving self;

    self = (struct resolving){.core = NULL};
    if (fixture_virtual(&self.core) != 0)
        return -1;
    self.fx = self.core;
    self.net = scripted_new(&self.fx->rt);
    *state = &self;
    return 0;
}

static int end(void **state)
{
    struct resolving *self = *state;

    self->net->ops->free(self->net);
    return fixture_end(&self->core);
}

static struct nb_lookup *start(struct resolving *self, struct nb_query query)
{
    struct nb_lookup *lookup = NULL;

    if (query.len == 0)
        query.len = strlen(query.name);
    assert_int_equal(nb_resolve(self->net, &query, &lookup), 0);
    assert_non_null(lookup);
    return lookup;
}

/* The addresses as "1.2.3.4:80 [::1]:80", or the name of the error. */
static const char *answer(struct resolving *self,
                          const struct nb_lookup *lookup)
{
    char addr[NB_ADDR_TEXT];

    assert_true(lookup->done);
    if (lookup->status < 0) {
        assert_int_equal(lookup->count, 0);
        return nb_err_name(lookup->status);
    }
    self->text[0] = '\0';
    for (size_t i = 0; i < lookup->count; i++) {
        size_t len = strlen(self->text);
        nb_addr_format(&lookup->addrs[i], addr);
        snprintf(self->text + len, sizeof self->text - len, "%s%s",
                 i == 0 ? "" : " ", addr);
    }
    return self->text;
}

/* The answer to a query that is done at once. */
static const char *at_once(struct resolving *self, struct nb_query query)
{
    struct nb_lookup *lookup = start(self, query);
    const char *text = answer(self, lookup);

    nb_lookup_free(lookup);
    return text;
}

/* The same for a name and port 80. */
static const char *named(struct resolving *self, const char *name, int family)
{
    return at_once(
        self, (struct nb_query){.name = name, .port = 80, .family = family});
}

static void assert_nobody_was_asked(const struct resolving *self)
{
    assert_string_equal(scripted_log(self->net), "");
}

static void a_literal_answers_itself(void **state)
{
    assert_string_equal(named(*state, "192.0.2.1", AF_UNSPEC), "192.0.2.1:80");
    assert_string_equal(named(*state, "192.0.2.1", AF_INET), "192.0.2.1:80");
    assert_string_equal(named(*state, "2001:db8::1", AF_UNSPEC),
                        "[2001:db8::1]:80");
    assert_string_equal(named(*state, "::1", AF_INET6), "[::1]:80");
    assert_string_equal(named(*state, "fe80::1%lo", AF_INET6),
                        "[fe80::1%lo]:80");
    assert_nobody_was_asked(*state);
}

static void a_literal_of_the_other_family_does_not_fit(void **state)
{
    assert_string_equal(named(*state, "192.0.2.1", AF_INET6), "EAI_FAMILY");
    assert_string_equal(named(*state, "::1", AF_INET), "EAI_FAMILY");
    assert_nobody_was_asked(*state);
}

static void the_empty_name_is_the_wildcard(void **state)
{
    assert_string_equal(named(*state, "", AF_UNSPEC), "0.0.0.0:80 [::]:80");
    assert_string_equal(named(*state, "", AF_INET), "0.0.0.0:80");
    assert_string_equal(named(*state, "", AF_INET6), "[::]:80");
    assert_nobody_was_asked(*state);
}

static void a_star_is_the_wildcard_for_bind_alone(void **state)
{
    struct nb_query star = {.name = "*", .port = 80, .family = AF_UNSPEC};

    assert_string_equal(at_once(*state, star), "EAI_NONAME");
    star.passive = true;
    assert_string_equal(at_once(*state, star), "0.0.0.0:80 [::]:80");
    star.family = AF_INET6;
    assert_string_equal(at_once(*state, star), "[::]:80");
    assert_nobody_was_asked(*state);
}

static void localhost_is_ipv4_then_ipv6(void **state)
{
    static const char *const names[] = {
        "localhost", "LocalHost", "localhost.", "a.localhost", "a.b.LOCALHOST.",
    };

    for (size_t i = 0; i < NB_COUNTOF(names); i++) {
        assert_string_equal(named(*state, names[i], AF_UNSPEC),
                            "127.0.0.1:80 [::1]:80");
        assert_string_equal(named(*state, names[i], AF_INET), "127.0.0.1:80");
        assert_string_equal(named(*state, names[i], AF_INET6), "[::1]:80");
    }
    assert_nobody_was_asked(*state);
}

static void a_name_that_cannot_exist_is_sent_nowhere(void **state)
{
    static const char *const names[] = {
        " ",          ".",          "..",         ".a",          "a..b",
        "a.b..",      "a b",        "a/b",        "a:80",        "[::1]",
        "a@b",        "b\xc3\xbc",  "%",          "::1%",        "::g",
        "127.1",      "1",          "0x7f000001", "0x",          "0X7F.0XaB",
        "127.0.0.1.", "a.256",      "a.0x1f.",    "1.2.3.4.5",   "256.1.1.1",
        "*.a",        "fe80::1%no", "127.0.0.01", "..localhost",
    };

    for (size_t i = 0; i < NB_COUNTOF(names); i++) {
        if (strcmp(named(*state, names[i], AF_UNSPEC), "EAI_NONAME") != 0)
            fail_msg("'%s' is taken for a name", names[i]);
    }
    assert_nobody_was_asked(*state);
}

static void a_name_with_a_nul_is_none(void **state)
{
    static const char with_nul[] = "127.0.0.1\0.example.test";
    struct nb_query query = {
        .name = with_nul, .len = sizeof with_nul - 1, .family = AF_INET};

    assert_string_equal(at_once(*state, query), "EAI_NONAME");
    query = (struct nb_query){.name = "\0", .len = 1, .family = AF_INET};
    assert_string_equal(at_once(*state, query), "EAI_NONAME");
    assert_nobody_was_asked(*state);
}

/* A name of `len` bytes, in labels of `label` bytes at most. */
static void spell(char *name, size_t len, size_t label)
{
    for (size_t i = 0; i < len; i++)
        name[i] = (i + 1) % (label + 1) == 0 ? '.' : 'a';
    name[len] = '\0';
}

static void names_and_labels_have_a_longest(void **state)
{
    struct resolving *self = *state;
    char name[400];

    scripted_result(self->net, SCRIPTED_LOOKUP, NB_EAI_AGAIN);
    scripted_result(self->net, SCRIPTED_LOOKUP, NB_EAI_AGAIN);
    scripted_result(self->net, SCRIPTED_LOOKUP, NB_EAI_AGAIN);
    spell(name, 63, 63);
    assert_string_equal(named(self, name, AF_UNSPEC), "EAI_AGAIN");
    spell(name, 64, 64);
    assert_string_equal(named(self, name, AF_UNSPEC), "EAI_NONAME");
    spell(name, 253, 60);
    assert_string_equal(named(self, name, AF_UNSPEC), "EAI_AGAIN");
    strcat(name, ".");
    assert_string_equal(named(self, name, AF_UNSPEC), "EAI_AGAIN");
    strcat(name, "a");
    assert_string_equal(named(self, name, AF_UNSPEC), "EAI_NONAME");
    spell(name, 254, 60);
    assert_string_equal(named(self, name, AF_UNSPEC), "EAI_NONAME");
    spell(name, 300, 60);
    assert_string_equal(named(self, name, AF_UNSPEC), "EAI_NONAME");
    assert_int_equal(scripted_left(self->net), 0);
}

static void every_other_name_is_the_backends(void **state)
{
    static const char *const names[] = {
        "example.test",  "a",
        "3com.test",     "0xg",
        "x_1-y.test",    "0.a",
        "localhost.net", "notlocalhost",
        "example.test.", "xn--bcher-kva.test",
    };
    struct resolving *self = *state;

    for (size_t i = 0; i < NB_COUNTOF(names); i++) {
        scripted_name(self->net, names[i], "192.0.2.1");
        assert_string_equal(named(self, names[i], AF_UNSPEC), "192.0.2.1:80");
    }
    assert_string_equal(scripted_log(self->net), "lookup example.test = 0\n"
                                                 "lookup a = 0\n"
                                                 "lookup 3com.test = 0\n"
                                                 "lookup 0xg = 0\n"
                                                 "lookup x_1-y.test = 0\n"
                                                 "lookup 0.a = 0\n"
                                                 "lookup localhost.net = 0\n"
                                                 "lookup notlocalhost = 0\n"
                                                 "lookup example.test. = 0\n"
                                                 "lookup xn--bcher-kva.test = "
                                                 "0\n");
}

static void all_addresses_come_in_order_and_with_the_port(void **state)
{
    struct resolving *self = *state;

    scripted_name(self->net, "a.test", "192.0.2.1");
    scripted_name(self->net, "b.test", "192.0.2.9");
    scripted_name(self->net, "a.test", "2001:db8::1");
    scripted_name(self->net, "a.test", "192.0.2.2");
    assert_string_equal(named(self, "a.test", AF_UNSPEC),
                        "192.0.2.1:80 [2001:db8::1]:80 192.0.2.2:80");
    assert_string_equal(named(self, "a.test", AF_INET),
                        "192.0.2.1:80 192.0.2.2:80");
    assert_string_equal(named(self, "a.test", AF_INET6), "[2001:db8::1]:80");
}

static void a_thousand_addresses_are_kept(void **state)
{
    struct resolving *self = *state;
    char ip[NB_ADDR_IP_TEXT];

    for (int i = 0; i < 1000; i++) {
        snprintf(ip, sizeof ip, "10.0.%d.%d", i / 250, i % 250);
        scripted_name(self->net, "a.test", ip);
    }
    struct nb_lookup *lookup =
        start(self, (struct nb_query){.name = "a.test", .family = AF_INET});
    assert_int_equal(lookup->count, 1000);
    nb_addr_ip(&lookup->addrs[999], ip);
    assert_string_equal(ip, "10.0.3.249");
    nb_lookup_free(lookup);
}

static void an_empty_answer_means_no_such_name(void **state)
{
    assert_string_equal(named(*state, "no.test", AF_UNSPEC), "EAI_NONAME");
}

static void what_the_backend_reports_is_the_answer(void **state)
{
    static const int errors[] = {
        NB_EAI_AGAIN, NB_EAI_FAIL, -ENOMEM, -EMFILE, -EPERM,
    };
    struct resolving *self = *state;

    for (size_t i = 0; i < NB_COUNTOF(errors); i++) {
        scripted_result(self->net, SCRIPTED_LOOKUP, errors[i]);
        assert_string_equal(named(self, "a.test", AF_UNSPEC),
                            nb_err_name(errors[i]));
    }
}

static const struct nb_query slow = {
    .name = "a.test", .len = 6, .port = 80, .family = AF_UNSPEC};

static void a_lookup_completes_all_who_wait(void **state)
{
    struct resolving *self = *state;
    struct actor first;
    struct actor second;

    scripted_name(self->net, "a.test", "192.0.2.1");
    scripted_defer(self->net);
    struct nb_lookup *lookup = start(self, slow);
    assert_false(lookup->done);
    const struct step waits[] = {step_wait(&lookup->waiters, NB_SECOND),
                                 step_end()};
    actor_start(&first, self->fx, "first", waits);
    actor_start(&second, self->fx, "second", waits);
    nb_runtime_turn(&self->fx->rt);
    scripted_answer(self->net, 0);
    assert_string_equal(self->fx->log, "");
    assert_int_equal(nb_runtime_run(&self->fx->rt), 0);
    assert_string_equal(self->fx->log, "first=0 second=0");
    assert_string_equal(answer(self, lookup), "192.0.2.1:80");
    nb_lookup_free(lookup);
}

static void a_late_answer_may_be_an_error(void **state)
{
    struct resolving *self = *state;

    scripted_defer(self->net);
    struct nb_lookup *lookup = start(self, slow);
    scripted_answer(self->net, NB_EAI_AGAIN);
    assert_string_equal(answer(self, lookup), "EAI_AGAIN");
    nb_lookup_free(lookup);
}

static void an_abandoned_lookup_frees_itself_when_it_ends(void **state)
{
    struct resolving *self = *state;
    size_t before = nb_alloc_account().blocks;

    scripted_name(self->net, "a.test", "192.0.2.1");
    scripted_defer(self->net);
    nb_lookup_free(start(self, slow));
    assert_int_equal(nb_alloc_account().blocks, before + 1);
    scripted_answer(self->net, 0);
    assert_int_equal(nb_alloc_account().blocks, before);
    nb_lookup_free(start(self, slow));
    scripted_answer(self->net, NB_EAI_AGAIN);
    assert_int_equal(nb_alloc_account().blocks, before);
}

static void freeing_a_lookup_sends_those_who_wait_away(void **state)
{
    struct resolving *self = *state;
    struct actor waiting;

    scripted_defer(self->net);
    struct nb_lookup *lookup = start(self, slow);
    const struct step waits[] = {step_wait(&lookup->waiters, NB_NEVER),
                                 step_end()};
    actor_start(&waiting, self->fx, "a", waits);
    nb_runtime_turn(&self->fx->rt);
    nb_lookup_free(lookup);
    scripted_answer(self->net, 0);
    assert_int_equal(nb_runtime_run(&self->fx->rt), 0);
    assert_string_equal(self->fx->log, "a=ECANCELED");
}

static void a_backend_that_is_freed_cancels_what_runs(void **state)
{
    struct resolving *self = *state;

    scripted_defer(self->net);
    struct nb_lookup *lookup = start(self, slow);
    self->net->ops->free(self->net);
    self->net = scripted_new(&self->fx->rt);
    assert_string_equal(answer(self, lookup), "ECANCELED");
    nb_lookup_free(lookup);
}

static void freeing_nothing_is_harmless(void **state)
{
    nb_lookup_free(NULL);
}

/* Looks up with request number `n` refused; false once none was. */
static bool survives_refusal(struct resolving *self, size_t n)
{
    struct refusal refusal = {.countdown = n};
    struct nb_lookup *lookup = NULL;

    nb_alloc_set_gate(refusal_gate, &refusal);
    int rc = nb_resolve(self->net, &slow, &lookup);
    nb_alloc_set_gate(NULL, NULL);
    if (refusal.countdown > 0) {
        assert_int_equal(rc, 0);
        assert_int_equal(lookup->count, 10);
        nb_lookup_free(lookup);
        return false;
    }
    if (n == 1) {
        assert_int_equal(rc, -ENOMEM);
        assert_null(lookup);
    } else {
        assert_int_equal(rc, 0);
        assert_string_equal(answer(self, lookup), "ENOMEM");
    }
    nb_lookup_free(lookup);
    return true;
}

static void any_allocation_may_fail(void **state)
{
    struct resolving *self = *state;
    size_t n = 1;

    for (int i = 0; i < 10; i++)
        scripted_name(self->net, "a.test", "192.0.2.1");
    while (survives_refusal(self, n))
        n++;
    assert_true(n > 3);
}

static void localhost_takes_memory_too(void **state)
{
    struct resolving *self = *state;
    struct nb_query query = {.name = "localhost", .len = 9, .family = AF_INET6};
    struct refusal refusal = {.countdown = 2};
    struct nb_lookup *lookup = NULL;

    nb_alloc_set_gate(refusal_gate, &refusal);
    assert_int_equal(nb_resolve(self->net, &query, &lookup), 0);
    nb_alloc_set_gate(NULL, NULL);
    assert_string_equal(answer(self, lookup), "ENOMEM");
    nb_lookup_free(lookup);
}

#define SCRIPTED(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCRIPTED(a_literal_answers_itself),
        SCRIPTED(a_literal_of_the_other_family_does_not_fit),
        SCRIPTED(the_empty_name_is_the_wildcard),
        SCRIPTED(a_star_is_the_wildcard_for_bind_alone),
        SCRIPTED(localhost_is_ipv4_then_ipv6),
        SCRIPTED(a_name_that_cannot_exist_is_sent_nowhere),
        SCRIPTED(a_name_with_a_nul_is_none),
        SCRIPTED(names_and_labels_have_a_longest),
        SCRIPTED(every_other_name_is_the_backends),
        SCRIPTED(all_addresses_come_in_order_and_with_the_port),
        SCRIPTED(a_thousand_addresses_are_kept),
        SCRIPTED(an_empty_answer_means_no_such_name),
        SCRIPTED(what_the_backend_reports_is_the_answer),
        SCRIPTED(a_lookup_completes_all_who_wait),
        SCRIPTED(a_late_answer_may_be_an_error),
        SCRIPTED(an_abandoned_lookup_frees_itself_when_it_ends),
        SCRIPTED(freeing_a_lookup_sends_those_who_wait_away),
        SCRIPTED(a_backend_that_is_freed_cancels_what_runs),
        SCRIPTED(freeing_nothing_is_harmless),
        SCRIPTED(any_allocation_may_fail),
        SCRIPTED(localhost_takes_memory_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
