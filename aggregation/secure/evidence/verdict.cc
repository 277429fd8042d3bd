#include "aggregation/secure/evidence/verdict.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "aggregation/secure/evidence/case_file.h"
#include "base/status.h"

namespace accord::secure {
namespace {

Findings FindAll(const CaseFile& file) {
  Findings findings;
  for (const auto find : {FindTwoKeys, FindTwoUploads, FindTwoSurvivorSets, FindSignedAndVoided, FindForkedRecords,
                          FindUnequalTranscripts, FindWrongReveals, FindBadShares, FindPairDisagreements,
                          FindImpossibleTerms, FindBadSignatures}) {
    find(file, findings);
  }
  std::stable_sort(findings.begin(), findings.end(),
                   [](const Finding& a, const Finding& b) { return a.weight < b.weight; });
  return findings;
}

bool Convicts(const Findings& findings, EvidenceKind kind, const std::string& site) {
  return std::any_of(findings.begin(), findings.end(), [&](const Finding& finding) {
    return finding.kind == kind && finding.weight == Weight::kConvicts && finding.sites[0] == site;
  });
}

std::vector<std::string> Warnings(const CaseFile& file, const Findings& findings) {
  std::vector<std::string> warnings;
  for (const EvidenceShare& share : file.evidence.shares) {
    if (Convicts(findings, EvidenceKind::kBadShares, share.maker)) continue;
    warnings.push_back(
        absl::StrCat("The file holds a share of the self-mask seed of ", share.maker,
                     ", which it does not convict. Enough of them open its masks: keep the file secret."));
    break;
  }
  if (file.evidence.transcript && file.evidence.transcript->roster_hash != file.roster.hash()) {
    warnings.emplace_back("The roster in the file is not the one that the terms in the file name.");
  }
  return warnings;
}

}  // namespace

absl::string_view WeightName(Weight weight) {
  switch (weight) {
    case Weight::kConvicts:
      return "convicts";
    case Weight::kOneOf:
      return "one-of";
    case Weight::kTold:
      return "told";
    case Weight::kNothing:
      return "nothing";
  }
  return "";
}

void FindBadSignatures(const CaseFile& file, Findings& findings) {
  for (const Unverified& one : file.unverified) {
    Finding finding{EvidenceKind::kBadSignature, Weight::kNothing, {}, "", ""};
    if (!one.site.empty()) finding.sites.push_back(one.site);
    const std::string who = one.site.empty() ? "a site" : one.site;
    finding.proves = absl::StrCat("A message of the kind ", MessageKindName(one.kind), " in the name of ", who,
                                  " is not signed by it (", one.reason, ").");
    finding.does_not_prove =
        absl::StrCat("Anything against ", who,
                     " or anybody else: whoever wrote this file, or the coordinator, can make such bytes.");
    findings.push_back(std::move(finding));
  }
}

absl::StatusOr<EvidenceVerdict> CheckEvidence(absl::string_view bytes) {
  ACCORD_ASSIGN_OR_RETURN(EvidenceFile parsed, ParseEvidence(bytes));
  auto roster = Roster::Parse(parsed.roster_bytes);
  if (!roster.ok()) return Annotate(roster.status(), "the roster in the file");
  const CaseFile file(std::move(parsed), *std::move(roster));
  EvidenceVerdict verdict;
  verdict.claimed = file.evidence.kind;
  verdict.witness = file.evidence.witness;
  verdict.claim = file.evidence.claim;
  verdict.federation = file.roster.federation();
  verdict.roster_hash = file.roster.hash();
  verdict.signed_messages = file.lines;
  verdict.findings = FindAll(file);
  verdict.warnings = Warnings(file, verdict.findings);
  verdict.claim_holds = std::any_of(verdict.findings.begin(), verdict.findings.end(), [&](const Finding& finding) {
    return finding.kind == verdict.claimed && finding.weight != Weight::kNothing;
  });
  return verdict;
}

}  // namespace accord::secure
