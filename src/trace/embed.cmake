# Writes style and script of the pictures as arrays of C, with NUL:
#
#     cmake -D OUTPUT=FILE -P embed.cmake
#
# src/trace/embedded.h declares them. (A string of C would be too long for
# compilers that keep to the letter of the standard.)

file(WRITE ${OUTPUT} "#include \"trace/embedded.h\"\n")
foreach(name ladder.css page.css page.js)
  file(READ ${CMAKE_CURRENT_LIST_DIR}/${name} bytes HEX)
  string(REGEX REPLACE "(..)" "0x\\1," bytes "${bytes}")
  string(MAKE_C_IDENTIFIER ${name} identifier)
  file(APPEND ${OUTPUT}
    "const char nb_embedded_${identifier}[] = {${bytes}0};\n")
endforeach()
