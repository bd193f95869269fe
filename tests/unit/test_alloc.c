/* The allocator: what it counts, what its gate is asked, how it ends. */
#include "support/fixture.h"

#include <malloc.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static size_t trims; /* calls of malloc_trim(), which is ours here */

__attribute__((visibility("default"))) int malloc_trim(size_t pad)
{
    trims += pad == 0 ? 1 : 0;
    return 1;
}

/* Growth that the gate was asked for, and how often. */
struct asked {
    size_t times;
    size_t size;
};

static bool remember(void *context, size_t size)
{
    struct asked *asked = context;

    asked->times++;
    asked->size = size;
    return true;
}

static int remember_account(void **state)
{
    static struct nb_alloc_account before;

    before = nb_alloc_account();
    *state = &before;
    return 0;
}

/* Every test gives back what it took. */
static int compare_account(void **state)
{
    const struct nb_alloc_account *before = *state;
    struct nb_alloc_account now = nb_alloc_account();

    nb_alloc_set_gate(NULL, NULL);
    return now.blocks == before->blocks && now.bytes == before->bytes ? 0 : -1;
}

static void assert_grown(void **state, size_t blocks, size_t bytes)
{
    const struct nb_alloc_account *before = *state;
    struct nb_alloc_account now = nb_alloc_account();

    assert_int_equal(now.blocks - before->blocks, blocks);
    assert_int_equal(now.bytes - before->bytes, bytes);
}

static void refuse_all(struct refusal *refusal)
{
    *refusal = (struct refusal){.countdown = 1, .for_good = true};
    nb_alloc_set_gate(refusal_gate, refusal);
}

static void a_block_is_counted_until_it_is_freed(void **state)
{
    char *block = nb_malloc(100);

    assert_non_null(block);
    memset(block, 'x', 100);
    assert_grown(state, 1, 100);
    nb_free(block);
    assert_grown(state, 0, 0);
}

static void a_block_is_aligned_for_any_type(void **state)
{
    void *block = nb_malloc(1);

    assert_int_equal((uintptr_t)block % _Alignof(max_align_t), 0);
    nb_free(block);
}

static void an_empty_block_is_a_block(void **state)
{
    void *block = nb_malloc(0);

    assert_non_null(block);
    assert_grown(state, 1, 0);
    nb_free(block);
}

static void freeing_null_is_legal(void **state)
{
    nb_free(NULL);
    assert_grown(state, 0, 0);
}

static void the_peak_stays_when_memory_shrinks(void **state)
{
    size_t peak = nb_alloc_account().peak;
    char *block = nb_malloc(peak + 1000);

    assert_non_null(block);
    size_t high = nb_alloc_account().peak;
    assert_true(high >= peak + 1000);
    nb_free(block);
    assert_int_equal(nb_alloc_account().peak, high);
}

/* As a wait while so many MiB more are in use. Returns if memory was trimmed. */
static bool trimmed_at(size_t mebibytes)
{
    size_t before = trims;
    char *block = nb_malloc(mebibytes << 20);

    assert_non_null(block);
    nb_alloc_trim();
    nb_free(block);
    assert_in_range(trims - before, 0, 1);
    return trims != before;
}

static void pages_are_given_back_when_far_less_is_in_use(void **state)
{
    assert_false(trimmed_at(1));
    assert_false(trimmed_at(40));
    assert_false(trimmed_at(20));
    assert_false(trimmed_at(11));
    assert_true(trimmed_at(9));
    assert_false(trimmed_at(9));
    assert_true(trimmed_at(1));
}

static void what_little_was_in_use_is_kept(void **state)
{
    assert_false(trimmed_at(6));
    assert_false(trimmed_at(0));
}

static void calloc_gives_zeroes(void **state)
{
    static const char zeroes[60];
    char *block = nb_calloc(20, 3);

    assert_non_null(block);
    assert_memory_equal(block, zeroes, sizeof zeroes);
    assert_grown(state, 1, 60);
    nb_free(block);
}

static void sizes_that_overflow_are_refused(void **state)
{
    char *block = nb_malloc(10);

    assert_null(nb_malloc(SIZE_MAX));
    assert_null(nb_calloc(SIZE_MAX / 2 + 2, 2));
    assert_null(nb_calloc(2, SIZE_MAX / 2 + 2));
    assert_null(nb_realloc(block, SIZE_MAX));
    assert_grown(state, 1, 10);
    nb_free(block);
}

static void realloc_keeps_the_content(void **state)
{
    char *block = nb_realloc(NULL, 4);

    assert_non_null(block);
    memcpy(block, "abc", 4);
    assert_grown(state, 1, 4);
    block = nb_realloc(block, 5000);
    assert_string_equal(block, "abc");
    assert_grown(state, 1, 5000);
    block = nb_realloc(block, 2);
    assert_memory_equal(block, "ab", 2);
    assert_grown(state, 1, 2);
    nb_free(block);
}

