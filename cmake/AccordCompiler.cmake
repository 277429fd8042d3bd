# Compiler settings that every target of the project shares.
add_compile_options(-Wall -Wextra -Werror -pthread)
include_directories(${CMAKE_SOURCE_DIR})
# GCC spends a tenth of its time with collecting what it allocated: it may have 4 GB, of which no file here needs half.
add_compile_options("$<$<CXX_COMPILER_ID:GNU>:SHELL:--param ggc-min-heapsize=4000000>")
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -DNDEBUG")
set(CMAKE_CXX_FLAGS_DEBUG "-O0 -g1")
set(CMAKE_CXX_FLAGS_RELWITHDEBINFO "-O1 -g1")

find_program(ACCORD_CCACHE ccache)
if(ACCORD_CCACHE)
  # Without these words it keeps nothing that was compiled with precompiled headers.
  set(CMAKE_C_COMPILER_LAUNCHER ${ACCORD_CCACHE})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros ${ACCORD_CCACHE})
  add_compile_options($<$<AND:$<COMPILE_LANGUAGE:CXX>,$<CXX_COMPILER_ID:GNU>>:-fpch-preprocess>)
endif()

# Compiling a folder's files together costs half of compiling them one by one. One by one (-DACCORD_UNITE=OFF, preset
# debug) an edit costs one file, and an include that is missing stops the compiler.
option(ACCORD_UNITE "Compile the files of a folder together" ON)

if(ACCORD_SANITIZE)
  add_compile_options(-fsanitize=${ACCORD_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${ACCORD_SANITIZE})
endif()
