// What an ombudsman of the charter complains of, and what a lead answers: two statements, each signed by its person.
//
//   accord-complaint-v1
//   charter: HEX            hash of the charter whose ombudsman it is
//   about: job ID | site ID
//   ombudsman: ID           a person of the charter
//   time: TIME              UTC, by that person's clock
//   answer by: TIME         the end of the time in which it is to be answered
//   text: TEXT              one line each, at least one
//
//   accord-answer-v1
//   charter: HEX            hash of the charter whose lead it is
//   complaint: HEX          H("accord/v1/complaint", the complaint's bytes)
//   lead: ID                a person of the charter
//   time: TIME
//   text: TEXT              one line each, at least one
//
// Signed in the domains accord/v1/complaint and accord/v1/answer. Adversary: whoever handed over the bytes.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/hash.h"
#include "proto/accord/v1/charter.pb.h"

namespace accord {

inline constexpr char kComplaintDomain[] = "accord/v1/complaint";
inline constexpr char kAnswerDomain[] = "accord/v1/answer";
// Where the charter does not say.
inline constexpr uint32_t kDefaultAnswerDays = 14;

struct Complaint {
  Sha256Digest charter{};
  std::string job_id;  // one of these two is set
  std::string site;
  std::string ombudsman;
  absl::Time time;
  absl::Time answer_by;
  std::vector<std::string> text;

  friend bool operator==(const Complaint&, const Complaint&) = default;
};

struct ComplaintAnswer {
  Sha256Digest charter{};
  Sha256Digest complaint{};
  std::string lead;
  absl::Time time;
  std::vector<std::string> text;

  friend bool operator==(const ComplaintAnswer&, const ComplaintAnswer&) = default;
};

// What answers name.
Sha256Digest ComplaintHash(absl::string_view bytes);

// INVALID_ARGUMENT: what the parser would not take.
absl::StatusOr<std::string> WriteComplaint(const Complaint& complaint);
absl::StatusOr<std::string> WriteAnswer(const ComplaintAnswer& answer);
// INVALID_ARGUMENT with the number of the line for whatever is not the format above.
absl::StatusOr<Complaint> ParseComplaint(absl::string_view bytes);
absl::StatusOr<ComplaintAnswer> ParseAnswer(absl::string_view bytes);

// The same of the first bytes of a statement alone, whose text, or the rest of it, is left out: for lists, which have
// no need of the words. A head has at most kMaxComplaintHeadBytes.
inline constexpr size_t kMaxComplaintHeadBytes = 512;
absl::StatusOr<Complaint> ParseComplaintHead(absl::string_view first_bytes);
absl::StatusOr<ComplaintAnswer> ParseAnswerHead(absl::string_view first_bytes);

// Days in which a complaint under this charter is to be answered.
uint32_t AnswerDays(const v1::Charter& terms);

}  // namespace accord
