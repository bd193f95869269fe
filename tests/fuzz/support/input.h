/*
 * What a fuzz target is given, and how it says that a rule does not hold.
 *
 * libFuzzer calls LLVMFuzzerTestOneInput() with bytes of its own, in one
 * process, for as long as it is told; what ends the process is a finding.
 */
#ifndef NB_FUZZ_INPUT_H
#define NB_FUZZ_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Ends the process unless `fact` holds. */
void input_demand(bool fact, const char *rule);

/* The bytes as a text, cut at a NUL; the caller frees it. */
char *input_text(const uint8_t *data, size_t size);

#endif
