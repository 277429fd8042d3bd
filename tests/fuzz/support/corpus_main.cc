// corpus_NAME [--whole] FILE...: feeds a fuzz target its seeds, its seeds cut off and damaged at every byte (unless
// --whole), and each FILE. Exits non-zero when a seed is not taken or a file cannot be read; a crash ends it and leaves
// the input in finding-corpus_NAME in the current folder. corpus_NAME --write-seeds FOLDER: writes the seeds, for
// libFuzzer to start from.
#include <fcntl.h>
#include <google/protobuf/stubs/logging.h>
#include <unistd.h>

#include <csignal>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/hash.h"
#include "tests/fuzz/support/fuzz_target.h"

namespace accord::fuzz {
namespace {

// Long seeds are damaged at places so far apart that each costs no more runs than this.
constexpr size_t kPlacesPerSeed = 250;

// The input at hand, for whoever has to find out what broke.
absl::string_view current;
std::string finding_path;

void KeepFinding(int signal) {
  const int fd = open(finding_path.c_str(), O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0644);
  if (fd >= 0 && write(fd, current.data(), current.size()) >= 0) {
    fprintf(stderr, "the input of %zu bytes is in %s\n", current.size(), finding_path.c_str());
  }
  std::signal(signal, SIG_DFL);
  raise(signal);
}

bool TakeInput(absl::string_view input) {
  current = input;
  return Take(input);
}

int WriteSeeds(const std::string& folder) {
  std::filesystem::create_directories(folder);
  for (const std::string& seed : Seeds()) {
    std::ofstream file(absl::StrCat(folder, "/", Sha256Hex(seed).substr(0, 16)), std::ios::binary);
    file << seed;
    if (!file.flush()) return fprintf(stderr, "cannot write seeds to %s\n", folder.c_str()), 1;
  }
  return 0;
}

void TakeDamaged(const std::string& seed) {
  const size_t step = seed.size() / kPlacesPerSeed + 1;
  for (size_t place = 0; place < seed.size(); place += step) {
    TakeInput(absl::string_view(seed).substr(0, place));
    for (const char change : {'\x01', '\x80', '\xff'}) {
      std::string damaged = seed;
      damaged[place] = static_cast<char>(damaged[place] ^ change);
      TakeInput(damaged);
    }
  }
  TakeInput(absl::StrCat(seed, seed));
}

// How many of the seeds were not taken.
int TakeSeeds(const std::vector<std::string>& seeds, bool damage) {
  int refused = 0;
  for (size_t i = 0; i < seeds.size(); ++i) {
    if (!TakeInput(seeds[i])) {
      fprintf(stderr, "seed %zu of %zu is not taken\n", i, seeds.size());
      ++refused;
    }
    if (damage) TakeDamaged(seeds[i]);
  }
  return refused;
}

// False when one cannot be read.
bool TakeFiles(const std::vector<std::string>& paths) {
  for (const std::string& path : paths) {
    std::ifstream file(path, std::ios::binary);
    if (!file) return fprintf(stderr, "cannot read %s\n", path.c_str()), false;
    TakeInput(std::string(std::istreambuf_iterator<char>(file), {}));
  }
  return true;
}

int Run(const std::vector<std::string>& paths, bool damage) {
  const std::vector<std::string> seeds = Seeds();
  const int refused = TakeSeeds(seeds, damage);
  const bool read = TakeFiles(paths);
  printf("%zu seeds, %d of them refused; %zu stored inputs\n", seeds.size(), refused, paths.size());
  return seeds.empty() || refused != 0 || !read ? 1 : 0;
}

}  // namespace
}  // namespace accord::fuzz

int main(int argc, char** argv) {
  using namespace accord::fuzz;
  google::protobuf::SetLogHandler(nullptr);  // a line for each text that is no UTF-8
  const std::string name = std::filesystem::path(argv[0]).filename().string();
  finding_path = (std::filesystem::current_path() / ("finding-" + name)).string();
  for (const int signal : {SIGABRT, SIGSEGV, SIGFPE, SIGBUS, SIGILL}) std::signal(signal, KeepFinding);
  if (argc == 3 && std::string(argv[1]) == "--write-seeds") return WriteSeeds(argv[2]);
  const bool whole = argc > 1 && std::string(argv[1]) == "--whole";
  return Run({argv + (whole ? 2 : 1), argv + argc}, !whole);
}
