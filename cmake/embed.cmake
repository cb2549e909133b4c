# A script that writes files into a C source, as arrays of bytes: for
#     cmake -DOUT=x.c -DNAMES="a;b" -DFILES="a.md;b.md" -P embed.cmake
# x.c defines `const unsigned char a[]`, `const size_t a_size` and the same of b.
set(text "/* Written by cmake/embed.cmake. */\n#include \"${HEADER}\"\n")
foreach(name file IN ZIP_LISTS NAMES FILES)
    file(READ ${file} bytes HEX)
    file(SIZE ${file} size)
    string(REGEX REPLACE "(................................)" "\\1\n" bytes "${bytes}")
    string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${bytes}")
    string(APPEND text "\nconst unsigned char ${name}[] = {\n${bytes}};\n"
        "const size_t ${name}_size = ${size};\n")
endforeach()
file(WRITE ${OUT} "${text}")
