# libseccomp (no CMake configuration upstream). Target: Seccomp::seccomp
find_path(SECCOMP_INCLUDE_DIR seccomp.h)
find_library(SECCOMP_LIBRARY seccomp)
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(Seccomp REQUIRED_VARS SECCOMP_INCLUDE_DIR SECCOMP_LIBRARY
  REASON_FAILURE_MESSAGE "apt-get install libseccomp-dev")
if(Seccomp_FOUND AND NOT TARGET Seccomp::seccomp)
  add_library(Seccomp::seccomp INTERFACE IMPORTED)
  target_include_directories(Seccomp::seccomp SYSTEM INTERFACE ${SECCOMP_INCLUDE_DIR})
  target_link_libraries(Seccomp::seccomp INTERFACE ${SECCOMP_LIBRARY})
endif()
