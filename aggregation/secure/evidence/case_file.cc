#include "aggregation/secure/evidence/case_file.h"

#include <utility>

#include "absl/strings/str_cat.h"

namespace accord::secure {
namespace {

// The site that a message names, whether or not it signed it.
template <typename Message>
std::string SiteIn(const absl::StatusOr<Message>& parsed) {
  return parsed.ok() ? parsed->site : std::string();
}

std::string SiteNamed(const EvidenceMessage& one) {
  switch (one.kind) {
    case MessageKind::kKeyStatement:
      return SiteIn(ParseKeyStatement(one.message.bytes));
    case MessageKind::kUploadHeader:
      return SiteIn(ParseUploadHeader(one.message.bytes));
    case MessageKind::kSurvivorStatement:
      return SiteIn(ParseSurvivorStatement(one.message.bytes));
    case MessageKind::kVoidStatement:
      return SiteIn(ParseVoidStatement(one.message.bytes));
    case MessageKind::kRevealStatement:
      return SiteIn(ParseRevealStatement(one.message.bytes));
  }
  return "";
}

std::string Words(const KeyStatement& statement) {
  return absl::StrCat("its key for epoch ", statement.epoch, " of job ", statement.job_id);
}

std::string Words(const UploadHeader& header) {
  return absl::StrCat("an upload for ", AttemptWords(header.parts), ", model ", HexDigest(header.parts.model));
}

std::string Words(const SurvivorStatement& statement) {
  const SurvivorSet& set = statement.set;
  return absl::StrCat("a set of ", set.survivor_count, " survivors of ", set.cohort_size, " for attempt ", set.attempt,
                      " of job ", set.job_id, ": ", HexDigest(set.survivors_hash));
}

std::string Words(const VoidStatement& statement) {
  return absl::StrCat("that it never signs a set of survivors of transcript ", HexDigest(statement.transcript));
}

std::string Words(const RevealStatement& statement) {
  return absl::StrCat("what it reveals for the set ", HexDigest(statement.survivors_hash));
}

}  // namespace

// Sorts one message after another into the case file.
class CaseReader {
 public:
  explicit CaseReader(CaseFile& file) : file_(file) {}

  void Read(const EvidenceMessage& one) {
    if (one.kind != MessageKind::kUploadHeader) EndRun();
    switch (one.kind) {
      case MessageKind::kKeyStatement:
        return Keep(one, VerifyKeyStatement(one.message, keys_), file_.keys);
      case MessageKind::kUploadHeader:
        return KeepUpload(one);
      case MessageKind::kSurvivorStatement:
        return Keep(one, VerifySurvivorStatement(one.message, keys_), file_.statements);
      case MessageKind::kVoidStatement:
        return Keep(one, VerifyVoidStatement(one.message, keys_), file_.voids);
      case MessageKind::kRevealStatement:
        return Keep(one, VerifyRevealStatement(one.message, keys_), file_.reveals);
    }
  }

  void EndRun() {
    if (run_.empty()) return;
    HeaderRun run;
    std::vector<SignedBytes> messages;
    for (const Upload* upload : run_) {
      run.headers.push_back(&upload->header);
      messages.push_back(*upload->signed_bytes);
    }
    run.survivors_hash = SurvivorsHash(run_[0]->transcript, messages);
    file_.runs_.emplace(run.survivors_hash, std::move(run));
    run_.clear();
  }

 private:
  // Lives as long as whoever looks keys up, as a FunctionRef must.
  struct RosterKeys {
    const Roster& roster;
    const VerifyingKey* operator()(absl::string_view site) const {
      const RosterSite* found = roster.Find(site);
      return found == nullptr ? nullptr : &found->key;
    }
  };

  template <typename Message>
  bool Note(const EvidenceMessage& one, const absl::StatusOr<Message>& verified) {
    if (verified.ok()) {
      file_.lines.push_back(absl::StrCat(verified->site, " signed ", Words(*verified)));
    } else {
      file_.unverified.push_back({one.kind, SiteNamed(one), std::string(verified.status().message())});
      file_.lines.push_back(absl::StrCat("NOT SIGNED: ", MessageKindName(one.kind), ": ", verified.status().message()));
    }
    return verified.ok();
  }

