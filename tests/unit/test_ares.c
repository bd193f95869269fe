/*
 * Names by c-ares, through the backend, in a world with a hosts file and a name
 * server of its own; skipped where the system allows no namespaces.
 */
#include "support/fixture.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "net/net.h"
#include "net/posix.h"
#include "net/resolve.h"
#include "support/nameserver.h"
#include "util/err.h"

static const char hosts[] = "# a comment\n"
                            "2001:db8::7 six both-files\n"
                            "192.0.2.7   Four.Files four-files # alias\n"
                            "192.0.2.8   both-files\n"
                            "not-an-ip   broken\n";

struct asking {
    void *core; /* the fixture of the core, as cmocka keeps it */
    struct fixture *fx;
    struct nb_net *net;
    struct nameserver server;
    bool has_server;
    char text[NB_ADDR_TEXT * 4]; /* the last answer */
};

static bool unshared;

static int begin_alone(void **state)
{
    static struct asking self;

    self.has_server = false;
    if (fixture_ev(&self.core) != 0)
        return -1;
    self.fx = self.core;
    *state = &self;
    return nb_posix_new(&self.net, &self.fx->rt);
}

static int begin(void **state)
{
    int rc = begin_alone(state);
    struct asking *self = *state;

    if (rc != 0 || !unshared)
        return rc;
    nameserver_etc("/etc/hosts", hosts);
    nameserver_etc("/etc/resolv.conf", "nameserver 127.0.0.1\n");
    nameserver_start(&self->server, self->fx->loop);
    self->has_server = true;
    return 0;
}

static int end(void **state)
{
    struct asking *self = *state;

    if (self->net != NULL)
        self->net->ops->free(self->net);
    if (self->has_server)
        nameserver_stop(&self->server);
    return fixture_end(&self->core);
}

/* Every test begins with this. */
static struct asking *asking_of(void **state)
{
    if (!unshared)
        skip();
    return *state;
}

static struct nb_lookup *start(struct asking *self, const char *name,
                               int family)
{
    const struct nb_query query = {
        .name = name, .len = strlen(name), .port = 80, .family = family};
    struct nb_lookup *lookup = NULL;

    assert_int_equal(nb_resolve(self->net, &query, &lookup), 0);
    return lookup;
}

/* Waits for `lookup`, as a thread of a script does. */
static void wait_for(struct asking *self, struct nb_lookup *lookup,
                     int64_t timeout)
{
    struct actor actor;
    const struct step steps[] = {
        step_wait(&lookup->waiters, nb_loop_now(self->fx->loop) + timeout),
        step_end(),
    };

    self->fx->log[0] = '\0';
    self->fx->rt.stopping = false;
    actor_start(&actor, self->fx, "", steps);
    assert_int_equal(nb_runtime_run(&self->fx->rt), 0);
}

/* The addresses as "1.2.3.4 ::1", or the name of the error. */
static const char *answer(struct asking *self, struct nb_lookup *lookup)
{
    char ip[NB_ADDR_IP_TEXT];

    assert_true(lookup->done);
    self->text[0] = '\0';
    for (size_t i = 0; i < lookup->count; i++) {
        size_t len = strlen(self->text);
        assert_int_equal(nb_addr_port(&lookup->addrs[i]), 80);
        nb_addr_ip(&lookup->addrs[i], ip);
        snprintf(self->text + len, sizeof self->text - len, "%s%s",
                 i == 0 ? "" : " ", ip);
    }
    if (lookup->status < 0)
        snprintf(self->text, sizeof self->text, "%s",
                 nb_err_name(lookup->status));
    nb_lookup_free(lookup);
    return self->text;
}

/* The answer, whenever it comes. */
static const char *asked(struct asking *self, const char *name, int family)
{
    struct nb_lookup *lookup = start(self, name, family);

    if (!lookup->done)
        wait_for(self, lookup, 30 * NB_SECOND);
    return answer(self, lookup);
}

static void the_hosts_file_is_read_first_and_answers_at_once(void **state)
{
    struct asking *self = asking_of(state);

    assert_string_equal(asked(self, "four-files", AF_UNSPEC), "192.0.2.7");
    assert_string_equal(asked(self, "four.files", AF_UNSPEC), "192.0.2.7");
    assert_string_equal(asked(self, "SIX", AF_UNSPEC), "2001:db8::7");
    assert_string_equal(asked(self, "both-files", AF_UNSPEC),
                        "192.0.2.8 2001:db8::7");
    assert_string_equal(asked(self, "both-files", AF_INET), "192.0.2.8");
    assert_string_equal(asked(self, "both-files", AF_INET6), "2001:db8::7");
    assert_int_equal(self->server.questions, 0);
}

