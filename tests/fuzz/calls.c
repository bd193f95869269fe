/*
 * Fuzz target: every function that a script can reach, with the arguments
 * that functions in C get wrong. What the bytes mean is in calls.lua.
 */
#include "support/input.h"
#include "support/part.h"
#include "support/scene.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct part part = {.name = "calls", .path = "tests/fuzz/calls.lua"};

    scene_play(&part, data, size);
    return 0;
}
