# DCMTK's data sets and decoders. Debian's own CMake configuration of it asks for all of DCMTK, with libraries of its
# network tools that nothing here links. Target: Dcmtk::images.
find_path(DCMTK_INCLUDE_DIR dcmtk/dcmdata/dctk.h)
set(dcmtk_libraries)
foreach(name dcmjpeg dcmjpls dcmdata oflog ofstd)
  find_library(DCMTK_${name}_LIBRARY ${name})
  list(APPEND dcmtk_libraries DCMTK_${name}_LIBRARY)
endforeach()
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(Dcmtk REQUIRED_VARS DCMTK_INCLUDE_DIR ${dcmtk_libraries}
  REASON_FAILURE_MESSAGE "apt-get install libdcmtk-dev")
if(Dcmtk_FOUND AND NOT TARGET Dcmtk::images)
  add_library(Dcmtk::images INTERFACE IMPORTED)
  target_include_directories(Dcmtk::images SYSTEM INTERFACE ${DCMTK_INCLUDE_DIR})
  foreach(library IN LISTS dcmtk_libraries)
    target_link_libraries(Dcmtk::images INTERFACE ${${library}})
  endforeach()
endif()