static void the_hosts_file_may_change(void **state)
{
    struct asking *self = asking_of(state);

    assert_string_equal(asked(self, "six", AF_UNSPEC), "2001:db8::7");
    nameserver_etc("/etc/hosts", "192.0.2.99 six\n");
    assert_string_equal(asked(self, "six", AF_UNSPEC), "192.0.2.99");
}

/* Looks up names of an address, or both of a name. NULL: no memory. */
static struct nb_lookup *start_named(struct asking *self, const char *host,
                                     int family)
{
    struct nb_query query = {
        .name = host, .len = strlen(host), .family = family, .named = true};
    struct nb_lookup *lookup = NULL;
    struct nb_addr addr;

    int rc = nb_addr_parse(&addr, host, 0) == 0
                 ? nb_resolve_reverse(self->net, &addr, &lookup)
                 : nb_resolve(self->net, &query, &lookup);
    assert_int_equal(rc, lookup == NULL ? -ENOMEM : 0);
    return lookup;
}

/* The names as "one.test uno.test", or the name of the error. */
static const char *names(struct asking *self, const char *host)
{
    struct nb_lookup *lookup = start_named(self, host, AF_INET);

    if (!lookup->done)
        wait_for(self, lookup, 30 * NB_SECOND);
    self->text[0] = '\0';
    for (size_t i = 0; i < lookup->name_count; i++) {
        size_t len = strlen(self->text);
        snprintf(self->text + len, sizeof self->text - len, "%s%s",
                 i == 0 ? "" : " ", lookup->names[i]);
    }
    if (lookup->status < 0)
        snprintf(self->text, sizeof self->text, "%s",
                 nb_err_name(lookup->status));
    nb_lookup_free(lookup);
    return self->text;
}

static void the_hosts_file_names_addresses(void **state)
{
    struct asking *self = asking_of(state);

    assert_string_equal(names(self, "192.0.2.7"), "Four.Files four-files");
    assert_string_equal(names(self, "2001:db8::7"), "six both-files");
    assert_string_equal(names(self, "four-files"), "Four.Files four-files");
    assert_string_equal(names(self, "FOUR.files"), "Four.Files four-files");
    assert_int_equal(self->server.questions, 0);
}

static void other_addresses_are_asked_of_the_server(void **state)
{
    struct asking *self = asking_of(state);

    assert_string_equal(names(self, "192.0.2.1"), "one.test uno.test");
    assert_string_equal(names(self, "2001:db8::1"), "one.test uno.test");
    assert_string_equal(names(self, "192.0.2.2"), "one.test uno.test");
    assert_int_equal(self->server.questions, 3);
}

static void an_address_may_have_no_name(void **state)
{
    struct asking *self = asking_of(state);

    assert_string_equal(names(self, "192.0.2.5"), "EAI_NONAME");
    assert_string_equal(names(self, "192.0.2.9"), "EAI_NONAME");
    assert_string_equal(names(self, "2001:db8::9"), "EAI_NONAME");
}

static void what_is_no_name_of_a_host_is_a_failure(void **state)
{
    assert_string_equal(names(asking_of(state), "192.0.2.6"), "EAI_FAIL");
}

static void a_server_that_failed_may_know_the_name(void **state)
{
    struct asking *self = asking_of(state);

    assert_string_equal(names(self, "192.0.2.4"), "EAI_AGAIN");
    struct nb_lookup *lookup = start_named(self, "192.0.2.3", AF_INET);
    wait_for(self, lookup, NB_SECOND / 100);
    assert_string_equal(self->fx->log, "=ETIMEDOUT");
    nb_lookup_free(lookup);
}

static void a_chain_of_aliases_is_followed(void **state)
{
    struct asking *self = asking_of(state);

    assert_string_equal(asked(self, "chain.test", AF_UNSPEC),
                        "192.0.2.1 2001:db8::1");
    assert_string_equal(names(self, "chain.test"),
                        "end.test chain.test middle.test");
    assert_string_equal(names(self, "four.test"), "four.test");
}

static void a_chain_that_leads_nowhere_has_no_address(void **state)
{
    struct asking *self = asking_of(state);

    assert_string_equal(asked(self, "dangling.test", AF_UNSPEC), "EAI_NONAME");
    assert_string_equal(asked(self, "loop.test", AF_UNSPEC), "EAI_NONAME");
    assert_string_equal(names(self, "loop.test"), "EAI_NONAME");
}

static void other_names_are_asked_of_the_server(void **state)
{
    struct asking *self = asking_of(state);

    assert_string_equal(asked(self, "both.test", AF_UNSPEC),
                        "192.0.2.1 192.0.2.2 2001:db8::1");
    assert_int_equal(self->server.questions, 2);
    assert_string_equal(asked(self, "both.test", AF_INET),
                        "192.0.2.1 192.0.2.2");
    assert_string_equal(asked(self, "both.test.", AF_INET6), "2001:db8::1");
    assert_int_equal(self->server.questions, 4);
}

