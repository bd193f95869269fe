#!/usr/bin/env bash
# clang-format decides the layout of C: clang-format -i FILE mends it.
. tests/lint/report

if ! findings=$(clang-format --dry-run -Werror \
  src/*/*.[ch] tests/**/*.[ch] 2>&1); then
  search ': ' <<<"$findings"
  status=1
fi

exit $status
