/*
 * socket.relay on a scripted network where it has much to move: through a pipe
 * if the kernel can, and what is in the pipe is not lost.
 */
#include "support/luafixture.h"

#include <errno.h>
#include <string.h>

/* Two connected sockets and their descriptors, 3 and 4. */
#define PAIR                                                                   \
    "local a, b = socket.tcp4(), socket.tcp4()\n"                              \
    "a:connect('192.0.2.1', 80)\n"                                             \
    "b:connect('192.0.2.2', 80)\n"                                             \
    "local A, B = a:fileno(), b:fileno()\n"

enum { A = 3, B = 4, SMALL = 8 };

/*
 * Relays 80 bytes from A to B, each read as large as it can be: four are
 * copied, then come six splices. What B takes is scripted by `prepare`.
 */
static void splices(void (*prepare)(struct nb_net *net), const char *chunk,
                    const char *out, size_t sent)
{
    static char flood[SMALL * 10];
    struct luafixture fx;

    for (size_t i = 0; i < sizeof flood; i++)
        flood[i] = (char)('0' + i);
    luafixture_begin(&fx);
    fx.lua.relays.size = SMALL;
    scripted_for(fx.net, A);
    scripted_bytes(fx.net, flood, sizeof flood);
    prepare(fx.net);
    scripted_for(fx.net, A);
    scripted_result(fx.net, SCRIPTED_RECV, 0);
    scripted_for(fx.net, B);
    scripted_result(fx.net, SCRIPTED_RECV, 0);
    scripted_for(fx.net, -1);
    luafixture_expect(&fx, chunk, out);
    assert_int_equal(scripted_sent_len(fx.net), sent);
    assert_memory_equal(scripted_sent(fx.net), flood, sent);
    luafixture_end(&fx);
}

#define RELAY PAIR "print(socket.relay(a, b))\n"

static void as_it_is(struct nb_net *net)
{
}

static void much_goes_through_a_pipe(void **state)
{
    struct luafixture fx;

    splices(as_it_is, RELAY, "80\t0\n", 80);
    luafixture_begin(&fx);
    fx.lua.relays.size = SMALL;
    scripted_for(fx.net, A);
    for (int i = 0; i < 6; i++)
        scripted_text(fx.net, "12345678");
    scripted_text(fx.net, "1");
    scripted_text(fx.net, "12345678");
    scripted_result(fx.net, SCRIPTED_RECV, 0);
    scripted_for(fx.net, B);
    scripted_result(fx.net, SCRIPTED_RECV, 0);
    scripted_for(fx.net, -1);
    luafixture_expect(&fx, RELAY, "57\t0\n");
    assert_int_equal(luafixture_count(&fx, "pipe"), 1);
    assert_int_equal(luafixture_count(&fx, "splice 3"), 3);
    assert_int_equal(luafixture_count(&fx, "splice 5"), 3);
    luafixture_end(&fx);
}

static void choke(struct nb_net *net)
{
    for (int i = 0; i < 12; i++) {
        scripted_for(net, i % 2 == 0 ? A : B);
        scripted_result(net, SCRIPTED_SPLICE, -EAGAIN);
        scripted_result(net, SCRIPTED_SPLICE, 3);
    }
}

static void a_pipe_that_is_not_emptied_is_kept(void **state)
{
    splices(choke, RELAY, "80\t0\n", 80);
}

static void refuse_in(struct nb_net *net)
{
    scripted_for(net, A);
    scripted_result(net, SCRIPTED_SPLICE, -EINVAL);
}

static void refuse_out(struct nb_net *net)
{
    scripted_for(net, B);
    scripted_result(net, SCRIPTED_SPLICE, 3);
    scripted_result(net, SCRIPTED_SPLICE, -ENOSYS);
}

static void refuse_pipe(struct nb_net *net)
{
    scripted_for(net, -1);
    scripted_result(net, SCRIPTED_PIPE, -EMFILE);
    scripted_result(net, SCRIPTED_PIPE, -ENFILE);
}

static void where_it_is_refused_bytes_are_copied(void **state)
{
    splices(refuse_in, RELAY, "80\t0\n", 80);
    splices(refuse_out, RELAY, "80\t0\n", 80);
    splices(refuse_pipe, RELAY, "80\t0\n", 80);
}

static void block(struct nb_net *net)
{
    scripted_for(net, B);
    scripted_result(net, SCRIPTED_SPLICE, 3);
}

#define BLOCKED                                                                \
    PAIR "local function block() wire.writable(B, false) end\n"                \
         "local t = thread.spawn(socket.relay, a, b)\n"                        \
         "thread.yield()\n"                                                    \
         "block()\n"                                                           \
         "timer.sleep(1)\n"

static void what_is_in_a_pipe_goes_back(void **state)
{
    splices(block,
            BLOCKED "t:cancel()\n"
                    "t:join()\n"
                    "wire.eof(B)\n"
                    "print(b:recv())\n"
                    "print(#a:receive('*a'))\n",
            "nil\tclosed\tEOF\n45\n", 35);
}

static void break_out(struct nb_net *net)
{
    scripted_for(net, B);
    scripted_result(net, SCRIPTED_SPLICE, 3);
    scripted_result(net, SCRIPTED_SPLICE, -ECONNRESET);
}

static void a_reset_under_a_pipe_is_told(void **state)
{
    splices(break_out, RELAY "print(#a:receive('*a'))\n",
            "nil\tclosed\tECONNRESET\t35\t0\n45\n", 35);
}

static bool refuse_much(void *context, size_t size)
{
    return size < NB_SCRATCH / 2;
}

static void what_cannot_be_kept_ends_the_stream(void **state)
{
    struct luafixture fx;
    static char much[NB_SCRATCH];

    luafixture_begin(&fx);
    scripted_for(fx.net, A);
    scripted_bytes(fx.net, much, sizeof much);
    scripted_for(fx.net, -1);
    scripted_result(fx.net, SCRIPTED_SEND, 100);
    nb_alloc_set_gate(refuse_much, NULL);
    luafixture_expect(&fx,
                      PAIR "print(socket.relay(a, b))\n"
                           "print(a:recv())\n",
                      "nil\tCannot allocate memory\tENOMEM\t100\t0\n"
                      "nil\tclosed\tEBADF\n");
    nb_alloc_set_gate(NULL, NULL);
    luafixture_end(&fx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(much_goes_through_a_pipe),
        cmocka_unit_test(a_pipe_that_is_not_emptied_is_kept),
        cmocka_unit_test(where_it_is_refused_bytes_are_copied),
        cmocka_unit_test(what_is_in_a_pipe_goes_back),
        cmocka_unit_test(a_reset_under_a_pipe_is_told),
        cmocka_unit_test(what_cannot_be_kept_ends_the_stream),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
