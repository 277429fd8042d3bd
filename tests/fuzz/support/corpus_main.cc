// corpora NAME [--whole] FILE...: feeds a fuzz target its seeds, its seeds cut off and damaged at every byte (unless
// --whole), and each FILE. Exits non-zero when a seed is not taken or a file cannot be read; a crash ends it and leaves
// the input in finding-NAME in the current folder.
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
#include "tests/fuzz/support/fuzz_target.h"

namespace accord::fuzz {
namespace {

// Long seeds are damaged at places so far apart that each costs no more runs than this.
constexpr size_t kPlacesPerSeed = 250;

const FuzzTarget* target;

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
  return target->Take(input);
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
  const std::vector<std::string> seeds = target->Seeds();
  const int refused = TakeSeeds(seeds, damage);
  const bool read = TakeFiles(paths);
  printf("%zu seeds, %d of them refused; %zu stored inputs\n", seeds.size(), refused, paths.size());
  return seeds.empty() || refused != 0 || !read ? 1 : 0;
}

// nullptr, with those that there are on stderr, where none has this name.
const FuzzTarget* Find(const std::string& name) {
  for (const FuzzTarget* one : FuzzTarget::All()) {
    if (one->name() == name) return one;
  }
  fprintf(stderr, "there is no target '%s', only:", name.c_str());
  for (const FuzzTarget* one : FuzzTarget::All()) fprintf(stderr, " %s", one->name());
  fprintf(stderr, "\n");
  return nullptr;
}

}  // namespace
}  // namespace accord::fuzz

int main(int argc, char** argv) {
  using namespace accord::fuzz;
  google::protobuf::SetLogHandler(nullptr);  // a line for each text that is no UTF-8
  std::vector<std::string> arguments(argv + 1, argv + argc);
  target = Find(arguments.empty() ? "" : arguments.front());
  if (target == nullptr) return 2;
  arguments.erase(arguments.begin());
  const bool whole = !arguments.empty() && arguments.front() == "--whole";
  if (whole) arguments.erase(arguments.begin());
  finding_path = (std::filesystem::current_path() / absl::StrCat("finding-", target->name())).string();
  for (const int signal : {SIGABRT, SIGSEGV, SIGFPE, SIGBUS, SIGILL}) std::signal(signal, KeepFinding);
  return Run(arguments, !whole);
}
