/*
 * Every call that a program makes of the network, and every error that the
 * kernel may give it there: at the first occurrence and at each later one,
 * once, twice, or from then on for good.
 *
 * The programs (tests/unit/programs) run on the network in memory. Whatever
 * happens they end, in bounded time, and leave nothing behind; what they have
 * printed is what they print on a good day. An error that only means "not
 * now" changes nothing at all; any other reaches the script by its name.
 *
 * The first occurrence of each error is always tried, of the others a sample;
 * with the word "all" every one.
 */
#include "support/luafixture.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bind/lthread.h"
#include "net/net.h"
#include "support/script.h"
#include "support/verdict.h"
#include "support/watchdog.h"
#include "util/err.h"

enum {
    MOST_PROGRAMS = 64,
    MOST_CALLS = 20000, /* of a program that comes to an end */
    FOR_GOOD = 1000000,
    TRAVEL = 1000000, /* ns from one end of a connection to the other */
    SAMPLE = 8,       /* one of so many later occurrences is tried */
};

#define LATE (1000 * NB_SECOND)

#define FOLDER "tests/unit/programs"

enum outcome {
    SKIP, /* the kernel does not do that */
    SAME, /* as if nothing had happened */
    TOLD, /* the first error that is reported is this one */
    MAY,  /* it may be reported, or the end of the stream, or not */
};

struct row {
    enum lan_op op;
    int result; /* an error, or how many bytes at most */
    enum outcome once;
    enum outcome twice;
    enum outcome for_good;
};

