// Members of one attempt that signed different terms.
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "aggregation/secure/evidence/case_file.h"
#include "aggregation/secure/messages/domains.h"
#include "base/domain_hash.h"
#include "base/hash.h"

namespace accord::secure {
namespace {

constexpr char kUndecided[] =
    "Whether the coordinator sent them different things or one of them misreports what it received: the coordinator "
    "signs nothing.";

std::string Digests(const TranscriptParts& one, const TranscriptParts& other) {
  if (one.model == other.model) return "";
  return absl::StrCat(" The model's SHA-256 was ", HexDigest(one.model), " and ", HexDigest(other.model), ".");
}

// Which of both was shown the head of the log that is in the file, if they differ in it.
std::string ShownHeads(const CaseFile& file, const UploadHeader& one, const UploadHeader& other) {
  if (!file.log_head || one.parts.log_head == other.parts.log_head) return "";
  const Sha256Digest shown = HashUnder(kLogHeadDomain, file.evidence.log_head->head.bytes);
  const UploadHeader* whose = one.parts.log_head == shown ? &one : other.parts.log_head == shown ? &other : nullptr;
  if (whose == nullptr) return "";
  return absl::StrCat(" The head that ", whose->site, " was shown, of ", file.log_head->tree_size,
                      " entries of the log ", HexDigest(file.log_head->log_id),
                      ", is in this file under the signature of the log's key: beside the file of the other site "
                      "(accord audit compare) or the whole log (accord audit verify --against) it shows whether the "
                      "log's keeper told two stories, and convicts it if so.");
}

Finding Split(const CaseFile& file, const UploadHeader& one, const UploadHeader& other) {
  return {
      EvidenceKind::kUnequalTranscripts,
      Weight::kTold,
      {one.site, other.site},
      absl::StrCat(one.site, " and ", other.site, " signed uploads for ", AttemptWords(one.parts),
                   " under different terms. They differ in: ", absl::StrJoin(Differences(one.parts, other.parts), "; "),
                   ".", Digests(one.parts, other.parts), ShownHeads(file, one, other)),
      kUndecided};
}

// The writer's own word about its terms, where it has no signed header in the file.
void CompareWithWriter(const CaseFile& file, Findings& findings) {
  if (!file.transcript || file.evidence.kind != EvidenceKind::kUnequalTranscripts) return;
  const TranscriptParts own = PartsOf(*file.evidence.transcript);
  for (const Upload& one : file.uploads) {
    const TranscriptParts& parts = one.header.parts;
    if (parts == own || parts.job_id != own.job_id || parts.attempt != own.attempt) continue;
    findings.push_back(
        {EvidenceKind::kUnequalTranscripts,
         Weight::kNothing,
         {one.header.site},
         absl::StrCat("The writer says that its own terms of ", AttemptWords(parts), " differ from those of ",
                      one.header.site, " in: ", absl::StrJoin(Differences(own, parts), "; "), "."),
         "Anything: the writer did not sign its terms."});
  }
}

}  // namespace

void FindUnequalTranscripts(const CaseFile& file, Findings& findings) {
  // Of each job and attempt, the first header under each transcript.
  std::map<std::pair<std::string, uint32_t>, std::map<Sha256Digest, const UploadHeader*>> attempts;
  for (const Upload& one : file.uploads) {
    const TranscriptParts& parts = one.header.parts;
    attempts[{parts.job_id, parts.attempt}].emplace(one.transcript, &one.header);
  }
  bool found = false;
  for (const auto& [attempt, transcripts] : attempts) {
    const UploadHeader& first = *transcripts.begin()->second;
    for (const auto& [transcript, header] : transcripts) {
      if (header->site == first.site) continue;
      // In the order of their names: that of the transcripts is chance.
      const bool in_order = first.site < header->site;
      findings.push_back(in_order ? Split(file, first, *header) : Split(file, *header, first));
      found = true;
    }
  }
  if (!found) CompareWithWriter(file, findings);
}

}  // namespace accord::secure
