# libcsv (no CMake configuration upstream). Target: Libcsv::csv
find_path(LIBCSV_INCLUDE_DIR csv.h)
find_library(LIBCSV_LIBRARY csv)
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(Libcsv REQUIRED_VARS LIBCSV_INCLUDE_DIR LIBCSV_LIBRARY
  REASON_FAILURE_MESSAGE "apt-get install libcsv-dev")
if(Libcsv_FOUND AND NOT TARGET Libcsv::csv)
  add_library(Libcsv::csv INTERFACE IMPORTED)
  target_include_directories(Libcsv::csv SYSTEM INTERFACE ${LIBCSV_INCLUDE_DIR})
  target_link_libraries(Libcsv::csv INTERFACE ${LIBCSV_LIBRARY})
endif()
