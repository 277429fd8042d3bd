// Two pasts of one site's record. Each signed message carries the number of entries and the hash chain's head, and one
// number has one head for ever: unless the record was restored from a backup, copied to a second machine, or edited.
#include <map>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "aggregation/secure/evidence/case_file.h"

namespace accord::secure {
namespace {

using SiteAndSequence = std::pair<std::string, uint64_t>;
using Heads = std::map<SiteAndSequence, Sha256Digest>;

void AddHead(const std::string& site, uint64_t sequence, const Sha256Digest& head, Heads& heads,
             std::set<SiteAndSequence>& forked) {
  const auto [known, is_new] = heads.emplace(SiteAndSequence{site, sequence}, head);
  if (!is_new && known->second != head) forked.insert(known->first);
}

Finding Fork(const SiteAndSequence& place) {
  return {EvidenceKind::kRecordForked,
          Weight::kConvicts,
          {place.first},
          absl::StrCat(place.first, " signed two different heads of its record at entry ", place.second,
                       ": its record has two pasts. It was restored from a backup, runs twice, or was edited; what it "
                       "signed before may have been forgotten."),
          "Intent: a restored virtual machine does this by itself."};
}

// What another site says that it saw.
Finding Report(const KeyStatement& witness, const SeenLedger& seen, const Sha256Digest* own_head) {
  const std::string what =
      absl::StrCat(witness.site, " signed that it had seen entry ", seen.sequence, " of the record of ", seen.site);
  if (own_head == nullptr) {
    return {EvidenceKind::kRecordForked,
            Weight::kOneOf,
            {witness.site, seen.site},
            absl::StrCat(what, ". If the record of ", seen.site,
                         " has fewer entries now, it was restored from a backup, or ", witness.site, " lies."),
            absl::StrCat("How many entries the record of ", seen.site,
                         " has: the file holds no signed word of it on that "
                         "entry. The word of ",
                         witness.site, " alone.")};
  }
  return {EvidenceKind::kRecordForked,
          Weight::kOneOf,
          {witness.site, seen.site},
          absl::StrCat(what, " with another head than ", seen.site, " signed for it: the record of ", seen.site,
                       " has two pasts, or ", witness.site, " lies."),
          "Which of the two."};
}

}  // namespace

void FindForkedRecords(const CaseFile& file, Findings& findings) {
  Heads heads;
  std::set<SiteAndSequence> forked;
  const auto add = [&](const auto& message) {
    AddHead(message.site, message.ledger_sequence, message.ledger_head, heads, forked);
  };
  for (const auto& one : file.uploads) add(one.header);
  for (const auto& one : file.statements) add(one.message);
  for (const auto& one : file.voids) add(one.message);
  for (const SiteAndSequence& place : forked) findings.push_back(Fork(place));
  for (const auto& one : file.keys) {
    for (const SeenLedger& seen : one.message.seen) {
      const auto own = heads.find({seen.site, seen.sequence});
      const bool known = own != heads.end();
      // Most statements report on many sites: without a signed word of the owner, only what the file is about counts.
      const bool about = file.evidence.kind == EvidenceKind::kRecordForked && seen.site == file.evidence.witness;
      if (known ? own->second != seen.head : about) {
        findings.push_back(Report(one.message, seen, known ? &own->second : nullptr));
      }
    }
  }
}

}  // namespace accord::secure
