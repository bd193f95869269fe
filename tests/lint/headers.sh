#!/usr/bin/env bash
# A header is a manual: it stands alone, opens with what it is about, and says
# something of each function.
. tests/lint/report

for header in src/*/*.h; do
  "$CC" -std=c11 -D_GNU_SOURCE -Isrc -I"$LUA_INCLUDE" -fsyntax-only -x c \
    "$header" 2>&1 || true
done | report "headers that do not stand alone"

for header in src/*/*.h; do
  guard=NB_$(basename "$(dirname "$header")")_$(basename "$header" .h)_H
  grep -q "^#ifndef ${guard^^}$" "$header" || echo "$header: ${guard^^}"
done | report "headers without the guard of their name"

for file in src/*/*.[ch]; do
  head -n 1 "$file" | grep -q '^/\*' || echo "$file"
done | report "files that do not open with a comment"

# Above a function stands its comment, or what shares it.
awk '
  FNR == 1 { above = "" }
  /^[a-z].*\(.*[,;]$/ && !/^(static|typedef)/ && above !~ /\*\/$|[;,]$/ {
    print FILENAME ":" FNR ": " $0
  }
  { above = $0 }' src/*/*.h | report "public functions without a comment"

exit $status