static void strdup_copies(void **state)
{
    char *copy = nb_strdup("text");

    assert_string_equal(copy, "text");
    assert_grown(state, 1, 5);
    nb_free(copy);
}

static void the_gate_is_asked_for_the_growth(void **state)
{
    struct asked asked = {0};

    nb_alloc_set_gate(remember, &asked);
    char *block = nb_malloc(30);
    assert_int_equal(asked.size, 30);
    block = nb_realloc(block, 50);
    assert_int_equal(asked.size, 20);
    assert_int_equal(asked.times, 2);
    nb_free(block);
}

static void the_gate_is_not_asked_when_memory_shrinks(void **state)
{
    struct refusal refusal;
    char *block = nb_malloc(30);
    void *sized = nb_alloc_sized(NULL, 0, 30);

    refuse_all(&refusal);
    block = nb_realloc(block, 30);
    assert_non_null(block);
    block = nb_realloc(block, 10);
    assert_non_null(block);
    sized = nb_alloc_sized(sized, 30, 10);
    assert_non_null(sized);
    nb_free(block);
    nb_alloc_sized(sized, 10, 0);
}

static void what_the_gate_refuses_is_null(void **state)
{
    struct refusal refusal;

    refuse_all(&refusal);
    assert_null(nb_malloc(1));
    assert_null(nb_malloc(0));
    assert_null(nb_calloc(1, 1));
    assert_null(nb_realloc(NULL, 1));
    assert_null(nb_strdup("text"));
    assert_null(nb_alloc_sized(NULL, 0, 1));
    assert_grown(state, 0, 0);
}

static void what_was_refused_is_counted(void **state)
{
    const struct nb_alloc_account *before = *state;
    char *block = nb_malloc(10);
    struct refusal refusal;

    refuse_all(&refusal);
    assert_null(nb_malloc(1));
    assert_null(nb_realloc(block, 20));
    block = nb_realloc(block, 5);
    assert_int_equal(nb_alloc_account().refused - before->refused, 2);
    nb_free(block);
}

static void a_refused_realloc_leaves_the_block_alone(void **state)
{
    struct refusal refusal;
    char *block = nb_strdup("text");
    char *sized = nb_alloc_sized(NULL, 0, 5);

    memcpy(sized, "text", 5);
    refuse_all(&refusal);
    assert_null(nb_realloc(block, 6));
    assert_string_equal(block, "text");
    assert_null(nb_alloc_sized(sized, 5, 6));
    assert_string_equal(sized, "text");
    assert_grown(state, 2, 10);
    nb_free(block);
    nb_alloc_sized(sized, 5, 0);
}

static void only_the_nth_request_is_refused(void **state)
{
    struct refusal refusal = {.countdown = 2};

    nb_alloc_set_gate(refusal_gate, &refusal);
    void *first = nb_malloc(1);
    void *second = nb_malloc(1);
    void *third = nb_malloc(1);
    assert_non_null(first);
    assert_null(second);
    assert_non_null(third);
    nb_free(first);
    nb_free(third);
}

static void without_a_gate_all_is_granted_again(void **state)
{
    struct refusal refusal;

    refuse_all(&refusal);
    nb_alloc_set_gate(NULL, NULL);
    void *block = nb_malloc(1);
    assert_non_null(block);
    nb_free(block);
}

/* Small blocks, and those of threads, are in slabs. */
static void a_block_of_any_size_becomes_one_of_any_other(void **state)
{
    static const size_t sizes[] = {1,   48,  49,  64,  65,
                                   128, 129, 208, 720, NB_ALLOC_THREAD};
    enum { PAIRS = NB_COUNTOF(sizes) * NB_COUNTOF(sizes) };

    for (size_t pair = 0; pair < PAIRS; pair++) {
        size_t from = sizes[pair / NB_COUNTOF(sizes)];
        size_t to = sizes[pair % NB_COUNTOF(sizes)];
        char *other = nb_alloc_sized(NULL, 0, to);
        char *block = nb_alloc_sized(NULL, 0, from);
        memset(other, 'y', to);
        memset(block, 'x', from);
        block = nb_alloc_sized(block, from, to);
        assert_int_equal((uintptr_t)block % _Alignof(max_align_t), 0);
        for (size_t i = 0; i < to && i < from; i++)
            assert_int_equal(block[i], 'x');
        memset(block, 'x', to);
        for (size_t i = 0; i < to; i++)
            assert_int_equal(other[i], 'y');
        assert_grown(state, 2, 2 * to);
        assert_null(nb_alloc_sized(block, to, 0));
        assert_null(nb_alloc_sized(other, to, 0));
    }
}

