# Intel's multi-buffer library (no CMake configuration in Debian 12). Target: IpsecMb::ipsec_mb. For x86 alone.
find_path(IPSEC_MB_INCLUDE_DIR intel-ipsec-mb.h)
find_library(IPSEC_MB_LIBRARY IPSec_MB)
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(IpsecMb REQUIRED_VARS IPSEC_MB_INCLUDE_DIR IPSEC_MB_LIBRARY
  REASON_FAILURE_MESSAGE "apt-get install libipsec-mb-dev")
if(IpsecMb_FOUND AND NOT TARGET IpsecMb::ipsec_mb)
  add_library(IpsecMb::ipsec_mb INTERFACE IMPORTED)
  target_include_directories(IpsecMb::ipsec_mb SYSTEM INTERFACE ${IPSEC_MB_INCLUDE_DIR})
  target_link_libraries(IpsecMb::ipsec_mb INTERFACE ${IPSEC_MB_LIBRARY})
endif()
