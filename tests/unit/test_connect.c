/* Connecting without Lua: each address in turn, until one answers. */
#include "support/netfixture.h"

#include <errno.h>
#include <string.h>

#include "net/connect.h"
#include "net/extra.h"
#include "net/resolve.h"
#include "net/sockopt.h"
#include "util/err.h"

enum { MOST = 8 };

static void open_socket(struct netfixture *self, struct nb_socket *sock,
                        int family)
{
    nb_socket_init(sock, self->net);
    assert_int_equal(nb_socket_open(sock, &self->open, family, SOCK_STREAM, 0),
                     0);
}

static const struct nb_query query = {.name = "a.test", .len = 6, .port = 80};

/* Starts an attempt at the literals of a list that NULL ends, on port 80. */
static void start(struct nb_socket *sock, const char *const *literals)
{
    struct nb_addr addrs[MOST];
    struct nb_lookup lookup = {.addrs = addrs};

    for (; literals[lookup.count] != NULL; lookup.count++) {
        assert_true(lookup.count < MOST);
        addrs[lookup.count] = netfixture_address(literals[lookup.count], 80);
    }
    assert_int_equal(nb_connect_start(sock, &lookup, &query), 0);
}

static void start_one(struct nb_socket *sock)
{
    start(sock, (const char *const[]){"192.0.2.1", NULL});
}

static void start_two(struct nb_socket *sock)
{
    start(sock, (const char *const[]){"192.0.2.1", "192.0.2.2", NULL});
}

static void script(struct netfixture *self, int result)
{
    scripted_result(self->net, SCRIPTED_CONNECT, result);
}

static void assert_at(const struct nb_socket *sock, const char *expected)
{
    assert_non_null(nb_connect_addr(sock));
    netfixture_assert_address(nb_connect_addr(sock), expected);
}

static void before_an_attempt_there_is_no_address(void **state)
{
    struct netfixture *self = *state;
    struct nb_socket sock;

    open_socket(self, &sock, AF_INET);
    assert_null(nb_connect_addr(&sock));
    assert_false(nb_connect_pending(&sock));
    nb_socket_deinit(&sock);
}

static void an_address_that_answers_at_once_is_connected(void **state)
{
    struct netfixture *self = *state;
    struct nb_socket sock;

    open_socket(self, &sock, AF_UNSPEC);
    start_one(&sock);
    assert_int_equal(nb_connect(&sock), 0);
    assert_true(sock.connected);
    assert_false(nb_connect_pending(&sock));
    assert_at(&sock, "192.0.2.1:80");
    assert_string_equal(scripted_log(self->net),
                        "socket inet stream = 3\n"
                        "connect 3 192.0.2.1:80 = 0\n");
    nb_socket_deinit(&sock);
}

static void a_refusal_leads_to_the_next_address(void **state)
{
    struct netfixture *self = *state;
    struct nb_socket sock;

    open_socket(self, &sock, AF_INET);
    start_two(&sock);
    script(self, -ECONNREFUSED);
    assert_int_equal(nb_connect(&sock), 0);
    assert_at(&sock, "192.0.2.2:80");
    assert_string_equal(scripted_log(self->net),
                        "socket inet stream = 3\n"
                        "connect 3 192.0.2.1:80 = ECONNREFUSED\n"
                        "connect 3 192.0.2.2:80 = 0\n");
    nb_socket_deinit(&sock);
}

static void if_all_fail_the_last_error_counts(void **state)
{
    struct netfixture *self = *state;
    struct nb_socket sock;

    open_socket(self, &sock, AF_INET);
    start_two(&sock);
    script(self, -ECONNREFUSED);
    script(self, -EHOSTUNREACH);
    assert_int_equal(nb_connect(&sock), -EHOSTUNREACH);
    assert_false(sock.connected);
    assert_false(nb_connect_pending(&sock));
    assert_at(&sock, "192.0.2.2:80");
    nb_socket_deinit(&sock);
}

static void each_error_of_connect_is_told(void **state)
{
    static const int errors[] = {
        ECONNREFUSED, ETIMEDOUT, EHOSTUNREACH, ENETUNREACH, EADDRNOTAVAIL,
        ECONNRESET,   EPERM,     EAGAIN,       EACCES,
    };
    struct netfixture *self = *state;

    for (size_t i = 0; i < NB_COUNTOF(errors); i++) {
        struct nb_socket sock;
        open_socket(self, &sock, AF_INET);
        start_one(&sock);
        script(self, -errors[i]);
        assert_int_equal(nb_connect(&sock), -errors[i]);
        nb_socket_deinit(&sock);
    }
}

