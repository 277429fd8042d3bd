#include "base/hash_named_file.h"

#include "absl/strings/str_cat.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/status.h"

namespace accord {
namespace {

constexpr size_t kNameDigits = 16;

}  // namespace

absl::StatusOr<std::string> WriteHashNamedFile(const std::string& folder, absl::string_view extension,
                                               absl::string_view content) {
  ACCORD_RETURN_IF_ERROR(MakeFolders(folder, 0700));
  const std::string path = absl::StrCat(folder, "/", Sha256Hex(content).substr(0, kNameDigits), extension);
  ACCORD_RETURN_IF_ERROR(WriteFileAtomically(path, content, 0600));
  return path;
}

}  // namespace accord
