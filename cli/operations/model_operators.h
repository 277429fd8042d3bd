// What the code of a TorchScript file calls. Like what is in submission.h, it takes LibTorch: accord-models has it, and
// `accord` becomes that program (without_models.cc).
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace accord {

struct FileOperators {
  std::string sha256;                  // of the file
  std::vector<std::string> operators;  // as models/operators.h
};

// Runs no code of the file. Errors of OperatorsOfFile, with the path.
absl::StatusOr<FileOperators> ReadOperators(const std::string& path);

}  // namespace accord
