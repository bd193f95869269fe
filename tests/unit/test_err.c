/* The names of errors: ours, the kernel's, and those nobody knows. */
#include "support/fixture.h"

#include <errno.h>
#include <limits.h>

#include "util/err.h"

static void our_codes_have_the_names_that_scripts_see(void **state)
{
    assert_string_equal(nb_err_name(NB_EOF), "EOF");
    assert_string_equal(nb_err_name(NB_EAI_NONAME), "EAI_NONAME");
    assert_string_equal(nb_err_name(NB_EAI_AGAIN), "EAI_AGAIN");
    assert_string_equal(nb_err_name(NB_EAI_FAIL), "EAI_FAIL");
    assert_string_equal(nb_err_name(NB_EAI_FAMILY), "EAI_FAMILY");
    assert_string_equal(nb_err_name(NB_EAI_SERVICE), "EAI_SERVICE");
}

static void to_have_to_wait_reads_as_eagain(void **state)
{
    assert_string_equal(nb_err_name(NB_WANT_READ), "EAGAIN");
    assert_string_equal(nb_err_name(NB_WANT_WRITE), "EAGAIN");
}

static void what_netbox_refuses_reads_as_eperm(void **state)
{
    assert_string_equal(nb_err_name(NB_ENOTALLOWED), "EPERM");
}

static void the_kernels_codes_have_its_names(void **state)
{
    assert_string_equal(nb_err_name(-EPERM), "EPERM");
    assert_string_equal(nb_err_name(-ECONNREFUSED), "ECONNREFUSED");
    assert_string_equal(nb_err_name(-ETIMEDOUT), "ETIMEDOUT");
    assert_string_equal(nb_err_name(-ECANCELED), "ECANCELED");
    assert_string_equal(nb_err_name(-EHWPOISON), "EHWPOISON");
}

static void an_unknown_code_has_a_name_too(void **state)
{
    assert_string_equal(nb_err_name(-4000), "EUNKNOWN");
    assert_string_equal(nb_err_name(NB_EAI_SERVICE - 1), "EUNKNOWN");
    assert_string_equal(nb_err_name(NB_EOF - 1), "EUNKNOWN");
    assert_string_equal(nb_err_name(1), "EUNKNOWN");
    assert_string_equal(nb_err_name(INT_MAX), "EUNKNOWN");
    assert_string_equal(nb_err_name(INT_MIN + 1), "EUNKNOWN");
}

static void our_codes_lie_below_the_kernels(void **state)
{
    static const int codes[] = {
        NB_WANT_READ,  NB_WANT_WRITE,  NB_EOF,
        NB_EAI_NONAME, NB_EAI_AGAIN,   NB_EAI_FAIL,
        NB_EAI_FAMILY, NB_EAI_SERVICE, NB_ENOTALLOWED,
    };

    for (size_t i = 0; i < NB_COUNTOF(codes); i++) {
        assert_true(codes[i] < -4096);
        for (size_t j = 0; j < i; j++)
            assert_int_not_equal(codes[i], codes[j]);
    }
}

static void only_two_codes_ask_to_wait(void **state)
{
    assert_true(nb_err_wants(NB_WANT_READ));
    assert_true(nb_err_wants(NB_WANT_WRITE));
    assert_false(nb_err_wants(0));
    assert_false(nb_err_wants(-EAGAIN));
    assert_false(nb_err_wants(NB_EOF));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(our_codes_have_the_names_that_scripts_see),
        cmocka_unit_test(to_have_to_wait_reads_as_eagain),
        cmocka_unit_test(what_netbox_refuses_reads_as_eperm),
        cmocka_unit_test(the_kernels_codes_have_its_names),
        cmocka_unit_test(an_unknown_code_has_a_name_too),
        cmocka_unit_test(our_codes_lie_below_the_kernels),
        cmocka_unit_test(only_two_codes_ask_to_wait),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
