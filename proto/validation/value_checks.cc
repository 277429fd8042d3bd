#include "proto/validation/value_checks.h"

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "base/config/rule_text.h"

namespace accord {

void CheckAtLeast(uint64_t value, uint64_t least, absl::string_view path, FaultList& faults) {
  if (value < least) faults.Add(path, absl::StrCat("is ", value, "; expected at least ", least));
}

void CheckDistinct(const google::protobuf::RepeatedPtrField<std::string>& texts, const std::string& path,
                   absl::string_view what, FaultList& faults) {
  absl::flat_hash_set<std::string> seen;
  for (int i = 0; i < texts.size(); ++i) {
    if (texts[i].empty()) {
      faults.Add(ItemPath(path, i), absl::StrCat("is empty; expected the name of a ", what));
    } else if (!seen.insert(texts[i]).second) {
      faults.Add(ItemPath(path, i),
                 absl::StrCat("is ", QuoteForFault(texts[i]), " a second time; name each ", what, " once"));
    }
  }
}

}  // namespace accord
