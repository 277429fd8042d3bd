# The header of PKCS#11 as p11-kit keeps it; nothing of p11-kit is linked. Target: P11Kit::headers
find_path(P11KIT_INCLUDE_DIR p11-kit/pkcs11.h PATH_SUFFIXES p11-kit-1)
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(P11Kit REQUIRED_VARS P11KIT_INCLUDE_DIR
  REASON_FAILURE_MESSAGE "apt-get install libp11-kit-dev")
if(P11Kit_FOUND AND NOT TARGET P11Kit::headers)
  add_library(P11Kit::headers INTERFACE IMPORTED)
  target_include_directories(P11Kit::headers SYSTEM INTERFACE ${P11KIT_INCLUDE_DIR})
endif()
