// "This site did not take part in this, and this is why": what a site signs when it refuses a job, so that it can prove
// later what it was asked for and what it answered.
//
//   accord-refusal-v1
//   site: ID
//   charter: HEX            hash of the charter that the site goes by
//   order: HEX|none         hash of the order that was shown for the job
//   job: HEX|none           SHA-256 of the job that was asked for
//   job id: NAME            under which the coordinator asked
//   time: TIME              UTC, by the site's clock
//   for good: yes|no        no: it waits for an approval or for a time
//   reason: TEXT            one line each, at least one
//
// Signed in the domain accord/v1/refusal with the key that the roster lists for the site. It is the site's word: it
// proves that the site refused and said so, not that it was asked. Adversary: whoever handed over the bytes.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/hash.h"

namespace accord {

inline constexpr char kRefusalDomain[] = "accord/v1/refusal";
inline constexpr absl::string_view kRefusalFirstLine = "accord-refusal-v1";
struct RefusalStatement {
  std::string site;
  Sha256Digest charter{};
  std::optional<Sha256Digest> order;
  std::optional<Sha256Digest> job;
  std::string job_id;
  absl::Time time;
  bool for_good = false;
  std::vector<std::string> reasons;

  friend bool operator==(const RefusalStatement&, const RefusalStatement&) = default;
};

// INVALID_ARGUMENT: what ParseRefusalStatement would not take.
absl::StatusOr<std::string> WriteRefusalStatement(const RefusalStatement& refusal);
// INVALID_ARGUMENT with the number of the line for whatever is not the format above.
absl::StatusOr<RefusalStatement> ParseRefusalStatement(absl::string_view bytes);

}  // namespace accord
