/*
 * generate FILE: writes the filters of src/guard/seccomp.h as C, compiled by
 * libseccomp while netbox is built.
 *
 * For a script alone there is a list of the calls that netbox, its libraries
 * and the C library need, with the arguments that they need; all others fail.
 * Such a list holds against calls that are not yet invented, and it stays
 * short, because threads of Lua are none of the kernel's and nothing is run.
 * Modules in C and other programs may need anything: for them a list of what
 * only an attack needs is refused, and the rest passes.
 *
 * A call whose arguments are not looked at costs nothing: the kernel knows its
 * answer beforehand. For that it tries each call when the filter is entered, so
 * the filters are binary trees: 0.1 ms, where a list takes 0.25.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <seccomp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "guard/seccomp.h"
#include "util/list.h"

enum {
    SOCKET_KIND = 0xf, /* of a socket's type, without its flags */
    ANY_LEVEL = -1,
    FEW = 64,   /* the options that are refused are smaller */
    MOST = 256, /* no option and no level that is needed is larger */
    WRITING = O_WRONLY | O_RDWR | O_CREAT | O_TRUNC,
};

/* Conditions; the kernel looks at 32 bits of an int. */
#define IS(arg, value)         SCMP_CMP64(arg, SCMP_CMP_MASKED_EQ, UINT32_MAX, value)
#define BITS(arg, mask, value) SCMP_CMP64(arg, SCMP_CMP_MASKED_EQ, mask, value)

/* What needs no condition, by what it is for. */
static const char *const needed[] = {
    /* files that are open, standard input and output */
    "read", "write", "readv", "writev", "pread64", "lseek", "close", "fstat",
    "newfstatat", "stat", "lstat", "statx", "access", "faccessat", "faccessat2",
    "readlink", "readlinkat", "getcwd", "dup", "dup2", "dup3", "pipe2",
    "splice",
    /* sockets */
    "accept", "accept4", "getsockname", "getpeername", "getsockopt", "shutdown",
    "recvfrom", "recvmsg", "recvmmsg",
    /* waiting */
    "poll", "ppoll", "select", "pselect6", "epoll_create1", "epoll_ctl",
    "epoll_wait", "epoll_pwait", "epoll_pwait2", "eventfd2", "nanosleep",
    "clock_nanosleep",
    /* memory */
    "brk", "munmap", "mremap", "madvise",
    /* signals, the watchdog's timers */
    "rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "rt_sigsuspend",
    "rt_sigpending", "rt_sigtimedwait", "sigaltstack", "pause",
    "restart_syscall", "timer_create", "timer_settime", "timer_gettime",
    "timer_getoverrun", "timer_delete",
    /* what time it is, who we are, what was used */
    "clock_gettime", "clock_getres", "gettimeofday", "time", "times",
    "getrusage", "getrlimit", "getpid", "gettid", "getppid", "getuid",
    "geteuid", "getgid", "getegid", "uname", "sysinfo", "getrandom",
    /* the C library's */
    "futex", "membarrier", "sched_yield", "sched_getaffinity", "getcpu", "rseq",
    "set_robust_list", "exit", "exit_group"};

/* What writing to files takes besides open. */
static const char *const writing[] = {"unlink", "unlinkat", "rmdir",
                                      "rename", "renameat", "renameat2"};

/* What instruments in the program need: leaks are looked for with ptrace. */
static const char *const instruments[] = {
    "clone",    "clone3",     "fork",       "wait4",      "ptrace", "prctl",
    "getdents", "getdents64", "arch_prctl", "mincore",    "tgkill", "kill",
    "fcntl",    "mkdir",      "ftruncate",  "personality"};

/* What only an attack needs, from a module in C or another program. */
static const char *const attacks[] = {
/* other processes */
#ifndef NETBOX_INSTRUMENTED
    "ptrace",
#endif
    "process_vm_readv", "process_vm_writev", "process_madvise", "pidfd_getfd",
    "kcmp", "migrate_pages", "move_pages",
    /* calls past this filter, programs in the kernel, faults at will */
    "io_uring_setup", "io_uring_enter", "io_uring_register", "bpf",
    "userfaultfd", "perf_event_open",
    /* namespaces and mounts */
    "unshare", "setns", "mount", "umount2", "pivot_root", "chroot",
    "move_mount", "open_tree", "fsopen", "fsconfig", "fsmount", "fspick",
    "mount_setattr",
    /* keys, files without a path */
    "add_key", "request_key", "keyctl", "open_by_handle_at",
    "name_to_handle_at", "fanotify_init", "execveat", "memfd_secret",
    /* the machine */
    "kexec_load", "kexec_file_load", "init_module", "finit_module",
    "delete_module", "reboot", "swapon", "swapoff", "acct", "quotactl",
    "quotactl_fd", "iopl", "ioperm", "modify_ldt", "syslog", "vhangup",
    "sethostname", "setdomainname", "settimeofday", "clock_settime",
    "clock_adjtime", "adjtimex", "nfsservctl", "lookup_dcookie", "uselib"};

