# Under ThreadSanitizer every program says what the distribution's Abseil locks do.
if(ACCORD_SANITIZE MATCHES "thread")
  add_library(accord_tsan OBJECT ${CMAKE_SOURCE_DIR}/cmake/sanitizers/abseil_locks_for_tsan.cc)
  target_link_libraries(accord_tsan PUBLIC absl::synchronization ${CMAKE_DL_LIBS})
endif()

# accord_unite(TARGET [SIZE]): compiles the files of one folder together, so that the headers they share are read once. A
# name in an anonymous namespace therefore stands for one thing in its folder. With SIZE so many files together, whatever
# their folders: for a folder that would take one core as long as all others.
function(accord_unite target)
  if(NOT ACCORD_UNITE)
    return()
  endif()
  if(ARGC GREATER 1)
    set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_MODE BATCH UNITY_BUILD_BATCH_SIZE ${ARGV1})
    return()
  endif()
  get_target_property(sources ${target} SOURCES)
  foreach(source IN LISTS sources)
    cmake_path(ABSOLUTE_PATH source BASE_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR} NORMALIZE OUTPUT_VARIABLE file)
    cmake_path(IS_PREFIX ACCORD_GENERATED ${file} generated)
    if(file MATCHES "\\.cc$" AND NOT generated)
      cmake_path(GET file PARENT_PATH folder)
      cmake_path(RELATIVE_PATH folder BASE_DIRECTORY ${CMAKE_SOURCE_DIR})
      string(MAKE_C_IDENTIFIER ${folder} group)
      set_source_files_properties(${source} PROPERTIES UNITY_GROUP ${group})
    endif()
  endforeach()
  set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_MODE GROUP)
endfunction()

# accord_precompiled(NAME HEADER DEPS target...): HEADER, read by the compiler once for all targets that call
# accord_precompile(TARGET NAME) and have its flags.
function(accord_precompiled name header)
  cmake_parse_arguments(ARG "" "" "DEPS" ${ARGN})
  add_library(${name} OBJECT ${CMAKE_SOURCE_DIR}/cmake/precompiled/nothing.cc)
  target_link_libraries(${name} PRIVATE ${ARG_DEPS})
  target_precompile_headers(${name} PRIVATE ${CMAKE_SOURCE_DIR}/cmake/precompiled/${header})
endfunction()
function(accord_precompile target name)
  if(ACCORD_UNITE)
    target_precompile_headers(${target} REUSE_FROM ${name})
  endif()
endfunction()
if(ACCORD_UNITE)
  accord_precompiled(accord_headers rooms.h DEPS absl::statusor absl::flat_hash_map absl::synchronization
    protobuf::libprotobuf Threads::Threads)
endif()

# accord_library(NAME [OBJECT] [OWN_FLAGS | SERVICES] SOURCES file... DEPS target...): a static library of one room, or the
# objects alone. OWN_FLAGS: the compiler gets other macros, as LibTorch's, and so cannot use the precompiled headers.
# SERVICES: linked with the network's services, whose headers are then read once too.
function(accord_library name)
  cmake_parse_arguments(ARG "OBJECT;OWN_FLAGS;SERVICES" "" "SOURCES;DEPS" ${ARGN})
  set(kind STATIC)
  if(ARG_OBJECT)
    set(kind OBJECT)
  endif()
  add_library(${name} ${kind} ${ARG_SOURCES})
  target_link_libraries(${name} PUBLIC ${ARG_DEPS})
  accord_unite(${name})
  if(ARG_SERVICES)
    accord_precompile(${name} accord_service_headers)
  elseif(NOT ARG_OWN_FLAGS)
    accord_precompile(${name} accord_headers)
  endif()
endfunction()

# accord_binary(NAME [SERVICES] SOURCES file... DEFINITIONS macro... DEPS target...): one of the project's programs. Its
# objects are compiled as a library's, whose precompiled headers they use.
function(accord_binary name)
  cmake_parse_arguments(ARG "SERVICES" "" "SOURCES;DEFINITIONS;DEPS" ${ARGN})
  set(services)
  if(ARG_SERVICES)
    set(services SERVICES)
  endif()
  accord_library(${name}_objects OBJECT ${services} SOURCES ${ARG_SOURCES} DEPS ${ARG_DEPS})
  target_compile_definitions(${name}_objects PRIVATE ${ARG_DEFINITIONS})
  add_executable(${name})
  set_target_properties(${name} PROPERTIES LINKER_LANGUAGE CXX)
  target_link_libraries(${name} PRIVATE ${name}_objects $<TARGET_NAME_IF_EXISTS:accord_tsan>)
  install(TARGETS ${name} RUNTIME DESTINATION bin)
