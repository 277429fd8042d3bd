# LibTorch as one target, accord_torch, its headers as system headers (they warn). One of one's own, with CUDA: by
# CMAKE_PREFIX_PATH (docs/operations.md).
find_package(Torch REQUIRED)
add_library(accord_torch INTERFACE)

# PyTorch's LibTorch lies in a folder with headers of other libraries (Protocol Buffers, fmt), of other versions than
# those that this project is linked with. A folder of links shows its own ones alone.
if(NOT TORCH_INSTALL_PREFIX MATCHES "^/(usr)?/?$")
  set(torch_headers ${CMAKE_BINARY_DIR}/torch_headers)
  file(REMOVE_RECURSE ${torch_headers})
  file(MAKE_DIRECTORY ${torch_headers})
  foreach(folder ATen c10 caffe2 torch)
    if(EXISTS ${TORCH_INSTALL_PREFIX}/include/${folder})
      file(CREATE_LINK ${TORCH_INSTALL_PREFIX}/include/${folder} ${torch_headers}/${folder} SYMBOLIC)
    endif()
  endforeach()
  set(TORCH_INCLUDE_DIRS ${torch_headers} ${torch_headers}/torch/csrc/api/include)
  # What these show is the whole folder.
  foreach(target torch torch_library torch_cpu torch_cpu_library torch_cuda torch_cuda_library c10 c10_cuda)
    if(TARGET ${target})
      set_target_properties(${target} PROPERTIES
        INTERFACE_INCLUDE_DIRECTORIES "" INTERFACE_SYSTEM_INCLUDE_DIRECTORIES "")
    endif()
  endforeach()
  # It also shows parts of the C++ library that it was built with, std::filesystem among them, to whoever is linked with
  # it first: the system's comes before it.
  target_link_libraries(accord_torch INTERFACE stdc++)
endif()

target_include_directories(accord_torch SYSTEM INTERFACE ${TORCH_INCLUDE_DIRS})
target_link_libraries(accord_torch INTERFACE ${TORCH_LIBRARIES})
separate_arguments(ACCORD_TORCH_FLAGS UNIX_COMMAND "${TORCH_CXX_FLAGS}")
target_compile_options(accord_torch INTERFACE ${ACCORD_TORCH_FLAGS})

# accord_lean_torch(PROGRAM): a program with Debian's LibTorch loads nothing of what LibTorch names and does not use:
# cmake/torch_stand_ins.sh. The stand-ins lie in lib/PROGRAM beside bin; where that folder is missing, all is loaded.
function(accord_lean_torch program)
  if(ACCORD_SANITIZE OR NOT TORCH_INSTALL_PREFIX MATCHES "^/(usr)?/?$")
    return()
  endif()
  set(folder ${CMAKE_BINARY_DIR}/lib/${program})
  set(script ${CMAKE_SOURCE_DIR}/cmake/torch_stand_ins.sh)
  # Of a path that it may yet change CMake makes one with an empty element, which stands for the current folder.
  set_target_properties(${program} PROPERTIES
    BUILD_WITH_INSTALL_RPATH ON INSTALL_RPATH "$ORIGIN/../lib/${program}")
  # DT_RUNPATH would not hold for libraries of libraries.
  target_link_options(${program} PRIVATE LINKER:--disable-new-dtags)
  set_property(TARGET ${program} APPEND PROPERTY LINK_DEPENDS ${script})
  add_custom_command(TARGET ${program} POST_BUILD VERBATIM
    COMMAND ${CMAKE_COMMAND} -E env CC=${CMAKE_C_COMPILER} bash ${script} $<TARGET_FILE:${program}> ${folder})
  install(DIRECTORY ${folder} DESTINATION lib OPTIONAL)
endfunction()
