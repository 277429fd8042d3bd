// Numbers that a site signed and that the attempt it took part in cannot have.
#include <utility>

#include "absl/strings/str_cat.h"
#include "aggregation/secure/evidence/case_file.h"
#include "aggregation/secure/messages/quorum.h"

namespace accord::secure {
namespace {

Finding Impossible(const std::string& site, std::string what) {
  return {EvidenceKind::kImpossibleTerms, Weight::kConvicts, {site}, std::move(what), "That it was on purpose."};
}

// Without the terms only what no attempt has; with the terms that the statement names, every number.
bool CountsFit(const SurvivorSet& set, const CaseFile& file) {
  const uint64_t n = set.cohort_size;
  const uint64_t t = set.required_signatures;
  if (t != RequiredSignatures(set.cohort_size) || 2 * t <= n + set.colluding_sites) return false;
  if (set.survivor_count < t || set.survivor_count > n) return false;
  if (!file.transcript || *file.transcript != set.transcript) return true;
  const TranscriptFields& fields = *file.evidence.transcript;
  return n == fields.cohort.size() && t == fields.required_signatures && set.job_id == fields.job_id &&
         set.attempt == fields.attempt && set.colluding_sites == fields.colluding_sites;
}

uint32_t NumOrganisations(const CaseFile& file) {
  const auto count = file.roster.NumOrganisations(file.evidence.transcript->cohort);
  return count.ok() ? *count : 0;
}

}  // namespace

void FindImpossibleTerms(const CaseFile& file, Findings& findings) {
  for (const auto& one : file.statements) {
    if (CountsFit(one.message.set, file)) continue;
    findings.push_back(Impossible(
        one.message.site, absl::StrCat(one.message.site, " signed a set of survivors with counts that its attempt ",
                                       one.message.set.attempt, " of job ", one.message.set.job_id, " cannot have.")));
  }
  // The roster of the terms must be the one in the file: organisations come from it.
  if (!file.transcript || file.evidence.transcript->roster_hash != file.roster.hash()) return;
  CohortTerms terms;
  terms.cohort_size = static_cast<uint32_t>(file.evidence.transcript->cohort.size());
  terms.num_organisations = NumOrganisations(file);
  for (const Upload& upload : file.uploads) {
    if (upload.transcript != *file.transcript || terms.num_organisations == 0) continue;
    const absl::Status floors = CheckHeaderFloors(terms, upload.header);
    if (!floors.ok()) findings.push_back(Impossible(upload.header.site, absl::StrCat(floors.message(), ".")));
  }
}

}  // namespace accord::secure
