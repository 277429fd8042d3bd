#include "base/object_name.h"

namespace accord {

NameHasher::NameHasher(NamedBy named_by) {
  if (named_by == NamedBy::kContentDigest) hasher_.emplace<ContentHasher>();
}

void NameHasher::Update(absl::string_view bytes) {
  std::visit([bytes](auto& hasher) { hasher.Update(bytes); }, hasher_);
}

Sha256Digest NameHasher::Finish() {
  return std::visit([](auto& hasher) { return hasher.Finish(); }, hasher_);
}

}  // namespace accord
