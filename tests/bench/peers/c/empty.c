/* A program on libev that has nothing to do: what starting it costs. */
#include <ev.h>

int main(void)
{
    return !ev_run(ev_default_loop(0), 0) ? 0 : 1;
}
