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

bool Released(const Signed& entry, absl::Span<const SignedBytes> voids, SiteKeys keys) {
  const uint32_t cohort_size = static_cast<uint32_t>(entry.cohort.size());
  return CountVoids(entry, voids, keys) >= VoidsNeeded(cohort_size, entry.required_signatures, entry.colluding_sites);
}

Refusal Bound(SiteRefusal refusal, const Signed& entry, absl::string_view what) {
  return Refusal(refusal,
                 absl::StrCat("attempt ", entry.attempt, " of job ", entry.job_id, ": this site signed the sum over ",
                              absl::StrJoin(entry.survivors, ", "), " for the same data, program and model; ", what,
                              ". Two such sums that differ could be subtracted to show one site's part."))
      .With(BoundTo{entry.survivors, entry.encoding_sites});
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

std::vector<Signed> BindingSignatures(const SiteRecord& record, const AttemptPlace& place,
                                      absl::Span<const SignedBytes> voids, SiteKeys keys) {
  std::vector<Signed> binding;
  for (Signed& entry : record.SignedAt(place.place)) {
    if (!Released(entry, voids, keys)) binding.push_back(std::move(entry));
  }
  return binding;
}

Objection CheckPlanAgainst(const std::vector<Signed>& binding, const AttemptPlace& place,
                           const std::vector<std::string>& cohort, uint32_t encoding_sites) {
  for (const Signed& entry : binding) {
    if (entry.survivors != cohort) {
      return Bound(SiteRefusal::kBoundToSurvivors, entry, "the new cohort is another");
    }
    if (entry.question == place.question && entry.encoding_sites != encoding_sites) {
      return Bound(SiteRefusal::kBoundToVector, entry,
                   absl::StrCat("its vector was encoded for ", entry.encoding_sites, " sites, not ", encoding_sites));
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

Objection CheckSurvivorsAgainst(const std::vector<Signed>& binding, const std::vector<std::string>& survivors) {
  for (const Signed& entry : binding) {
    if (entry.survivors != survivors) {
      return Bound(SiteRefusal::kBoundToSurvivors, entry, "the new survivors are others");
    }
  }
  return std::nullopt;
}

}  // namespace accord::secure
