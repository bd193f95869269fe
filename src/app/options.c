/* The command line: see options.h. Options end at the script. */
#include "app/options.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "app/limits.h"
#include "guard/policy.h"
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
    "\n"
    "Options:\n"
    "  -e, --execute CODE   run CODE; several are run one after the other\n"
    "  -h, --help           show this help\n"
    "  -S, --stats          show at the end what the run has taken\n"
    "  -V, --version        show the version\n"
    "  -W, --warn           name sockets never closed, show warnings\n"
    "  --allow-net[=HOST[:PORT],...]   reach other machines; so "
    "--allow-listen,\n"
    "     -read, -write, -env, -run, -unix, -raw, -native; --deny-... wins\n"
    "  -A, --allow-all      allow all of these but --allow-native\n"
    "  --no-prompt          refuse what is not allowed, and never ask\n"
    "  --doctor, --require-kernel-sandbox   show, demand what the kernel "
    "enforces\n"
    "  --permissions        show what would be allowed, run nothing\n"
    "  --memory 1G  --cpu 10s  --time 1h  --max-output 1M  --max-threads N\n"
    "  --max-sockets N      limits (K M G, s m h); memory has one unless told\n"
    "  --trace[=FILE]       show what sockets do; FILE.jsonl .pcapng .svg "
    ".html\n"
    "  --trace-filter port=80  --trace-bytes 1K  --trace-hex  --trace-stable\n"
    "\n"
    "Example: netbox examples/udp_upper.lua   server and client in one "
    "process\n"
    "Exit status: 0; 1 after an uncaught error or a deadlock; 2 for wrong "
    "usage;\n"
    "3 at a limit; 130 or 143 after a signal; what os.exit() was given.\n"
    "The reference is lua/README.md, a first course examples/README.md.\n";

/* What getopt_long returns for --allow-net; the other grants follow. */
enum {
    ALLOW = 256,
    DENY = ALLOW + NB_GRANTS,
    NO_PROMPT = DENY + NB_GRANTS,
    PERMISSIONS,
    DOCTOR,
    REQUIRE_KERNEL,
};

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

/* Says that there is no memory; returns false, as take() does. */
static bool run_out(struct nb_options *options)
{
    fputs("netbox: not enough memory\n", stderr);
    options->action = NB_ACTION_WRONG;
    return false;
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
    if (options->code == NULL && options->script == NULL &&
        options->action == NB_ACTION_RUN)
        options->action = NB_ACTION_USAGE;
}

/* `wrong` is ':' or '?', as getopt_long() says. */
static void say_wrong(struct nb_options *options, int wrong, const char *option)
{
    bool known = strncmp(option, "--", 2) == 0 && optopt != 0;

    options->action = NB_ACTION_WRONG;
    if (wrong == ':')
        fprintf(stderr, "netbox: option '%s' needs a piece of code", option);
    else if (known)
        fprintf(stderr, "netbox: option '%s' takes no value", option);
    else
        fprintf(stderr, "netbox: unknown option '%s'", option);
    fputs(" (try 'netbox --help')\n", stderr);
}

/* Takes --allow-... or --deny-...; false where its value is none. */
static bool take_grant(struct nb_options *options, enum nb_grant grant,
                       bool deny)
{
    char wrong[NB_REFUSAL_TEXT];
    int rc = nb_policy_take(options->policy, grant, deny, optarg, wrong);

    if (rc == 0)
        return true;
    if (rc == -ENOMEM)
        return run_out(options);
    fprintf(stderr, "netbox: --%s-%s: %s (try 'netbox --help')\n",
            deny ? "deny" : "allow", nb_grant_name(grant), wrong);
    options->action = NB_ACTION_WRONG;
    return false;
}

/*
 * What getopt_long() gives for --memory and for --trace; the others follow in
 * their order.
 */
enum { LIMIT = 0x200, TRACE = 0x300 };

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

/* Takes an option of tracing; `option` is ':' where its value is missing. */
static bool take_trace(struct nb_options *options, int option)
{
    bool missing = option == ':';
    int which = (missing ? optopt : option) - TRACE;

    if (nb_traceopts_take(&options->trace, (enum nb_traceopt)which,
                          missing ? NULL : optarg))
        return true;
    options->action = NB_ACTION_WRONG;
    return false;
}

/* Takes one option, which `word` is or begins; false if it is the last. */
static bool take(struct nb_options *options, int option, const char *word)
{
    if (option >= TRACE || (option == ':' && optopt >= TRACE))
        return take_trace(options, option);
    if (option >= LIMIT || (option == ':' && optopt >= LIMIT))
        return take_limit(options, option);
    if (option >= ALLOW && option < DENY)
        return take_grant(options, (enum nb_grant)(option - ALLOW), false);
    if (option >= DENY && option < DENY + NB_GRANTS)
        return take_grant(options, (enum nb_grant)(option - DENY), true);
    switch (option) {
    case 'A':
        nb_policy_allow_all(options->policy);
        return true;
    case 'e':
        return add_code(options, optarg) || run_out(options);
    case NO_PROMPT:
        options->no_prompt = true;
        return true;
    case PERMISSIONS:
        options->action = NB_ACTION_PERMISSIONS;
        return true;
    case DOCTOR:
        options->action = NB_ACTION_DOCTOR;
        return true;
    case REQUIRE_KERNEL:
        options->require_kernel = true;
        return true;
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
        say_wrong(options, option, word);
        return false;
    }
}