static void a_sized_block_grows_shrinks_and_goes(void **state)
{
    char *block = nb_alloc_sized(NULL, 0, 4);

    memcpy(block, "abc", 4);
    assert_grown(state, 1, 4);
    block = nb_alloc_sized(block, 4, 400);
    assert_string_equal(block, "abc");
    assert_grown(state, 1, 400);
    block = nb_alloc_sized(block, 400, 3);
    assert_grown(state, 1, 3);
    assert_null(nb_alloc_sized(block, 3, 0));
    assert_grown(state, 0, 0);
}

/* Lua passes the kind of the new object as the old size. */
static void the_old_size_of_no_block_does_not_count(void **state)
{
    struct asked asked = {0};

    nb_alloc_set_gate(remember, &asked);
    void *block = nb_alloc_sized(NULL, 8, 30);
    assert_int_equal(asked.size, 30);
    assert_grown(state, 1, 30);
    nb_alloc_sized(block, 30, 0);
    assert_null(nb_alloc_sized(NULL, 8, 0));
    assert_grown(state, 0, 0);
}

static void libev_passes_the_gate_by(void **state)
{
    struct refusal refusal;

    size_t refused = nb_alloc_account().refused;
    void *block = nb_realloc_or_exit(NULL, 10);
    assert_int_equal(nb_alloc_account().refused, refused);
    refuse_all(&refusal);
    block = nb_realloc_or_exit(block, 20);
    assert_non_null(block);
    assert_int_equal(nb_alloc_account().refused, refused + 1);
    assert_grown(state, 1, 20);
    assert_null(nb_realloc_or_exit(block, 0));
    assert_null(nb_realloc_or_exit(NULL, 0));
    assert_grown(state, 0, 0);
}

static void after_a_refusal_lua_may_pass_the_gate_by(void **state)
{
    struct refusal refusal;

    refuse_all(&refusal);
    assert_null(nb_alloc_sized(NULL, 8, 30));
    void *block = nb_alloc_sized_or_exit(NULL, 8, 30);
    assert_grown(state, 1, 30);
    block = nb_alloc_sized_or_exit(block, 30, 50);
    assert_grown(state, 1, 50);
    nb_alloc_sized(block, 50, 0);
    assert_grown(state, 0, 0);
}

/* In a child: asks for more than there is, its standard error in a pipe. */
static void ask_for_too_much(int err)
{
    dup2(err, STDERR_FILENO);
    nb_realloc_or_exit(NULL, SIZE_MAX);
    _exit(0);
}

static void libev_without_memory_ends_with_status_3(void **state)
{
    char words[80] = "";
    int ends[2];
    int status;

    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    if (child == 0)
        ask_for_too_much(ends[1]);
    close(ends[1]);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(read(ends[0], words, sizeof words - 1) > 0);
    close(ends[0]);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 3);
    assert_string_equal(words, "netbox: not enough memory\n");
}

/* A test whose account must be balanced at its end. */
#define BALANCED(test)                                                         \
    cmocka_unit_test_setup_teardown(test, remember_account, compare_account)

int main(void)
{
    const struct CMUnitTest tests[] = {
        BALANCED(a_block_is_counted_until_it_is_freed),
        BALANCED(a_block_is_aligned_for_any_type),
        BALANCED(an_empty_block_is_a_block),
        BALANCED(freeing_null_is_legal),
        BALANCED(the_peak_stays_when_memory_shrinks),
        BALANCED(pages_are_given_back_when_far_less_is_in_use),
        BALANCED(what_little_was_in_use_is_kept),
        BALANCED(calloc_gives_zeroes),
        BALANCED(sizes_that_overflow_are_refused),
        BALANCED(realloc_keeps_the_content),
        BALANCED(strdup_copies),
        BALANCED(the_gate_is_asked_for_the_growth),
        BALANCED(the_gate_is_not_asked_when_memory_shrinks),
        BALANCED(what_the_gate_refuses_is_null),
        BALANCED(what_was_refused_is_counted),
        BALANCED(a_refused_realloc_leaves_the_block_alone),
        BALANCED(only_the_nth_request_is_refused),
        BALANCED(without_a_gate_all_is_granted_again),
        BALANCED(a_sized_block_grows_shrinks_and_goes),
        BALANCED(a_block_of_any_size_becomes_one_of_any_other),
        BALANCED(the_old_size_of_no_block_does_not_count),
        BALANCED(libev_passes_the_gate_by),
        BALANCED(after_a_refusal_lua_may_pass_the_gate_by),
        BALANCED(libev_without_memory_ends_with_status_3),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