static const struct row rows[] = {
    {LAN_SOCKET, -EMFILE, SAME, TOLD, TOLD},
    {LAN_SOCKET, -ENFILE, SAME, TOLD, TOLD},
    {LAN_SOCKET, -ENOBUFS, TOLD, SKIP, TOLD},
    {LAN_SOCKET, -ENOMEM, TOLD, SKIP, TOLD},
    {LAN_SOCKET, -EAFNOSUPPORT, TOLD, SKIP, TOLD},
    {LAN_SOCKET, -EPERM, TOLD, SKIP, TOLD},
    {LAN_SOCKET, -EACCES, TOLD, SKIP, TOLD},
    {LAN_SETSOCKOPT, -EINVAL, TOLD, SKIP, TOLD},
    {LAN_SETSOCKOPT, -ENOPROTOOPT, TOLD, SKIP, TOLD},
    {LAN_SETSOCKOPT, -ENOMEM, TOLD, SKIP, TOLD},
    {LAN_GETSOCKOPT, -EINVAL, TOLD, SKIP, TOLD},
    {LAN_GETSOCKOPT, -ENOPROTOOPT, TOLD, SKIP, TOLD},
    {LAN_GETSOCKOPT, -ENOMEM, TOLD, SKIP, TOLD},
    {LAN_BIND, -EADDRINUSE, TOLD, SKIP, TOLD},
    {LAN_BIND, -EADDRNOTAVAIL, TOLD, SKIP, TOLD},
    {LAN_BIND, -EACCES, TOLD, SKIP, TOLD},
    {LAN_BIND, -EINVAL, TOLD, SKIP, TOLD},
    {LAN_LISTEN, -EADDRINUSE, TOLD, SKIP, TOLD},
    {LAN_LISTEN, -EOPNOTSUPP, TOLD, SKIP, TOLD},
    {LAN_ACCEPT, -EAGAIN, SAME, SAME, SKIP},
    {LAN_ACCEPT, -EMFILE, SAME, TOLD, TOLD},
    {LAN_ACCEPT, -ENFILE, SAME, TOLD, TOLD},
    {LAN_ACCEPT, -ENOBUFS, SAME, TOLD, TOLD},
    {LAN_ACCEPT, -ENOMEM, SAME, TOLD, TOLD},
    {LAN_ACCEPT, -EINVAL, TOLD, SKIP, TOLD},
    {LAN_ACCEPT, -EPERM, TOLD, SKIP, TOLD},
    {LAN_SOCKETPAIR, -EMFILE, SAME, TOLD, TOLD},
    {LAN_SOCKETPAIR, -ENFILE, SAME, TOLD, TOLD},
    {LAN_SOCKETPAIR, -ENOBUFS, TOLD, SKIP, TOLD},
    {LAN_SOCKETPAIR, -EOPNOTSUPP, TOLD, SKIP, TOLD},
    {LAN_ADOPT, -EBADF, TOLD, SKIP, TOLD},
    {LAN_ADOPT, -ENOTSOCK, TOLD, SKIP, TOLD},
    {LAN_CONNECT, -EINPROGRESS, SAME, SAME, SKIP},
    {LAN_CONNECT, -EALREADY, SAME, SAME, SKIP},
    {LAN_CONNECT, -ECONNREFUSED, TOLD, SKIP, TOLD},
    {LAN_CONNECT, -ETIMEDOUT, TOLD, SKIP, TOLD},
    {LAN_CONNECT, -EHOSTUNREACH, TOLD, SKIP, TOLD},
    {LAN_CONNECT, -ENETUNREACH, TOLD, SKIP, TOLD},
    {LAN_CONNECT, -EADDRNOTAVAIL, TOLD, SKIP, TOLD},
    {LAN_CONNECT, -ECONNRESET, TOLD, SKIP, TOLD},
    {LAN_CONNECT, -EPERM, TOLD, SKIP, TOLD},
    {LAN_CONNECT, -EAGAIN, TOLD, SKIP, SKIP},
    {LAN_CONNECT, -ENOENT, TOLD, SKIP, TOLD},
    {LAN_RECV, 1, SAME, SAME, SAME},
    {LAN_RECV, -EAGAIN, SAME, SAME, SKIP},
    {LAN_RECV, 0, MAY, SKIP, MAY},
    {LAN_RECV, -ECONNRESET, TOLD, SKIP, TOLD},
    {LAN_RECV, -ETIMEDOUT, TOLD, SKIP, TOLD},
    {LAN_RECV, -EHOSTUNREACH, TOLD, SKIP, TOLD},
    {LAN_RECV, -ENOMEM, TOLD, SKIP, TOLD},
    {LAN_RECV, -ENOTCONN, TOLD, SKIP, TOLD},
    {LAN_RECV, -EBADF, TOLD, SKIP, TOLD},
    {LAN_RECV, -ECONNREFUSED, TOLD, SKIP, TOLD},
    {LAN_SEND, 1, SAME, SAME, SAME},
    {LAN_SEND, -EAGAIN, SAME, SAME, SKIP},
    {LAN_SEND, -EPIPE, TOLD, SKIP, TOLD},
    {LAN_SEND, -ECONNRESET, TOLD, SKIP, TOLD},
    {LAN_SEND, -ENOBUFS, TOLD, SKIP, TOLD},
    {LAN_SEND, -EMSGSIZE, TOLD, SKIP, TOLD},
    {LAN_SEND, -EPERM, TOLD, SKIP, TOLD},
    {LAN_SEND, -EHOSTUNREACH, TOLD, SKIP, TOLD},
    {LAN_RECVMMSG, 1, SAME, SAME, SAME},
    {LAN_RECVMMSG, -EAGAIN, SAME, SAME, SKIP},
    {LAN_RECVMMSG, -ENOMEM, TOLD, SKIP, TOLD},
    {LAN_RECVMMSG, -EBADF, TOLD, SKIP, TOLD},
    {LAN_RECVMMSG, -ECONNREFUSED, TOLD, SKIP, TOLD},
    {LAN_SENDMMSG, 1, SAME, SAME, SAME},
    {LAN_SENDMMSG, -EAGAIN, SAME, SAME, SKIP},
    {LAN_SENDMMSG, -ENOBUFS, MAY, SKIP, MAY},
    {LAN_SENDMMSG, -EPERM, MAY, SKIP, MAY},
    {LAN_SENDMMSG, -EHOSTUNREACH, MAY, SKIP, MAY},
    {LAN_SHUTDOWN, -ENOTCONN, TOLD, SKIP, TOLD},
    {LAN_SHUTDOWN, -EIO, TOLD, SKIP, TOLD},
    {LAN_CLOSE, -EINTR, SAME, SKIP, SAME},
    {LAN_CLOSE, -EIO, SAME, SKIP, SAME},
    {LAN_CLOSE, -ECONNRESET, SAME, SKIP, SAME},
    {LAN_GETSOCKNAME, -ENOTCONN, TOLD, SKIP, TOLD},
    {LAN_GETSOCKNAME, -ENOBUFS, TOLD, SKIP, TOLD},
    {LAN_GETPEERNAME, -ENOTCONN, TOLD, SKIP, TOLD},
    {LAN_GETPEERNAME, -ENOBUFS, TOLD, SKIP, TOLD},
    {LAN_POLL, -ENOMEM, TOLD, SKIP, TOLD},
    {LAN_PIPE, -EMFILE, SAME, SAME, SAME},
    {LAN_PIPE, -ENFILE, SAME, SAME, SAME},
    {LAN_SPLICE, 1, SAME, SAME, SAME},
    {LAN_SPLICE, -EAGAIN, SAME, SAME, SKIP},
    {LAN_SPLICE, -EINVAL, SAME, SAME, SAME},
    {LAN_SPLICE, -ENOSYS, SAME, SAME, SAME},
    {LAN_SPLICE, -ENOMEM, SAME, SAME, SAME},
    {LAN_SPLICE, -EPIPE, TOLD, SKIP, TOLD},
    {LAN_SPLICE, -ECONNRESET, TOLD, SKIP, TOLD},
    {LAN_LOOKUP, -ENOMEM, TOLD, SKIP, TOLD},
    {LAN_LOOKUP, -EMFILE, TOLD, SKIP, TOLD},
    {LAN_REVERSE, -ENOMEM, TOLD, SKIP, TOLD},
    {LAN_REVERSE, -EMFILE, TOLD, SKIP, TOLD},
    {LAN_ANSWER, NB_EAI_AGAIN, TOLD, SKIP, TOLD},
    {LAN_ANSWER, NB_EAI_NONAME, TOLD, SKIP, TOLD},
    {LAN_ANSWER, NB_EAI_FAIL, TOLD, SKIP, TOLD},
    {LAN_ANSWER, -ENOMEM, TOLD, SKIP, TOLD},
};

