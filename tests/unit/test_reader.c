/* The reader: pieces of a stream, whatever way the bytes come in. */
#include "support/fixture.h"

#include <errno.h>
#include <string.h>

#include "net/reader.h"
#include "net/stream.h"
#include "util/err.h"

enum { SEEDS = 300, TEXT = 64 };

/* What one read gives: bytes, or a code where there are none. */
struct reply {
    const char *bytes;
    size_t len;
    int rc;
};

#define BYTES(text)                                                            \
    {                                                                          \
        .bytes = text, .len = sizeof text - 1                                  \
    }
#define CODE(code)                                                             \
    {                                                                          \
        .rc = code                                                             \
    }

/* A stream that plays replies; it has nothing more to say after the last. */
struct player {
    struct nb_stream stream;
    const struct reply *replies;
    size_t count;
    size_t played;
    size_t taken;        /* of the present reply */
    size_t reads;        /* calls of read */
    const char *endless; /* after the replies: as many as are asked for */
    struct nb_reader reader;
};

static int play(struct nb_stream *stream, void *data, size_t len)
{
    struct player *player = NB_CONTAINER_OF(stream, struct player, stream);

    player->reads++;
    if (player->played == player->count) {
        if (player->endless == NULL)
            return NB_WANT_READ;
        memset(data, *player->endless, len);
        return (int)len;
    }
    const struct reply *reply = &player->replies[player->played];
    size_t left = reply->len - player->taken;
    size_t n = left < len ? left : len;
    if (n > 0)
        memcpy(data, reply->bytes + player->taken, n);
    player->taken += n;
    if (player->taken == reply->len) {
        player->played++;
        player->taken = 0;
    }
    return reply->rc < 0 ? reply->rc : (int)n;
}

static int new_player(void **state)
{
    static const struct nb_stream_ops ops = {.read = play};
    static struct player player;

    player = (struct player){.stream.ops = &ops};
    nb_reader_init(&player.reader);
    *state = &player;
    return 0;
}

static int free_player(void **state)
{
    struct player *player = *state;

    nb_alloc_set_gate(NULL, NULL);
    nb_reader_deinit(&player->reader);
    return nb_alloc_account().blocks == 0 ? 0 : -1;
}

static void set_replies(struct player *player, const struct reply *replies,
                        size_t count)
{
    player->replies = replies;
    player->count = count;
    player->played = 0;
}

#define PLAY(player, ...)                                                      \
    set_replies(player, (const struct reply[]){__VA_ARGS__},                   \
                NB_COUNTOF(((const struct reply[]){__VA_ARGS__})))

/* Looks for a delimiter with at most `max` bytes before it. */
static int find_within(struct player *player, const char *delimiter, size_t max,
                       size_t *at)
{
    return nb_reader_find(&player->reader, &player->stream,
                          &(struct nb_reader_delimiter){
                              .bytes = delimiter,
                              .len = strlen(delimiter),
                              .max = max,
                          },
                          at);
}

static int find(struct player *player, const char *delimiter, size_t *at)
{
    return find_within(player, delimiter, SIZE_MAX, at);
}

static void assert_holds(const struct player *player, const char *text)
{
    assert_int_equal(nb_reader_len(&player->reader), strlen(text));
    assert_memory_equal(nb_reader_bytes(&player->reader), text, strlen(text));
}

static void an_idle_reader_holds_no_memory(void **state)
{
    struct player *player = *state;
    size_t at = 0;

    assert_int_equal(nb_alloc_account().blocks, 0);
    assert_int_equal(find(player, "\n", &at), NB_WANT_READ);
    assert_int_equal(nb_alloc_account().blocks, 0);
    PLAY(player, BYTES("line"), CODE(NB_WANT_READ), BYTES("\n"));
    assert_int_equal(find(player, "\n", &at), NB_WANT_READ);
    assert_int_equal(find(player, "\n", &at), NB_WANT_READ);
    assert_int_equal(find(player, "\n", &at), 0);
    nb_reader_drop(&player->reader, at + 1);
    assert_int_equal(nb_alloc_account().blocks, 0);
}

static void what_is_behind_a_piece_stays(void **state)
{
    struct player *player = *state;
    size_t at = 0;

    PLAY(player, BYTES("one\ntwo\nthree"));
    assert_int_equal(find(player, "\n", &at), 0);
    assert_int_equal(at, 3);
    nb_reader_drop(&player->reader, 4);
    assert_holds(player, "two\nthree");
    assert_int_equal(find(player, "\n", &at), 0);
    assert_int_equal(at, 3);
    assert_int_equal(player->reads, 1);
}

