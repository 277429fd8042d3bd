# Compiler settings that every target of the project shares.
add_compile_options(-Wall -Wextra -Werror)
include_directories(${CMAKE_SOURCE_DIR})
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -DNDEBUG")
set(CMAKE_CXX_FLAGS_DEBUG "-O0 -g1")
set(CMAKE_CXX_FLAGS_RELWITHDEBINFO "-O1 -g1")

find_program(ACCORD_CCACHE ccache)
if(ACCORD_CCACHE)
  set(CMAKE_C_COMPILER_LAUNCHER ${ACCORD_CCACHE})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros ${ACCORD_CCACHE})
endif()

# Precompiled headers halve a build. Without them (-DACCORD_PRECOMPILE=OFF, presets debug and fuzz) the compiler
# sees each file as it stands, and an include that is missing stops it.
option(ACCORD_PRECOMPILE "Precompile the headers of libraries" ON)

if(ACCORD_SANITIZE)
  add_compile_options(-fsanitize=${ACCORD_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${ACCORD_SANITIZE})
endif()
