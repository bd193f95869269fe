/*
 * A program of Lua that does what the bytes of a fuzz target say, on the
 * virtual clock and the network in memory, allowed what `--allow-net` and
 * `--allow-unix` allow: nothing leaves the process. For each input it has so
 * many turns and calls of the network, and so much memory; after them, or when
 * it says so, it is interrupted as by a signal.
 *
 * To open a state takes longer than to do what an input says, so one state has
 * SCENE_INPUTS of them, or less if a deadlock or want of memory ends it. The
 * script runs when the state is opened and sets fuzz.play, which is called for
 * each input, in a thread of its own. It has the global `fuzz`:
 *
 *     fuzz.play            a function of the input's bytes
 *     fuzz.metatable(v)    whatever v's metatable says of itself
 *     fuzz.fail()          from now on the network fails as the first bytes say
 *     fuzz.stop()          the end of the program
 *
 * What an input leaves behind is a finding, a block of memory when the state
 * is closed: see support/luafixture.h. Where FUZZ_STATE names a folder, it
 * holds the inputs of this state, for what cannot be repeated with one alone.
 */
#ifndef NB_FUZZ_SCENE_H
#define NB_FUZZ_SCENE_H

#include <stddef.h>
#include <stdint.h>

enum { SCENE_INPUTS = 100 };

struct part;

/*
 * Runs the part's program, which is compiled when it is first needed. The
 * first bytes are about the network, the others are the script's.
 */
void scene_play(struct part *part, const uint8_t *data, size_t size);

#endif
