// One durable fact of a site's own past. The record (site_record.h) is a list of them; nothing that a later decision of
// the site depends on is anywhere else.
//
//   payload   u8 version = 1 | u8 kind | fields, as below (messages/fields.h)
//     1 epoch opened   string job_id | u32 epoch
//     2 uploaded       string job_id | u32 attempt | digest transcript | digest vector_name
//     3 signed, as earlier versions wrote it: kind 6 without its last field
//     4 revealed       string job_id | u32 attempt | digest transcript | digest survivors_hash
//     5 voided         digest transcript
//     6 signed         string job_id | u32 attempt | digest transcript | digest place | digest question
//                      | digest survivors_hash | digest vector_name | u32 encoding_sites | u32 t | u32 C
//                      | list of (string site, flag survived), the cohort, ascending
//                      | list of (string site, u64 sequence, digest head), ascending: what it saw of others' records
//                      | u64 weight_cap
//     7 released       digest transcript
//     8 lost           string job_id | u64 lost_up_to | digest lost_head
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "aggregation/secure/messages/key_statement.h"
#include "base/hash.h"

namespace accord::secure {

// A key statement of this number was or may have been signed.
struct EpochOpened {
  std::string job_id;
  uint32_t epoch = 0;
  friend bool operator==(const EpochOpened&, const EpochOpened&) = default;
};

// Masked bytes of this vector may have left for this transcript.
struct Uploaded {
  std::string job_id;
  uint32_t attempt = 0;
  Sha256Digest transcript{};
  Sha256Digest vector_name{};  // what this site calls the encoded vector before masking
  friend bool operator==(const Uploaded&, const Uploaded&) = default;
};

// A set of survivors may have been signed for this transcript.
struct Signed {
  std::string job_id;
  uint32_t attempt = 0;
  Sha256Digest transcript{};
  Sha256Digest place{};     // another_attempt.h
  Sha256Digest question{};  // another_attempt.h
  Sha256Digest survivors_hash{};
  Sha256Digest vector_name{};
  uint32_t encoding_sites = 0;
  uint32_t required_signatures = 0;    // t
  uint32_t colluding_sites = 0;        // C
  std::vector<std::string> cohort;     // ascending
  std::vector<std::string> survivors;  // ascending, of the cohort
  std::vector<SeenLedger> seen;        // at most kMaxSeen, ascending
  uint64_t weight_cap = 0;             // rows that the vector counts at most; 0: not known
  friend bool operator==(const Signed&, const Signed&) = default;
};

// Seeds may have been revealed: t statements over this set were shown.
struct Revealed {
  std::string job_id;
  uint32_t attempt = 0;
  Sha256Digest transcript{};
  Sha256Digest survivors_hash{};
  friend bool operator==(const Revealed&, const Revealed&) = default;
};

// "I have not signed and never will" may have been signed.
struct Voided {
  Sha256Digest transcript{};
  friend bool operator==(const Voided&, const Voided&) = default;
};

// So many members have promised never to sign the set that this site signed for this transcript that it cannot be
// opened.
struct Freed {
  Sha256Digest transcript{};
  friend bool operator==(const Freed&, const Freed&) = default;
};

// The record was put back from an older copy, another site showed this site's own signed message with so many entries,
// and the operator settled it: what the entries up to that one said is lost. The record's number of entries goes on
// behind it, so that no number ever stands for two entries that others have seen.
struct Lost {
  std::string job_id;  // of the message that was shown: this site takes no further part in it
  uint64_t lost_up_to = 0;
  Sha256Digest lost_head{};  // as it was shown
  friend bool operator==(const Lost&, const Lost&) = default;
};

using RecordEntry = std::variant<EpochOpened, Uploaded, Signed, Revealed, Voided, Freed, Lost>;

std::string Serialize(const RecordEntry& entry);
// INVALID_ARGUMENT: not exactly one entry of version 1.
absl::StatusOr<RecordEntry> ParseRecordEntry(absl::string_view payload);

}  // namespace accord::secure
