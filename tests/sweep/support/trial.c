/*
 * Trials: see trial.h.
 *
 * A loop is not shared with another process: each run makes its own loop,
 * network and console, and gives them to the state that it has inherited.
 */
#include "support/trial.h"

#include <errno.h>
#include <fcntl.h>
#include <lauxlib.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "app/program.h"
#include "app/run.h"
#include "app/script.h"
#include "app/signal.h"
#include "core/loop.h"
#include "core/loop_ev.h"
#include "net/describe.h"
#include "net/net.h"
#include "net/posix.h"
#include "trace/trace.h"

enum {
    LIMIT = 20,        /* seconds that a run may take; sanitizers are slow */
    URGENT = 24 << 20, /* for finalizers */
    UNABLE = 70,       /* the exit status of a run that could not begin */
    MOST_FILES = 64    /* descriptors that are looked at */
};

static const char input[] = "first line\n"
                            "42 0x2A word\n"
                            "third line\n"
                            "fourth line\n"
                            "a last line without an end";

const char *const trial_modes[] = {
    [TRIAL_PLENTY] = "plenty", [TRIAL_ONCE] = "once",   [TRIAL_TWICE] = "twice",
    [TRIAL_EVER] = "ever",     [TRIAL_LIMIT] = "limit",
};

static void need(bool fact, const char *what)
{
    if (fact)
        return;
    fprintf(stderr, "sweep: cannot begin: %s\n", what);
    _exit(UNABLE);
}

static bool is_refused(const struct trial_shortage *shortage, size_t number)
{
    switch (shortage->mode) {
    case TRIAL_PLENTY:
    case TRIAL_LIMIT:
        return false;
    case TRIAL_ONCE:
        return number == shortage->at;
    case TRIAL_TWICE:
        return number == shortage->at || number == shortage->at + 1;
    case TRIAL_EVER:
        return number >= shortage->at;
    }
    return false;
}

/* A request beyond the limit. */
static void count_refused(void *context, enum nb_alloc_refusal refusal)
{
    struct trial *trial = context;

    (void)refusal;
    trial->outcome->refused++;
}

/* No more than is used now, as --memory does it, but for who ends it all. */
static void set_limit(struct trial *trial)
{
    const struct nb_alloc_limit limit = {
        .bytes = nb_alloc_account().charged,
        .urgent = URGENT,
        .refused = count_refused,
        .context = trial,
    };

    nb_alloc_set_limit(&limit);
}

static bool gate(void *context, size_t size)
{
    struct trial *trial = context;
    struct trial_outcome *outcome = trial->outcome;

    (void)size;
    outcome->requests++;
    if (trial->shortage.mode == TRIAL_LIMIT &&
        outcome->requests == trial->shortage.at)
        set_limit(trial);
    if (!is_refused(&trial->shortage, outcome->requests))
        return true;
    outcome->refused++;
    return false;
}

/* How many requests have been refused so far. */
static int refusals(lua_State *L)
{
    const struct trial *trial = lua_touserdata(L, lua_upvalueindex(1));

    lua_pushinteger(L, (lua_Integer)trial->outcome->refused);
    return 1;
}

/* Makes the module `sweep`. */
static void add_module(struct trial *trial)
{
    lua_State *L = trial->lua.L;

    need(luaL_loadfile(L, "tests/sweep/support/sweep.lua") == LUA_OK,
         "support/sweep.lua");
    lua_pushlightuserdata(L, trial);
    lua_pushcclosure(L, refusals, 1);
    need(lua_pcall(L, 1, 1, 0) == LUA_OK, "support/sweep.lua");
    luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
    lua_insert(L, -2);
    lua_setfield(L, -2, "sweep");
    lua_pop(L, 1);
}

