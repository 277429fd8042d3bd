// What every fuzz target is: one parser of peers' bytes, with messages to start from.
//
// A target is one file tests/fuzz/NAME.cc. In the namespace accord::fuzz::NAME it defines Seeds and Take, and makes
// them a FuzzTarget. It becomes part of two programs: fuzz_NAME, in which libFuzzer looks for inputs (tests/fuzz.sh),
// and `corpora`, which as an ordinary test feeds each target the seeds, damaged seeds and the stored inputs of
// tests/fuzz/corpus/NAME.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace accord::fuzz {

class FuzzTarget {
 public:
  // Inputs that Take takes: messages as an honest peer sends them, made by the code that the program makes them with,
  // so that they do not fall behind a format that changes.
  using SeedsFunction = std::vector<std::string> (*)();

  // Does with `bytes` what the program does with a peer's. True when they were taken. Whatever they are: it comes back,
  // and keeps every promise (Require).
  using TakeFunction = bool (*)(absl::string_view bytes);

  // Of a constant of the program: from then on All() has it. `name`: that of the file.
  FuzzTarget(const char* name, SeedsFunction seeds, TakeFunction take);
  FuzzTarget(const FuzzTarget&) = delete;

  const char* name() const { return name_; }
  std::vector<std::string> Seeds() const { return seeds_(); }
  bool Take(absl::string_view bytes) const { return take_(bytes); }

  // Those that the program was linked with. Complete once main has begun.
  static const std::vector<const FuzzTarget*>& All();

 private:
  const char* const name_;
  const SeedsFunction seeds_;
  const TakeFunction take_;
};

// Ends the program with `promise` on stderr unless it is kept: a finding.
inline void Require(bool kept, const char* promise) {
  if (kept) return;
  fprintf(stderr, "a promise is broken: %s\n", promise);
  abort();
}

}  // namespace accord::fuzz