static void a_connection_in_progress_is_asked_for_again(void **state)
{
    struct netfixture *self = *state;
    struct nb_socket sock;

    open_socket(self, &sock, AF_INET);
    start_one(&sock);
    script(self, -EINPROGRESS);
    assert_int_equal(nb_connect(&sock), NB_WANT_WRITE);
    assert_true(nb_connect_pending(&sock));
    assert_int_equal(nb_connect(&sock), 0);
    assert_false(nb_connect_pending(&sock));
    assert_true(sock.connected);
    assert_string_equal(scripted_log(self->net),
                        "socket inet stream = 3\n"
                        "connect 3 192.0.2.1:80 = EINPROGRESS\n"
                        "connect 3 192.0.2.1:80 = 0\n");
    nb_socket_deinit(&sock);
}

static void connected_meanwhile_is_connected(void **state)
{
    struct netfixture *self = *state;
    struct nb_socket sock;

    open_socket(self, &sock, AF_INET);
    start_one(&sock);
    script(self, -EINPROGRESS);
    script(self, -EISCONN);
    assert_int_equal(nb_connect(&sock), NB_WANT_WRITE);
    assert_int_equal(nb_connect(&sock), 0);
    assert_true(sock.connected);
    nb_socket_deinit(&sock);
}

static void writable_too_early_waits_on(void **state)
{
    struct netfixture *self = *state;
    struct nb_socket sock;

    open_socket(self, &sock, AF_INET);
    start_one(&sock);
    script(self, -EINPROGRESS);
    script(self, -EALREADY);
    script(self, -EALREADY);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(nb_connect(&sock), NB_WANT_WRITE);
        assert_true(nb_connect_pending(&sock));
    }
    assert_int_equal(nb_connect(&sock), 0);
    nb_socket_deinit(&sock);
}

static void a_late_refusal_leads_to_the_next_address(void **state)
{
    struct netfixture *self = *state;
    struct nb_socket sock;

    open_socket(self, &sock, AF_INET);
    start_two(&sock);
    script(self, -EINPROGRESS);
    script(self, -ECONNREFUSED);
    script(self, -EINPROGRESS);
    script(self, -ETIMEDOUT);
    assert_int_equal(nb_connect(&sock), NB_WANT_WRITE);
    assert_at(&sock, "192.0.2.1:80");
    assert_int_equal(nb_connect(&sock), NB_WANT_WRITE);
    assert_at(&sock, "192.0.2.2:80");
    assert_int_equal(nb_connect(&sock), -ETIMEDOUT);
    assert_false(nb_connect_pending(&sock));
    assert_false(sock.connected);
    nb_socket_deinit(&sock);
}

static void an_attempt_goes_on_where_it_was_broken_off(void **state)
{
    struct netfixture *self = *state;
    struct nb_socket sock;

    open_socket(self, &sock, AF_INET);
    start_two(&sock);
    script(self, -ECONNREFUSED);
    script(self, -EINPROGRESS);
    assert_int_equal(nb_connect(&sock), NB_WANT_WRITE);
    assert_at(&sock, "192.0.2.2:80");
    assert_int_equal(nb_connect(&sock), 0);
    assert_string_equal(scripted_log(self->net),
                        "socket inet stream = 3\n"
                        "connect 3 192.0.2.1:80 = ECONNREFUSED\n"
                        "connect 3 192.0.2.2:80 = EINPROGRESS\n"
                        "connect 3 192.0.2.2:80 = 0\n");
    nb_socket_deinit(&sock);
}

static void a_connection_settles_the_family(void **state)
{
    const struct nb_sockopt reuse = {SOL_SOCKET, SO_REUSEADDR};
    struct netfixture *self = *state;
    struct nb_socket sock;
    int on = 1;

    open_socket(self, &sock, AF_UNSPEC);
    assert_int_equal(nb_sockopt_set(&sock, reuse, &on, sizeof on), 0);
    start_one(&sock);
    script(self, -EINPROGRESS);
    assert_int_equal(nb_connect(&sock), NB_WANT_WRITE);
    assert_true(sock.flexible);
    assert_int_equal(nb_connect(&sock), 0);
    assert_false(sock.flexible);
    assert_null(nb_extra_of(&sock)->kept);
    nb_socket_deinit(&sock);
}

static void an_attempt_knows_what_it_is_for(void **state)
{
    const struct nb_query others[] = {
        {.name = "b.test", .len = 6, .port = 80},
        {.name = "a.test2", .len = 7, .port = 80},
        {.name = "a.test", .len = 6, .port = 81},
        {.name = "a.test", .len = 6, .port = 80, .family = AF_INET},
        {.name = "a.test", .len = 6, .port = 80, .passive = true},
    };
    struct netfixture *self = *state;
    struct nb_socket sock;

    open_socket(self, &sock, AF_INET);
    start_two(&sock);
    assert_true(nb_connect_is_to(&sock, &query));
    for (size_t i = 0; i < NB_COUNTOF(others); i++)
        assert_false(nb_connect_is_to(&sock, &others[i]));
    nb_socket_deinit(&sock);
}

