/* The command line: see options.h. Options end at the script. */
#include "app/options.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "app/limits.h"
#include "util/alloc.h"

const char nb_options_usage[] = "usage: netbox [options] script.lua [args...]\n"
                                "       netbox [options] -e CODE [args...]\n"
                                "Try 'netbox --help'.\n";

const char nb_options_help[] =
    "netbox runs Lua 5.4 scripts with sockets, timers and threads in them.\n"
    "\n"
    "  netbox [options] script.lua [args...]   run a script; - is standard "
    "input\n"
    "  netbox [options] -e CODE [args...]      run a piece of code\n"
    "  command | netbox                        run what the command prints\n"
    "\n"
    "Options:\n"
    "  -e, --execute CODE   run CODE; several are run one after the other\n"
    "  -h, --help           show this help\n"
    "  -S, --stats          show at the end what the run has taken\n"
    "  -V, --version        show the version\n"
    "  -W, --warn           name sockets that were never closed, and show "
    "warnings\n"
    "\n"
    "Examples:\n"
    "  netbox examples/udp_upper.lua           server and client in one "
    "process\n"
    "  netbox examples/udp_upper.lua server    the server alone\n"
    "  netbox -e 'print(socket.gethostbyname(\"localhost\"))'\n"
    "\n"
    "Exit status: 0; 1 after an uncaught error or a deadlock; 2 for wrong "
    "usage;\n"
    "130 or 143 after a signal; what os.exit() was given; 3 at a limit:\n"
    "  --memory 1G  --cpu 10s  --time 1h  --max-output 1M  --max-threads N\n"
    "  --max-sockets N (K M G, s m h; only memory has one unless told)\n"
    "The reference is lua/README.md, a first course examples/README.md.\n";

/* Adds a piece of code on a line of its own; false without memory. */
static bool add_code(struct nb_options *options, const char *code)
{
    size_t old = options->code == NULL ? 0 : strlen(options->code);
    size_t size = strlen(code) + 1;
    char *joined = nb_realloc(options->code, old + 1 + size);

    if (joined == NULL)
        return false;
    if (options->code != NULL)
        joined[old++] = '\n';
    memcpy(joined + old, code, size);
    options->code = joined;
    return true;
}

/* What is to be run, once the options have been read. */
static void choose(struct nb_options *options, int argc, char **argv)
{
    if (options->code == NULL && optind < argc)
        options->script = argv[optind++];
    else if (options->code == NULL && !isatty(STDIN_FILENO))
        options->script = "-";
    options->args = argv + optind;
    options->arg_count = argc - optind;
    options->before = optind;
    if (options->code == NULL && options->script == NULL)
        options->action = NB_ACTION_USAGE;
}

static void say_wrong(struct nb_options *options, const char *option)
{
    options->action = NB_ACTION_WRONG;
    if (optopt == 'e')
        fprintf(stderr,
                "netbox: option '%s' needs a piece of code "
                "(try 'netbox --help')\n",
                option);
    else
        fprintf(stderr, "netbox: unknown option '%s' (try 'netbox --help')\n",
                option);
}

/* What getopt_long() gives for --memory; the others follow in their order. */
enum { LIMIT = 0x200 };

/* Takes a limit; `option` is ':' where its value is missing. */
static bool take_limit(struct nb_options *options, int option)
{
    bool missing = option == ':';
    int limit = (missing ? optopt : option) - LIMIT;

    if (nb_limits_take(&options->limits, (enum nb_limit)limit,
                       missing ? NULL : optarg))
        return true;
    options->action = NB_ACTION_WRONG;
    return false;
}

/* Takes one option, which `word` is or begins; false if it is the last. */
static bool take(struct nb_options *options, int option, const char *word)
{
    if (option >= LIMIT || (option == ':' && optopt >= LIMIT))
        return take_limit(options, option);
    switch (option) {
    case 'e':
        if (add_code(options, optarg))
            return true;
        fputs("netbox: not enough memory\n", stderr);
        options->action = NB_ACTION_WRONG;
        return false;
    case 'S':
        options->stats = true;
        return true;
    case 'W':
        options->warn = true;
        return true;
    case 'h':
        options->action = NB_ACTION_HELP;
        return false;
    case 'V':
    case 'v':
        options->action = NB_ACTION_VERSION;
        return false;
    default:
        say_wrong(options, word);
        return false;
    }
}

void nb_options_parse(struct nb_options *options, int argc, char **argv)
{
    static const struct option long_options[] = {
        {"execute", required_argument, NULL, 'e'},
        {"help", no_argument, NULL, 'h'},
        {"stats", no_argument, NULL, 'S'},
        {"version", no_argument, NULL, 'V'},
        {"warn", no_argument, NULL, 'W'},
        {"memory", required_argument, NULL, LIMIT + NB_LIMIT_MEMORY},
        {"cpu", required_argument, NULL, LIMIT + NB_LIMIT_CPU},
        {"time", required_argument, NULL, LIMIT + NB_LIMIT_TIME},
        {"max-threads", required_argument, NULL, LIMIT + NB_LIMIT_THREADS},
        {"max-sockets", required_argument, NULL, LIMIT + NB_LIMIT_SOCKETS},
        {"max-output", required_argument, NULL, LIMIT + NB_LIMIT_OUTPUT},
        {NULL, 0, NULL, 0},
    };
    int option = 0;

    *options = (struct nb_options){.action = NB_ACTION_RUN};
    nb_limits_init(&options->limits);
    opterr = 0;
    for (;;) {
        const char *word = optind < argc ? argv[optind] : "";
        option = getopt_long(argc, argv, "+:e:hSVvW", long_options, NULL);
        if (option == -1)
            break;
        if (!take(options, option, word))
            return;
    }
    choose(options, argc, argv);
}
