# Turns Lua files into one C file: for each an array of its bytes, and the
# table of them that src/bind/embed.h declares. A module has its file's name.
#
#   cmake -DOUTPUT=embed.c -P embed.cmake -- roles.lua repr.lua ...

set(arrays "")
set(table "")
set(count 0)
math(EXPR last "${CMAKE_ARGC} - 1")
foreach(i RANGE ${last})
  set(file "${CMAKE_ARGV${i}}")
  if(NOT file MATCHES "\\.lua$")
    continue()
  endif()
  cmake_path(GET file STEM name)
  file(READ "${file}" hex HEX)
  string(REGEX REPLACE "(..)" "0x\\1," bytes "${hex}")
  string(APPEND arrays "static const unsigned char module_${count}[] = {\n"
    "    ${bytes}0};\n")
  string(APPEND table "    {\"${name}\", (const char *)module_${count}, "
    "sizeof module_${count} - 1},\n")
  math(EXPR count "${count} + 1")
endforeach()

file(WRITE "${OUTPUT}" "/* Made by lua/embed.cmake. */\n"
  "#include \"bind/embed.h\"\n\n"
  "${arrays}\n"
  "const struct nb_embed nb_embed_modules[] = {\n${table}};\n"
  "const size_t nb_embed_count = ${count};\n")
