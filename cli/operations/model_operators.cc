#include "cli/operations/model_operators.h"

#include <cstddef>
#include <utility>

#include "base/file.h"
#include "base/hash.h"
#include "base/status.h"
#include "models/operators.h"

namespace accord {
namespace {

constexpr size_t kMaxModelFileBytes = size_t{2} << 30;  // as of a job's

}  // namespace

absl::StatusOr<FileOperators> ReadOperators(const std::string& path) {
  ACCORD_ASSIGN_OR_RETURN(const std::string file, ReadFile(path, kMaxModelFileBytes));
  auto operators = OperatorsOfFile(file);
  if (!operators.ok()) return Annotate(operators.status(), path);
  return FileOperators{.sha256 = Sha256Hex(file), .operators = *std::move(operators)};
}

}  // namespace accord