/* Lua text comes from the folder of the script, or from this one. */
static bool set_folder(struct nb_options *options)
{
    const char *slash =
        options->script == NULL ? NULL : strrchr(options->script, '/');
    char *folder = slash == NULL ? nb_strdup(".") : nb_strdup(options->script);

    if (folder == NULL)
        return false;
    if (slash != NULL)
        folder[slash - options->script + 1] = '\0';
    int rc = nb_policy_set_folder(options->policy, folder);
    nb_free(folder);
    return rc == 0;
}

static const struct option long_options[] = {
    {"allow-all", no_argument, NULL, 'A'},
    {"allow-env", optional_argument, NULL, ALLOW + NB_GRANT_ENV},
    {"allow-listen", optional_argument, NULL, ALLOW + NB_GRANT_LISTEN},
    {"allow-native", no_argument, NULL, ALLOW + NB_GRANT_NATIVE},
    {"allow-net", optional_argument, NULL, ALLOW + NB_GRANT_NET},
    {"allow-raw", no_argument, NULL, ALLOW + NB_GRANT_RAW},
    {"allow-read", optional_argument, NULL, ALLOW + NB_GRANT_READ},
    {"allow-run", optional_argument, NULL, ALLOW + NB_GRANT_RUN},
    {"allow-unix", optional_argument, NULL, ALLOW + NB_GRANT_UNIX},
    {"allow-write", optional_argument, NULL, ALLOW + NB_GRANT_WRITE},
    {"deny-env", optional_argument, NULL, DENY + NB_GRANT_ENV},
    {"deny-listen", optional_argument, NULL, DENY + NB_GRANT_LISTEN},
    {"deny-native", no_argument, NULL, DENY + NB_GRANT_NATIVE},
    {"deny-net", optional_argument, NULL, DENY + NB_GRANT_NET},
    {"deny-raw", no_argument, NULL, DENY + NB_GRANT_RAW},
    {"deny-read", optional_argument, NULL, DENY + NB_GRANT_READ},
    {"deny-run", optional_argument, NULL, DENY + NB_GRANT_RUN},
    {"deny-unix", optional_argument, NULL, DENY + NB_GRANT_UNIX},
    {"deny-write", optional_argument, NULL, DENY + NB_GRANT_WRITE},
    {"doctor", no_argument, NULL, DOCTOR},
    {"execute", required_argument, NULL, 'e'},
    {"help", no_argument, NULL, 'h'},
    {"no-prompt", no_argument, NULL, NO_PROMPT},
    {"permissions", no_argument, NULL, PERMISSIONS},
    {"require-kernel-sandbox", no_argument, NULL, REQUIRE_KERNEL},
    {"stats", no_argument, NULL, 'S'},
    {"trace", optional_argument, NULL, TRACE + NB_TRACEOPT_TRACE},
    {"trace-bytes", required_argument, NULL, TRACE + NB_TRACEOPT_BYTES},
    {"trace-filter", required_argument, NULL, TRACE + NB_TRACEOPT_FILTER},
    {"trace-hex", no_argument, NULL, TRACE + NB_TRACEOPT_HEX},
    {"trace-stable", no_argument, NULL, TRACE + NB_TRACEOPT_STABLE},
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

/* Who is trusted with modules in C has memory without limit unless told. */
static void settle_memory(struct nb_options *options, const char *preset)
{
    struct nb_limits *limits = &options->limits;

    if (limits->text[NB_LIMIT_MEMORY] == preset &&
        nb_policy_rules(options->policy, NB_GRANT_NATIVE, false)->all)
        limits->max[NB_LIMIT_MEMORY] = NB_UNLIMITED;
}

void nb_options_parse(struct nb_options *options, int argc, char **argv)
{
    int option = 0;

    *options = (struct nb_options){
        .action = NB_ACTION_RUN,
        .policy = nb_policy_new(),
    };
    if (options->policy == NULL) {
        run_out(options);
        return;
    }
    nb_limits_init(&options->limits);
    nb_traceopts_init(&options->trace);
    const char *preset = options->limits.text[NB_LIMIT_MEMORY];
    opterr = 0;
    for (;;) {
        const char *word = optind < argc ? argv[optind] : "";
        option = getopt_long(argc, argv, "+:Ae:hSVvW", long_options, NULL);
        if (option == -1)
            break;
        if (!take(options, option, word))
            return;
    }
    settle_memory(options, preset);
    if (!nb_traceopts_settle(&options->trace)) {
        options->action = NB_ACTION_WRONG;
        return;
    }
    choose(options, argc, argv);
    if (!set_folder(options))
        run_out(options);
}
