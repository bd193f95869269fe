/* The loop on libev: its beginning and its end, and what it takes to begin. */
#include "support/fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/loop_ev.h"

static int count_descriptors(void)
{
    int count = 0;

    for (int fd = 0; fd < 256; fd++)
        count += fcntl(fd, F_GETFD) >= 0;
    return count;
}

static void a_loop_leaves_no_descriptor_behind(void **state)
{
    struct nb_loop *loop;
    int before = count_descriptors();

    assert_int_equal(nb_loop_ev_new(&loop), 0);
    nb_loop_wake(loop);
    nb_loop_poll(loop, 0);
    nb_loop_free(loop);
    assert_int_equal(count_descriptors(), before);
    nb_loop_free(NULL);
}

static void a_program_that_is_executed_inherits_none(void **state)
{
    struct nb_loop *loop;
    bool open[256];

    for (int fd = 0; fd < 256; fd++)
        open[fd] = fcntl(fd, F_GETFD) >= 0;
    assert_int_equal(nb_loop_ev_new(&loop), 0);
    nb_loop_wake(loop);
    nb_loop_poll(loop, 0);
    for (int fd = 0; fd < 256; fd++) {
        int flags = fcntl(fd, F_GETFD);
        assert_true(open[fd] || flags < 0 || (flags & FD_CLOEXEC) != 0);
    }
    nb_loop_free(loop);
}

static void without_memory_there_is_no_loop(void **state)
{
    struct refusal refusal = {.countdown = 1};
    struct nb_loop *loop = NULL;

    nb_alloc_set_gate(refusal_gate, &refusal);
    assert_int_equal(nb_loop_ev_new(&loop), -ENOMEM);
    assert_null(loop);
}

/* In a child: one descriptor after the other may be opened, and none more. */
static void open_with_few_descriptors(void)
{
    for (rlim_t more = 0; more < 6; more++) {
        rlim_t first = (rlim_t)dup(STDERR_FILENO);
        struct nb_loop *loop;
        close((int)first);
        setrlimit(RLIMIT_NOFILE, &(struct rlimit){first + more, 4096});
        int rc = nb_loop_ev_new(&loop);
        if (rc == 0)
            nb_loop_free(loop);
        else if (rc != -EMFILE)
            _exit(1);
        setrlimit(RLIMIT_NOFILE, &(struct rlimit){4096, 4096});
    }
    _exit(0);
}

static void without_descriptors_opening_fails_and_goes_on(void **state)
{
    int status;
    pid_t child = fork();

    if (child == 0)
        open_with_few_descriptors();
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        REAL_TEST(a_loop_leaves_no_descriptor_behind),
        REAL_TEST(a_program_that_is_executed_inherits_none),
        REAL_TEST(without_memory_there_is_no_loop),
        REAL_TEST(without_descriptors_opening_fails_and_goes_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
