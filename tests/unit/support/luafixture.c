/*
 * A program on a loop and a network of the test's: see luafixture.h.
 *
 * While it runs, descriptors 1 and 2 are files without a name.
 */
#include "support/luafixture.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "app/options.h"
#include "app/script.h"
#include "bind/roster.h"
#include "core/loop_ev.h"
#include "core/loop_virtual.h"
#include "net/net.h"
#include "net/posix.h"
#include "support/lanwire.h"
#include "support/wire.h"

static int count_descriptors(void)
{
    int count = 0;

    for (int fd = 0; fd < 256; fd++)
        count += fcntl(fd, F_GETFD) >= 0 ? 1 : 0;
    return count;
}

void luafixture_prepare(struct luafixture *fx, bool real)
{
    *fx = (struct luafixture){.real = real};
    fx->before = nb_alloc_account();
    if (real)
        fx->descriptors = count_descriptors();
    int rc = real ? nb_loop_ev_new(&fx->loop) : nb_loop_virtual_new(&fx->loop);
    assert_int_equal(rc, 0);
    nb_lua_init(&fx->lua, fx->loop);
    if (real)
        assert_int_equal(nb_posix_new(&fx->net, &fx->lua.rt), 0);
    else
        fx->net = scripted_new(&fx->lua.rt);
    nb_console_init(&fx->console, &fx->lua.rt);
}

static void begin(struct luafixture *fx, bool real)
{
    luafixture_prepare(fx, real);
    assert_int_equal(nb_lua_open(&fx->lua, fx->net, &fx->console), 0);
    if (!real)
        wire_open(fx->lua.L);
}

void luafixture_begin_lan(struct luafixture *fx, const struct lan_rules *rules)
{
    luafixture_prepare(fx, false);
    fx->net->ops->free(fx->net);
    fx->net = lan_new(&fx->lua.rt, rules);
    fx->lan = true;
    assert_int_equal(nb_lua_open(&fx->lua, fx->net, &fx->console), 0);
    fx->lua.relays.size = LAN_RELAY;
    lanwire_open(fx->lua.L);
}

void luafixture_begin(struct luafixture *fx)
{
    begin(fx, false);
}

void luafixture_begin_real(struct luafixture *fx)
{
    begin(fx, true);
}

/* A standard stream that is caught: what it was, and the file it is. */
struct caught {
    int fd;
    int saved;
    int file;
};

static struct caught divert(int fd)
{
    struct caught caught = {
        .fd = fd,
        .saved = fcntl(fd, F_DUPFD_CLOEXEC, 3),
        .file = memfd_create("caught", MFD_CLOEXEC),
    };

    assert_true(caught.saved >= 0 && caught.file >= 0);
    fflush(stdout);
    assert_int_equal(dup2(caught.file, fd), fd);
    return caught;
}

/* Gives the stream back; what was written is in `text`. */
static void release(const struct caught *caught, char *text, size_t size)
{
    dup2(caught->saved, caught->fd);
    close(caught->saved);
    ssize_t len = pread(caught->file, text, size - 1, 0);
    close(caught->file);
    assert_true(len >= 0 && (size_t)len < size - 1);
    text[len] = '\0';
}

static void break_deadlock(struct nb_lua *lua)
{
    nb_roster_print_deadlock(lua->L, lua);
    nb_runtime_stop(&lua->rt);
    nb_runtime_run(&lua->rt);
}

/* What a program left in the runtime, or NULL. */
static const char *left_running(const struct nb_lua *lua)
{
    const struct nb_runtime *rt = &lua->rt;

    if (!nb_list_empty(&rt->tasks) || !nb_list_empty(&rt->ready))
        return "a task";
    if (rt->external != 0)
        return "an external wait";
    if (!nb_list_empty(&lua->short_of_descriptors))
        return "an acceptor";
    return NULL;
}

int luafixture_run(struct luafixture *fx, const char *chunk)
{
    char *no_args[] = {NULL};
    struct nb_options options = {
        .action = NB_ACTION_RUN,
        .code = (char *)(uintptr_t)chunk,
        .args = no_args,
    };
    struct caught out = divert(STDOUT_FILENO);
    struct caught err = divert(STDERR_FILENO);
    int rc = nb_script_start(&fx->lua, &options);

    if (rc == 0)
        rc = nb_runtime_run(&fx->lua.rt);
    if (rc == -EDEADLK && !fx->real)
        wire_call(fx->lua.L, "stuck");
    if (rc == -EDEADLK)
        break_deadlock(&fx->lua);
    const char *left = left_running(&fx->lua);
    if (!fx->real)
        wire_call(fx->lua.L, "over");
    nb_lua_close(&fx->lua);
    nb_console_flush(&fx->console);
    release(&err, fx->err, sizeof fx->err);
    release(&out, fx->out, sizeof fx->out);
    if (left != NULL)
        fail_msg("%s was left behind by:\n%s", left, chunk);
    return rc;
}

void luafixture_expect(struct luafixture *fx, const char *chunk,
                       const char *out)
{
    int rc = luafixture_run(fx, chunk);

    assert_string_equal(fx->err, "");
    assert_string_equal(fx->out, out);
    assert_int_equal(rc, 0);
    assert_int_equal(fx->lua.failures, 0);
}

int luafixture_count(const struct luafixture *fx, const char *call)
{
    const char *line = scripted_log(fx->net);
    size_t len = strlen(call);
    int count = 0;

    while (*line != '\0') {
        count += strncmp(line, call, len) == 0 && line[len] == ' ';
        line = strchr(line, '\n') + 1;
    }
    return count;
}

/* What is left of the network in memory, or NULL. */
static const char *left_on_lan(const struct luafixture *fx)
{
    if (lan_misused(fx->net) != 0)
        return "a descriptor that was used without being open";
    return lan_open(fx->net) != 0 ? "a descriptor of the network" : NULL;
}

/* What is left once the state is closed, or NULL. */
static const char *left_open(const struct luafixture *fx)
{
    if (!nb_list_empty(&fx->lua.sockets))
        return "a socket";
    if (nb_timer_next(&fx->lua.rt) != NB_NEVER || fx->lua.rt.holders != 0)
        return "a timer";
    if (fx->real)
        return NULL;
    if (fx->lan)
        return left_on_lan(fx);
    if (scripted_open(fx->net) != 0)
        return "a descriptor of the network";
    if (scripted_left(fx->net) != 0 && !fx->broken)
        return "a result that nobody called for";
    return NULL;
}

void luafixture_end(struct luafixture *fx)
{
    nb_alloc_set_gate(NULL, NULL);
    nb_lua_close(&fx->lua);
    nb_console_deinit(&fx->console);
    if (fx->lan)
        lan_quiet(fx->net);
    const char *left = left_open(fx);
    fx->net->ops->free(fx->net);
    nb_loop_free(fx->loop);
    if (left == NULL && nb_alloc_account().blocks != fx->before.blocks)
        left = "a block of memory";
    if (left == NULL && fx->real && count_descriptors() != fx->descriptors)
        left = "a descriptor";
    if (left != NULL)
        fail_msg("left behind: %s; it printed:\n%s", left, fx->out);
}

void luafixture_prints(const char *chunk, const char *out)
{
    struct luafixture fx;

    luafixture_begin(&fx);
    luafixture_expect(&fx, chunk, out);
    luafixture_end(&fx);
}

void luafixture_fails(const char *chunk, const char *err)
{
    struct luafixture fx;

    luafixture_begin(&fx);
    luafixture_run(&fx, chunk);
    assert_string_equal(fx.err, err);
    assert_true(fx.err[0] != '\0');
    luafixture_end(&fx);
}