void trial_open(struct trial *trial)
{
    *trial = (struct trial){.before = nb_alloc_account(), .limit = LIMIT};
    for (int i = 0; i < 2; i++) {
        trial->files[i] = memfd_create("output", MFD_CLOEXEC);
        need(trial->files[i] >= 0, "memfd_create");
    }
    trial->outcome = mmap(NULL, sizeof *trial->outcome, PROT_READ | PROT_WRITE,
                          MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    need(trial->outcome != MAP_FAILED, "mmap");
    nb_lua_init(&trial->lua, NULL);
    need(nb_lua_open(&trial->lua, NULL, &trial->console) == 0, "nb_lua_open");
    add_module(trial);
}

bool trial_load(struct trial *trial, const struct nb_options *options)
{
    if (nb_script_start(&trial->lua, options) != 0)
        return false;
    lua_gc(trial->lua.L, LUA_GCCOLLECT);
    return true;
}

void trial_load_late(struct trial *trial, const struct nb_options *options)
{
    trial->late = options;
}

static void divert(int file, int fd)
{
    need(ftruncate(file, 0) == 0 && lseek(file, 0, SEEK_SET) == 0, "ftruncate");
    need(dup2(file, fd) == fd, "dup2");
}

static void feed_input(void)
{
    int ends[2];

    need(pipe2(ends, O_CLOEXEC) == 0, "pipe2");
    need(write(ends[1], input, sizeof input - 1) == sizeof input - 1, "write");
    close(ends[1]);
    need(dup2(ends[0], STDIN_FILENO) == STDIN_FILENO, "dup2");
    close(ends[0]);
}

static int count_descriptors(void)
{
    int count = 0;

    for (int fd = 0; fd < MOST_FILES; fd++)
        count += fcntl(fd, F_GETFD) >= 0;
    return count;
}

static void leave(struct trial *trial, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Notes what was left behind, the first such thing. */
static void leave(struct trial *trial, const char *format, ...)
{
    char *left = trial->outcome->left;
    va_list args;

    if (*left != '\0')
        return;
    va_start(args, format);
    vsnprintf(left, sizeof trial->outcome->left, format, args);
    va_end(args);
}

/* The threads have ended; the state is still open. */
static void check_runtime(struct trial *trial)
{
    const struct nb_runtime *rt = &trial->lua.rt;

    if (!nb_list_empty(&rt->tasks) || !nb_list_empty(&rt->ready))
        leave(trial, "a task");
    if (rt->external != 0)
        leave(trial, "a wait");
    if (!nb_list_empty(&trial->lua.short_of_descriptors))
        leave(trial, "an acceptor");
}

/* The state and the network are closed. */
static void check_state(struct trial *trial)
{
    if (!nb_list_empty(&trial->lua.sockets))
        leave(trial, "a socket");
    if (nb_timer_next(&trial->lua.rt) != NB_NEVER || trial->lua.rt.holders != 0)
        leave(trial, "a timer");
}

/* All is over. */
static void check_process(struct trial *trial, int descriptors)
{
    const struct nb_alloc_account *before = &trial->before;
    struct nb_alloc_account after = nb_alloc_account();

    if (after.blocks != before->blocks || after.bytes != before->bytes)
        leave(trial, "%zd blocks of memory, %zd bytes",
              (ssize_t)(after.blocks - before->blocks),
              (ssize_t)(after.bytes - before->bytes));
    if (count_descriptors() != descriptors)
        leave(trial, "%d descriptors", count_descriptors() - descriptors);
}

static int run_program(struct trial *trial)
{
    int status = 0;

    nb_alloc_set_gate(gate, trial);
    nb_signal_catch(&trial->lua);
    if (trial->late != NULL)
        status = nb_script_start(&trial->lua, trial->late);
    if (status == 0)
        status = nb_program_run(&trial->lua);
    check_runtime(trial);
    nb_lua_close(&trial->lua);
    nb_trace_finish(trial->lua.trace);
    nb_signal_release();
    nb_console_deinit(&trial->console);
    trial->lua.net->ops->free(trial->lua.net);
    nb_alloc_set_gate(NULL, NULL);
    nb_alloc_set_limit(NULL);
    check_state(trial);
    return status;
}

/* In the process of the run, which it ends. */
static void run(struct trial *trial)
{
    struct nb_loop *loop = NULL;
    struct nb_trace trace;

    alarm(trial->limit);
    feed_input();
    divert(trial->files[0], STDOUT_FILENO);
    divert(trial->files[1], STDERR_FILENO);
    int descriptors = count_descriptors();
    need(nb_loop_ev_new(&loop) == 0, "nb_loop_ev_new");
    trial->lua.rt.loop = loop;
    need(nb_posix_new(&trial->lua.net, &trial->lua.rt) == 0, "nb_posix_new");
    nb_console_init(&trial->console, &trial->lua.rt);
    nb_trace_init(&trace, &trial->lua.rt.bus, loop, nb_describe,
                  trial->lua.net);
    trial->lua.trace = &trace;

    int status = run_program(trial);
    nb_loop_free(loop);
    check_process(trial, descriptors);
    exit(status); /* not _exit(): sanitizers and gcov have last words */
}

static void read_back(int file, char *text, size_t size)
{
    ssize_t len = pread(file, text, size - 1, 0);
    text[len < 0 ? 0 : len] = '\0';
}

const struct trial_outcome *trial_run(struct trial *trial,
                                      struct trial_shortage shortage)
{
    struct trial_outcome *outcome = trial->outcome;

    memset(outcome, 0, sizeof *outcome);
    trial->shortage = shortage;
    fflush(stdout); /* what is left of it the child would write, too */
    pid_t pid = fork();
    need(pid >= 0, "fork");
    if (pid == 0)
        run(trial);
    need(waitpid(pid, &outcome->status, 0) == pid, "waitpid");
    read_back(trial->files[0], outcome->out, sizeof outcome->out);
    read_back(trial->files[1], outcome->err, sizeof outcome->err);
    return outcome;
}

/* True if every report on standard error is about memory. */
static bool names_memory(const char *err)
{
    size_t reports = 0;

    for (const char *line = err; line != NULL;
         line = strstr(line, "\nnetbox: ")) {
        line += *line == '\n';
        size_t len = strcspn(line, "\n");
        if (memmem(line, len, "memory", strlen("memory")) == NULL &&
            memmem(line, len, "ENOMEM", strlen("ENOMEM")) == NULL)
            return false;
        reports++;
    }
    return reports > 0;
}

/*
 * True if a thread was lost because memory ran out between scripts: --memory
 * ends a program there, which goes on here (nb_memory_give_up()).
 */
static bool is_given_up(const struct trial *trial)
{
    static const char report[] = "netbox: not enough memory\n";

    return trial->shortage.mode == TRIAL_LIMIT &&
           strncmp(trial->outcome->err, report, sizeof report - 1) == 0;
}

static const char *fault_of_exit(const struct trial_outcome *outcome)
{
    int status = WEXITSTATUS(outcome->status);

    if (outcome->left[0] != '\0')
        return "something is left behind";
    if (strstr(outcome->err, "Sanitizer") != NULL ||
        strstr(outcome->err, "runtime error: ") != NULL)
        return "a sanitizer reports";
    if (outcome->refused == 0)
        return status == 0 && outcome->err[0] == '\0' ? NULL : "it fails";
    if (outcome->err[0] != '\0' && !names_memory(outcome->err))
        return "it names another reason than memory";
    if (status == 0)
        return NULL;
    if (status != NB_STATUS_ERROR && status != NB_STATUS_LIMIT)
        return "its exit status is none for a lack of memory";
    return outcome->err[0] == '\0' ? "it fails and does not say why" : NULL;
}

const char *trial_fault(const struct trial *trial)
{
    const struct trial_outcome *outcome = trial->outcome;

    if (WIFEXITED(outcome->status))
        return is_given_up(trial) ? NULL : fault_of_exit(outcome);
    return WTERMSIG(outcome->status) == SIGALRM ? "it hangs" : "it crashes";
}

void trial_close(struct trial *trial)
{
    nb_lua_close(&trial->lua);
    munmap(trial->outcome, sizeof *trial->outcome);
    for (int i = 0; i < 2; i++)
        close(trial->files[i]);
}
