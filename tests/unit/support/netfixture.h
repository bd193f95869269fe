/*
 * For tests of net without Lua: a runtime on the virtual loop, the scripted
 * backend, and the list that open sockets are in.
 *
 * The teardown fails where a test left a descriptor open, a socket in the
 * list or a result that nobody called for, besides what fixture.h looks for.
 */
#ifndef NB_SUPPORT_NETFIXTURE_H
#define NB_SUPPORT_NETFIXTURE_H

#include "core/loop.h"
#include "support/fixture.h"
#include "support/scripted.h"
#include "util/addr.h"
#include "util/list.h"

struct netfixture {
    void *core; /* the fixture of the core, as cmocka keeps it */
    struct fixture *fx;
    struct nb_net *net;
    struct nb_list open;
};

/* For cmocka. */
int netfixture_begin(void **state);
int netfixture_end(void **state);

#define NET_TEST(test)                                                         \
    cmocka_unit_test_setup_teardown(test, netfixture_begin, netfixture_end)

/* The address of a literal. */
struct nb_addr netfixture_address(const char *ip, uint16_t port);

/* Fails unless `addr` reads as `expected`, "127.0.0.1:80". */
void netfixture_assert_address(const struct nb_addr *addr,
                               const char *expected);

struct nb_iowait;

/* Who waits for a descriptor. */
struct netfixture_wait {
    struct nb_iowait *io;
    enum nb_direction dir;
};

/* Waits as the struct netfixture_wait `arg` says. For a step's call. */
void netfixture_await(struct actor *actor, void *arg);

#endif
