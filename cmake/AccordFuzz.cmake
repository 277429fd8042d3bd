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

# accord_fuzz_target(NAME [WHOLE] [PROGRAM program] SUPPORT file... SOURCES file... DEPS target...): NAME.cc becomes part
# of PROGRAM (default: corpora), with an ordinary test that runs it for NAME, and with ACCORD_FUZZ instead fuzz_NAME, the
# search. SUPPORT: names of sources in support/. WHOLE: the test does not damage the seeds.
function(accord_fuzz_target name)
  cmake_parse_arguments(ARG "WHOLE" "PROGRAM" "SUPPORT;SOURCES;DEPS" ${ARGN})
  list(TRANSFORM ARG_SUPPORT REPLACE "(.+)" "support/\\1.cc")
  set(program ${ARG_PROGRAM})
  if(ACCORD_FUZZ)
    set(program fuzz_${name})
  elseif(NOT program)
    set(program corpora)
  endif()
  if(NOT TARGET ${program})
    set(main corpus_main)
    if(ACCORD_FUZZ)
      set(main fuzz_main)
    endif()
    add_executable(${program} support/fuzz_target.cc support/${main}.cc)
    target_link_libraries(${program} PRIVATE accord_base $<TARGET_NAME_IF_EXISTS:accord_tsan>)
    target_compile_definitions(${program} PRIVATE ACCORD_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
    target_compile_options(${program} PRIVATE $<$<CONFIG:Release>:-O0>)  # as tests
    add_dependencies(fuzz ${program})
  endif()
  target_sources(${program} PRIVATE ${name}.cc ${ARG_SUPPORT} ${ARG_SOURCES})
  target_link_libraries(${program} PRIVATE ${ARG_DEPS})
  if(ACCORD_FUZZ)
    target_link_options(${program} PRIVATE -fsanitize=fuzzer)
  elseif(ARG_WHOLE)
    accord_corpus_test(${name} ${program} --whole)
  else()
    accord_corpus_test(${name} ${program})
  endif()
endfunction()

# accord_corpus_test(NAME PROGRAM option...): PROGRAM's test of the target NAME.
function(accord_corpus_test name program)
  set(test Fuzz.${name}_takes_its_seeds_and_survives_its_corpus)
  file(GLOB stored CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/corpus/${name}/*)
  add_test(NAME ${test} COMMAND ${program} ${name} ${ARGN} ${stored})
  set_tests_properties(${test} PROPERTIES TIMEOUT 300)
endfunction()