static void another_attempt_takes_the_place_of_the_first(void **state)
{
    struct netfixture *self = *state;
    struct nb_socket sock;

    open_socket(self, &sock, AF_INET);
    start_two(&sock);
    script(self, -EINPROGRESS);
    assert_int_equal(nb_connect(&sock), NB_WANT_WRITE);
    start(&sock, (const char *const[]){"192.0.2.3", NULL});
    assert_false(nb_connect_pending(&sock));
    assert_at(&sock, "192.0.2.3:80");
    assert_int_equal(nb_connect(&sock), 0);
    nb_socket_deinit(&sock);
}

static void a_flexible_socket_takes_each_family_in_turn(void **state)
{
    const struct nb_sockopt reuse = {SOL_SOCKET, SO_REUSEADDR};
    struct netfixture *self = *state;
    struct nb_socket sock;
    int on = 1;

    open_socket(self, &sock, AF_UNSPEC);
    assert_int_equal(nb_sockopt_set(&sock, reuse, &on, sizeof on), 0);
    start(&sock,
          (const char *const[]){"2001:db8::1", "192.0.2.1", "192.0.2.2", NULL});
    script(self, -ENETUNREACH);
    script(self, -ECONNREFUSED);
    assert_int_equal(nb_connect(&sock), 0);
    assert_int_equal(sock.family, AF_INET);
    assert_string_equal(scripted_log(self->net),
                        "socket inet6 stream = 3\n"
                        "setsockopt 3 1:2 1 = 0\n"
                        "connect 3 [2001:db8::1]:80 = ENETUNREACH\n"
                        "close 3 = 0\n"
                        "socket inet stream = 3\n"
                        "setsockopt 3 1:2 1 = 0\n"
                        "connect 3 192.0.2.1:80 = ECONNREFUSED\n"
                        "connect 3 192.0.2.2:80 = 0\n");
    nb_socket_deinit(&sock);
}

/* The addresses are tried in the order `expected` if none answers. */
static void assert_order(struct netfixture *self, const char *const *literals,
                         const char *const *expected)
{
    struct nb_socket sock;

    open_socket(self, &sock, AF_UNSPEC);
    start(&sock, literals);
    for (size_t i = 0; expected[i] != NULL; i++) {
        script(self, -EINPROGRESS);
        assert_int_equal(nb_connect(&sock), NB_WANT_WRITE);
        assert_at(&sock, expected[i]);
        script(self, -ECONNREFUSED);
    }
    assert_int_equal(nb_connect(&sock), -ECONNREFUSED);
    nb_socket_deinit(&sock);
}

static void families_take_turns(void **state)
{
    assert_order(*state,
                 (const char *const[]){"192.0.2.1", "192.0.2.2", "192.0.2.3",
                                       "192.0.2.4", "2001:db8::1",
                                       "2001:db8::2", NULL},
                 (const char *const[]){"192.0.2.1:80", "[2001:db8::1]:80",
                                       "192.0.2.2:80", "[2001:db8::2]:80",
                                       "192.0.2.3:80", "192.0.2.4:80", NULL});
}

static void the_family_of_the_first_address_begins(void **state)
{
    assert_order(
        *state,
        (const char *const[]){"2001:db8::1", "192.0.2.1", "192.0.2.2", NULL},
        (const char *const[]){"[2001:db8::1]:80", "192.0.2.1:80",
                              "192.0.2.2:80", NULL});
}

static void a_family_that_the_system_lacks_is_passed_over(void **state)
{
    struct netfixture *self = *state;
    struct nb_socket sock;

    open_socket(self, &sock, AF_UNSPEC);
    start(&sock, (const char *const[]){"2001:db8::1", "192.0.2.1", NULL});
    scripted_result(self->net, SCRIPTED_SOCKET, -EAFNOSUPPORT);
    assert_int_equal(nb_connect(&sock), 0);
    assert_at(&sock, "192.0.2.1:80");
    nb_socket_deinit(&sock);
}

static void a_fixed_socket_keeps_its_descriptor(void **state)
{
    struct netfixture *self = *state;
    struct nb_socket sock;

    open_socket(self, &sock, AF_INET);
    start(&sock, (const char *const[]){"2001:db8::1", NULL});
    script(self, -EAFNOSUPPORT);
    assert_int_equal(nb_connect(&sock), -EAFNOSUPPORT);
    assert_int_equal(sock.fd, 3);
    nb_socket_deinit(&sock);
}

