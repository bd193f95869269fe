/*
 * The sweep: a script is run once for each of its requests for memory, which
 * is refused, alone, with the next one, or with all that follow. See
 * tests/README.md.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/loop_ev.h"
#include "support/fixture.h"
#include "support/functions.h"
#include "support/nameserver.h"
#include "support/trial.h"

/* Runs in each mode, unless all are wanted. */
#ifdef __SANITIZE_ADDRESS__
enum { SAMPLE = 15 };
#else
enum { SAMPLE = 60 };
#endif

enum {
    MOST_FAULTS = 5, /* are shown of one script */
    SKIPPED = 77,
};

static const char usage[] =
    "usage: sweep [--load] [--all | --at MODE:NUMBER] SCRIPT.lua\n"
    "       sweep --functions SCRIPT.lua...\n";

/* What is asked for. */
struct command {
    bool functions; /* what no script calls, and nothing else */
    bool load;      /* each run loads the script, too */
    bool all;       /* every request, not a sample */
    const char *at; /* one run, and what it says */
    char **scripts; /* ends with NULL */
};

/* Answers for names, until this process ends. */
static pid_t start_nameserver(void)
{
    static struct nameserver server;
    struct nb_loop *loop = NULL;
    pid_t parent = getpid();

    nameserver_etc("/etc/hosts", "127.0.0.1 localhost\n192.0.2.7 seven\n");
    nameserver_etc("/etc/resolv.conf", "nameserver 127.0.0.1\n");
    nameserver_etc("/etc/services", "domain 53/udp\nhttp 80/tcp\n");
    if (nb_loop_ev_new(&loop) < 0)
        abort();
    nameserver_start(&server, loop); /* so that no question comes too early */
    pid_t pid = fork();
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        while (getppid() == parent)
            nb_loop_poll(loop, NB_NEVER);
        _exit(0);
    }
    nameserver_stop(&server);
    nb_loop_free(loop);
    return pid;
}

/* How a sweep goes. */
struct sweep {
    const struct command *command;
    const char *script;
    struct trial trial;
    size_t requests; /* of a run that is refused none */
    size_t runs;
    size_t ended[4]; /* runs by their exit status */
    int faults;
};

/* What became of the run, after the words that repeat it. */
static void show(const struct sweep *sweep)
{
    const struct trial_shortage *shortage = &sweep->trial.shortage;
    const struct trial_outcome *outcome = sweep->trial.outcome;
    int status = outcome->status;

    printf("sweep %s--at %s:%zu %s\n", sweep->command->load ? "--load " : "",
           trial_modes[shortage->mode], shortage->at, sweep->script);
    if (WIFSIGNALED(status))
        printf("signal %d", WTERMSIG(status));
    else
        printf("status %d", WEXITSTATUS(status));
    printf(" after %zu requests", outcome->requests);
    if (outcome->left[0] != '\0')
        printf(", left behind: %s", outcome->left);
    printf("\n%s%s", outcome->out, outcome->err);
}

/* One run. True if it was refused what it was to be refused. */
static bool try(struct sweep *sweep, enum trial_mode mode, size_t at)
{
    const struct trial_outcome *outcome =
        trial_run(&sweep->trial, (struct trial_shortage){mode, at});
    const char *fault = trial_fault(&sweep->trial);

    sweep->runs++;
    if (fault == NULL) {
        sweep->ended[WEXITSTATUS(outcome->status) % 4]++;
    } else {
        printf("%s: ", fault);
        show(sweep);
        sweep->faults++;
    }
    return outcome->refused > 0;
}

/* Every request, to the first that is not made. */
static void try_all(struct sweep *sweep, enum trial_mode mode)
{
    size_t most = 2 * sweep->requests;

    for (size_t at = 1; at <= most && sweep->faults < MOST_FAULTS; at++) {
        if (!try(sweep, mode, at))
            return;
    }
}

/* One request of each stretch of the program, by chance. */
static void try_some(struct sweep *sweep, enum trial_mode mode,
                     struct chance *chance)
{
    size_t stretch = (sweep->requests + SAMPLE - 1) / SAMPLE;

    for (size_t from = 1; from <= sweep->requests; from += stretch) {
        if (sweep->faults < MOST_FAULTS)
            try(sweep, mode, from + chance_below(chance, stretch));
    }
}

