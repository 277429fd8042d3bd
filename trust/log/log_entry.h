// One entry of a transparency log: something that changed in a project, written down once and never changed.
//
//   entry    u8 version = 1 | string project | u64 index | u64 unix_us | u8 kind | string subject | payload |
//            list of names (u8 role | digest commitment)
//   payload  u8 form = 1 | string bytes            the statement itself, as its author first wrote it
//            u8 form = 2 | digest | u64 size       SHA-256 and length of bytes that are kept elsewhere
//            u8 form = 3 | digest | u64 size       the same with their content digest (base/content_digest.h)
//
// Fields are those of base/fields.h. The leaf of the log's tree is that of the data "accord/v1/log-entry" || 0x00 ||
// entry. An entry says where it stands, so that one that is dropped, moved or repeated shows at its place. It is read
// by all members of the project and by auditors: names of people and sites stand in it as commitments only.
//
// Adversary: whoever hands over the bytes. One entry has one encoding; all else is refused.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/hash.h"
#include "trust/log/name_commitment.h"

namespace accord {

inline constexpr size_t kMaxProjectIdBytes = 63;  // [a-z0-9][a-z0-9-]{0,62}
inline constexpr size_t kMaxLogSubjectBytes = 64;
inline constexpr size_t kMaxLogPayloadBytes = size_t{64} << 10;
inline constexpr uint32_t kMaxLogNames = 16;
inline constexpr size_t kMaxLogEntryBytes = kMaxLogPayloadBytes + (size_t{2} << 10);
inline constexpr uint64_t kMaxLogUnixUs = 253'402'300'799'999'999;  // the end of the year 9999

// Numbers are part of the format and are never used again for another kind.
enum class LogEntryKind : uint8_t {
  kOpened = 1,        // the log's first entry; its payload is the public key that signs the log's heads
  kMember = 2,        // a site or person was enrolled
  kRoster = 3,        // a roster came into force
  kCharter = 4,       // a charter came into force
  kJob = 5,           // a job was submitted
  kApproval = 6,      // somebody approved a job or a change
  kRefusal = 7,       // somebody refused one
  kRound = 8,         // a sum was opened: its transcript and who is in it
  kAbandoned = 9,     // an attempt at a sum was given up
  kModel = 10,        // a model was made
  kReport = 11,       // a report was written
  kAccess = 12,       // somebody was given a report or a model
  kJobEnded = 13,     // finished, failed or cancelled
  kEvidence = 14,     // a lie was proven
  kProjectHead = 15,  // in a federation tree: what may be a commitment to the head of a project's log
  kOrder = 16,        // the engineer's order by which a job runs under a charter
  kStop = 17,         // an ombudsman stopped a job
  kComplaint = 18,    // an ombudsman complained of a job or a site
  kAnswer = 19,       // a lead answered a complaint
  kRevoked = 20,      // the key of a site or person stands for it no more
  kReceipt = 21,      // a federation tree has committed to a head of this log
};
inline constexpr int kNumLogEntryKinds = 21;
// "opened", "member" and so on; empty for what is no kind.
absl::string_view LogEntryKindName(LogEntryKind kind);

enum class PayloadForm : uint8_t { kBytes = 1, kSha256 = 2, kContentDigest = 3 };

struct LogPayload {
  PayloadForm form = PayloadForm::kBytes;
  std::string bytes;         // of form kBytes alone
  Sha256Digest digest = {};  // of the other forms
  uint64_t size = 0;         // of the bytes that the digest is of

  static LogPayload Bytes(std::string bytes) { return {PayloadForm::kBytes, std::move(bytes), {}, 0}; }
  static LogPayload HashOf(absl::string_view bytes) { return {PayloadForm::kSha256, "", Sha256(bytes), bytes.size()}; }
  static LogPayload ContentOf(const Sha256Digest& content_digest, uint64_t size) {
    return {PayloadForm::kContentDigest, "", content_digest, size};
  }
  // Whether the entry is about exactly these bytes.
  bool IsOf(absl::string_view other) const;

  friend bool operator==(const LogPayload&, const LogPayload&) = default;
};

struct LogEntry {
  std::string project;
  uint64_t index = 0;    // in the log, from 0
  uint64_t unix_us = 0;  // microseconds since 1970, UTC; never less than that of the entry before
  LogEntryKind kind = LogEntryKind::kOpened;
  std::string subject;  // public id of what it is about: a job's; may be empty
  LogPayload payload;
  std::vector<CommittedName> names;

  friend bool operator==(const LogEntry&, const LogEntry&) = default;
};

bool IsProjectId(absl::string_view text);

// INVALID_ARGUMENT for what ParseLogEntry would not take.
absl::StatusOr<std::string> WriteLogEntry(const LogEntry& entry);
// INVALID_ARGUMENT with field and place.
absl::StatusOr<LogEntry> ParseLogEntry(absl::string_view bytes);

// The leaf of an entry in the tree of its log. Any bytes have one.
Sha256Digest LogLeafHash(absl::string_view entry_bytes);

}  // namespace accord
