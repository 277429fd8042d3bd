// A log, or proofs about it, as files that anybody can check offline. UTF-8 text, each line ended by one LF; BASE64 as
// in base/base64.h, HEX in lower case. `entry` lines hold an entry's leaf and its bytes, `head` lines a head's bytes
// and signature, `first` is the log's first entry, from which its id and its key follow.
//
//   accord-log-v1                  a whole log
//   entry: HEX | BASE64            each entry, in order
//   head: BASE64 | BASE64          behind the last entry that it covers; any number, one at the end
//   stamp: BASE64                  behind the head that it is on: a time stamp (RFC 3161); any number
//
//   accord-log-entry-v1            one entry, and that it is in the log
//   first: BASE64
//   entry: HEX | BASE64
//   path: HEX                      of RFC 9162, section 2.1.3, from the leaf upwards
//   head: BASE64 | BASE64
//
//   accord-log-consistency-v1      that the log at a later head begins with the log at an earlier one
//   first: BASE64
//   head: BASE64 | BASE64          the earlier one
//   path: HEX                      of RFC 9162, section 2.1.4
//   head: BASE64 | BASE64          the later one
//
//   accord-log-head-v1             a head that somebody was shown, to hold a log against later
//   first: BASE64
//   head: BASE64 | BASE64
//
//   accord-log-names-v1            openings of names, which are not for everybody
//   name: INDEX | ROLE | HEX | TEXT   decimal; word of the role; salt
//
// Adversary: whoever made the file. What is not in this form is refused with the number of the line. A file of the
// first kind is read line by line (log_check.h); the others are small.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/hash.h"
#include "trust/log/log_entry.h"
#include "trust/log/log_head.h"
#include "trust/log/name_commitment.h"

namespace accord {

inline constexpr absl::string_view kLogTitle = "accord-log-v1";
inline constexpr absl::string_view kEntryProofTitle = "accord-log-entry-v1";
inline constexpr absl::string_view kConsistencyTitle = "accord-log-consistency-v1";
inline constexpr absl::string_view kLogHeadTitle = "accord-log-head-v1";
inline constexpr absl::string_view kLogNamesTitle = "accord-log-names-v1";

// Of any line of these files, without its LF: the largest entry in base64, and its leaf.
inline constexpr size_t kMaxLogLineBytes = kMaxLogEntryBytes / 3 * 4 + 128;
// Of a file with a proof or a head.
inline constexpr size_t kMaxLogProofFileBytes = 2 * kMaxLogLineBytes + (size_t{16} << 10);
inline constexpr size_t kMaxLogNamesFileBytes = size_t{64} << 20;

// Lines of a whole log, with their LF.
std::string LogEntryLine(const Sha256Digest& leaf, absl::string_view entry_bytes);
std::string LogHeadLine(const SignedLogHead& head);
std::string LogStampLine(absl::string_view token);

// What stands behind "entry: ", "head: " and "stamp: ". INVALID_ARGUMENT: not of this form, or the leaf is not that of
// the bytes.
struct LogEntryOnLine {
  std::string bytes;
  Sha256Digest leaf = {};
};
absl::StatusOr<LogEntryOnLine> ReadLogEntryValue(absl::string_view value);
absl::StatusOr<SignedLogHead> ReadLogHeadValue(absl::string_view value);
absl::StatusOr<std::string> ReadLogStampValue(absl::string_view value);

struct EntryProof {
  std::string first_entry;
  std::string entry;
  std::vector<Sha256Digest> path;
  SignedLogHead head;

  std::string Write() const;
  // INVALID_ARGUMENT with the number of the line. Says nothing yet about what the file proves.
  static absl::StatusOr<EntryProof> Parse(absl::string_view text);
};

struct ConsistencyProof {
  std::string first_entry;
  SignedLogHead earlier;
  std::vector<Sha256Digest> path;
  SignedLogHead later;

  std::string Write() const;
  static absl::StatusOr<ConsistencyProof> Parse(absl::string_view text);
};

struct HeadOfLog {
  std::string first_entry;
  SignedLogHead head;

  std::string Write() const;
  static absl::StatusOr<HeadOfLog> Parse(absl::string_view text);

  friend bool operator==(const HeadOfLog&, const HeadOfLog&) = default;
};

// By the index of the entry that the name stands in.
using NameOpenings = std::multimap<uint64_t, NameOpening>;
std::string WriteNameOpenings(const NameOpenings& openings);
absl::StatusOr<NameOpenings> ParseNameOpenings(absl::string_view text);

}  // namespace accord
