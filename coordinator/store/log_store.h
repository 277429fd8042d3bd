// The projects' transparency logs (docs/log.md) in the coordinator's database: entries, tree, signed heads, and the
// openings of names.
//
// An entry is appended in the transaction that makes the change of which it tells (AppendIn), so that neither is ever
// there without the other; the same transaction signs a head over it. Nothing of a log is kept in memory, so that a
// transaction that fails leaves nothing behind and other processes may append as well.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "base/entropy.h"
#include "base/soci_headers.h"
#include "coordinator/store/database.h"
#include "trust/identity/signing.h"
#include "trust/log/log_entry.h"
#include "trust/log/log_file.h"
#include "trust/log/log_head.h"
#include "trust/log/name_commitment.h"
#include "trust/provenance/log_evidence.h"

namespace accord {

// What happened, before it has its place in the log. Names stand in the entry as commitments.
struct LogDraft {
  LogEntryKind kind = LogEntryKind::kJob;
  std::string subject;
  LogPayload payload;
  std::vector<std::pair<NameRole, std::string>> names;
};

// Entries of a log of which no later ones are looked at: those below `tree_size`, which has a signed head.
struct FoundEntries {
  uint64_t tree_size = 0;
  std::vector<uint64_t> indices;  // ascending
};

// A time stamp that was taken, and the head that it is on.
struct KeptStamp {
  SignedLogHead head;
  std::string token;
  absl::Time time;
};

// Thread-safe. Errors of Database beside the ones named; everywhere NOT_FOUND where the project has no log, DATA_LOSS
// where what is stored is not whole.
class LogStore {
 public:
  // All three must outlive the store. `signer`: the log's key.
  LogStore(Database& database, const Signer& signer, EntropySource& entropy = EntropySource::System())
      : database_(database), signer_(signer), entropy_(entropy) {}

  // Begins the project's log, if it has none, and says which log it is. FAILED_PRECONDITION: it was begun under another
  // key. INVALID_ARGUMENT: no project's id.
  absl::StatusOr<LogIdentity> Begin(const std::string& project, absl::Time now);

  // Appends within a transaction of Database::Write and gives the head that is signed over all; the transaction's body
  // must fail if this does, and nobody may be shown the head before the transaction is on the disk: it may yet fail,
  // and another head of as many entries would be a fork. May throw SOCI's exceptions. Takes about 0.1 ms, and 10 us for
  // each further entry. INVALID_ARGUMENT: an entry that would not be one; FAILED_PRECONDITION: the log was begun under
  // another key.
  absl::StatusOr<SignedLogHead> AppendIn(soci::session& sql, const std::string& project,
                                         absl::Span<const LogDraft> drafts, absl::Time now);
  // The same in a transaction of its own.
  absl::StatusOr<SignedLogHead> Append(const std::string& project, absl::Span<const LogDraft> drafts, absl::Time now);

  absl::StatusOr<LogIdentity> Identity(const std::string& project);
  // The last signed head.
  absl::StatusOr<SignedLogHead> LastHead(const std::string& project);
  // OUT_OF_RANGE: there is no such entry.
  absl::StatusOr<std::string> Entry(const std::string& project, uint64_t index);

  // That the entry is in the log under its last head. OUT_OF_RANGE: there is no such entry.
  absl::StatusOr<EntryProof> ProveEntry(const std::string& project, uint64_t index);
  // That the first `second` entries begin with the first `first`. OUT_OF_RANGE: the log has fewer.
  absl::StatusOr<std::vector<Sha256Digest>> ProveGrowth(const std::string& project, uint64_t first, uint64_t second);

  // How many entries it has.
  absl::StatusOr<uint64_t> Size(const std::string& project);

  // The entries about `subject`, among all that the log has as this begins. Looks at them some thousands at a time so
  // that others can write meanwhile: its time grows with the whole log.
  absl::StatusOr<FoundEntries> EntriesAbout(const std::string& project, absl::string_view subject);
  // The last entry of this kind in front of entry `before`; nullopt: none. Looks at them in the same way, backwards.
  absl::StatusOr<std::optional<uint64_t>> LastOfKind(const std::string& project, LogEntryKind kind, uint64_t before);
  // The latest entries of this kind in front of entry `before`, newest first, at most `limit`. Looks at them like that.
  // `naming`: only those that hold this as a string of their fields, as an access does its job; empty: all.
  absl::StatusOr<std::vector<uint64_t>> LatestOfKind(const std::string& project, LogEntryKind kind, uint64_t before,
                                                     size_t limit, absl::string_view naming = "");
  // The last entry in front of entry `before` by which somebody of this name was enrolled; nullopt: none, or the name
  // was forgotten.
  absl::StatusOr<std::optional<uint64_t>> LastEnrolment(const std::string& project, NameRole role,
                                                        const std::string& name, uint64_t before);
  // That all of these are in the log, under its head of `tree_size` entries. Some hundred at a time. OUT_OF_RANGE:
  // there is no such entry below it; DATA_LOSS: no head of that size was signed.
  absl::StatusOr<LogEvidence> ProveEntries(const std::string& project, absl::Span<const uint64_t> indices,
                                           uint64_t tree_size);

  // The names that the project's entries commit to, of entries [begin, end).
  absl::StatusOr<NameOpenings> Openings(const std::string& project, uint64_t begin, uint64_t end);

  // Keeps a time stamp on the head of `tree_size` entries. Of one head the first stamp stays, and the last: a log in
  // which nothing happens does not grow for being stamped. DATA_LOSS: no head of that size was signed.
  absl::Status AddStamp(const std::string& project, uint64_t tree_size, absl::Time time, absl::string_view token);
  // The one of the latest time; nullopt: there is none.
  absl::StatusOr<std::optional<KeptStamp>> NewestStamp(const std::string& project);

  // Writes the file of the whole log up to its last head (trust/log/log_file.h), line by line, reading a few hundred
  // entries at a time so that others can write meanwhile. Errors of `sink` end it.
  absl::Status Export(const std::string& project, absl::FunctionRef<absl::Status(absl::string_view line)> sink);

 private:
  Database& database_;
  const Signer& signer_;
  EntropySource& entropy_;
};

}  // namespace accord
