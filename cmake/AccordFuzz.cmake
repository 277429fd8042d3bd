# Fuzzing of the parsers of foreign bytes with clang's libFuzzer; tests/fuzz.sh configures, builds and runs it.
option(ACCORD_FUZZ "Build libFuzzer programs (needs clang)" OFF)
if(ACCORD_FUZZ)
  if(NOT CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
    message(FATAL_ERROR "ACCORD_FUZZ needs clang and its runtime (apt-get install clang libclang-rt-dev), "
                        "for example by the preset `fuzz`; the compiler is ${CMAKE_CXX_COMPILER}")
  endif()
  # Every library is measured; only the fuzz programs get libFuzzer's main.
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()

# accord_fuzz_target(NAME [WHOLE] SUPPORT file... SOURCES file... DEPS target...): of NAME.cc corpus_NAME, an ordinary
# test, and with ACCORD_FUZZ fuzz_NAME, the search. SUPPORT: names of sources in support/. WHOLE: the test does not damage
# the seeds.
function(accord_fuzz_target name)
  cmake_parse_arguments(ARG "WHOLE" "" "SUPPORT;SOURCES;DEPS" ${ARGN})
  list(TRANSFORM ARG_SUPPORT REPLACE "(.+)" "support/\\1.cc")
  add_library(${name}_input OBJECT ${name}.cc ${ARG_SUPPORT} ${ARG_SOURCES})
  target_link_libraries(${name}_input PUBLIC ${ARG_DEPS})
  target_compile_definitions(${name}_input PRIVATE ACCORD_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
  set(programs corpus_${name})
  set(test Fuzz.${name}_takes_its_seeds_and_survives_its_corpus)
  add_executable(corpus_${name} $<TARGET_OBJECTS:corpus_main>)
  file(GLOB stored CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/corpus/${name}/*)
  if(ARG_WHOLE)
    list(PREPEND stored --whole)
  endif()
  add_test(NAME ${test} COMMAND corpus_${name} ${stored})
  set_tests_properties(${test} PROPERTIES TIMEOUT 300)
  if(ACCORD_FUZZ)
    list(APPEND programs fuzz_${name})
    add_executable(fuzz_${name} $<TARGET_OBJECTS:fuzz_main>)
    target_link_options(fuzz_${name} PRIVATE -fsanitize=fuzzer)
  endif()
  foreach(program ${programs})
    target_link_libraries(${program} PRIVATE ${name}_input $<TARGET_NAME_IF_EXISTS:accord_tsan>)
    add_dependencies(fuzz ${program})
  endforeach()
endfunction()
