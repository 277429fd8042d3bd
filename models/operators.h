// What the code of a TorchScript file calls of LibTorch, and what it is let call. This header does not include
// LibTorch.
//
// A file's code is more than its forward: every method of every class in it, its functions, hooks, and whatever stands
// inside branches, loops and forks. All of it is looked at, called or not, so that no way through it is missed. Told is
// each operator by the name of its namespace and its own, whatever its overload ("aten::add"), and each class of
// LibTorch's own whose methods are C++ ("quantized::LinearPackedParamsBase"). Not told is what only moves values, makes
// or takes apart tuples, lists, dicts and objects, branches, loops, or calls code of the file itself, which is looked
// at too; docs/governance.md names them.
//
// Adversary: who wrote the file.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace accord {

// What a file's code may call.
struct AllowedOperators {
  std::vector<std::string> names = {};  // as OperatorsOfFile tells them; empty: any
  std::string clause = {};              // where that is written, in words
};

// Sorted, each once. Runs no code of the file. INVALID_ARGUMENT: no TorchScript file in LibTorch's zip format, or one
// with what would run while it is read (__setstate__, values that LibTorch evaluates, objects of its own classes),
// which no list could keep from running. Thread-safe.
absl::StatusOr<std::vector<std::string>> OperatorsOfFile(absl::string_view file);

}  // namespace accord
