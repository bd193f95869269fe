#!/usr/bin/env bash
# Words that do not belong into the tree: debts, and names of the machine or
# the place where it happened to be written. (A bracket keeps each pattern
# from finding itself.)
. tests/lint/report

# words PATTERN: the lines that hold it, in all of our text.
words() {
  search -rnI --exclude-dir=.git --exclude-dir='build*' "$1" .
}
words '\<(T[O]DO|FI[X]ME|X[X]X|HA[C]K)\>' | report "debts"
words '(^|[^a-zA-Z0-9_.])/([w]ork|[r]oot|[h]ome|[t]mp)/' |
  report "paths of one machine"
words '([p]ypi|[n]pmjs|[l]uarocks|[c]rates)\.|\.[d]ebian\.org|[a]rtifactory' |
  report "hosts of package registries"
words '\<[i]ssue #?[0-9]' | report "numbers of issues"

exit $status
