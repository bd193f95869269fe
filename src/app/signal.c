/*
 * Signals: see signal.h.
 *
 * A handler notes the signal, wakes the loop and lets a hook interrupt a
 * thread that computes. The static is one of the two of the program, for a
 * handler is given no context.
 */
#include "app/signal.h"

#include <signal.h>
#include <stddef.h>
#include <unistd.h>

#include "bind/lthread.h"
#include "bind/state.h"
#include "core/loop.h"

static struct {
    struct nb_lua *volatile lua;
    volatile sig_atomic_t number;
} caught;

static void on_signal(int number)
{
    struct nb_lua *lua = caught.lua;

    if (caught.number != 0 || lua == NULL)
        _exit(128 + number);
    caught.number = number;
    lua->rt.signal = number;
    nb_lthread_interrupt(lua);
    nb_loop_wake(lua->rt.loop);
}

static void on_question(int number)
{
    struct nb_lua *lua = caught.lua;

    (void)number;
    if (lua == NULL)
        return;
    lua->rt.asked = true;
    nb_lthread_interrupt(lua);
    nb_loop_wake(lua->rt.loop);
}

/* Unlike SIG_IGN, a handler is not inherited by a program that is started. */
static void ignore(int number)
{
    (void)number;
}

static void handle(int number, void (*handler)(int), int flags)
{
    struct sigaction action = {.sa_handler = handler, .sa_flags = flags};

    sigemptyset(&action.sa_mask);
    sigaction(number, &action, NULL);
}

void nb_signal_catch(struct nb_lua *lua)
{
    caught.lua = lua;
    handle(SIGPIPE, ignore, 0);
    handle(SIGXFSZ, ignore, 0);
    handle(SIGINT, on_signal, 0);
    handle(SIGTERM, on_signal, 0);
    handle(SIGUSR1, on_question, SA_RESTART);
}

void nb_signal_release(void)
{
    caught.lua = NULL;
}

int nb_signal_caught(void)
{
    return caught.number;
}
