#include "aggregation/secure/site/another_attempt.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "aggregation/secure/messages/domains.h"
#include "aggregation/secure/messages/fields.h"
#include "aggregation/secure/messages/quorum.h"
#include "aggregation/secure/messages/void_statement.h"

namespace accord::secure {
namespace {

bool Contains(const std::vector<std::string>& ascending, const std::string& site) {
  return std::binary_search(ascending.begin(), ascending.end(), site);
}

// Distinct members of the attempt that promise never to sign it.
size_t CountVoids(const Signed& entry, absl::Span<const SignedBytes> voids, SiteKeys keys) {
  std::set<std::string> members;
  for (const SignedBytes& message : voids) {
    absl::StatusOr<VoidStatement> parsed = ParseVoidStatement(message.bytes);
    if (!parsed.ok() || parsed->transcript != entry.transcript) continue;
    if (!Contains(entry.cohort, parsed->site) || members.contains(parsed->site)) continue;
    if (VerifyVoidStatement(message, keys).ok()) members.insert(parsed->site);
  }
  return members.size();
}

Refusal Bound(SiteRefusal refusal, const Signed& entry, absl::string_view what) {
  return Refusal(refusal,
                 absl::StrCat("attempt ", entry.attempt, " of job ", entry.job_id, ": this site signed the sum over ",
                              absl::StrJoin(entry.survivors, ", "), " for the same data, program and model; ", what,
                              ". Two such sums that differ could be subtracted to show one site's part."))
      .With(BoundTo{entry.survivors, entry.encoding_sites});
}

bool CountsOtherRows(const Signed& entry, uint64_t weight_cap) {
  return entry.weight_cap != 0 && entry.weight_cap != weight_cap;
}

Refusal BoundToRows(const Signed& entry, uint64_t weight_cap) {
  return Bound(SiteRefusal::kBoundToVector, entry,
               absl::StrCat("its vector counted at most ", entry.weight_cap, " rows, not ", weight_cap,
                            " (aggregation.max_rows_per_site)"));
}

}  // namespace

AttemptPlace PlaceOf(const AttemptTerms& terms) {
  FieldWriter place;
  place.String(terms.data_set).String(terms.data_set.empty() ? terms.job_id : "");
  place.U32(terms.kind).Digest(terms.model_digest);
  AttemptPlace result;
  result.place = HashUnder(kPlaceDomain, place.bytes());
  FieldWriter question;
  question.Digest(result.place).Digest(terms.job_sha256).U32(terms.step);
  result.question = HashUnder(kQuestionDomain, question.bytes());
  return result;
}

std::vector<Signed> BindingSignatures(const SiteRecord& record, const AttemptPlace& place) {
  std::vector<Signed> binding;
  for (Signed& entry : record.SignedAt(place.place)) {
    if (!record.IsFreed(entry.transcript)) binding.push_back(std::move(entry));
  }
  return binding;
}

std::vector<Freed> FreedBy(const SiteRecord& record, const AttemptPlace& place, absl::Span<const SignedBytes> voids,
                           SiteKeys keys) {
  std::vector<Freed> released;
  if (voids.empty()) return released;
  for (const Signed& entry : BindingSignatures(record, place)) {
    const auto cohort_size = static_cast<uint32_t>(entry.cohort.size());
    const size_t needed = VoidsNeeded(cohort_size, entry.required_signatures, entry.colluding_sites);
    if (CountVoids(entry, voids, keys) >= needed) released.push_back(Freed{entry.transcript});
  }
  return released;
}

Objection CheckPlanAgainst(const std::vector<Signed>& binding, const AttemptPlace& place,
                           const std::vector<std::string>& cohort, const AttemptTerms& terms) {
  for (const Signed& entry : binding) {
    if (entry.survivors != cohort) {
      return Bound(SiteRefusal::kBoundToSurvivors, entry, "the new cohort is another");
    }
    if (CountsOtherRows(entry, terms.weight_cap)) return BoundToRows(entry, terms.weight_cap);
    if (entry.question == place.question && entry.encoding_sites != terms.encoding_sites) {
      return Bound(
          SiteRefusal::kBoundToVector, entry,
          absl::StrCat("its vector was encoded for ", entry.encoding_sites, " sites, not ", terms.encoding_sites));
    }
  }
  return std::nullopt;
}

Objection CheckVectorAgainst(const std::vector<Signed>& binding, const AttemptPlace& place,
                             const Sha256Digest& vector_name) {
  for (const Signed& entry : binding) {
    if (entry.question == place.question && entry.vector_name != vector_name) {
      return Bound(SiteRefusal::kBoundToVector, entry,
                   "the same question now gives another vector (have the rows or the program changed?)");
    }
  }
  return std::nullopt;
}

Objection CheckSurvivorsAgainst(const std::vector<Signed>& binding, const std::vector<std::string>& survivors,
                                uint64_t weight_cap) {
  for (const Signed& entry : binding) {
    if (CountsOtherRows(entry, weight_cap)) return BoundToRows(entry, weight_cap);
    if (entry.survivors != survivors) {
      return Bound(SiteRefusal::kBoundToSurvivors, entry, "the new survivors are others");
    }
  }
  return std::nullopt;
}

}  // namespace accord::secure
