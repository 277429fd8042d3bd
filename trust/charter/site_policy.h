// What one site adds to the charter, in a file of its own (proto/accord/v1/charter.proto, message SitePolicy). It can
// only tighten: of charter and policy the stricter counts, and a line that would loosen is a fault of the file that
// names the clause which it contradicts, so that no operator believes to have permitted what the charter forbids.
//
// Hours are an exception to the fault, not to the rule: both files' hours hold at once, and what an entry of the
// policy means in UTC changes with summer time.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/config/faults.h"
#include "proto/accord/v1/charter.pb.h"
#include "proto/accord/v1/job.pb.h"
#include "trust/charter/charter.h"

namespace accord {

inline constexpr size_t kMaxPolicyBytes = size_t{1} << 20;  // of its file, as of other YAML files

// Immutable, so thread-safe.
class SitePolicy {
 public:
  // `site`: whose policy it is. INVALID_ARGUMENT lists every fault as "FILE:LINE: FIELD: what is wrong".
  static absl::StatusOr<SitePolicy> Parse(absl::string_view text, const std::string& file, const Charter& charter,
                                          absl::string_view site);

  const v1::SitePolicy& rules() const { return rules_; }
  absl::TimeZone zone() const { return zone_; }
  // The charter for which the file was checked; it says nothing about another one.
  const Sha256Digest& charter_hash() const { return charter_hash_; }
  const std::string& text() const { return text_; }
  // Of its file's bytes: PolicyTextHash.
  const Sha256Digest& text_hash() const { return text_hash_; }
  // nullptr: this site does not release it.
  const v1::ReleasedDataSet* FindDataSet(absl::string_view name) const;
  // "this site's policy: floors.min_sites (line 4)".
  std::string Clause(absl::string_view path) const;
  // What this policy bounds of the machine (limits) and the job wants more of, in sentences that name the clause.
  std::vector<std::string> BeyondLimits(const v1::Compute& wanted) const;

 private:
  SitePolicy() = default;

  v1::SitePolicy rules_;
  FieldPlaces places_;
  absl::TimeZone zone_;
  Sha256Digest charter_hash_ = {};
  std::string text_;
  Sha256Digest text_hash_ = {};
};

}  // namespace accord
