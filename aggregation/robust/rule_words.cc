#include "aggregation/robust/rule_words.h"

#include "absl/strings/str_cat.h"
#include "proto/validation/combiner_limits.h"

namespace accord {
namespace {

std::string Withstands(uint32_t hostile_sites) {
  return absl::StrCat("; sites count alike, and ", hostile_sites, " of them may be hostile");
}

}  // namespace

std::string RuleInWords(const v1::Combiner& rule) {
  const uint32_t f = HostileSitesOf(rule);
  switch (rule.kind_case()) {
    case v1::Combiner::kMedian:
      return "the median of the sites' changes, of each parameter by itself; sites count alike, and fewer than half of "
             "them may be hostile";
    case v1::Combiner::kTrimmedMean:
      return absl::StrCat("the mean of the sites' changes, of each parameter without the ", f, " largest and the ", f,
                          " smallest", Withstands(f));
    case v1::Combiner::kKrum:
      return absl::StrCat("the change of the one site that is nearest to others (Krum)", Withstands(f));
    case v1::Combiner::kMultiKrum:
      return absl::StrCat("the mean of the changes of ",
                          rule.multi_krum().kept_sites() == 0 ? absl::StrCat("all but ", f + 2)
                                                              : absl::StrCat("the ", rule.multi_krum().kept_sites()),
                          " sites that are nearest to others (multi-Krum)", Withstands(f));
    case v1::Combiner::kBulyan:
      return absl::StrCat(
          "of each parameter the mean of the changes near their median, of sites that Krum chooses (Bulyan)",
          Withstands(f));
    case v1::Combiner::kGeometricMedian:
      return "the geometric median of the sites' changes, weighted by rows, which are a site's own word; sites with "
             "fewer than half of all rows may be hostile in rounds in which it settles";
    case v1::Combiner::kNormBound:
      return absl::StrCat("the mean of the sites' changes, weighted by rows, each shortened to the norm ",
                          rule.norm_bound().max_norm(), "; limits how far a hostile site moves the model, and no more");
    case v1::Combiner::KIND_NOT_SET:
      break;
  }
  return "a rule that this version does not know";
}

}  // namespace accord
