/*
 * What starting a program costs.
 *
 *     start SECONDS PROGRAM [ARG...]
 *
 * Starts it again and again, each time to its end, and prints CPU time and
 * wall time of a start in nanoseconds and the most bytes that were resident.
 * A program of its own since the system counts to a child's peak what its
 * parent held when it forked, and this one holds next to nothing.
 */
#define _GNU_SOURCE

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int64_t read_clock(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static int64_t nanoseconds(struct timeval time)
{
    return (int64_t)time.tv_sec * 1000000000 + time.tv_usec * 1000;
}

/* Returns the wall time, or ends the program if the other one fails. */
static int64_t run_once(char **words, struct rusage *usage)
{
    int status;
    int64_t begin = read_clock();
    pid_t pid = fork();

    if (pid == 0) {
        execvp(words[0], words);
        _exit(127);
    }
    if (pid < 0 || wait4(pid, &status, 0, usage) != pid || status != 0) {
        fprintf(stderr, "start: %s failed\n", words[0]);
        exit(1);
    }
    return read_clock() - begin;
}

int main(int argc, char **argv)
{
    struct rusage usage;
    int64_t wall = 0;
    int64_t cpu = 0;
    long memory = 0;
    long count = 0;

    if (argc < 3) {
        fputs("usage: start SECONDS PROGRAM [ARG...]\n", stderr);
        return 1;
    }
    double seconds = strtod(argv[1], NULL);
    run_once(argv + 2, &usage);
    do {
        wall += run_once(argv + 2, &usage);
        cpu += nanoseconds(usage.ru_utime) + nanoseconds(usage.ru_stime);
        if (usage.ru_maxrss > memory)
            memory = usage.ru_maxrss;
        count++;
    } while ((double)wall < seconds * 1e9);
    printf("cpu %g\nwall %g\nrss %g\n", (double)cpu / (double)count,
           (double)wall / (double)count, (double)memory * 1024);
    return 0;
}
