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