static void ipv4_comes_first_whatever_answer_came_first(void **state)
{
    assert_string_equal(asked(asking_of(state), "swapped.test", AF_UNSPEC),
                        "192.0.2.1 192.0.2.2 2001:db8::1");
}

static void a_family_without_an_address_is_no_failure_of_the_other(void **state)
{
    struct asking *self = asking_of(state);

    assert_string_equal(asked(self, "four.test", AF_UNSPEC),
                        "192.0.2.1 192.0.2.2");
    assert_string_equal(asked(self, "four.test", AF_INET6), "EAI_NONAME");
}

static void a_name_that_is_not_there_is_said_so(void **state)
{
    assert_string_equal(asked(asking_of(state), "no.test", AF_UNSPEC),
                        "EAI_NONAME");
}

static void a_server_that_failed_may_be_asked_again(void **state)
{
    assert_string_equal(asked(asking_of(state), "failing.test", AF_UNSPEC),
                        "EAI_AGAIN");
}

static void an_answer_that_makes_no_sense_is_a_failure(void **state)
{
    assert_string_equal(asked(asking_of(state), "odd.test", AF_INET),
                        "EAI_FAIL");
}

static void a_long_answer_comes_by_tcp(void **state)
{
    struct asking *self = asking_of(state);
    struct nb_lookup *lookup = start(self, "many.test", AF_UNSPEC);

    wait_for(self, lookup, 30 * NB_SECOND);
    assert_int_equal(lookup->status, 0);
    assert_int_equal(lookup->count, 100);
    nb_lookup_free(lookup);
}

static void a_lost_question_is_asked_again(void **state)
{
    struct asking *self = asking_of(state);
    int64_t begun = nb_loop_now(self->fx->loop);

    assert_string_equal(asked(self, "lossy.test", AF_INET),
                        "192.0.2.1 192.0.2.2");
    assert_int_equal(self->server.questions, 2);
    assert_true(nb_loop_now(self->fx->loop) - begun >= 2 * NB_SECOND);
}

static void lookups_run_side_by_side(void **state)
{
    static const char *const names[] = {"four.test", "no.test", "both.test"};
    struct asking *self = asking_of(state);
    struct nb_lookup *silent = start(self, "silent.test", AF_UNSPEC);
    struct nb_lookup *lookups[3];

    for (size_t i = 0; i < 3; i++)
        lookups[i] = start(self, names[i], AF_INET);
    for (size_t i = 0; i < 3; i++) {
        if (!lookups[i]->done)
            wait_for(self, lookups[i], 30 * NB_SECOND);
    }
    assert_false(silent->done);
    nb_lookup_free(silent);
    assert_string_equal(answer(self, lookups[0]), "192.0.2.1 192.0.2.2");
    assert_string_equal(answer(self, lookups[1]), "EAI_NONAME");
    assert_string_equal(answer(self, lookups[2]), "192.0.2.1 192.0.2.2");
}

static void a_silent_server_keeps_nobody_from_giving_up(void **state)
{
    struct asking *self = asking_of(state);
    struct nb_lookup *lookup = start(self, "silent.test", AF_UNSPEC);

    wait_for(self, lookup, NB_SECOND / 100);
    assert_string_equal(self->fx->log, "=ETIMEDOUT");
    assert_false(lookup->done);
    nb_lookup_free(lookup);
}

static void an_answer_that_nobody_waits_for_is_dropped(void **state)
{
    struct asking *self = asking_of(state);

    nb_lookup_free(start(self, "both.test", AF_UNSPEC));
    nb_lookup_free(start_named(self, "192.0.2.1", AF_INET));
    assert_string_equal(asked(self, "four.test", AF_INET),
                        "192.0.2.1 192.0.2.2");
    assert_int_equal(self->server.questions, 4);
}

static void the_backend_takes_its_lookups_along(void **state)
{
    struct asking *self = asking_of(state);
    struct nb_lookup *lookup = start(self, "silent.test", AF_UNSPEC);

    nb_lookup_free(start(self, "silent.test", AF_INET6));
    wait_for(self, lookup, NB_SECOND / 100);
    self->net->ops->free(self->net);
    self->net = NULL;
    assert_string_equal(answer(self, lookup), "ECANCELED");
}

static void no_server_is_known_at_once(void **state)
{
    struct asking *self = asking_of(state);

    nameserver_etc("/etc/hosts", NULL);
    nameserver_etc("/etc/resolv.conf", "nameserver 127.0.0.1\n");
    assert_string_equal(asked(self, "four.test", AF_UNSPEC), "EAI_AGAIN");
}

