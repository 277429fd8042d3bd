// A file of evidence, read: every message in its typed form with whether its signature holds. For the finders of this
// folder.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "aggregation/secure/evidence/evidence.h"
#include "aggregation/secure/evidence/verdict.h"
#include "aggregation/secure/messages/key_statement.h"
#include "aggregation/secure/messages/reveal_statement.h"
#include "aggregation/secure/messages/survivor_statement.h"
#include "aggregation/secure/messages/upload_header.h"
#include "aggregation/secure/messages/void_statement.h"
#include "trust/log/log_head.h"
#include "trust/roster/roster.h"

namespace accord::secure {

// A message whose signature was verified, and the bytes that were signed.
template <typename Message>
struct Verified {
  Message message;
  const SignedBytes* signed_bytes = nullptr;
};

struct Upload {
  UploadHeader header;
  Sha256Digest transcript{};
  const SignedBytes* signed_bytes = nullptr;
};

// A message that proves nothing.
struct Unverified {
  MessageKind kind = MessageKind::kUploadHeader;
  std::string site;    // that it names; empty when it cannot be read
  std::string reason;  // why it does not count
};

// Headers that stand together in cohort order under one transcript: perhaps a set of survivors.
struct HeaderRun {
  Sha256Digest survivors_hash{};
  std::vector<const UploadHeader*> headers;
  std::vector<std::string> Sites() const;
};

// Everything here was verified, except `unverified`, `transcript`, `offers` and `shares`, which hashes must tie to it.
// `log_head` is a head of whichever log its first entry opens; a hash ties it to the attempt.
// Points into `evidence`; neither copyable nor movable.
struct CaseFile {
  CaseFile(EvidenceFile file, Roster roster);
  CaseFile(const CaseFile&) = delete;
  CaseFile& operator=(const CaseFile&) = delete;

  const Evidence evidence;
  const Roster roster;
  std::vector<Verified<KeyStatement>> keys;
  std::vector<Upload> uploads;
  std::vector<Verified<SurvivorStatement>> statements;
  std::vector<Verified<VoidStatement>> voids;
  std::vector<Verified<RevealStatement>> reveals;
  std::vector<Unverified> unverified;
  std::vector<std::string> lines;          // one for each message: who signed what
  std::optional<Sha256Digest> transcript;  // of evidence.transcript
  std::optional<LogHead> log_head;         // of evidence.log_head, where the log's key signed it

  // The offers that this header binds.
  std::vector<const ShownOffer*> OffersUnder(const UploadHeader& header) const;
  // What this site signed as its upload under this transcript: one, of an honest site.
  std::vector<const Upload*> UploadsOf(const std::string& site, const Sha256Digest& transcript) const;
  // The run whose hash is this one; nullptr when the file does not have it.
  const HeaderRun* RunOf(const Sha256Digest& survivors_hash) const;

 private:
  friend class CaseReader;
  void NoteLogHead();
  using SiteAndDigest = std::pair<std::string, Sha256Digest>;
  std::multimap<SiteAndDigest, const ShownOffer*> offers_by_root_;
  std::multimap<SiteAndDigest, const Upload*> uploads_by_transcript_;
  std::map<Sha256Digest, HeaderRun> runs_;
};

// "attempt 12 (round 7) of job 7f3a".
std::string AttemptWords(const TranscriptParts& parts);
// "site-a, site-b and site-c".
std::string NamesInWords(const std::vector<std::string>& sites);

// The finders. Each adds what the file proves of its kind.
using Findings = std::vector<Finding>;
void FindTwoKeys(const CaseFile& file, Findings& findings);
void FindTwoUploads(const CaseFile& file, Findings& findings);
void FindTwoSurvivorSets(const CaseFile& file, Findings& findings);
void FindSignedAndVoided(const CaseFile& file, Findings& findings);
void FindForkedRecords(const CaseFile& file, Findings& findings);
void FindUnequalTranscripts(const CaseFile& file, Findings& findings);
void FindWrongReveals(const CaseFile& file, Findings& findings);
void FindBadShares(const CaseFile& file, Findings& findings);
void FindPairDisagreements(const CaseFile& file, Findings& findings);
void FindImpossibleTerms(const CaseFile& file, Findings& findings);
void FindBadSignatures(const CaseFile& file, Findings& findings);

}  // namespace accord::secure
