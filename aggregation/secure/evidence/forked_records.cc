// Two pasts of one site's record. Each signed message carries the number of entries and the hash chain's head, and one
// number has one head for ever: unless the record was restored from a backup, copied to a second machine, or edited.
#include <algorithm>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "aggregation/secure/evidence/case_file.h"
#include "aggregation/secure/messages/record_position.h"

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

// Of one site and job: attempts and entries rise together.
void FindBackwards(std::vector<RecordPosition> positions, Findings& findings) {
  std::stable_sort(positions.begin(), positions.end(), [](const RecordPosition& a, const RecordPosition& b) {
    return std::pair(a.attempt, a.sequence) < std::pair(b.attempt, b.sequence);
  });
  for (size_t i = 1; i < positions.size(); ++i) {
    const RecordPosition &before = positions[i - 1], &now = positions[i];
    if (before.attempt == now.attempt || before.sequence < now.sequence) continue;
    findings.push_back({EvidenceKind::kRecordForked,
                        Weight::kConvicts,
                        {now.site},
                        absl::StrCat(now.site, " signed in attempt ", before.attempt, " of job ", now.job_id,
                                     " that its record had ", before.sequence, " entries, and in the later attempt ",
                                     now.attempt, " that it had ", now.sequence,
                                     ": its record went backwards. It was restored from a backup, runs twice, or was "
                                     "edited; what it signed before may have been forgotten."),
                        "Intent: a restored virtual machine does this by itself."});
    return;
  }
}

// A site that was shown its own signed word, which its record does not know.
Finding OwnWord(const RecordPosition& own) {
  return {EvidenceKind::kRecordForked,
          Weight::kOneOf,
          {own.site},
          absl::StrCat(own.site, " signed in attempt ", own.attempt, " of job ", own.job_id, " that its record had ",
                       own.sequence,
                       " entries. If it has fewer now, or another one at that place, it was restored "
                       "from a backup, or somebody else has its key."),
          "How many entries the record has now: that is the word of the writer of this file alone."};
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

RecordPosition Of(const Upload& one) {
  const UploadHeader& header = one.header;
  return {header.site, header.parts.job_id, header.parts.attempt, header.ledger_sequence, header.ledger_head};
}

RecordPosition Of(const Verified<SurvivorStatement>& one) {
  const SurvivorStatement& said = one.message;
  return {said.site, said.set.job_id, said.set.attempt, said.ledger_sequence, said.ledger_head};
}

void FindPositions(const CaseFile& file, Findings& findings) {
  std::map<std::pair<std::string, std::string>, std::vector<RecordPosition>> by_site_and_job;
  const auto add = [&](const auto& one) {
    RecordPosition position = Of(one);
    by_site_and_job[{position.site, position.job_id}].push_back(std::move(position));
  };
  for (const auto& one : file.uploads) add(one);
  for (const auto& one : file.statements) add(one);
  for (const auto& [place, positions] : by_site_and_job) FindBackwards(positions, findings);
  // The file is about its writer's own record, and holds one word of it.
  if (file.evidence.kind != EvidenceKind::kRecordForked || by_site_and_job.size() != 1) return;
  const auto& [place, positions] = *by_site_and_job.begin();
  if (positions.size() == 1 && place.first == file.evidence.witness && file.evidence.messages.size() == 1) {
    findings.push_back(OwnWord(positions[0]));
  }
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
  FindPositions(file, findings);
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