/* What runs another program. */
static const char *const running[] = {"execve", "fork", "vfork",
                                      "memfd_create"};

static void stop_at(const char *what, int rc)
{
    fprintf(stderr, "seccomp: %s: %s\n", what, strerror(-rc));
    exit(EXIT_FAILURE);
}

/* Adds a rule; a call that this machine does not have needs none. */
static void add(scmp_filter_ctx filter, uint32_t action, const char *name,
                unsigned count, const struct scmp_arg_cmp *conditions)
{
    int number = seccomp_syscall_resolve_name(name);

    if (number < 0)
        return;
    int rc = seccomp_rule_add_array(filter, action, number, count, conditions);
    if (rc < 0)
        stop_at(name, rc);
}

static void add_all(scmp_filter_ctx filter, uint32_t action,
                    const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        add(filter, action, names[i], 0, NULL);
}

#define ALLOW(filter, name, ...)                                               \
    allow(filter, name, (const struct scmp_arg_cmp[]){__VA_ARGS__},            \
          sizeof((const struct scmp_arg_cmp[]){__VA_ARGS__}) /                 \
              sizeof(struct scmp_arg_cmp))

static void allow(scmp_filter_ctx filter, const char *name,
                  const struct scmp_arg_cmp *conditions, size_t count)
{
    add(filter, SCMP_ACT_ALLOW, name, (unsigned)count, conditions);
}

static void allow_inet(scmp_filter_ctx filter, unsigned lifts, int family)
{
    int echo = family == AF_INET6 ? (int)IPPROTO_ICMPV6 : (int)IPPROTO_ICMP;
    const int kinds[][2] = {
        {SOCK_STREAM, 0},   {SOCK_STREAM, IPPROTO_TCP},
        {SOCK_DGRAM, 0},    {SOCK_DGRAM, IPPROTO_UDP},
        {SOCK_DGRAM, echo}, {SOCK_RAW, IPPROTO_ICMP},
    };
    bool raw_echo = lifts & NB_SECCOMP_ECHO && family == AF_INET;
    size_t count = NB_COUNTOF(kinds) - (raw_echo ? 0 : 1);

    if (lifts & NB_SECCOMP_RAW) { /* not what lies above: MPTCP is 262 */
        ALLOW(filter, "socket", IS(0, (unsigned)family),
              BITS(2, UINT32_MAX - UINT8_MAX, 0));
        return;
    }
    for (size_t i = 0; i < count; i++)
        ALLOW(filter, "socket", IS(0, (unsigned)family),
              BITS(1, SOCKET_KIND, (unsigned)kinds[i][0]),
              IS(2, (unsigned)kinds[i][1]));
}

static void allow_sockets(scmp_filter_ctx filter, unsigned lifts)
{
    allow_inet(filter, lifts, AF_INET);
    allow_inet(filter, lifts, AF_INET6);
    if (lifts & NB_SECCOMP_UNIX)
        ALLOW(filter, "socket", IS(0, AF_UNIX));
    ALLOW(filter, "socketpair", IS(0, AF_UNIX));
    if (lifts & (NB_SECCOMP_NET | NB_SECCOMP_UNIX)) {
        add(filter, SCMP_ACT_ALLOW, "bind", 0, NULL);
        add(filter, SCMP_ACT_ALLOW, "connect", 0, NULL);
        add(filter, SCMP_ACT_ALLOW, "listen", 0, NULL);
        ALLOW(filter, "sendto", BITS(3, MSG_FASTOPEN, 0));
        ALLOW(filter, "sendmmsg", BITS(3, MSG_FASTOPEN, 0));
    } else {
        ALLOW(filter, "sendto", SCMP_CMP64(4, SCMP_CMP_EQ, 0, 0));
    }
}

/* True if one of the numbers is in the range of `length` from `first` on. */
static bool hits(const uint32_t *numbers, size_t count, uint32_t first,
                 uint32_t length)
{
    for (size_t i = 0; i < count; i++) {
        if (numbers[i] - first < length)
            return true;
    }
    return false;
}