endfunction()

# accord_test(NAME [OWN_FLAGS] [PARTS n] SOURCES file... DEPS target... PROPERTIES property...): one program. With PARTS its
# tests run in so many processes, NAME.part_1_of_n and so on, since starting a process for each test costs more than most
# tests do; tests/results/tally.py counts them. Without, each TEST is a ctest test and has a process of its own. With
# ONLY filter the properties are those of the tests that this filter of GoogleTest names, and the others have none. With
# GROUPS group... the tests of the suites that the variable SUITES_group lists run in one process, NAME.group, and all that
# are in no group in one beside them, NAME.others.
function(accord_test name)
  cmake_parse_arguments(ARG "OWN_FLAGS" "PARTS;ONLY" "SOURCES;DEPS;PROPERTIES;GROUPS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE ${ARG_DEPS} accord_test_main $<TARGET_NAME_IF_EXISTS:accord_tsan>)
  accord_unite(${name})
  # What tests do costs little; compiling them is most of a build.
  target_compile_options(${name} PRIVATE $<$<CONFIG:Release>:-O0>)
  if(NOT ARG_OWN_FLAGS)
    accord_precompile(${name} accord_test_headers)
  endif()
  target_compile_definitions(${name} PRIVATE ACCORD_SOURCE_DIR="${CMAKE_SOURCE_DIR}"
                                             ACCORD_BINARY_DIR="${CMAKE_BINARY_DIR}/bin")
  if(ARG_PARTS)
    accord_test_parts(${name} ${ARG_PARTS} ${ARG_PROPERTIES})
  elseif(ARG_GROUPS)
    accord_test_groups(${name} GROUPS ${ARG_GROUPS} PROPERTIES ${ARG_PROPERTIES})
  elseif(ARG_ONLY)
    gtest_discover_tests(${name} DISCOVERY_MODE PRE_TEST DISCOVERY_TIMEOUT 120 TEST_FILTER ${ARG_ONLY}
      PROPERTIES TIMEOUT 300 ${ARG_PROPERTIES})
    gtest_discover_tests(${name} DISCOVERY_MODE PRE_TEST DISCOVERY_TIMEOUT 120 TEST_FILTER -${ARG_ONLY}
      PROPERTIES TIMEOUT 300)
  else()
    gtest_discover_tests(${name} DISCOVERY_MODE PRE_TEST DISCOVERY_TIMEOUT 120 PROPERTIES TIMEOUT 300 ${ARG_PROPERTIES})
  endif()
endfunction()

# accord_test_parts(NAME PARTS property...): the tests of a program in so many parts. They are long, so they begin before
# what is short; one test may take as long as it may alone (tests/test_main.cc).
function(accord_test_parts name parts)
  foreach(part RANGE 1 ${parts})
    set(test ${name}.part_${part}_of_${parts})
    add_test(NAME ${test} COMMAND ${name})
    set_tests_properties(${test} PROPERTIES TIMEOUT 3600 COST 100 ${ARGN})
    math(EXPR index "${part} - 1")
    set_property(TEST ${test} APPEND PROPERTY ENVIRONMENT
      GTEST_TOTAL_SHARDS=${parts} GTEST_SHARD_INDEX=${index} ACCORD_TEST_LIMIT_S=300)
  endforeach()
endfunction()

# accord_test_groups(NAME GROUPS group... PROPERTIES property...)
function(accord_test_groups name)
  cmake_parse_arguments(ARG "" "" "GROUPS;PROPERTIES" ${ARGN})
  set(all)
  set(tests)
  foreach(group IN LISTS ARG_GROUPS)
    # Also those with parameters, whose names have the instantiation before the suite.
    list(TRANSFORM SUITES_${group} REPLACE "(.+)" "\\1.*;*/\\1.*" OUTPUT_VARIABLE filter)
    list(JOIN filter ":" filter)
    list(APPEND all ${filter})
    add_test(NAME ${name}.${group} COMMAND ${name} --gtest_filter=${filter})
    list(APPEND tests ${name}.${group})
  endforeach()
  list(JOIN all ":" all)
  add_test(NAME ${name}.others COMMAND ${name} --gtest_filter=-${all})
  list(APPEND tests ${name}.others)
  set_tests_properties(${tests} PROPERTIES TIMEOUT 3600 COST 100 ${ARG_PROPERTIES})
  set_property(TEST ${tests} APPEND PROPERTY ENVIRONMENT ACCORD_TEST_LIMIT_S=300)
endfunction()
