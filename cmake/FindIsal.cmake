# Intel ISA-L (no CMake configuration upstream). Target: Isal::isal
find_path(ISAL_INCLUDE_DIR isa-l/crc.h)
find_library(ISAL_LIBRARY isal)
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(Isal REQUIRED_VARS ISAL_INCLUDE_DIR ISAL_LIBRARY
  REASON_FAILURE_MESSAGE "apt-get install libisal-dev")
if(Isal_FOUND AND NOT TARGET Isal::isal)
  add_library(Isal::isal INTERFACE IMPORTED)
  target_include_directories(Isal::isal SYSTEM INTERFACE ${ISAL_INCLUDE_DIR})
  target_link_libraries(Isal::isal INTERFACE ${ISAL_LIBRARY})
endif()
