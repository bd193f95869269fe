/* The names of addresses, and of the addresses of a name. */
#include "support/netfixture.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "net/net.h"
#include "net/resolve.h"
#include "util/err.h"

enum { TEXT = 256 };

static struct nb_lookup *reverse(struct netfixture *self, const char *ip)
{
    struct nb_addr addr = netfixture_address(ip, 80);
    struct nb_lookup *lookup = NULL;

    assert_int_equal(nb_resolve_reverse(self->net, &addr, &lookup), 0);
    return lookup;
}

static struct nb_lookup *named(struct netfixture *self, const char *name,
                               bool wanted)
{
    const struct nb_query query = {
        .name = name, .len = strlen(name), .named = wanted};
    struct nb_lookup *lookup = NULL;

    assert_int_equal(nb_resolve(self->net, &query, &lookup), 0);
    return lookup;
}

/* Frees the lookup, whose names are `expected`, or its error is. */
static void assert_names(struct nb_lookup *lookup, const char *expected)
{
    char text[TEXT] = "";

    assert_true(lookup->done);
    for (size_t i = 0; i < lookup->name_count; i++) {
        size_t len = strlen(text);
        snprintf(text + len, sizeof text - len, "%s%s", i == 0 ? "" : " ",
                 lookup->names[i]);
    }
    if (lookup->status < 0)
        snprintf(text, sizeof text, "%s", nb_err_name(lookup->status));
    assert_string_equal(text, expected);
    nb_lookup_free(lookup);
}

static void loopback_is_localhost_and_nobody_is_asked(void **state)
{
    struct netfixture *self = *state;

    assert_names(reverse(self, "127.0.0.1"), "localhost");
    assert_names(reverse(self, "::1"), "localhost");
    assert_names(reverse(self, "::ffff:127.0.0.1"), "localhost");
    assert_string_equal(scripted_log(self->net), "");
}

static void every_other_address_is_asked_for(void **state)
{
    struct netfixture *self = *state;

    scripted_name(self->net, "a.test", "192.0.2.1");
    scripted_name(self->net, "b.test", "2001:db8::1");
    scripted_name(self->net, "c.test", "192.0.2.1");
    assert_names(reverse(self, "192.0.2.1"), "a.test c.test");
    assert_names(reverse(self, "2001:db8::1"), "b.test");
    assert_names(reverse(self, "127.0.0.2"), "EAI_NONAME");
    assert_string_equal(scripted_log(self->net), "reverse 192.0.2.1 = 0\n"
                                                 "reverse 2001:db8::1 = 0\n"
                                                 "reverse 127.0.0.2 = 0\n");
}

static void an_address_that_ipv6_has_mapped_is_asked_for_itself(void **state)
{
    struct netfixture *self = *state;

    scripted_name(self->net, "a.test", "192.0.2.1");
    struct nb_lookup *lookup = reverse(self, "::ffff:192.0.2.1");
    assert_int_equal(lookup->count, 1);
    netfixture_assert_address(lookup->addrs, "192.0.2.1:80");
    assert_names(lookup, "a.test");
    assert_string_equal(scripted_log(self->net), "reverse 192.0.2.1 = 0\n");
}

static void what_the_backend_reports_is_the_answer(void **state)
{
    static const int errors[] = {NB_EAI_AGAIN, NB_EAI_FAIL, -ENOMEM};
    struct netfixture *self = *state;

    for (size_t i = 0; i < NB_COUNTOF(errors); i++) {
        scripted_result(self->net, SCRIPTED_REVERSE, errors[i]);
        struct nb_lookup *lookup = reverse(self, "192.0.2.1");
        assert_int_equal(lookup->count, 0);
        assert_names(lookup, nb_err_name(errors[i]));
    }
}

