#include "cli/audit/stamp_words.h"

#include "absl/strings/str_cat.h"
#include "cli/audit/log_words.h"
#include "cli/numbers.h"

namespace accord {
namespace {

using nlohmann::json;

constexpr size_t kLinesAtEachEnd = 20;

}  // namespace

std::string StampsInWords(const StampedLog& stamped) {
  const std::vector<StampedHead>& heads = stamped.heads();
  if (heads.empty()) return "No time stamp\n";
  std::string text = absl::StrCat(Plural(heads.size(), "time stamp"),
                                  stamped.checked() ? ""
                                                    : ", NOT CHECKED: whose they are is known only with the "
                                                      "authority's root certificates (--authority FILE)",
                                  "\n");
  for (size_t i = 0; i < heads.size(); ++i) {
    if (i == kLinesAtEachEnd && heads.size() > 2 * kLinesAtEachEnd) {
      i = heads.size() - kLinesAtEachEnd;
      absl::StrAppend(&text, "  ... (all of them: --json)\n");
    }
    absl::StrAppend(&text, "  head of ", EntriesInWords(heads[i].tree_size), ": ", StampInWords(heads[i].stamp), "\n");
  }
  if (stamped.first_uncovered().has_value()) {
    absl::StrAppend(&text, "  from entry ", *stamped.first_uncovered(), " on: none yet\n");
  }
  return text;
}

json ToJson(const StampedLog& stamped) {
  json heads = json::array();
  for (const StampedHead& head : stamped.heads()) {
    json one = {{"tree_size", head.tree_size},
                {"unix_s", absl::ToUnixSeconds(head.stamp.time)},
                {"by", head.stamp.authority},
                {"policy", head.stamp.policy},
                {"serial", head.stamp.serial}};
    if (head.stamp.accuracy.has_value()) one["accuracy_ms"] = absl::ToInt64Milliseconds(*head.stamp.accuracy);
    heads.push_back(std::move(one));
  }
  json result = {{"checked", stamped.checked()}, {"heads", heads}};
  if (stamped.first_uncovered().has_value()) result["first_entry_without"] = *stamped.first_uncovered();
  return result;
}

}  // namespace accord