static void try_modes(struct sweep *sweep)
{
    uint64_t last;
    struct chance chance = {chance_seeds(1, &last)};

    try(sweep, TRIAL_PLENTY, 0);
    sweep->requests = sweep->trial.outcome->requests;
    for (enum trial_mode mode = TRIAL_ONCE; mode <= TRIAL_LIMIT; mode++) {
        if (sweep->command->all)
            try_all(sweep, mode);
        else
            try_some(sweep, mode, &chance);
    }
    printf("%s: %zu requests, %zu runs: %zu went well, %zu failed, %zu ended "
           "at the limit\n",
           sweep->script, sweep->requests, sweep->runs, sweep->ended[0],
           sweep->ended[1], sweep->ended[3]);
}

static bool parse_shortage(struct trial_shortage *shortage, const char *text)
{
    for (int mode = TRIAL_PLENTY; mode <= TRIAL_LIMIT; mode++) {
        size_t len = strlen(trial_modes[mode]);
        if (strncmp(text, trial_modes[mode], len) != 0 || text[len] != ':')
            continue;
        shortage->mode = (enum trial_mode)mode;
        shortage->at = strtoul(text + len + 1, NULL, 10);
        return true;
    }
    fputs(usage, stderr);
    return false;
}

/* The one run that is asked for. */
static void try_one(struct sweep *sweep)
{
    struct trial_shortage shortage;

    if (!parse_shortage(&shortage, sweep->command->at)) {
        sweep->faults++;
        return;
    }
    try(sweep, shortage.mode, shortage.at);
    if (sweep->faults == 0)
        show(sweep);
}

/* Opens a state, lets `prepare` see it, and runs the script on it. */
static int sweep_script(const struct command *command, const char *script,
                        void (*prepare)(lua_State *L),
                        void (*run)(struct sweep *sweep))
{
    struct sweep sweep = {.command = command, .script = script};
    char *no_args[] = {NULL};
    const struct nb_options options = {
        .action = NB_ACTION_RUN,
        .script = script,
        .args = no_args,
    };

    trial_open(&sweep.trial);
    if (prepare != NULL)
        prepare(sweep.trial.lua.L);
    if (command->load)
        trial_load_late(&sweep.trial, &options);
    if (command->load || trial_load(&sweep.trial, &options))
        run(&sweep);
    else
        sweep.faults++;
    trial_close(&sweep.trial);
    return sweep.faults > 0;
}

static void try_plenty(struct sweep *sweep)
{
    try(sweep, TRIAL_PLENTY, 0);
}

/* Marks what each script calls, and prints what none did. */
static int check_functions(const struct command *command)
{
    int faults = 0;

    for (char **script = command->scripts; *script != NULL; script++)
        faults += sweep_script(command, *script, functions_watch, try_plenty);
    return functions_missed() + faults > 0;
}

static int run(const struct command *command)
{
    if (command->functions)
        return check_functions(command);
    return sweep_script(command, command->scripts[0], NULL,
                        command->at != NULL ? try_one : try_modes);
}

/* False if this is no way to use it. */
static bool parse(struct command *command, char **args)
{
    *command = (struct command){.load = false};
    for (; *args != NULL && (*args)[0] == '-'; args++) {
        if (strcmp(*args, "--functions") == 0)
            command->functions = true;
        else if (strcmp(*args, "--load") == 0)
            command->load = true;
        else if (strcmp(*args, "--all") == 0)
            command->all = true;
        else if (strcmp(*args, "--at") == 0 && args[1] != NULL)
            command->at = *++args;
        else
            return false;
    }
    command->scripts = args;
    return args[0] != NULL && (command->functions || args[1] == NULL);
}

int main(int argc, char **argv)
{
    struct command command;

    (void)argc;
    if (!parse(&command, argv + 1)) {
        fputs(usage, stderr);
        return 2;
    }
    setvbuf(stdout, NULL, _IOLBF, 0);
    if (!nameserver_unshare()) {
        puts("skipped: this system allows no private network");
        return SKIPPED;
    }
    pid_t nameserver = start_nameserver();
    int status = run(&command);
    kill(nameserver, SIGKILL);
    waitpid(nameserver, NULL, 0);
    return status;
}
