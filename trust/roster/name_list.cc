#include "trust/roster/name_list.h"

#include <algorithm>
#include <cstddef>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace accord {

std::string NameList(const std::vector<std::string>& names) {
  constexpr size_t kMaxNamed = 20;
  const size_t named = std::min(names.size(), kMaxNamed);
  const std::string text = absl::StrJoin(names.begin(), names.begin() + static_cast<std::ptrdiff_t>(named), ", ");
  return named == names.size() ? text : absl::StrCat(text, " and ", names.size() - named, " more");
}

}  // namespace accord
