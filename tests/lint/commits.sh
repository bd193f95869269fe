#!/usr/bin/env bash
# The subject of the last commit reads `area: what changes`, in 65 characters
# at most and without a full stop. A tree without a history passes.
. tests/lint/report

git log --no-merges -1 --format=%s 2>/dev/null |
  awk 'length > 65 || !/^[a-z][a-z0-9_\/, ]*: [^A-Z].*[^.]$/' |
  report "a commit whose subject is not as agreed" || true

exit $status
