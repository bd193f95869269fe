/*
 * The end of a program at a limit: see watchdog.h.
 *
 * Two signals of the real-time kind, which nobody else sends: one of the
 * limits, which interrupts calls that wait, and one of our own patience, which
 * does not. Handlers only write and _exit; they run on a stack of their own,
 * for that of the program may be used up.
 */
#include "guard/watchdog.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "util/alloc.h"

enum {
    STATUS = 3,
    STACK = 64 << 10,
    LINE = NB_LIMIT_TEXT + NB_WATCHDOG_PLACE + 32,
    MOMENT = 50, /* ms that a blocked standard error is waited for */
};

enum { NOTHING, HALF, ALL }; /* of the line */

#define NS_PER_S INT64_C(1000000000)

/* What the program has to end itself, and the handler after that. */
#define PATIENCE (3 * NS_PER_S / 20)

struct line {
    char text[LINE];
    size_t len;
};

/* Adds text; what could move a terminal's cursor is shown as '?'. */
static void add(struct line *line, const char *text)
{
    for (; *text != '\0' && line->len < sizeof line->text - 1; text++) {
        unsigned char c = (unsigned char)*text;
        line->text[line->len++] = c < ' ' || c == 0x7f ? '?' : *text;
    }
}

/* Writes it to standard error, unless that takes nothing. */
static void say(struct line *line, bool ends)
{
    struct pollfd err = {.fd = STDERR_FILENO, .events = POLLOUT};

    if (ends)
        line->text[line->len++] = '\n';
    if (poll(&err, 1, MOMENT) == 1 &&
        write(STDERR_FILENO, line->text, line->len) < 0)
        return; /* there is nobody to tell */
}

static void add_limit(const struct nb_watchdog *watchdog, struct line *line)
{
    char text[NB_LIMIT_TEXT];

    nb_limit_describe(watchdog->limits, (enum nb_limit)watchdog->limit, text);
    add(line, "netbox: limit: ");
    add(line, text);
}

static void add_place(struct line *line, const char *place)
{
    if (*place != '\0') {
        add(line, ", in ");
        add(line, place);
    }
}

static void set_timer(const struct nb_watchdog_timer *timer, int64_t ns)
{
    struct itimerspec when = {
        .it_value = {.tv_sec = ns / NS_PER_S, .tv_nsec = ns % NS_PER_S},
    };

    timer_settime(timer->id, 0, &when, NULL);
}

/* The look-up of the line has crashed: the line ends where it is. */
static void on_fault(int number)
{
    (void)number;
    if (write(STDERR_FILENO, "\n", 1) < 0)
        _exit(STATUS);
    _exit(STATUS);
}

static void catch_faults(void)
{
    static const int faults[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
    struct sigaction action = {
        .sa_handler = on_fault,
        .sa_flags = SA_ONSTACK | SA_NODEFER,
    };

    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++)
        sigaction(faults[i], &action, NULL);
}

/* Ends the program from a handler; returns if it has to wait a moment. */
static void force(struct nb_watchdog *watchdog)
{
    char place[NB_WATCHDOG_PLACE] = "";
    struct line line = {.len = 0};

    if (!watchdog->host->flush(watchdog->context, true))
        return;
    catch_faults();
    add_limit(watchdog, &line);
    say(&line, false);
    watchdog->spoken = HALF;
    watchdog->host->place(watchdog->context, place);
    line.len = 0;
    add_place(&line, place);
    say(&line, true);
    _exit(STATUS);
}

/* Whoever was to end the program did not: what is left to say, and the end. */
static void give_up(struct nb_watchdog *watchdog)
{
    struct line line = {.len = 0};

    if (watchdog->spoken == NOTHING)
        add_limit(watchdog, &line);
    if (watchdog->spoken != ALL)
        say(&line, true);
    _exit(STATUS);
}

void nb_watchdog_force(struct nb_watchdog *watchdog, enum nb_limit limit)
{
    if (watchdog->stage != NB_WATCHDOG_QUIET)
        return;
    watchdog->limit = (sig_atomic_t)limit;
    watchdog->stage = NB_WATCHDOG_FORCED;
    set_timer(&watchdog->patience, PATIENCE);
    force(watchdog);
}

/* A limit's own timer has expired. */
static void expire(struct nb_watchdog *watchdog, enum nb_limit limit)
{
    if (watchdog->stage != NB_WATCHDOG_QUIET)
        return;
    watchdog->limit = (sig_atomic_t)limit;
    watchdog->stage = NB_WATCHDOG_ASKED;
    set_timer(&watchdog->patience, PATIENCE);
    watchdog->host->ask(watchdog->context);
}

/* The time is up that was granted. */
static void lose_patience(struct nb_watchdog *watchdog)
{
    switch ((enum nb_watchdog_stage)watchdog->stage) {
    case NB_WATCHDOG_QUIET:
        watchdog->lost_patience(watchdog->owner);
        break;
    case NB_WATCHDOG_ASKED:
        watchdog->stage = NB_WATCHDOG_FORCED;
        set_timer(&watchdog->patience, PATIENCE);
        force(watchdog);
        break;
    case NB_WATCHDOG_FORCED:
    case NB_WATCHDOG_ENDING:
        give_up(watchdog);
        break;
    }
}

