// Payloads of a log's entries that are statements of the log's keeper, made for the log alone (docs/log.md). Those of
// other entries are what somebody else wrote.
//
//   round      u8 version = 1 | u8 kind of step | u32 step, round, attempt | digest transcript, survivors, model |
//              digest report | u64 bytes of the report
//   job-ended  u8 version = 1 | u8 state | u32 kept_round
//   access     u8 version = 1 | u8 what | u32 round | string job
//
// Adversary: whoever hands over the bytes. One payload has one encoding.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/hash.h"

namespace accord {

// A sum was opened. A site that took part finds here what it signed: transcript and survivors.
struct RoundPayload {
  uint8_t kind = 0;  // v1::StepKind
  uint32_t step = 0;
  uint32_t round = 0;  // 0 where the step is no round
  uint32_t attempt = 0;
  Sha256Digest transcript = {};  // of a secure sum; zero: none was made in this attempt
  Sha256Digest survivors = {};   // survivors_hash of the statements; zero like `transcript`
  Sha256Digest model = {};       // content digest of the job's model from then on
  Sha256Digest report = {};      // SHA-256 of the round's report as it is stored
  uint64_t report_bytes = 0;

  std::string Write() const;
  // INVALID_ARGUMENT with field and place.
  static absl::StatusOr<RoundPayload> Parse(absl::string_view bytes);

  friend bool operator==(const RoundPayload&, const RoundPayload&) = default;
};

// A job ended. The reason is not in the log: it may name people.
struct JobEndedPayload {
  uint8_t state = 0;        // v1::JobState
  uint32_t kept_round = 0;  // v1::JobReport's: whose model the job's model is, where it chose one by a metric; else 0

  std::string Write() const;
  static absl::StatusOr<JobEndedPayload> Parse(absl::string_view bytes);

  friend bool operator==(const JobEndedPayload&, const JobEndedPayload&) = default;
};

// Somebody was given something. One entry for each person, thing and hour: whoever looks often makes no more of them.
// The person is a name of the entry. The job stands here and not in the entry's subject, because it is nothing that
// happened to the job: a provenance has all entries about its job, and not who read it.
struct AccessPayload {
  enum class What : uint8_t { kReport = 1, kPapers = 2, kModel = 3, kProvenance = 4, kLog = 5 };

  What what = What::kReport;
  uint32_t round = 0;  // of a model or its provenance; 0: the latest
  std::string job_id;  // empty: of no job (the log)

  std::string Write() const;
  static absl::StatusOr<AccessPayload> Parse(absl::string_view bytes);

  friend bool operator==(const AccessPayload&, const AccessPayload&) = default;
};
// "report", "papers" and so on.
absl::string_view AccessWord(AccessPayload::What what);

}  // namespace accord