/* Errors that a program has its own way with; 0: all of that call. */
static const struct {
    const char *program;
    enum lan_op op;
    int result;
} exceptions[] = {
    {"addresses", LAN_ANSWER, NB_EAI_NONAME}, /* then a number will do */
    {"adopted", LAN_GETPEERNAME, 0},
    {"cancel", LAN_RECV, -ETIMEDOUT}, /* that is what it is waiting for */
    {"closing", LAN_RECV, -EBADF},
    {"from_stream", LAN_GETPEERNAME, 0},
    {"inspect", LAN_GETPEERNAME, 0},
    {"inspect", LAN_GETSOCKNAME, 0},
    {"inspect", LAN_GETSOCKOPT, 0},
    {"names", LAN_CONNECT, 0}, /* there is another address */
    {"polling", LAN_CONNECT, -EAGAIN},
    {"ports", LAN_SOCKET, 0}, /* it tries again */
    {"ports", LAN_SETSOCKOPT, 0},
    {"ports", LAN_BIND, 0},
    {"ports", LAN_LISTEN, 0},
    {"relayed", LAN_SHUTDOWN, -ENOTCONN}, /* then it can no longer be sent */
    {"timeouts", LAN_RECV, -ETIMEDOUT},
    {"unix", LAN_CONNECT, -EAGAIN},          /* the backlog is full: it waits */
    {"udp_peer", LAN_CONNECT, -EINPROGRESS}, /* no datagram socket has that */
    {"udp_peer", LAN_CONNECT, -EALREADY},
    {"unix_datagrams", LAN_CONNECT, -EINPROGRESS},
    {"unix_datagrams", LAN_CONNECT, -EALREADY},
};

/* A program, and what it does when all goes well. */
struct program {
    char name[32];
    char *text;
    char *out;
    int calls[LAN_OPS];
    int all; /* calls */
};

/* A run of one. */
struct cell {
    const struct program *program;
    struct luafixture fx;
    enum lan_op op; /* number `from` and those behind it give `result` */
    int result;
    int from;
    int times;
    int interrupt; /* the call during which the user presses Ctrl-C */
    int calls[LAN_OPS];
    int all;
    struct nb_timer late;
    int hangs;
    bool over;
};