  template <typename Message>
  void Keep(const EvidenceMessage& one, absl::StatusOr<Message> verified, std::vector<Verified<Message>>& kept) {
    if (Note(one, verified)) kept.push_back({*std::move(verified), &one.message});
  }

  void KeepUpload(const EvidenceMessage& one) {
    auto verified = VerifyUploadHeader(one.message, keys_);
    if (!Note(one, verified)) return;
    const Sha256Digest transcript = verified->transcript();
    const Upload& upload = file_.uploads.emplace_back(Upload{*std::move(verified), transcript, &one.message});
    if (!run_.empty() && (upload.header.site <= run_.back()->header.site || transcript != run_.back()->transcript)) {
      EndRun();
    }
    run_.push_back(&upload);
    file_.uploads_by_transcript_.emplace(CaseFile::SiteAndDigest{upload.header.site, transcript}, &upload);
  }

  CaseFile& file_;
  const RosterKeys keys_{file_.roster};
  std::vector<const Upload*> run_;
};

CaseFile::CaseFile(EvidenceFile file, Roster its_roster)
    : evidence(std::move(file.evidence)), roster(std::move(its_roster)) {
  uploads.reserve(evidence.messages.size());  // they are pointed to
  CaseReader reader(*this);
  for (const EvidenceMessage& one : evidence.messages) reader.Read(one);
  reader.EndRun();
  for (const ShownOffer& shown : evidence.offers) {
    const auto root = ImpliedRoot(shown);
    if (root.ok()) offers_by_root_.emplace(SiteAndDigest{shown.maker, *root}, &shown);
  }
  if (evidence.transcript) transcript = HashTranscript(*evidence.transcript);
  if (evidence.log_head) NoteLogHead();
}

void CaseFile::NoteLogHead() {
  const auto identity = LogIdentity::FromFirstEntry(evidence.log_head->first_entry);
  auto head = identity.ok() ? identity->CheckHead(evidence.log_head->head) : identity.status();
  if (!head.ok()) {
    lines.push_back(absl::StrCat("NOT SIGNED: a head of the federation's log: ", head.status().message()));
    return;
  }
  lines.push_back(absl::StrCat("the key of the log ", HexDigest(identity->id()), " signed a head of ", head->tree_size,
                               " entries"));
  log_head = *std::move(head);
}

std::vector<const ShownOffer*> CaseFile::OffersUnder(const UploadHeader& header) const {
  std::vector<const ShownOffer*> offers;
  const auto [begin, end] = offers_by_root_.equal_range({header.site, header.offers_root});
  for (auto at = begin; at != end; ++at) offers.push_back(at->second);
  return offers;
}

std::vector<const Upload*> CaseFile::UploadsOf(const std::string& site, const Sha256Digest& digest) const {
  std::vector<const Upload*> found;
  const auto [begin, end] = uploads_by_transcript_.equal_range({site, digest});
  for (auto at = begin; at != end; ++at) found.push_back(at->second);
  return found;
}

const HeaderRun* CaseFile::RunOf(const Sha256Digest& survivors_hash) const {
  const auto found = runs_.find(survivors_hash);
  return found == runs_.end() ? nullptr : &found->second;
}

std::vector<std::string> HeaderRun::Sites() const {
  std::vector<std::string> sites;
  for (const UploadHeader* header : headers) sites.push_back(header->site);
  return sites;
}

std::string AttemptWords(const TranscriptParts& parts) {
  return absl::StrCat("attempt ", parts.attempt, " (round ", parts.round, ") of job ", parts.job_id);
}

std::string NamesInWords(const std::vector<std::string>& sites) {
  std::string words;
  for (size_t i = 0; i < sites.size(); ++i) {
    absl::StrAppend(&words, i == 0 ? "" : i + 1 == sites.size() ? " and " : ", ", sites[i]);
  }
  return words;
}

}  // namespace accord::secure