/*
 * Allows setsockopt with any level but those few (FEW, below which they are),
 * or any option of `level` but those: by ranges whose ends a mask can tell.
 */
static void allow_except(scmp_filter_ctx filter, int level, const uint32_t *few,
                         size_t count)
{
    const struct scmp_arg_cmp of_level = IS(1, (uint32_t)level);
    unsigned arg = level == ANY_LEVEL ? 1 : 2;
    uint32_t length = 1;

    for (uint32_t first = 0; first < FEW; first += length) {
        length = 1;
        while (first % (2 * length) == 0 && 2 * length <= FEW - first &&
               !hits(few, count, first, 2 * length))
            length *= 2;
        if (hits(few, count, first, length))
            continue;
        struct scmp_arg_cmp range = BITS(arg, UINT32_MAX - length + 1, first);
        const struct scmp_arg_cmp both[] = {range, of_level};
        allow(filter, "setsockopt", both, level == ANY_LEVEL ? 1 : 2);
    }
    /* Greater than or less than would look at the 32 bits above, too. */
    for (uint32_t first = FEW; first < MOST; first *= 2) {
        const struct scmp_arg_cmp rest[] = {
            BITS(arg, UINT32_MAX - first + 1, first), of_level};
        allow(filter, "setsockopt", rest, level == ANY_LEVEL ? 1 : 2);
    }
}

/* Not what attaches programs, tampers with TCP or leads packets elsewhere. */
static void allow_options(scmp_filter_ctx filter, unsigned lifts)
{
    static const uint32_t levels[] = {SOL_SOCKET, IPPROTO_TCP, IPPROTO_IP,
                                      IPPROTO_IPV6};
    static const uint32_t of_socket[] = {SO_ATTACH_FILTER, SO_ATTACH_BPF,
                                         SO_ATTACH_REUSEPORT_CBPF,
                                         SO_ATTACH_REUSEPORT_EBPF};
    static const uint32_t of_tcp[] = {TCP_REPAIR,        TCP_REPAIR_QUEUE,
                                      TCP_QUEUE_SEQ,     TCP_REPAIR_OPTIONS,
                                      TCP_REPAIR_WINDOW, TCP_ULP};
    static const uint32_t of_ip[] = {IP_OPTIONS};
    static const uint32_t of_ipv6[] = {IPV6_2292PKTOPTIONS, IPV6_HOPOPTS,
                                       IPV6_RTHDRDSTOPTS, IPV6_RTHDR,
                                       IPV6_DSTOPTS};
    bool raw = lifts & NB_SECCOMP_RAW;

    allow_except(filter, ANY_LEVEL, levels, NB_COUNTOF(levels));
    allow_except(filter, SOL_SOCKET, of_socket, NB_COUNTOF(of_socket));
    allow_except(filter, IPPROTO_TCP, of_tcp, NB_COUNTOF(of_tcp));
    allow_except(filter, IPPROTO_IP, of_ip, raw ? 0 : NB_COUNTOF(of_ip));
    allow_except(filter, IPPROTO_IPV6, of_ipv6, raw ? 0 : NB_COUNTOF(of_ipv6));
}

static void allow_files(scmp_filter_ctx filter, unsigned lifts)
{
    if (lifts & NB_SECCOMP_WRITE) {
        add(filter, SCMP_ACT_ALLOW, "open", 0, NULL);
        add(filter, SCMP_ACT_ALLOW, "openat", 0, NULL);
        add_all(filter, SCMP_ACT_ALLOW, writing, NB_COUNTOF(writing));
        return;
    }
    ALLOW(filter, "open", BITS(1, WRITING, 0));
    ALLOW(filter, "openat", BITS(2, WRITING, 0));
}

/* What is harmless with some of its arguments only. */
static void allow_others(scmp_filter_ctx filter)
{
    static const unsigned long requests[] = {
        FIONREAD,     FIONBIO,     TIOCOUTQ,    TCGETS,       TCSETS,
        TCSETSW,      TCSETSF,     TCFLSH,      TIOCGWINSZ,   TIOCGPGRP,
        SIOCGIFINDEX, SIOCGIFNAME, SIOCGIFADDR, SIOCGIFFLAGS, SIOCATMARK,
    };
    static const unsigned commands[] = {
        F_DUPFD, F_DUPFD_CLOEXEC, F_GETFD,      F_SETFD,
        F_GETFL, F_SETFL,         F_SETPIPE_SZ, F_GETPIPE_SZ,
    };

    for (size_t i = 0; i < NB_COUNTOF(requests); i++)
        ALLOW(filter, "ioctl", IS(1, requests[i]));
    for (size_t i = 0; i < NB_COUNTOF(commands); i++)
        ALLOW(filter, "fcntl", IS(1, commands[i]));
    ALLOW(filter, "mmap", BITS(2, PROT_EXEC, 0));
    ALLOW(filter, "mprotect", BITS(2, PROT_EXEC, 0));
    ALLOW(filter, "prlimit64", IS(0, 0));
    ALLOW(filter, "tgkill", IS(0, NB_SECCOMP_PID)); /* abort */
}

