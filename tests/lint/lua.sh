#!/usr/bin/env bash
# luacheck reads all Lua, by the rules of .luacheckrc.
. tests/lint/report

luacheck --formatter plain --no-cache lua examples tests doc || status=1

exit $status
