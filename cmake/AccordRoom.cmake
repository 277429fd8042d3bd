# Under ThreadSanitizer every program says what the distribution's Abseil locks do.
if(ACCORD_SANITIZE MATCHES "thread")
  add_library(accord_tsan OBJECT ${CMAKE_SOURCE_DIR}/cmake/sanitizers/abseil_locks_for_tsan.cc)
  target_link_libraries(accord_tsan PUBLIC absl::synchronization ${CMAKE_DL_LIBS})
endif()

# accord_library(NAME SOURCES file... DEPS target...): a static library of one room.
function(accord_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS" ${ARGN})
  add_library(${name} STATIC ${ARG_SOURCES})
  target_link_libraries(${name} PUBLIC ${ARG_DEPS})
endfunction()

# accord_binary(NAME SOURCES file... DEPS target...): one of the project's programs.
function(accord_binary name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE ${ARG_DEPS} $<TARGET_NAME_IF_EXISTS:accord_tsan>)
  install(TARGETS ${name} RUNTIME DESTINATION bin)
endfunction()

# accord_test(NAME SOURCES file... DEPS target...): one GoogleTest program; every TEST becomes a ctest test.
function(accord_test name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS;PROPERTIES" ${ARGN})
  add_executable(${name} ${ARG_SOURCES} ${CMAKE_SOURCE_DIR}/tests/test_main.cc)
  target_link_libraries(${name} PRIVATE ${ARG_DEPS} $<TARGET_NAME_IF_EXISTS:accord_tsan> GTest::gmock GTest::gtest)
  target_compile_definitions(${name} PRIVATE ACCORD_SOURCE_DIR="${CMAKE_SOURCE_DIR}"
                                             ACCORD_BINARY_DIR="${CMAKE_BINARY_DIR}/bin")
  gtest_discover_tests(${name} DISCOVERY_MODE PRE_TEST PROPERTIES TIMEOUT 300 ${ARG_PROPERTIES})
endfunction()