static void names_come_with_addresses_where_they_are_wanted(void **state)
{
    struct netfixture *self = *state;

    scripted_name(self->net, "A.test", "192.0.2.1");
    scripted_name(self->net, "A.test", "192.0.2.2");
    assert_names(named(self, "a.test", true), "A.test");
    assert_names(named(self, "LocalHost", true), "localhost");
    assert_names(named(self, "192.0.2.1", true), "192.0.2.1");
    assert_names(named(self, "a.test", false), "");
    assert_names(named(self, "localhost", false), "");
    assert_names(named(self, "192.0.2.1", false), "");
}

static void a_name_is_told_once(void **state)
{
    struct netfixture *self = *state;

    scripted_name(self->net, "a.test", "192.0.2.1");
    scripted_name(self->net, "b.test", "192.0.2.1");
    scripted_name(self->net, "A.TEST", "192.0.2.1");
    assert_names(reverse(self, "192.0.2.1"), "a.test b.test");
}

static void names_beyond_a_bound_are_left_out(void **state)
{
    struct netfixture *self = *state;
    char name[20];

    for (int i = 0; i < 1000; i++) {
        snprintf(name, sizeof name, "a%d.test", i);
        scripted_name(self->net, name, "192.0.2.1");
    }
    struct nb_lookup *lookup = reverse(self, "192.0.2.1");
    assert_int_equal(lookup->status, 0);
    assert_int_equal(lookup->name_count, 48);
    assert_string_equal(lookup->names[47], "a47.test");
    nb_lookup_free(lookup);
}

static void names_may_take_their_time(void **state)
{
    struct netfixture *self = *state;

    scripted_name(self->net, "a.test", "192.0.2.1");
    scripted_defer(self->net);
    struct nb_lookup *first = reverse(self, "192.0.2.1");
    struct nb_lookup *second = reverse(self, "192.0.2.2");
    nb_lookup_free(reverse(self, "192.0.2.1"));
    assert_false(first->done);
    scripted_answer(self->net, 0);
    assert_names(first, "a.test");
    assert_names(second, "EAI_NONAME");
    struct nb_lookup *third = reverse(self, "192.0.2.1");
    scripted_answer(self->net, NB_EAI_AGAIN);
    assert_names(third, "EAI_AGAIN");
}

/* With request number `n` refused; false once none was. */
static bool survives_refusal(struct netfixture *self, bool by_name, size_t n)
{
    const struct nb_query query = {.name = "a.test", .len = 6, .named = true};
    struct nb_addr addr = netfixture_address("192.0.2.1", 0);
    struct refusal refusal = {.countdown = n};
    struct nb_lookup *lookup = NULL;

    nb_alloc_set_gate(refusal_gate, &refusal);
    int rc = by_name ? nb_resolve(self->net, &query, &lookup)
                     : nb_resolve_reverse(self->net, &addr, &lookup);
    nb_alloc_set_gate(NULL, NULL);
    if (n == 1)
        assert_int_equal(rc, -ENOMEM);
    else
        assert_int_equal(lookup->status, refusal.countdown > 0 ? 0 : -ENOMEM);
    nb_lookup_free(lookup);
    return refusal.countdown == 0;
}

static void any_allocation_may_fail(void **state)
{
    struct netfixture *self = *state;

    scripted_name(self->net, "a.test", "192.0.2.1");
    scripted_name(self->net, "b.test", "192.0.2.1");
    for (int by_name = 0; by_name <= 1; by_name++) {
        size_t n = 1;
        while (survives_refusal(self, by_name == 1, n))
            n++;
        assert_true(n > 4);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        NET_TEST(loopback_is_localhost_and_nobody_is_asked),
        NET_TEST(every_other_address_is_asked_for),
        NET_TEST(an_address_that_ipv6_has_mapped_is_asked_for_itself),
        NET_TEST(what_the_backend_reports_is_the_answer),
        NET_TEST(names_come_with_addresses_where_they_are_wanted),
        NET_TEST(a_name_is_told_once),
        NET_TEST(names_beyond_a_bound_are_left_out),
        NET_TEST(names_may_take_their_time),
        NET_TEST(any_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
