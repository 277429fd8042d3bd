// "Run this job, under this charter, for this purpose": what an engineer signs. Nothing about the job is taken from
// whoever hands it over, the coordinator included: what it carries is named here by its hash, and the engineer's
// organisation and roles stand in the charter under the key that signed.
//
//   accord-job-order-v1
//   charter: HEX            hash of the charter
//   job: HEX                SHA-256 of the JobSpec's exact bytes
//   torchscript: HEX|none   SHA-256 of the file that the job carries
//   start: HEX|none         content digest of the parameters from which it starts
//   data set: NAME|none     none: a drill, which reads no rows
//   mapping: SITE HEX       any number, by ascending bytes of the site: SHA-256 of the mapping file that it is meant for
//   purpose: NAME           one of the charter's
//   engineer: ID            one of the charter's people
//   not before: TIME        UTC, 2027-01-01T00:00:00Z
//   expires: TIME
//   loosens: RULE, RULE|none  rules of the charter that four eyes are to loosen for this job
//   nonce: HEX              16 random bytes: two orders for one job are two orders
//
// Signed in the domain accord/v1/job-order. Adversary: whoever handed over the bytes.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/hash.h"
#include "proto/accord/v1/charter.pb.h"

namespace accord {

inline constexpr char kJobOrderDomain[] = "accord/v1/job-order";

struct JobOrder {
  Sha256Digest charter{};
  Sha256Digest job{};
  std::optional<Sha256Digest> torchscript;
  std::optional<Sha256Digest> start;
  std::string data_set;  // empty: none
  std::map<std::string, Sha256Digest> mappings;
  std::string purpose;
  std::string engineer;
  absl::Time not_before;
  absl::Time expires;
  std::vector<v1::Rule> loosens;  // ascending
  std::string nonce;              // 32 hexadecimal digits

  friend bool operator==(const JobOrder&, const JobOrder&) = default;
};

// INVALID_ARGUMENT: what ParseJobOrder would not take.
absl::StatusOr<std::string> WriteJobOrder(const JobOrder& order);
// INVALID_ARGUMENT with the number of the line for whatever is not the format above.
absl::StatusOr<JobOrder> ParseJobOrder(absl::string_view bytes);
// SHA-256(kJobOrderDomain || 0x00 || bytes): what approvals name, and what a site counts as used.
Sha256Digest JobOrderHash(absl::string_view bytes);

}  // namespace accord
