/*
 * Fuzz target: programs of threads, sockets and timers. What the bytes mean is
 * in programs.lua.
 */
#include "support/input.h"
#include "support/part.h"
#include "support/scene.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct part part = {.name = "programs",
                               .path = "tests/fuzz/programs.lua"};

    scene_play(&part, data, size);
    return 0;
}
