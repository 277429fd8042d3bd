// What came of judging a job at one site.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "base/hash.h"
#include "proto/accord/v1/charter.pb.h"

namespace accord {

// The stricter of charter, with what four eyes loosened, and policy: what the site's daemon holds every round of the
// job against.
struct JobTerms {
  uint32_t min_sites = 0;
  uint32_t min_organisations = 0;
  uint32_t min_colluding_organisations = 0;
  uint32_t minimum_cell = 0;
  uint32_t min_rows = 0;  // training rows; the job does not tell how many there are
  bool secure_sum = true;
  v1::PolicyLimits limits;  // of the policy; what is not written is bounded by the site's configuration alone
  std::optional<Sha256Digest> release;       // by which the data set is read; none: no release is demanded
  std::optional<Sha256Digest> data_version;  // that alone the release lets be read; none: any
  absl::Time valid_until;  // from then on the verdict is another: charter, order or an approval it needs expires
};

struct Verdict {
  // Each a sentence that names the clause which is broken; all of them, not the first.
  std::vector<std::string> reasons;
  // How many of the reasons can go away without another job or order: an approval is awaited, or a time.
  size_t num_waiting = 0;
  // What was given and does not count, and why. Refuses nothing by itself.
  std::vector<std::string> notes;
  JobTerms terms;        // where it is allowed
  Sha256Digest order{};  // hash of the order, which a site uses for one job
  std::string engineer;  // "person/ID", where the order is the engineer's; from the signed bytes alone
  std::string organisation;

  bool allowed() const { return reasons.empty(); }
  // It may be allowed later as it stands.
  bool waits() const { return !reasons.empty() && num_waiting == reasons.size(); }
};

}  // namespace accord
