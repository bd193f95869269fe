#!/usr/bin/env bash
# The shape of the text: lengths, widths, blanks, and what C offers that
# netbox does without.
. tests/lint/report

c_files=(src/*/*.[ch])
lua_files=(lua/*.lua examples/*.lua)
test_files=(
  tests/**/*.[ch] tests/**/*.lua tests/**/*.py tests/lint/* tests/**/run)

# longer_than LINES FILE...: prints the files that are.
longer_than() {
  local limit=$1
  shift
  wc -l "$@" | awk -v limit="$limit" '$2 != "total" && $1 > limit'
}
longer_than 500 "${c_files[@]}" "${lua_files[@]}" "${test_files[@]}" |
  report "files over 500 lines"
longer_than 120 src/*/*.h | report "headers over 120 lines"

# A function has its braces in the first column, and nothing else has.
awk '
  /^[a-zA-Z_].*\(/ { name = $0; start = FNR }
  /^\{$/ { inside = 1 }
  /^\}$/ && inside {
    if (FNR - start + 1 > 60)
      print FILENAME ":" start ": " FNR - start + 1 " lines: " name
    inside = 0
  }' src/*/*.c | report "functions over 60 lines"

LC_ALL=C.UTF-8 search -nH '^.{81}' "${c_files[@]}" "${lua_files[@]}" |
  report "lines over 80 columns"
search -nH $'\t|[ \t]$' "${c_files[@]}" "${lua_files[@]}" |
  report "tabs and trailing blanks"

search -nH '\<goto\>' "${c_files[@]}" | search -v '\<goto (out|fail);' |
  report "goto to a label other than out and fail"
search -nH '\<(strcpy|strcat|v?sprintf|gets|atoi|strtok)\(' "${c_files[@]}" |
  report "functions of C that netbox does without"
search -nH '(^|[ ;{}])//|typedef (struct|enum|union)\>' "${c_files[@]}" |
  report "comments with // and names for structs"

exit $status
