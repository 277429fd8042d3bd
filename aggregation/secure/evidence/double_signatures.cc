// One site, two signed statements that no honest site makes both of.
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "aggregation/secure/evidence/case_file.h"

namespace accord::secure {
namespace {

// Whoever holds a site's key signs as that site: nothing in a file can tell them apart.
constexpr char kKeyHolder[] =
    "That it was the site's operator and not somebody else who holds the site's identity key.";

Finding Conviction(EvidenceKind kind, const std::string& site, std::string proves) {
  return {kind, Weight::kConvicts, {site}, std::move(proves), kKeyHolder};
}

// The first message that was kept under a key; nullptr when this is it. Messages of equal bytes are one message.
template <typename Key, typename Message>
const Message* Earlier(std::map<Key, const Message*>& first, const Key& key, const Message& message) {
  const auto [place, is_new] = first.emplace(key, &message);
  return is_new || place->second->signed_bytes->bytes == message.signed_bytes->bytes ? nullptr : place->second;
}

using SiteAndNumber = std::tuple<std::string, std::string, uint32_t>;  // site, job, epoch or attempt

}  // namespace

void FindTwoKeys(const CaseFile& file, Findings& findings) {
  std::map<SiteAndNumber, const Verified<KeyStatement>*> first;
  std::set<SiteAndNumber> told;
  for (const auto& one : file.keys) {
    const SiteAndNumber key{one.message.site, one.message.job_id, one.message.epoch};
    if (Earlier(first, key, one) == nullptr || !told.insert(key).second) continue;
    const bool own = file.evidence.kind == EvidenceKind::kOwnKeyAltered && one.message.site == file.evidence.witness;
    findings.push_back(Conviction(
        own ? EvidenceKind::kOwnKeyAltered : EvidenceKind::kTwoKeys, one.message.site,
        absl::StrCat(one.message.site, " signed two different key statements for epoch ", one.message.epoch, " of job ",
                     one.message.job_id, ". A site signs one for each epoch, also across restarts.",
                     own ? " If its operator did not, somebody else holds its identity key." : "")));
  }
}

void FindTwoUploads(const CaseFile& file, Findings& findings) {
  std::map<SiteAndNumber, const Upload*> first;
  std::set<SiteAndNumber> told;
  for (const Upload& one : file.uploads) {
    const SiteAndNumber key{one.header.site, one.header.parts.job_id, one.header.parts.attempt};
    const Upload* earlier = Earlier(first, key, one);
    if (earlier == nullptr || !told.insert(key).second) continue;
    const bool same_terms = earlier->transcript == one.transcript;
    findings.push_back(
        Conviction(EvidenceKind::kTwoUploads, one.header.site,
                   absl::StrCat(one.header.site, " signed two different uploads for ", AttemptWords(one.header.parts),
                                same_terms ? ", under the same masks: their difference opens parts of its vector."
                                           : ", under different terms.",
                                " A site uploads once for each attempt.")));
  }
}

void FindSignedAndVoided(const CaseFile& file, Findings& findings) {
  std::set<std::pair<std::string, Sha256Digest>> voided;
  for (const auto& one : file.voids) voided.emplace(one.message.site, one.message.transcript);
  std::set<std::string> told;
  for (const auto& one : file.statements) {
    const SurvivorSet& set = one.message.set;
    if (!voided.contains({one.message.site, set.transcript}) || !told.insert(one.message.site).second) continue;
    findings.push_back(
        Conviction(EvidenceKind::kSignedAndVoided, one.message.site,
                   absl::StrCat(one.message.site, " signed a set of survivors of attempt ", set.attempt, " of job ",
                                set.job_id, ", and that it never had and never would. Others were free to join ",
                                "another attempt by its word.")));
  }
}

}  // namespace accord::secure