static void on_timer(int number, siginfo_t *info, void *interrupted)
{
    const struct nb_watchdog_timer *timer = info->si_value.sival_ptr;
    int saved = errno;

    (void)number;
    (void)interrupted;
    if (info->si_code != SI_TIMER)
        return;
    struct nb_watchdog *watchdog = timer->watchdog;
    if (timer == &watchdog->cpu)
        expire(watchdog, NB_LIMIT_CPU);
    else if (timer == &watchdog->time)
        expire(watchdog, NB_LIMIT_TIME);
    else
        lose_patience(watchdog);
    errno = saved;
}

/* Catches a signal also where whoever started us has it blocked. */
static void catch_signal(int number, int flags)
{
    struct sigaction action = {
        .sa_sigaction = on_timer,
        .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER | flags,
    };
    sigset_t set;

    sigaction(number, &action, NULL);
    sigemptyset(&set);
    sigaddset(&set, number);
    sigprocmask(SIG_UNBLOCK, &set, NULL);
}

static int make_timer(struct nb_watchdog *watchdog,
                      struct nb_watchdog_timer *timer, clockid_t clock,
                      int number)
{
    struct sigevent event = {
        .sigev_notify = SIGEV_SIGNAL,
        .sigev_signo = number,
        .sigev_value = {.sival_ptr = timer},
    };

    timer->watchdog = watchdog;
    if (timer_create(clock, &event, &timer->id) < 0)
        return -errno;
    timer->made = true;
    return 0;
}

/* Makes and sets the timer of a limit, if there is that limit. */
static int watch(struct nb_watchdog *watchdog, struct nb_watchdog_timer *timer,
                 clockid_t clock, enum nb_limit limit)
{
    uint64_t max = watchdog->limits->max[limit];

    if (max == NB_UNLIMITED)
        return 0;
    int rc = make_timer(watchdog, timer, clock, SIGRTMIN);
    if (rc == 0)
        set_timer(timer, (int64_t)max);
    return rc;
}

static int make_timers(struct nb_watchdog *watchdog)
{
    int rc = make_timer(watchdog, &watchdog->patience, CLOCK_MONOTONIC,
                        SIGRTMIN + 1);

    if (rc == 0)
        rc = watch(watchdog, &watchdog->cpu, CLOCK_PROCESS_CPUTIME_ID,
                   NB_LIMIT_CPU);
    if (rc == 0)
        rc = watch(watchdog, &watchdog->time, CLOCK_MONOTONIC, NB_LIMIT_TIME);
    return rc;
}

static void be_patient(void *owner)
{
    (void)owner;
}

int nb_watchdog_start(struct nb_watchdog *watchdog,
                      const struct nb_limits *limits,
                      const struct nb_watchdog_host *host, void *context)
{
    *watchdog = (struct nb_watchdog){
        .limits = limits,
        .host = host,
        .context = context,
        .lost_patience = be_patient,
        .stack = nb_malloc(STACK),
        .before = {.ss_flags = SS_DISABLE},
    };
    stack_t stack = {.ss_sp = watchdog->stack, .ss_size = STACK};
    if (watchdog->stack == NULL)
        return -ENOMEM;
    int rc = sigaltstack(&stack, &watchdog->before) < 0 ? -errno : 0;
    if (rc == 0) {
        catch_signal(SIGRTMIN, 0);
        catch_signal(SIGRTMIN + 1, SA_RESTART);
        rc = make_timers(watchdog);
    }
    if (rc < 0)
        nb_watchdog_stop(watchdog);
    return rc;
}

static void drop_timer(struct nb_watchdog_timer *timer)
{
    if (timer->made)
        timer_delete(timer->id);
    timer->made = false;
}

void nb_watchdog_stop(struct nb_watchdog *watchdog)
{
    drop_timer(&watchdog->cpu);
    drop_timer(&watchdog->time);
    drop_timer(&watchdog->patience);
    if (watchdog->stack != NULL)
        sigaltstack(&watchdog->before, NULL);
    nb_free(watchdog->stack);
    watchdog->stack = NULL;
}

void nb_watchdog_check(struct nb_watchdog *watchdog)
{
    if (watchdog != NULL && (watchdog->stage == NB_WATCHDOG_ASKED ||
                             watchdog->stage == NB_WATCHDOG_FORCED))
        nb_watchdog_end(watchdog, (enum nb_limit)watchdog->limit, NULL);
}

void nb_watchdog_end(struct nb_watchdog *watchdog, enum nb_limit limit,
                     const char *place)
{
    char here[NB_WATCHDOG_PLACE] = "";
    struct line line = {.len = 0};

    watchdog->limit = (sig_atomic_t)limit;
    watchdog->stage = NB_WATCHDOG_ENDING;
    set_timer(&watchdog->patience, PATIENCE);
    watchdog->host->flush(watchdog->context, false);
    if (place == NULL)
        watchdog->host->place(watchdog->context, here);
    add_limit(watchdog, &line);
    add_place(&line, place == NULL ? here : place);
    say(&line, true);
    watchdog->spoken = ALL;
    watchdog->host->leave(watchdog->context);
    fflush(NULL); /* what the script has written to files */
    _exit(STATUS);
}

size_t nb_watchdog_count(struct nb_watchdog *watchdog, size_t len)
{
    if (watchdog == NULL)
        return len;
    uint64_t left = watchdog->limits->max[NB_LIMIT_OUTPUT] - watchdog->written;
    size_t may = len < left ? len : (size_t)left;
    watchdog->written += may;
    return may;
}

void nb_watchdog_wait(struct nb_watchdog *watchdog, int64_t ns)
{
    if (watchdog->stage == NB_WATCHDOG_QUIET)
        set_timer(&watchdog->patience, ns);
}
