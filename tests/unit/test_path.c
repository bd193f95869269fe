/* Where a path leads: links, dots, and what is not there. */
#include "support/fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "guard/path.h"
#include "util/list.h"

static char folder[PATH_MAX];

/*
 * In a new folder: file, dir/file, link to dir, gone to nothing, up to
 * ../outside, far to /dev/null, and a and b to each other.
 */
static int set_up(void **state)
{
    char template[] = "./path-XXXXXX";

    if (mkdtemp(template) == NULL || realpath(template, folder) == NULL ||
        chdir(folder) != 0)
        return -1;
    fclose(fopen("file", "w"));
    return system("mkdir dir && : >dir/file && ln -s dir link && "
                  "ln -s nothing gone && ln -s ../outside up && "
                  "ln -s /dev/null far && ln -s a b && ln -s b a && "
                  "ln -s link/../file over && ln -s gone again");
}

static int tear_down(void **state)
{
    static const char *const links[] = {"link", "gone",    "up",   "far",
                                        "a",    "b",       "over", "again",
                                        "file", "dir/file"};

    for (size_t i = 0; i < NB_COUNTOF(links); i++)
        unlink(links[i]);
    return rmdir("dir") != 0 || chdir("..") != 0 || rmdir(folder) != 0;
}

/* `expected` is below the folder where it does not begin with a slash. */
static void assert_leads(const char *path, const char *expected)
{
    char real[PATH_MAX];
    char full[2 * PATH_MAX];

    snprintf(full, sizeof full, "%s%s%s", *expected == '/' ? "" : folder,
             *expected == '/' || *expected == '\0' ? "" : "/", expected);
    if (!nb_path_resolve(real, path))
        fail_msg("%s leads nowhere", path);
    assert_string_equal(real, full);
}

static void links_and_dots_are_followed(void **state)
{
    static const char *const table[][2] = {
        {"file", "file"},
        {"./file", "file"},
        {".", ""},
        {"./", ""},
        {"dir", "dir"},
        {"dir/", "dir"},
        {"dir//file", "dir/file"},
        {"dir/../file", "file"},
        {"dir/.", "dir"},
        {"link", "dir"},
        {"link/file", "dir/file"},
        {"link/..", ""},
        {"link/../file", "file"},
        {"over", "file"},
        {"far", "/dev/null"},
        {"/", "/"},
        {"//", "/"},
        {"/..", "/"},
        {"/dev/null", "/dev/null"},
        {"/dev//./null", "/dev/null"},
    };

    for (size_t i = 0; i < NB_COUNTOF(table); i++)
        assert_leads(table[i][0], table[i][1]);
}

static void what_is_not_there_keeps_its_name(void **state)
{
    static const char *const table[][2] = {
        {"new", "new"},         {"./new", "new"},
        {"dir/new", "dir/new"}, {"link/new", "dir/new"},
        {"link/../new", "new"}, {"new/deeper/file", "new/deeper/file"},
        {"gone", "nothing"},    {"again", "nothing"},
        {"gone/x", "gone/x"},   {"/nowhere/x", "/nowhere/x"},
    };

    for (size_t i = 0; i < NB_COUNTOF(table); i++)
        assert_leads(table[i][0], table[i][1]);
}

static void a_link_that_leads_nowhere_leads_out(void **state)
{
    char outside[PATH_MAX];
    char *slash = NULL;

    memcpy(outside, folder, sizeof outside);
    slash = strrchr(outside, '/');
    memcpy(slash, "/outside", sizeof "/outside");
    assert_leads("up", outside);
}

static void what_cannot_be_told_is_none(void **state)
{
    static const char *const table[] = {
        "", "a", "b", "new/..", "new/../file", "new/./x", "/nowhere/../x",
    };
    char real[PATH_MAX];
    char text[PATH_MAX + 8];

    for (size_t i = 0; i < NB_COUNTOF(table); i++)
        assert_false(nb_path_resolve(real, table[i]));
    memset(text, 'x', sizeof text);
    text[PATH_MAX] = '\0';
    assert_false(nb_path_resolve(real, text));
    text[PATH_MAX - 1] = '\0';
    assert_false(nb_path_resolve(real, text));
    text[200] = '\0';
    assert_true(nb_path_resolve(real, text));
}

static void below_is_the_folder_and_what_is_in_it(void **state)
{
    static const struct {
        const char *path;
        const char *folder;
        bool below;
    } table[] = {
        {"/a", "/a", true},    {"/a/b", "/a", true},   {"/a/b/c", "/a", true},
        {"/ab", "/a", false},  {"/a", "/a/b", false},  {"/", "/a", false},
        {"/a", "/", true},     {"/", "/", true},       {"/b", "/a", false},
        {"/a.b", "/a", false}, {"/a/b", "/a/b", true}, {"/a/bc", "/a/b", false},
    };

    for (size_t i = 0; i < NB_COUNTOF(table); i++)
        assert_int_equal(nb_path_is_below(table[i].path, table[i].folder),
                         table[i].below);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(links_and_dots_are_followed),
        cmocka_unit_test(what_is_not_there_keeps_its_name),
        cmocka_unit_test(a_link_that_leads_nowhere_leads_out),
        cmocka_unit_test(what_cannot_be_told_is_none),
        cmocka_unit_test(below_is_the_folder_and_what_is_in_it),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
