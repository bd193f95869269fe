/* Names a run that hangs: see watchdog.h. */
#include "support/watchdog.h"

#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "support/fixture.h"

enum { SECONDS = 30 };

static struct {
    int err; /* standard error, also while a fixture catches it; 0: not yet */
    char words[200];
} watchdog;

static void bark(int number)
{
    if (write(watchdog.err, watchdog.words, strlen(watchdog.words)) > 0)
        _exit(1);
    _exit(2);
}

void watchdog_set(const char *format, ...)
{
    const struct sigaction action = {.sa_handler = bark};
    va_list args;

    if (watchdog.err == 0)
        watchdog.err = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
    va_start(args, format);
    int len =
        vsnprintf(watchdog.words, sizeof watchdog.words - 1, format, args);
    va_end(args);
    assert_in_range(len, 0, sizeof watchdog.words - 2);
    strcat(watchdog.words, "\n");
    assert_int_equal(sigaction(SIGALRM, &action, NULL), 0);
    alarm(SECONDS);
}

void watchdog_clear(void)
{
    alarm(0);
}
