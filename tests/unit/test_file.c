/*
 * Files that are opened, removed and renamed: what was judged is what is
 * reached, whoever moves it in between. Who does is the asker, for it runs
 * right then.
 */
#include "support/fixture.h"
#include "support/flags.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "guard/file.h"
#include "util/buf.h"
#include "util/err.h"
#include "util/list.h"

static char folder[PATH_MAX];

/* In a new folder: mine/file, mine/below/file, theirs/file. */
static int set_up(void **state)
{
    char template[] = "./file-XXXXXX";

    if (mkdtemp(template) == NULL || realpath(template, folder) == NULL ||
        chdir(folder) != 0)
        return -1;
    return system("mkdir -p mine/below theirs && echo mine >mine/file && "
                  "echo mine >mine/below/file && echo theirs >theirs/file");
}

static int tear_down(void **state)
{
    return system("rm -r mine theirs") != 0 || chdir("..") != 0 ||
           rmdir(folder) != 0;
}

static void run(const char *line)
{
    assert_int_equal(system(line), 0);
}

/* Says yes, and does something with the files while one waits for that. */
static enum nb_answer meddle(void *context, const char *what)
{
    const char **line = context;

    if (*line != NULL)
        run(*line);
    *line = NULL;
    return NB_ANSWER_ALWAYS;
}

static struct nb_policy *meddled(const char **line,
                                 struct nb_policy_asker *asker)
{
    struct nb_policy *policy = flags_policy("");

    *asker = (struct nb_policy_asker){.ask = meddle, .context = line};
    nb_policy_set_asker(policy, asker);
    return policy;
}

static void a_link_put_there_meanwhile_is_not_followed(void **state)
{
    static const struct {
        const char *path;
        int flags;
        const char *line;
        int rc;
    } table[] = {
        {"mine/file", O_RDONLY, "ln -sf ../theirs/file mine/file", -ELOOP},
        {"mine/file", O_WRONLY | O_TRUNC, "ln -sf ../theirs/file mine/file",
         -ELOOP},
        {"mine/file", O_RDWR, "ln -sf ../theirs/file mine/file", -ELOOP},
        {"mine/new", O_WRONLY | O_CREAT, "ln -s ../theirs/new mine/new",
         -ELOOP},
        {"mine/below/file", O_RDONLY,
         "rm -r mine/below && ln -s ../theirs mine/below", -ENOTDIR},
        {"mine/below/file", O_WRONLY | O_TRUNC,
         "rm -r mine/below && ln -s ../theirs mine/below", -ENOTDIR},
        {"mine/below/new", O_WRONLY | O_CREAT,
         "rm -r mine/below && ln -s ../theirs mine/below", -ENOTDIR},
        {"mine/below/file", O_RDONLY, "rm -r mine && ln -s theirs mine",
         -ENOTDIR},
        {"mine/file", O_RDONLY, "rm mine/file", -ENOENT},
    };

    for (size_t i = 0; i < NB_COUNTOF(table); i++) {
        struct nb_policy_asker asker;
        const char *line = table[i].line;
        struct nb_policy *policy = meddled(&line, &asker);
        assert_int_equal(nb_file_open(policy, table[i].path, table[i].flags),
                         table[i].rc);
        assert_null(line);
        nb_policy_free(policy);
        assert_int_equal(access("theirs/new", F_OK), -1);
        run("grep -q theirs theirs/file && rm -r mine && "
            "mkdir -p mine/below && echo mine >mine/file && "
            "echo mine >mine/below/file");
    }
}

static void what_was_judged_is_removed_and_renamed(void **state)
{
    struct nb_policy_asker asker;
    const char *line = "mv mine/below mine/kept && ln -s ../theirs mine/below";
    struct nb_policy *policy = meddled(&line, &asker);

    assert_int_equal(nb_file_remove(policy, "mine/below/file"), -ENOTDIR);
    line = "rm mine/below && ln -s kept mine/below";
    nb_policy_free(policy);
    policy = meddled(&line, &asker);
    /* The link led to theirs/file, and that is what was asked for. */
    assert_int_equal(nb_file_rename(policy, "mine/below/file", "mine/x"), 0);
    run("grep -q theirs mine/x && grep -q mine mine/kept/file");
    nb_policy_free(policy);
}

static void a_folder_that_was_opened_stays_the_same(void **state)
{
    struct nb_policy *policy = flags_policy("allow-read=mine allow-write=mine");
    struct nb_buf text;

    nb_buf_init(&text);
    assert_int_equal(nb_file_read_text(policy, "mine/below/../file", &text), 0);
    assert_int_equal(text.len, 5);
    nb_buf_deinit(&text);
    assert_int_equal(nb_file_open_text(policy, "theirs/file"), NB_ENOTALLOWED);
    assert_int_equal(nb_file_read_text(policy, "theirs/none", &text),
                     NB_ENOTALLOWED);
    assert_int_equal(nb_file_read_text(policy, "mine", &text), -EISDIR);
    nb_buf_deinit(&text);
    nb_policy_free(policy);
}

