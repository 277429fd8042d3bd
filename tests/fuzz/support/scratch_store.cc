#include "tests/fuzz/support/scratch_store.h"

#include <stdlib.h>

#include <filesystem>
#include <memory>
#include <string>

#include "tests/fuzz/support/fuzz_target.h"

namespace accord::fuzz {
namespace {

struct Scratch {
  Scratch() {
    path = (std::filesystem::temp_directory_path() / "accord-fuzz-XXXXXX").string();
    Require(mkdtemp(path.data()) != nullptr, "a temporary folder can be made");
    store = Store::Open(path).value();
  }
  ~Scratch() {
    store.reset();
    std::filesystem::remove_all(path);
  }
  std::string path;
  std::unique_ptr<Store> store;
};

}  // namespace

Store& ScratchStore() {
  static Scratch scratch;
  return *scratch.store;
}

}  // namespace accord::fuzz
