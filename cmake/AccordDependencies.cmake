# Third-party libraries, all from Debian. A missing one stops configuration with the package to install.
include(GoogleTest)
find_package(Threads REQUIRED)
find_package(OpenSSL 3 REQUIRED)
find_package(absl REQUIRED)
find_package(Isal REQUIRED)
if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
  find_package(IpsecMb REQUIRED)
endif()
find_package(Protobuf 3.21 REQUIRED)
find_package(gRPC CONFIG REQUIRED)
find_package(spdlog REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(CLI11 REQUIRED)
find_package(Soci REQUIRED)
find_package(Seccomp REQUIRED)
find_package(Libcsv REQUIRED)
find_package(PNG REQUIRED)   # libpng-dev
find_package(JPEG REQUIRED)  # libjpeg62-turbo-dev
find_package(ZLIB REQUIRED)  # deflated DICOM files
find_package(Dcmtk REQUIRED)
find_package(P11Kit REQUIRED)
find_package(Libpq REQUIRED)
find_package(CURL 7.87 REQUIRED)  # libcurl4-openssl-dev
if(ACCORD_TESTS OR ACCORD_FUZZ)
  find_package(GTest REQUIRED)
endif()
if(ACCORD_BENCH)
  find_package(benchmark REQUIRED)
endif()

# LibTorch as one target, its headers as system headers (they warn).
find_package(Torch REQUIRED)
add_library(accord_torch INTERFACE)
target_include_directories(accord_torch SYSTEM INTERFACE ${TORCH_INCLUDE_DIRS})
target_link_libraries(accord_torch INTERFACE ${TORCH_LIBRARIES})
separate_arguments(ACCORD_TORCH_FLAGS UNIX_COMMAND "${TORCH_CXX_FLAGS}")
target_compile_options(accord_torch INTERFACE ${ACCORD_TORCH_FLAGS})