static void names_at_the_end_of_a_path_are_not_followed(void **state)
{
    struct nb_policy *policy =
        flags_policy("allow-read=theirs allow-write=theirs");

    run("ln -s ../theirs/file mine/link && ln -s ../mine/file theirs/link");
    assert_int_equal(nb_file_remove(policy, "mine/link"), NB_ENOTALLOWED);
    assert_int_equal(nb_file_remove(policy, "theirs/link"), 0);
    assert_int_equal(nb_file_remove(policy, "theirs/."), NB_ENOTALLOWED);
    assert_int_equal(nb_file_remove(policy, "theirs/.."), NB_ENOTALLOWED);
    assert_int_equal(nb_file_remove(policy, "/"), NB_ENOTALLOWED);
    assert_int_equal(nb_file_remove(policy, ""), NB_ENOTALLOWED);
    assert_int_equal(nb_file_remove(policy, "theirs/none/"), -ENOENT);
    assert_int_equal(nb_file_rename(policy, "theirs/file", "mine/file"),
                     NB_ENOTALLOWED);
    assert_int_equal(nb_file_rename(policy, "mine/file", "theirs/file"),
                     NB_ENOTALLOWED);
    nb_policy_free(policy);
    run("grep -q mine mine/file && rm mine/link");
}

/* With each number of descriptors free: none is left open. */
static void without_descriptors_it_says_so(void **state)
{
    struct nb_policy *policy = flags_policy("allow-read=mine allow-write=mine");
    struct rlimit before;
    int free_fd = dup(STDERR_FILENO);

    close(free_fd);
    getrlimit(RLIMIT_NOFILE, &before);
    for (int more = 0; more <= 1; more++) {
        struct rlimit limit = before;
        limit.rlim_cur = (rlim_t)(free_fd + more);
        assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
        assert_int_equal(nb_file_open(policy, "mine/file", O_RDONLY), -EMFILE);
        assert_int_equal(nb_file_open_text(policy, "mine/file"), -EMFILE);
        assert_int_equal(nb_file_remove(policy, "mine/file"), -EMFILE);
        assert_int_equal(nb_file_rename(policy, "mine/file", "mine/x"),
                         -EMFILE);
    }
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    int fd = nb_file_open(policy, "mine/file", O_RDONLY);
    assert_true(fd >= 0 && fcntl(fd, F_GETFD) == FD_CLOEXEC);
    close(fd);
    fd = dup(STDERR_FILENO);
    assert_int_equal(fd, free_fd);
    close(fd);
    nb_policy_free(policy);
}

static void names_that_are_too_long_are_errors(void **state)
{
    struct nb_policy *policy = flags_policy("allow-read");
    char path[NAME_MAX + 64] = "mine/";

    memset(path + 5, 'x', NAME_MAX + 1);
    assert_int_equal(nb_file_open(policy, path, O_RDONLY), -ENAMETOOLONG);
    memcpy(path + 5 + NAME_MAX + 1, "/x", 3);
    assert_int_equal(nb_file_open(policy, path, O_RDONLY), -ENAMETOOLONG);
    assert_int_equal(nb_file_open(policy, "/", O_WRONLY), NB_ENOTALLOWED);
    int fd = nb_file_open(policy, "/", O_RDONLY);
    assert_true(fd >= 0);
    close(fd);
    nb_policy_free(policy);
}

static void without_a_policy_it_is_the_system(void **state)
{
    run("ln -s ../theirs/file mine/link");
    int fd = nb_file_open(NULL, "mine/link", O_RDONLY);
    assert_true(fd >= 0);
    close(fd);
    fd = nb_file_open(NULL, "/dev/null", O_WRONLY);
    assert_true(fd >= 0);
    close(fd);
    assert_int_equal(nb_file_rename(NULL, "mine/link", "mine/other"), 0);
    assert_int_equal(nb_file_remove(NULL, "mine/other"), 0);
    assert_int_equal(nb_file_remove(NULL, "mine/other"), -ENOENT);
    assert_int_equal(nb_file_rename(NULL, "mine/other", "x"), -ENOENT);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        CASE(a_link_put_there_meanwhile_is_not_followed),
        CASE(what_was_judged_is_removed_and_renamed),
        CASE(a_folder_that_was_opened_stays_the_same),
        CASE(names_at_the_end_of_a_path_are_not_followed),
        CASE(without_descriptors_it_says_so),
        CASE(names_that_are_too_long_are_errors),
        CASE(without_a_policy_it_is_the_system),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
