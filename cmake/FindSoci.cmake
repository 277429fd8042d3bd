# SOCI with its SQLite back end (Debian 12 ships no CMake configuration for it). Target: Soci::sqlite3
find_path(SOCI_INCLUDE_DIR soci/soci.h)
find_path(SQLITE3_INCLUDE_DIR sqlite3.h)
find_library(SOCI_CORE_LIBRARY soci_core)
find_library(SOCI_SQLITE3_LIBRARY soci_sqlite3)
find_library(SQLITE3_LIBRARY sqlite3)
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(Soci REQUIRED_VARS SOCI_INCLUDE_DIR SOCI_CORE_LIBRARY SOCI_SQLITE3_LIBRARY
  SQLITE3_LIBRARY SQLITE3_INCLUDE_DIR REASON_FAILURE_MESSAGE "apt-get install libsoci-dev libsqlite3-dev")
if(Soci_FOUND AND NOT TARGET Soci::sqlite3)
  add_library(Soci::sqlite3 INTERFACE IMPORTED)
  target_include_directories(Soci::sqlite3 SYSTEM INTERFACE ${SOCI_INCLUDE_DIR} ${SOCI_INCLUDE_DIR}/soci)
  target_link_libraries(Soci::sqlite3 INTERFACE ${SOCI_SQLITE3_LIBRARY} ${SOCI_CORE_LIBRARY} ${SQLITE3_LIBRARY})
endif()
