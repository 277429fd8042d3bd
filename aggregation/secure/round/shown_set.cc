#include "aggregation/secure/round/shown_set.h"

#include <algorithm>
#include <functional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "aggregation/secure/messages/fields.h"
#include "aggregation/secure/messages/limits.h"
#include "aggregation/secure/messages/quorum.h"
#include "aggregation/secure/messages/void_statement.h"
#include "base/status.h"

namespace accord::secure {
namespace {

bool AreAscendingSites(const std::vector<std::string>& sites) {
  return std::all_of(sites.begin(), sites.end(), [](const std::string& site) { return IsSiteId(site); }) &&
         std::adjacent_find(sites.begin(), sites.end(), std::greater_equal<>()) == sites.end();
}

}  // namespace

absl::Status CheckShownSet(const ShownSet& set) {
  const size_t n = set.cohort.size();
  if (n < 2 || n > kMaxCohort) return absl::InvalidArgumentError("a cohort of so many sites is none");
  if (!AreAscendingSites(set.cohort) || !AreAscendingSites(set.survivors)) {
    return absl::InvalidArgumentError("the sites are no ascending list of ids");
  }
  if (!std::includes(set.cohort.begin(), set.cohort.end(), set.survivors.begin(), set.survivors.end())) {
    return absl::InvalidArgumentError("survivors are not of the cohort");
  }
  const bool counts = set.required_signatures == RequiredSignatures(static_cast<uint32_t>(n)) &&
                      set.survivors.size() >= set.required_signatures && set.colluding_sites < n &&
                      set.encoding_sites >= n && set.encoding_sites <= kMaxCohort;
  return counts ? absl::OkStatus() : absl::InvalidArgumentError("the numbers are not those of such a cohort");
}

VoidTally::VoidTally(ShownSet set, std::vector<SignedBytes> voids) : set_(std::move(set)), voids_(std::move(voids)) {}

absl::Status VoidTally::Add(const SignedBytes& statement, SiteKeys keys) {
  ACCORD_ASSIGN_OR_RETURN(const VoidStatement parsed, ParseVoidStatement(statement.bytes));
  if (parsed.transcript != set_.transcript) return absl::NotFoundError("a void statement about another attempt");
  if (!Awaits(parsed.site)) return absl::OkStatus();
  ACCORD_RETURN_IF_ERROR(VerifyVoidStatement(statement, keys).status());
  promised_[parsed.site] = statement;
  const auto n = static_cast<uint32_t>(set_.cohort.size());
  if (promised_.size() < VoidsNeeded(n, set_.required_signatures, set_.colluding_sites)) return absl::OkStatus();
  for (const auto& [site, promise] : promised_) voids_.push_back(promise);
  return absl::OkStatus();
}

bool VoidTally::Awaits(const std::string& site) const {
  return !released() && !promised_.contains(site) && std::binary_search(set_.cohort.begin(), set_.cohort.end(), site);
}

}  // namespace accord::secure
