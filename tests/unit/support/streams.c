/* See streams.h. */
#include "support/streams.h"

#include <fcntl.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

int streams_begin(void **state)
{
    struct streams *streams = calloc(1, sizeof *streams);

    if (streams == NULL || fixture_ev((void **)&streams->fx) < 0)
        return -1;
    signal(SIGPIPE, SIG_IGN);
    fflush(stdout);
    for (int fd = 0; fd <= 1; fd++) {
        streams->saved[fd] = fcntl(fd, F_DUPFD_CLOEXEC, 3);
        streams->far[fd] = -1;
    }
    *state = streams;
    return 0;
}

void streams_cut(struct streams *streams, int fd)
{
    if (streams->far[fd] >= 0)
        close(streams->far[fd]);
    streams->far[fd] = -1;
}

void streams_close(struct streams *streams)
{
    if (streams->open)
        nb_console_deinit(&streams->console);
    streams->open = false;
}

int streams_end(void **state)
{
    struct streams *streams = *state;

    nb_alloc_set_gate(NULL, NULL);
    for (int fd = 0; fd <= 1; fd++)
        streams_cut(streams, fd);
    streams_close(streams);
    for (int fd = 0; fd <= 1; fd++) {
        dup2(streams->saved[fd], fd);
        close(streams->saved[fd]);
    }
    int rc = fixture_end((void **)&streams->fx);
    free(streams);
    return rc;
}

void streams_become(int fd, int new_fd)
{
    assert_true(new_fd > 1);
    assert_int_equal(dup2(new_fd, fd), fd);
    close(new_fd);
}

void streams_pipe(struct streams *streams, int fd)
{
    int ends[2];

    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    streams_become(fd, ends[fd]);
    streams->far[fd] = ends[1 - fd];
}

void streams_terminal(struct streams *streams, int fd)
{
    int master = -1;
    int slave = -1;

    assert_int_equal(openpty(&master, &slave, NULL, NULL, NULL), 0);
    streams_become(fd, slave);
    streams->far[fd] = master;
}

void streams_file(int fd, const char *text)
{
    FILE *file = tmpfile();

    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    rewind(file);
    streams_become(fd, dup(fileno(file)));
    fclose(file);
}

struct nb_console *streams_open(struct streams *streams)
{
    nb_console_init(&streams->console, &streams->fx->rt);
    streams->open = true;
    return &streams->console;
}

int streams_child_status(pid_t pid)
{
    int status = 0;

    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}