static void build_closed(scmp_filter_ctx filter, unsigned lifts)
{
    add_all(filter, SCMP_ACT_ALLOW, needed, NB_COUNTOF(needed));
    allow_sockets(filter, lifts);
    allow_options(filter, lifts);
    allow_files(filter, lifts);
    allow_others(filter);
#ifdef NETBOX_INSTRUMENTED
    add_all(filter, SCMP_ACT_ALLOW, instruments, NB_COUNTOF(instruments));
#else
    (void)instruments;
#endif
}

static void build_open(scmp_filter_ctx filter, bool run)
{
    static const unsigned namespaces[] = {
        CLONE_NEWNS,  CLONE_NEWCGROUP, CLONE_NEWUTS, CLONE_NEWIPC,
        CLONE_NEWPID, CLONE_NEWNET,    CLONE_NEWUSER};
    const struct scmp_arg_cmp tiocsti[] = {IS(1, TIOCSTI)};
    const struct scmp_arg_cmp fast_open[] = {
        BITS(3, MSG_FASTOPEN, MSG_FASTOPEN)};
    const uint32_t refuse = SCMP_ACT_ERRNO(EPERM);

    add_all(filter, refuse, attacks, NB_COUNTOF(attacks));
    if (!run)
        add_all(filter, refuse, running, NB_COUNTOF(running));
    for (size_t i = 0; i < NB_COUNTOF(namespaces); i++) {
        const struct scmp_arg_cmp flag[] = {
            BITS(0, namespaces[i], namespaces[i])};
        add(filter, refuse, "clone", 1, flag);
    }
    /* Its flags are in memory; the C library then tries clone. */
    add(filter, SCMP_ACT_ERRNO(ENOSYS), "clone3", 0, NULL);
    add(filter, refuse, "ioctl", 1, tiocsti);
    add(filter, refuse, "sendto", 1, fast_open);
    add(filter, refuse, "sendmmsg", 1, fast_open);
}

/* Prints a filter as an array. */
static void print(scmp_filter_ctx filter, unsigned which)
{
    struct sock_filter code;
    FILE *file = tmpfile();

    if (file == NULL)
        stop_at("temporary file", -errno);
    int rc = seccomp_export_bpf(filter, fileno(file));
    if (rc < 0)
        stop_at("export", rc);
    rewind(file);
    printf("static const struct sock_filter filter%u[] = {\n", which);
    while (fread(&code, sizeof code, 1, file) == 1)
        printf("{%u, %u, %u, %uu},\n", (unsigned)code.code, (unsigned)code.jt,
               (unsigned)code.jf, (unsigned)code.k);
    puts("};");
    fclose(file);
}

static void build(unsigned which)
{
    bool open = which >= NB_SECCOMP_NATIVE;
    uint32_t refuse = SCMP_ACT_ERRNO(EPERM);
    scmp_filter_ctx filter = seccomp_init(open ? SCMP_ACT_ALLOW : refuse);

    if (filter == NULL)
        stop_at("a filter", -ENOMEM);
    seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, refuse);
    seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2); /* a tree */
    if (open)
        build_open(filter, which == NB_SECCOMP_RUN);
    else
        build_closed(filter, which);
    print(filter, which);
    seccomp_release(filter);
}

int main(int argc, char **argv)
{
    if (argc != 2 || freopen(argv[1], "w", stdout) == NULL)
        stop_at("a file to write to", -EINVAL);
    puts("/* Made by guard/filters/generate. */\n"
         "#include \"guard/seccomp.h\"\n"
         "#include <linux/filter.h>");
    for (unsigned i = 0; i < NB_SECCOMP_FILTERS; i++)
        build(i);
    puts("const struct nb_seccomp_filter nb_seccomp_filters[] = {");
    for (unsigned i = 0; i < NB_SECCOMP_FILTERS; i++)
        printf("{filter%u, sizeof filter%u / sizeof filter%u[0]},\n", i, i, i);
    puts("};");
    return ferror(stdout) != 0 || fflush(stdout) != 0;
}