static void a_delimiter_in_front_is_found(void **state)
{
    struct player *player = *state;
    size_t at = 7;

    PLAY(player, BYTES("\r\n\r\n"));
    assert_int_equal(find(player, "\r\n", &at), 0);
    assert_int_equal(at, 0);
}

static void a_delimiter_may_come_in_two_reads(void **state)
{
    struct player *player = *state;
    size_t at = 0;

    PLAY(player, BYTES("head\r"), BYTES("\nbody"));
    assert_int_equal(find(player, "\r\n", &at), NB_WANT_READ);
    assert_int_equal(find(player, "\r\n", &at), 0);
    assert_int_equal(at, 4);
}

static void what_looks_like_a_delimiter_is_passed_over(void **state)
{
    struct player *player = *state;
    size_t at = 0;

    PLAY(player, BYTES("aaa"), BYTES("a"), BYTES("ab"));
    assert_int_equal(find(player, "aaab", &at), NB_WANT_READ);
    assert_int_equal(find(player, "aaab", &at), NB_WANT_READ);
    assert_int_equal(find(player, "aaab", &at), 0);
    assert_int_equal(at, 2);
}

static void a_search_goes_on_where_it_stopped(void **state)
{
    struct player *player = *state;
    size_t at = 0;

    PLAY(player, BYTES("0123456789"), BYTES("ab"));
    assert_int_equal(find(player, "---", &at), NB_WANT_READ);
    assert_int_equal(player->reader.scanned, 8);
    assert_int_equal(find(player, "---", &at), NB_WANT_READ);
    assert_int_equal(player->reader.scanned, 10);
    nb_reader_drop(&player->reader, 4);
    assert_int_equal(player->reader.scanned, 6);
    nb_reader_drop(&player->reader, 7);
    assert_int_equal(player->reader.scanned, 0);
}

static void another_delimiter_is_sought_from_the_front(void **state)
{
    struct player *player = *state;
    size_t at = 0;

    PLAY(player, BYTES("one;two\nthree"));
    assert_int_equal(find(player, "!", &at), NB_WANT_READ);
    assert_int_equal(find(player, ";", &at), 0);
    assert_int_equal(at, 3);
    assert_int_equal(find(player, "!!", &at), NB_WANT_READ);
    assert_int_equal(find(player, "\n", &at), 0);
    assert_int_equal(at, 7);
}

static void a_search_without_memory_to_remember_it_still_finds(void **state)
{
    struct player *player = *state;
    struct refusal refusal = {.countdown = 2};
    size_t at = 0;

    PLAY(player, BYTES("one"), BYTES("\n"));
    nb_alloc_set_gate(refusal_gate, &refusal);
    assert_int_equal(find(player, "\n", &at), NB_WANT_READ);
    assert_int_equal(refusal.countdown, 0);
    assert_int_equal(find(player, "\n", &at), 0);
    assert_int_equal(at, 3);
}

static void as_many_bytes_as_allowed_may_stand_before(void **state)
{
    struct player *player = *state;
    size_t at = 0;

    PLAY(player, BYTES("abc\r"), BYTES("\n"));
    assert_int_equal(find_within(player, "\r\n", 3, &at), NB_WANT_READ);
    assert_int_equal(find_within(player, "\r\n", 3, &at), 0);
    assert_int_equal(at, 3);
}

static void more_bytes_than_allowed_are_an_error_and_stay(void **state)
{
    struct player *player = *state;
    size_t at = 0;

    PLAY(player, BYTES("abcd"), BYTES("e"), BYTES("\r\n"));
    assert_int_equal(find_within(player, "\r\n", 3, &at), NB_WANT_READ);
    assert_int_equal(find_within(player, "\r\n", 3, &at), -EMSGSIZE);
    assert_int_equal(find_within(player, "\r\n", 3, &at), -EMSGSIZE);
    assert_holds(player, "abcde");
    assert_int_equal(player->reads, 2);
    assert_int_equal(find_within(player, "\r\n", 5, &at), 0);
    assert_int_equal(find_within(player, "\r\n", 4, &at), -EMSGSIZE);
}

static void the_end_of_the_stream_leaves_what_came_before(void **state)
{
    struct player *player = *state;
    size_t at = 0;

    PLAY(player, BYTES("rest"), CODE(NB_EOF), CODE(NB_EOF), CODE(NB_EOF));
    assert_int_equal(find(player, "\n", &at), NB_WANT_READ);
    assert_int_equal(find(player, "\n", &at), NB_EOF);
    assert_int_equal(nb_reader_need(&player->reader, &player->stream, 5),
                     NB_EOF);
    assert_int_equal(nb_reader_all(&player->reader, &player->stream), 0);
    assert_holds(player, "rest");
}

