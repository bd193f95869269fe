#!/usr/bin/env bash
# The cases that tests/README.md names are there, each in its file: in C and
# Python under a name with underscores.
. tests/lint/report

search -o '`(unit|lua|cli)/[a-z_]+`: [^;|]*[^;| ]' tests/README.md |
  while IFS='`' read -r _ test name; do
    name=${name#: }
    grep -qF -e "$name" -e "${name// /_}" \
      "tests/${test%/*}/test_${test#*/}".* 2>/dev/null || echo "$test: $name"
  done | report "cases that are nowhere"

exit $status