static struct program programs[MOST_PROGRAMS];
static struct cell cell; /* the one that runs */
static bool whole;       /* no cell is left out */
static struct chance chance;
static int faults; /* found so far */

/* The cell in words. */
static const char *describe(void)
{
    static char words[150];
    const char *name = cell.program == NULL ? "" : cell.program->name;

    if (cell.interrupt > 0)
        snprintf(words, sizeof words, "%s, Ctrl-C at call %d", name,
                 cell.interrupt);
    else
        snprintf(words, sizeof words, "%s, %s (%d) from %s number %d, %d times",
                 name, nb_err_name(cell.result), cell.result,
                 lan_op_name(cell.op), cell.from, cell.times);
    return words;
}

static void tell(const char *fault)
{
    faults++;
    print_error("%s: %s\n%s%s", describe(), fault, cell.fx.out, cell.fx.err);
}

static void press_ctrl_c(void)
{
    struct nb_lua *lua = &cell.fx.lua;

    lua->rt.signal = SIGINT;
    nb_lthread_interrupt(lua);
    nb_loop_wake(lua->rt.loop);
}

/* Counts the calls, and breaks those that are meant. */
static int judge(void *context, enum lan_op op, int fd)
{
    int number = ++cell.calls[op];

    cell.all++;
    if (cell.all == MOST_CALLS || cell.all == cell.interrupt)
        press_ctrl_c();
    if (op != cell.op || number < cell.from || number >= cell.from + cell.times)
        return LAN_GO;
    return cell.result;
}

static int64_t travel(void *context)
{
    return TRAVEL;
}

/* Who is stuck may be reported now; who still goes on is ended. */
static void on_late(struct nb_timer *timer)
{
    if (++cell.hangs == 1)
        nb_timer_arm(&cell.fx.lua.rt, timer, 2 * LATE);
    else
        press_ctrl_c();
}

static void run(void)
{
    static const struct lan_rules rules = {.judge = judge, .delay = travel};
    struct luafixture *fx = &cell.fx;

    luafixture_begin_lan(fx, &rules);
    lan_name(fx->net, "one.test", "127.0.0.1");
    lan_name(fx->net, "two.test", "192.0.2.1");
    lan_name(fx->net, "two.test", "127.0.0.1");
    nb_timer_init(&cell.late, on_late);
    nb_timer_arm(&fx->lua.rt, &cell.late, LATE);
    watchdog_set("%s: it hangs", describe());
    int rc = luafixture_run(fx, cell.program->text);
    watchdog_clear();
    nb_timer_disarm(&fx->lua.rt, &cell.late);
    luafixture_end(fx);
    if (rc != 0 || cell.hangs > 0 || cell.all >= MOST_CALLS)
        tell("it does not end");
    cell.over = true;
}

/* What follows from an error, elsewhere in the program. */
static bool is_consequence(const char *code)
{
    static const char *const codes[] = {
        "EOF", "ECONNRESET", "EPIPE", "ECONNREFUSED", "ETIMEDOUT", "EBADF",
    };

    for (size_t i = 0; i < NB_COUNTOF(codes); i++) {
        if (strcmp(code, codes[i]) == 0)
            return true;
    }
    return false;
}

/* Why the run is not what it should be, or NULL. */
static const char *find_fault(enum outcome outcome)
{
    const char *name = nb_err_name(cell.result);
    const char *at = cell.fx.err;
    char code[32] = "";
    bool told = false;

    if (outcome == SAME)
        return *cell.fx.err == '\0' &&
                       verdict_is_same(cell.fx.out, cell.program->out)
                   ? NULL
                   : "it should not have been noticed";
    while ((at = verdict_next_code(at, code)) != NULL) {
        bool same = strcmp(code, name) == 0;
        if (!same && !told && outcome == TOLD)
            return "something else was reported first";
        if (!same && !is_consequence(code))
            return "an error came from nowhere";
        told = true;
    }
    if (!told && outcome == TOLD)
        return "it was not reported";
    return verdict_is_part(cell.fx.out, cell.program->out)
               ? NULL
               : "something wrong was printed";
}