static void an_error_leaves_what_came_before(void **state)
{
    struct player *player = *state;
    size_t at = 0;

    PLAY(player, BYTES("rest"), CODE(-ECONNRESET), CODE(NB_WANT_WRITE));
    assert_int_equal(find(player, "\n", &at), NB_WANT_READ);
    assert_int_equal(find(player, "\n", &at), -ECONNRESET);
    assert_int_equal(find(player, "\n", &at), NB_WANT_WRITE);
    assert_holds(player, "rest");
}

static void need_waits_for_so_many(void **state)
{
    struct player *player = *state;

    PLAY(player, BYTES("abc"), BYTES("defgh"));
    assert_int_equal(nb_reader_need(&player->reader, &player->stream, 5),
                     NB_WANT_READ);
    assert_int_equal(nb_reader_need(&player->reader, &player->stream, 3), 0);
    assert_int_equal(player->reads, 1);
    assert_int_equal(nb_reader_need(&player->reader, &player->stream, 5), 0);
    nb_reader_drop(&player->reader, 5);
    assert_holds(player, "fgh");
    assert_int_equal(nb_reader_need(&player->reader, &player->stream, 0), 0);
    assert_int_equal(player->reads, 2);
}

static void all_reads_up_to_the_end(void **state)
{
    struct player *player = *state;

    PLAY(player, BYTES("abc"), BYTES("def"), CODE(NB_EOF));
    assert_int_equal(nb_reader_all(&player->reader, &player->stream),
                     NB_WANT_READ);
    assert_int_equal(nb_reader_all(&player->reader, &player->stream),
                     NB_WANT_READ);
    assert_int_equal(nb_reader_all(&player->reader, &player->stream), 0);
    assert_holds(player, "abcdef");
}

static void a_short_read_is_not_tried_again(void **state)
{
    struct player *player = *state;
    size_t at = 0;

    PLAY(player, BYTES("a"), BYTES("\n"));
    assert_int_equal(find(player, "\n", &at), NB_WANT_READ);
    assert_int_equal(player->reads, 1);
}

static void without_a_stream_there_is_what_is_there(void **state)
{
    struct player *player = *state;
    size_t at = 0;

    PLAY(player, BYTES("a\nb"));
    assert_int_equal(find(player, "\n", &at), 0);
    assert_int_equal(nb_reader_need(&player->reader, NULL, 3), 0);
    assert_int_equal(nb_reader_need(&player->reader, NULL, 4), NB_WANT_READ);
    assert_holds(player, "a\nb");
}

static void full_reads_are_followed_by_larger_ones(void **state)
{
    struct player *player = *state;
    size_t len = 100000;

    player->endless = "x";
    assert_int_equal(nb_reader_need(&player->reader, &player->stream, len), 0);
    assert_true(player->reads <= 8);
}

static void a_stream_without_end_lets_others_have_their_turn(void **state)
{
    struct player *player = *state;
    size_t at = 0;

    player->endless = "x";
    assert_int_equal(find(player, "\n", &at), NB_WANT_READ);
    size_t first = player->reads;
    assert_in_range(first, 2, 64);
    assert_in_range(nb_reader_len(&player->reader), 65536, 2 << 20);
    assert_int_equal(nb_reader_need(&player->reader, &player->stream, 1 << 26),
                     NB_WANT_READ);
    assert_int_equal(player->reads, 2 * first);
    assert_int_equal(nb_reader_all(&player->reader, &player->stream),
                     NB_WANT_READ);
}

static void half_a_line_holds_little_memory(void **state)
{
    struct player *player = *state;
    size_t at = 0;

    PLAY(player, BYTES("half a line"));
    assert_int_equal(find(player, "\n", &at), NB_WANT_READ);
    assert_in_range(nb_alloc_account().bytes, 1, 8192);
}

static void without_memory_the_bytes_stay_where_they_are(void **state)
{
    struct player *player = *state;
    struct refusal refusal = {.for_good = true};
    size_t at = 0;

    PLAY(player, BYTES("abc"), BYTES("\n"));
    nb_alloc_set_gate(refusal_gate, &refusal);
    assert_int_equal(find(player, "\n", &at), -ENOMEM);
    assert_int_equal(player->reads, 0);
    nb_alloc_set_gate(NULL, NULL);
    assert_int_equal(find(player, "\n", &at), NB_WANT_READ);
    assert_int_equal(find(player, "\n", &at), 0);
    assert_int_equal(at, 3);
}

/* Cuts `text` into replies at random places, with waits between them. */
static size_t cut(struct chance *chance, const char *text, size_t len,
                  struct reply *replies)
{
    size_t count = 0;

