#!/usr/bin/env bash
# The rooms of src/: each includes only lower ones, and what comes from
# outside is reached in one place.
. tests/lint/report

# Prints the includes that do not lead downwards, and those without a room.
awk '
  BEGIN {
    split("util 0 core 1 guard 2 trace 2 net 3 sim 4 bind 5 app 6", map, " ")
    for (i = 1; i in map; i += 2)
      rank[map[i]] = map[i + 1]
  }
  /^[ \t]*#[ \t]*include[ \t]*"/ {
    split(FILENAME, file, "/")
    split($0, quoted, "\"")
    split(quoted[2], included, "/")
    from = file[2]
    to = included[1]
    if (!(from in rank) || !(to in rank) ||
        (from != to && rank[to] >= rank[from]))
      print FILENAME ":" FNR ": " $0
  }' src/*/*.[ch] | report "includes that do not lead downwards"

# Prints each include as a pair of files.
edges() {
  awk '/^[ \t]*#[ \t]*include[ \t]*"/ {
    split($0, quoted, "\"")
    print FILENAME, "src/" quoted[2]
  }' src/*/*.[ch]
}
{ edges | tsort 2>&1 >/dev/null || true; } | report "a cycle of includes"

# only_in FILES WHAT PATTERN: the pattern belongs into those files alone.
only_in() {
  search -rn --include='*.[ch]' "$3" src | search -v "^src/($1)" | report "$2 outside of $1"
}
only_in '(bind|app)/' "Lua's headers" '<(lua|lauxlib|lualib)\.h>'
only_in 'core/loop_ev\.c' "libev" '<ev\.h>'
only_in 'net/ares\.c' "c-ares" '<ares[a-z_]*\.h>'
only_in 'net/tls' "OpenSSL" '<openssl/'
only_in 'net/|util/addr\.|guard/(kernel|filters/)|trace/scribe\.' "headers of sockets" \
  '<(sys/socket|sys/un|netdb|net/if|netinet/[a-z0-9_]+|arpa/inet)\.h>'
only_in 'bind/l(thread|coroutine|wait)\.c' "switches of coroutines" \
  '\<(lua_resume|lua_yieldk?)\>'
only_in 'core/(loop_ev|rand)\.c|util/' "time or chance" \
  '(^|[^.:[:alnum:]_])(time|clock|gettimeofday|clock_gettime|u?sleep|nanosleep)\('
only_in 'core/(loop_ev|rand)\.c|util/' "time or chance" \
  '(^|[^.:[:alnum:]_])(s?rand|s?random|[dlm]rand48|getrandom|arc4random[a-z_]*)\('

exit $status