static void a_connected_socket_refuses_to_connect(void **state)
{
    struct netfixture *self = *state;
    struct nb_socket sock;

    open_socket(self, &sock, AF_INET);
    start_one(&sock);
    assert_int_equal(nb_connect(&sock), 0);
    start_one(&sock);
    assert_int_equal(nb_connect(&sock), -EISCONN);
    nb_socket_deinit(&sock);
}

static void a_kernel_that_is_connected_ends_the_attempt(void **state)
{
    struct netfixture *self = *state;
    struct nb_socket sock;

    open_socket(self, &sock, AF_INET);
    start_two(&sock);
    script(self, -EISCONN);
    assert_int_equal(nb_connect(&sock), -EISCONN);
    assert_at(&sock, "192.0.2.1:80");
    assert_null(strstr(scripted_log(self->net), "192.0.2.2"));
    nb_socket_deinit(&sock);
}

static void closing_ends_the_attempt(void **state)
{
    struct netfixture *self = *state;
    struct nb_socket sock;

    open_socket(self, &sock, AF_INET);
    start_one(&sock);
    script(self, -EINPROGRESS);
    assert_int_equal(nb_connect(&sock), NB_WANT_WRITE);
    nb_socket_close(&sock);
    assert_false(nb_connect_pending(&sock));
    assert_null(nb_connect_addr(&sock));
    assert_int_equal(nb_connect(&sock), -EBADF);
    nb_socket_deinit(&sock);
}

static void an_attempt_needs_memory(void **state)
{
    struct netfixture *self = *state;
    struct nb_addr addr = netfixture_address("192.0.2.1", 80);
    struct nb_lookup lookup = {.addrs = &addr, .count = 1};
    struct refusal refusal = {.countdown = 1};
    struct nb_socket sock;

    open_socket(self, &sock, AF_INET);
    nb_alloc_set_gate(refusal_gate, &refusal);
    assert_int_equal(nb_connect_start(&sock, &lookup, &query), -ENOMEM);
    nb_alloc_set_gate(NULL, NULL);
    assert_null(nb_connect_addr(&sock));
    nb_socket_deinit(&sock);
}

struct joining {
    struct nb_socket sock;
    struct netfixture_wait writing;
};

static void connect_or_wait(struct actor *actor, void *arg)
{
    struct joining *joining = arg;

    if (nb_connect(&joining->sock) == NB_WANT_WRITE) {
        joining->writing =
            (struct netfixture_wait){&joining->sock.io, NB_WRITE};
        netfixture_await(actor, &joining->writing);
    }
}

static void whoever_connects_is_woken_by_writability(void **state)
{
    struct netfixture *self = *state;
    struct joining joining = {.sock = {.fd = -1}};
    struct step steps[] = {step_call(connect_or_wait, &joining),
                           step_call(connect_or_wait, &joining), step_end()};
    struct actor actor;

    open_socket(self, &joining.sock, AF_INET);
    start_two(&joining.sock);
    script(self, -EINPROGRESS);
    script(self, -ECONNREFUSED);
    actor_start(&actor, self->fx, "a", steps);
    assert_int_equal(nb_runtime_run(&self->fx->rt), 0);
    assert_string_equal(self->fx->log, "a=0");
    assert_true(joining.sock.connected);
    nb_socket_deinit(&joining.sock);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        NET_TEST(before_an_attempt_there_is_no_address),
        NET_TEST(an_address_that_answers_at_once_is_connected),
        NET_TEST(a_refusal_leads_to_the_next_address),
        NET_TEST(if_all_fail_the_last_error_counts),
        NET_TEST(each_error_of_connect_is_told),
        NET_TEST(a_connection_in_progress_is_asked_for_again),
        NET_TEST(connected_meanwhile_is_connected),
        NET_TEST(writable_too_early_waits_on),
        NET_TEST(a_late_refusal_leads_to_the_next_address),
        NET_TEST(an_attempt_goes_on_where_it_was_broken_off),
        NET_TEST(a_connection_settles_the_family),
        NET_TEST(an_attempt_knows_what_it_is_for),
        NET_TEST(another_attempt_takes_the_place_of_the_first),
        NET_TEST(a_flexible_socket_takes_each_family_in_turn),
        NET_TEST(families_take_turns),
        NET_TEST(the_family_of_the_first_address_begins),
        NET_TEST(a_family_that_the_system_lacks_is_passed_over),
        NET_TEST(a_fixed_socket_keeps_its_descriptor),
        NET_TEST(a_connected_socket_refuses_to_connect),
        NET_TEST(a_kernel_that_is_connected_ends_the_attempt),
        NET_TEST(closing_ends_the_attempt),
        NET_TEST(an_attempt_needs_memory),
        NET_TEST(whoever_connects_is_woken_by_writability),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