static void no_network_is_known_at_once(void **state)
{
    struct asking *self = asking_of(state);

    nameserver_etc("/etc/resolv.conf", "nameserver 192.0.2.53\n");
    struct nb_lookup *lookup = start(self, "four.test", AF_UNSPEC);
    assert_string_equal(answer(self, lookup), "EAI_AGAIN");
}

static void a_world_without_configuration_asks_the_host_itself(void **state)
{
    struct asking *self = asking_of(state);

    nameserver_etc("/etc/hosts", NULL);
    nameserver_etc("/etc/resolv.conf", NULL);
    nameserver_start(&self->server, self->fx->loop);
    self->has_server = true;
    assert_string_equal(asked(self, "four.test", AF_INET),
                        "192.0.2.1 192.0.2.2");
}

/*
 * Looks up with request number `n` refused; false once none was. A lookup that
 * fails says what for, else it has all `count` addresses. It does not ask
 * again: with seconds for each this would take minutes.
 */
static bool survives_refusal(struct asking *self, const char *host,
                             size_t count, size_t n)
{
    struct refusal refusal = {.countdown = n};
    struct nb_net *net = self->net;
    struct nb_lookup *lookup = NULL;

    assert_int_equal(nb_posix_new(&self->net, &self->fx->rt), 0);
    nb_alloc_set_gate(refusal_gate, &refusal);
    lookup = start_named(self, host, AF_UNSPEC);
    if (lookup != NULL && !lookup->done)
        wait_for(self, lookup, 30 * NB_SECOND);
    nb_alloc_set_gate(NULL, NULL);
    assert_true(lookup == NULL || lookup->done);
    if (refusal.countdown > 0)
        assert_int_equal(lookup->status, 0);
    if (lookup != NULL && lookup->status != 0)
        assert_int_equal(lookup->status, -ENOMEM);
    else if (lookup != NULL)
        assert_int_equal(lookup->count, count);
    nb_lookup_free(lookup);
    self->net->ops->free(self->net);
    self->net = net;
    return refusal.countdown == 0;
}

static void any_allocation_may_fail_and_nothing_is_left(void **state)
{
    static const struct {
        const char *host;
        size_t count;
    } asked_for[] = {
        {"both-files", 2}, {"both.test", 3}, {"many.test", 100},
        {"chain.test", 2}, {"192.0.2.7", 1}, {"192.0.2.1", 1},
    };
    struct asking *self = asking_of(state);

    for (size_t i = 0; i < NB_COUNTOF(asked_for); i++) {
        size_t n = 1;
        while (survives_refusal(self, asked_for[i].host, asked_for[i].count, n))
            n++;
        assert_true(n > 10);
    }
}

#define WITH_SERVER(test) cmocka_unit_test_setup_teardown(test, begin, end)
#define ALONE(test)       cmocka_unit_test_setup_teardown(test, begin_alone, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_SERVER(the_hosts_file_is_read_first_and_answers_at_once),
        WITH_SERVER(the_hosts_file_may_change),
        WITH_SERVER(the_hosts_file_names_addresses),
        WITH_SERVER(other_addresses_are_asked_of_the_server),
        WITH_SERVER(an_address_may_have_no_name),
        WITH_SERVER(what_is_no_name_of_a_host_is_a_failure),
        WITH_SERVER(a_server_that_failed_may_know_the_name),
        WITH_SERVER(a_chain_of_aliases_is_followed),
        WITH_SERVER(a_chain_that_leads_nowhere_has_no_address),
        WITH_SERVER(other_names_are_asked_of_the_server),
        WITH_SERVER(ipv4_comes_first_whatever_answer_came_first),
        WITH_SERVER(a_family_without_an_address_is_no_failure_of_the_other),
        WITH_SERVER(a_name_that_is_not_there_is_said_so),
        WITH_SERVER(a_server_that_failed_may_be_asked_again),
        WITH_SERVER(an_answer_that_makes_no_sense_is_a_failure),
        WITH_SERVER(a_long_answer_comes_by_tcp),
        WITH_SERVER(a_lost_question_is_asked_again),
        WITH_SERVER(lookups_run_side_by_side),
        WITH_SERVER(a_silent_server_keeps_nobody_from_giving_up),
        WITH_SERVER(an_answer_that_nobody_waits_for_is_dropped),
        WITH_SERVER(the_backend_takes_its_lookups_along),
        ALONE(no_server_is_known_at_once),
        ALONE(no_network_is_known_at_once),
        ALONE(a_world_without_configuration_asks_the_host_itself),
        WITH_SERVER(any_allocation_may_fail_and_nothing_is_left),
    };

    unshared = nameserver_unshare();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
