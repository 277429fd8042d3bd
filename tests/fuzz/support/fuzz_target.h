// What every fuzz target is: one parser of peers' bytes, with messages to start from.
//
// A target is one file tests/fuzz/NAME.cc that defines Seeds and Take. Two programs are made of it: fuzz_NAME, in which
// libFuzzer looks for inputs (tests/fuzz.sh), and corpus_NAME, an ordinary test that feeds it the seeds, damaged seeds
// and the stored inputs of tests/fuzz/corpus/NAME.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace accord::fuzz {

// Inputs that Take takes: messages as an honest peer sends them, made by the code that the program makes them with, so
// that they do not fall behind a format that changes.
std::vector<std::string> Seeds();

// Does with `bytes` what the program does with a peer's. True when they were taken. Whatever they are: it comes back,
// and keeps every promise (Require).
bool Take(absl::string_view bytes);

// Ends the program with `promise` on stderr unless it is kept: a finding.
inline void Require(bool kept, const char* promise) {
  if (kept) return;
  fprintf(stderr, "a promise is broken: %s\n", promise);
  abort();
}

}  // namespace accord::fuzz
