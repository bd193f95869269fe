#!/usr/bin/env bash
# What the objects show: names that leave their file without need, names
# without the prefix, and state that hangs from nowhere.
. tests/lint/report

# What writes the filters runs while netbox is built.
mapfile -t objects < <(find "$BUILD"/CMakeFiles -name '*.c.o' -path '*/src/*' \
  ! -path '*/generate_filters.dir/*')

# symbols OPTION OBJECT...: the names that nm -OPTION lists, sorted.
symbols() {
  nm -g "$@" | awk 'NF >= 2 { print $NF }' | sort -u
}
defined=$(symbols --defined-only "${objects[@]}")
used=$(symbols --undefined-only "${objects[@]}")

# Only tests turn the virtual clock, let allocations fail and listen on the bus;
# the linker puts __wrap_luaC_... in front of functions of Lua's.
comm -23 <(echo "$defined") <(echo "$used") |
  search -v '^(main$|nb_(loop_virtual|alloc|bus)_|__wrap_luaC_)' |
  report "public names that no other file uses"
echo "$defined" | search -v '^(nb_|luaopen_|main$|__wrap_luaC_)' |
  report "public names without the prefix"

# callers PATTERN: the objects that call a function of that name.
callers() {
  nm -u -A "${objects[@]}" | awk -v name="^($1)(64)?$" '$NF ~ name {
    file = $1
    sub(/.*\/src\//, "src/", file)
    sub(/\.o:.*/, "", file)
    print file ": " $NF
  }'
}
# What reaches out of the process is called in one place, where it is asked for
# (net/gate), or after that was (net/console). What leads to the scribe is no
# socket of a script.
for name in socket bind connect sendto sendmsg sendmmsg listen 'accept4?' \
  socketpair 'recv(from|msg|mmsg)'; do
  callers "$name" | search -v '^src/net/posix\.c:' |
    search -v '^src/trace/scribe\.c: (socketpair|sendmmsg|recvmsg)$' |
    report "calls of $name outside of net/posix"
done
callers open | search -v '^src/(net/console|guard/landlock)\.c:' |
  report "calls of open outside of net/console"
callers '(openat|unlink(at)?|remove|rename(at2?)?|(rm|mk)dir(at)?)' |
  search -v '^src/guard/file\.c:' |
  report "files that are reached outside of guard/file"
callers '(fopen|freopen|creat|syscall|system|popen|fork|vfork|posix_spawnp?|exec[vlpe]+)' |
  search -v '^src/(guard/landlock\.c: syscall|trace/scribe\.c: fork)$' |
  report "other ways out of the process"

# The two that are allowed: what is outside hands them no pointer.
objdump -t "${objects[@]}" | awk '
  /file format/ { file = $1 }
  / O \.(data|bss)(\.rel(\.local)?)?[ \t]/ { print file, $NF }
  / \.(tdata|tbss)[ \t]/ && !/ d / { print file, $NF }' |
  search -v '/src/(util/alloc|app/signal)\.c\.o' |
  report "variables that outlive their function"

exit $status