    for (size_t at = 0; at < len;) {
        size_t n = 1 + chance_below(chance, 5);
        n = n < len - at ? n : len - at;
        replies[count++] = (struct reply){.bytes = text + at, .len = n};
        if (chance_below(chance, 3) == 0)
            replies[count++] = (struct reply){.rc = NB_WANT_READ};
        at += n;
    }
    replies[count++] = (struct reply){.rc = NB_EOF};
    return count;
}

/* Finds each delimiter where memmem() does. */
static bool finds_the_same(struct player *player, const char *text, size_t len,
                           const char *delimiter)
{
    size_t from = 0;

    for (;;) {
        const char *hit =
            memmem(text + from, len - from, delimiter, strlen(delimiter));
        size_t at = 0;
        int rc;
        do
            rc = find(player, delimiter, &at);
        while (rc == NB_WANT_READ);
        if (hit == NULL)
            return rc == NB_EOF && nb_reader_len(&player->reader) == len - from;
        if (rc != 0 || at != (size_t)(hit - text) - from)
            return false;
        nb_reader_drop(&player->reader, at + strlen(delimiter));
        from += at + strlen(delimiter);
    }
}

static void every_cut_of_a_text_gives_the_same_pieces(void **state)
{
    static const char *const delimiters[] = {"a", "ab", "aab", "abab", "bbbba"};
    struct player *player = *state;
    uint64_t last = 0;

    for (uint64_t seed = chance_seeds(SEEDS, &last); seed <= last; seed++) {
        struct chance chance = {seed};
        struct reply replies[2 * TEXT + 1];
        char text[TEXT];
        for (size_t i = 0; i < TEXT; i++)
            text[i] = chance_below(&chance, 2) == 0 ? 'a' : 'b';
        const char *delimiter =
            delimiters[chance_below(&chance, NB_COUNTOF(delimiters))];
        set_replies(player, replies, cut(&chance, text, TEXT, replies));
        if (!finds_the_same(player, text, TEXT, delimiter))
            fail_msg("repeat with NB_SEED=%llu", (unsigned long long)seed);
        nb_reader_drop(&player->reader, nb_reader_len(&player->reader));
    }
}

static void what_is_put_back_comes_first(void **state)
{
    struct player *player = *state;
    struct nb_reader *reader = &player->reader;
    struct refusal refusal = {.for_good = true};
    struct nb_buf bytes;
    size_t at = 0;

    nb_buf_init(&bytes);
    PLAY(player, BYTES("cd;e"));
    assert_int_equal(nb_buf_append(&bytes, "ab;", 3), 0);
    assert_int_equal(find(player, "e", &at), 0);
    nb_alloc_set_gate(refusal_gate, &refusal);
    assert_int_equal(nb_reader_unread(reader, &bytes), 0);
    nb_alloc_set_gate(NULL, NULL);
    assert_int_equal(bytes.len, 0);
    assert_int_equal(find(player, ";", &at), 0);
    assert_int_equal(at, 2);
    assert_int_equal(nb_reader_len(reader), 7);
    assert_memory_equal(nb_reader_bytes(reader), "ab;cd;e", 7);
}

/* A test with a player of its own. */
#define WITH_PLAYER(test)                                                      \
    cmocka_unit_test_setup_teardown(test, new_player, free_player)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_PLAYER(an_idle_reader_holds_no_memory),
        WITH_PLAYER(what_is_behind_a_piece_stays),
        WITH_PLAYER(a_delimiter_in_front_is_found),
        WITH_PLAYER(a_delimiter_may_come_in_two_reads),
        WITH_PLAYER(what_looks_like_a_delimiter_is_passed_over),
        WITH_PLAYER(a_search_goes_on_where_it_stopped),
        WITH_PLAYER(another_delimiter_is_sought_from_the_front),
        WITH_PLAYER(a_search_without_memory_to_remember_it_still_finds),
        WITH_PLAYER(as_many_bytes_as_allowed_may_stand_before),
        WITH_PLAYER(more_bytes_than_allowed_are_an_error_and_stay),
        WITH_PLAYER(the_end_of_the_stream_leaves_what_came_before),
        WITH_PLAYER(an_error_leaves_what_came_before),
        WITH_PLAYER(need_waits_for_so_many),
        WITH_PLAYER(all_reads_up_to_the_end),
        WITH_PLAYER(a_short_read_is_not_tried_again),
        WITH_PLAYER(without_a_stream_there_is_what_is_there),
        WITH_PLAYER(full_reads_are_followed_by_larger_ones),
        WITH_PLAYER(a_stream_without_end_lets_others_have_their_turn),
        WITH_PLAYER(half_a_line_holds_little_memory),
        WITH_PLAYER(without_memory_the_bytes_stay_where_they_are),
        WITH_PLAYER(what_is_put_back_comes_first),
        WITH_PLAYER(every_cut_of_a_text_gives_the_same_pieces),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
