# PostgreSQL's client library (CMake's own module asks for the server's headers). Target: Libpq::pq
find_path(LIBPQ_INCLUDE_DIR libpq-fe.h PATH_SUFFIXES postgresql)
find_library(LIBPQ_LIBRARY pq)
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(Libpq REQUIRED_VARS LIBPQ_INCLUDE_DIR LIBPQ_LIBRARY
  REASON_FAILURE_MESSAGE "apt-get install libpq-dev")
if(Libpq_FOUND AND NOT TARGET Libpq::pq)
  add_library(Libpq::pq INTERFACE IMPORTED)
  target_include_directories(Libpq::pq SYSTEM INTERFACE ${LIBPQ_INCLUDE_DIR})
  target_link_libraries(Libpq::pq INTERFACE ${LIBPQ_LIBRARY})
endif()
