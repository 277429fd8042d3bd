// What libFuzzer calls, with the one target that the program was linked with. fuzz_NAME --write-seeds FOLDER: writes
// the target's seeds, for libFuzzer to start from.
#include <google/protobuf/stubs/logging.h>

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "base/hash.h"
#include "tests/fuzz/support/fuzz_target.h"

namespace accord::fuzz {
namespace {

const FuzzTarget& Target() { return *FuzzTarget::All().front(); }

int WriteSeeds(const std::string& folder) {
  std::filesystem::create_directories(folder);
  for (const std::string& seed : Target().Seeds()) {
    std::ofstream file(absl::StrCat(folder, "/", Sha256Hex(seed).substr(0, 16)), std::ios::binary);
    file << seed;
    if (!file.flush()) return fprintf(stderr, "cannot write seeds to %s\n", folder.c_str()), 1;
  }
  return 0;
}

}  // namespace
}  // namespace accord::fuzz

extern "C" int LLVMFuzzerInitialize(int* argc, char*** argv) {
  google::protobuf::SetLogHandler(nullptr);  // a line for each text that is no UTF-8
  if (*argc == 3 && std::string((*argv)[1]) == "--write-seeds") std::exit(accord::fuzz::WriteSeeds((*argv)[2]));
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  accord::fuzz::Target().Take(absl::string_view(reinterpret_cast<const char*>(data), size));
  return 0;
}
