// More than one set of survivors of one attempt.
#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "aggregation/secure/evidence/case_file.h"

namespace accord::secure {
namespace {

using Statement = Verified<SurvivorStatement>;

Finding DoubleSigner(const std::string& site, const SurvivorSet& set) {
  return {
      EvidenceKind::kTwoSurvivorSets,
      Weight::kConvicts,
      {site},
      absl::StrCat(site, " signed two different sets of survivors for attempt ", set.attempt, " of job ", set.job_id,
                   ". A site signs one, once, ever."),
      "That it was the site's operator and not somebody else who holds the site's identity key; nor who asked it to "
      "sign twice."};
}

void FindDoubleSigners(const CaseFile& file, Findings& findings) {
  // What each site signed first for each transcript, and for each number of an attempt.
  std::map<std::pair<std::string, Sha256Digest>, const SurvivorSet*> by_transcript;
  std::map<std::tuple<std::string, std::string, uint32_t>, const SurvivorSet*> by_attempt;
  std::set<std::string> told;
  for (const Statement& one : file.statements) {
    const std::string& site = one.message.site;
    const SurvivorSet& set = one.message.set;
    const SurvivorSet* under_transcript = by_transcript.emplace(std::pair(site, set.transcript), &set).first->second;
    const SurvivorSet* in_attempt = by_attempt.emplace(std::tuple(site, set.job_id, set.attempt), &set).first->second;
    if (*under_transcript == set && *in_attempt == set) continue;
    if (told.insert(site).second) findings.push_back(DoubleSigner(site, set));
  }
}

std::string Difference(const HeaderRun* one, const HeaderRun* other) {
  if (one == nullptr || other == nullptr) return "";
  return absl::StrCat(" One set is ", NamesInWords(one->Sites()), ", the other ", NamesInWords(other->Sites()), ".");
}

// Of each job and attempt, the first statement over each set.
using SetId = std::pair<Sha256Digest, Sha256Digest>;  // transcript, survivors_hash
using Sets = std::map<SetId, const Statement*>;
std::map<std::pair<std::string, uint32_t>, Sets> SetsOfAttempts(const CaseFile& file) {
  std::map<std::pair<std::string, uint32_t>, Sets> attempts;
  for (const Statement& one : file.statements) {
    const SurvivorSet& set = one.message.set;
    attempts[{set.job_id, set.attempt}].emplace(SetId{set.transcript, set.survivors_hash}, &one);
  }
  return attempts;
}

// By name, not by hash: nobody is named first by chance.
std::vector<const Statement*> InOrderOfSites(const Sets& sets) {
  std::vector<const Statement*> signers;
  for (const auto& [id, statement] : sets) signers.push_back(statement);
  std::stable_sort(signers.begin(), signers.end(),
                   [](const Statement* a, const Statement* b) { return a->message.site < b->message.site; });
  return signers;
}

Finding SplitView(const Statement& one, const Statement& other, const CaseFile& file) {
  const SurvivorSet& set = one.message.set;
  const std::string difference =
      Difference(file.RunOf(set.survivors_hash), file.RunOf(other.message.set.survivors_hash));
  return {
      EvidenceKind::kTwoSurvivorSets,
      Weight::kTold,
      {one.message.site, other.message.site},
      absl::StrCat(one.message.site, " and ", other.message.site, " signed different sets of survivors for attempt ",
                   set.attempt, " of job ", set.job_id, ".", difference,
                   " A coordinator shows every site the same set: it showed two, or one of these sites made one up."),
      "Which of the two it was: the coordinator signs nothing. Nor that anything was opened: that needs the "
      "signatures of more than two thirds of the cohort over one set."};
}

}  // namespace

void FindTwoSurvivorSets(const CaseFile& file, Findings& findings) {
  FindDoubleSigners(file, findings);
  for (const auto& [attempt, sets] : SetsOfAttempts(file)) {
    const std::vector<const Statement*> signers = InOrderOfSites(sets);
    const Statement& first = *signers.front();
    for (const Statement* other : signers) {
      if (other->message.site != first.message.site) findings.push_back(SplitView(first, *other, file));
    }
  }
}

}  // namespace accord::secure
