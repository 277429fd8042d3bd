# Under ThreadSanitizer every program says what the distribution's Abseil locks do.
if(ACCORD_SANITIZE MATCHES "thread")
  add_library(accord_tsan OBJECT ${CMAKE_SOURCE_DIR}/cmake/sanitizers/abseil_locks_for_tsan.cc)
  target_link_libraries(accord_tsan PUBLIC absl::synchronization ${CMAKE_DL_LIBS})
endif()

# Headers of other projects that most files read.
set(ACCORD_COMMON_HEADERS <algorithm> <cstdint> <filesystem> <functional> <map> <memory> <optional> <string>
  <utility> <vector>
  <absl/status/status.h> <absl/status/statusor.h> <absl/strings/str_cat.h> <absl/strings/str_join.h>
  <absl/synchronization/mutex.h> <absl/time/time.h> <absl/types/span.h> <google/protobuf/message.h>)

# accord_precompile(TARGET): reads ACCORD_COMMON_HEADERS once, where enough files do to win by it.
function(accord_precompile target)
  get_target_property(sources ${target} SOURCES)
  list(LENGTH sources count)
  if(ACCORD_PRECOMPILE AND count GREATER 6)
    target_precompile_headers(${target} PRIVATE ${ACCORD_COMMON_HEADERS})
    target_compile_options(${target} PRIVATE ${ACCORD_PRECOMPILED_WARNINGS})
  endif()
endfunction()
# GCC 12 sees std::string write beyond its ends where it comes from a precompiled header (GCC's bug 105651).
set(ACCORD_PRECOMPILED_WARNINGS "")
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  set(ACCORD_PRECOMPILED_WARNINGS -Wno-array-bounds -Wno-stringop-overflow -Wno-restrict)
endif()

# accord_library(NAME SOURCES file... DEPS target...): a static library of one room.
function(accord_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS" ${ARGN})
  add_library(${name} STATIC ${ARG_SOURCES})
  target_link_libraries(${name} PUBLIC ${ARG_DEPS})
  accord_precompile(${name})
endfunction()

# accord_binary(NAME SOURCES file... DEPS target...): one of the project's programs.
function(accord_binary name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE ${ARG_DEPS} $<TARGET_NAME_IF_EXISTS:accord_tsan>)
  install(TARGETS ${name} RUNTIME DESTINATION bin)
endfunction()

# accord_test(NAME SOURCES file... DEPS target...): one GoogleTest program; every TEST becomes a ctest test. All of them
# share the first one's precompiled headers.
function(accord_test name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS;PROPERTIES" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE ${ARG_DEPS} accord_test_main $<TARGET_NAME_IF_EXISTS:accord_tsan>)
  get_property(first GLOBAL PROPERTY ACCORD_FIRST_TEST)
  if(ACCORD_PRECOMPILE AND first)
    target_precompile_headers(${name} REUSE_FROM ${first})
  elseif(ACCORD_PRECOMPILE)
    target_precompile_headers(${name} PRIVATE ${ACCORD_COMMON_HEADERS} <gmock/gmock.h> <gtest/gtest.h>)
    set_property(GLOBAL PROPERTY ACCORD_FIRST_TEST ${name})
  endif()
  target_compile_options(${name} PRIVATE $<$<BOOL:${ACCORD_PRECOMPILE}>:${ACCORD_PRECOMPILED_WARNINGS}>)
  # What tests do costs little; compiling them is most of a build.
  target_compile_options(${name} PRIVATE $<$<CONFIG:Release>:-O1>)
  target_compile_definitions(${name} PRIVATE ACCORD_SOURCE_DIR="${CMAKE_SOURCE_DIR}"
                                             ACCORD_BINARY_DIR="${CMAKE_BINARY_DIR}/bin")
  gtest_discover_tests(${name} DISCOVERY_MODE PRE_TEST DISCOVERY_TIMEOUT 120 PROPERTIES TIMEOUT 300 ${ARG_PROPERTIES})
endfunction()