static bool is_exception(const struct program *program, const struct row *row)
{
    for (size_t i = 0; i < NB_COUNTOF(exceptions); i++) {
        if (exceptions[i].op == row->op &&
            (exceptions[i].result == 0 ||
             exceptions[i].result == row->result) &&
            strcmp(exceptions[i].program, program->name) == 0)
            return true;
    }
    return false;
}

/* True for one of so many, and always in a long run. */
static bool is_chosen(void)
{
    return whole || chance_below(&chance, SAMPLE) == 0;
}

static void try_cell(const struct program *program, const struct row *row,
                     int from, int times, enum outcome outcome)
{
    if (outcome == SKIP)
        return;
    if (is_exception(program, row)) {
        if (outcome == SAME)
            return;
        outcome = MAY;
    }
    cell = (struct cell){.program = program,
                         .op = row->op,
                         .result = row->result,
                         .from = from,
                         .times = times};
    run();
    const char *fault = find_fault(outcome);
    if (fault != NULL)
        tell(fault);
}

static void try_row(const struct program *program, const struct row *row)
{
    for (int n = 1; n <= program->calls[row->op]; n++) {
        if (n == 1 || is_chosen())
            try_cell(program, row, n, 1, row->once);
        if (is_chosen())
            try_cell(program, row, n, 2, row->twice);
        if (is_chosen())
            try_cell(program, row, n, FOR_GOOD, row->for_good);
    }
}

static void each_call_gives_each_error(void **state)
{
    for (size_t i = 0; programs[i].text != NULL; i++) {
        for (size_t r = 0; r < NB_COUNTOF(rows); r++)
            try_row(&programs[i], &rows[r]);
    }
    assert_int_equal(faults, 0);
}

/* A wait that was over may still give what it had: that it was closed. */
static void press_at(const struct program *program, int call)
{
    cell = (struct cell){
        .program = program, .interrupt = call, .result = -ECANCELED};
    run();
    const char *fault = find_fault(MAY);
    if (fault != NULL)
        tell(fault);
}

static void ctrl_c_at_each_call_ends_the_program(void **state)
{
    for (size_t i = 0; programs[i].text != NULL; i++) {
        for (int n = 1; n <= programs[i].all; n++) {
            if (is_chosen())
                press_at(&programs[i], n);
        }
    }
    assert_int_equal(faults, 0);
}

/* Reads a program, and runs it on a good day. */
static void load(struct program *program, const char *file)
{
    char path[300];
    struct nb_buf text;

    snprintf(program->name, sizeof program->name, "%.*s",
             (int)strcspn(file, "."), file);
    snprintf(path, sizeof path, "%s/%s", FOLDER, file);
    nb_buf_init(&text);
    assert_int_equal(nb_console_read_file(path, &text), 0);
    program->text = strndup(nb_buf_bytes(&text), text.len);
    nb_buf_deinit(&text);
    cell = (struct cell){.program = program};
    run();
    if (*cell.fx.err != '\0' || *cell.fx.out == '\0')
        tell("it does not even work on a good day");
    program->out = strdup(cell.fx.out);
    memcpy(program->calls, cell.calls, sizeof program->calls);
    program->all = cell.all;
}

static int is_visible(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

static void programs_work_on_a_good_day(void **state)
{
    struct dirent **files;
    int count = scandir(FOLDER, &files, is_visible, alphasort);

    assert_in_range(count, 1, MOST_PROGRAMS - 1);
    for (int i = 0; i < count; i++) {
        load(&programs[i], files[i]->d_name);
        free(files[i]);
    }
    free(files);
    assert_int_equal(faults, 0);
}

/* Names the run that failed inside a fixture. */
static int forget_programs(void **state)
{
    if (!cell.over)
        tell("it left something behind");
    for (size_t i = 0; i < MOST_PROGRAMS; i++) {
        free(programs[i].text);
        free(programs[i].out);
    }
    return 0;
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(programs_work_on_a_good_day),
        cmocka_unit_test(each_call_gives_each_error),
        cmocka_unit_test(ctrl_c_at_each_call_ends_the_program),
    };

    whole = argc > 1 && strcmp(argv[1], "all") == 0;
    return cmocka_run_group_tests(tests, NULL, forget_programs);
}
