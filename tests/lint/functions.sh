#!/usr/bin/env bash
# Functions that do too much at once: more than 5 parameters, more than 3
# levels of nesting, or more branches than a reader can hold (the limits are
# in .clang-tidy).
. tests/lint/report

clang-tidy -p "$BUILD" --quiet --warnings-as-errors='*' --checks='-*,
  readability-function-size,readability-function-cognitive-complexity' \
  src/*/*.c 2>/dev/null | search ': error:|threshold' || status=1

exit $status
