// What the owner of a site's rows signs, and what a third party can conclude from it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/hash.h"
#include "cli/governance/governed_files.h"
#include "cli/governance/statement_files.h"
#include "trust/charter/charter.h"
#include "trust/charter/refusal_statement.h"
#include "trust/charter/release.h"
#include "trust/charter/signed_statement.h"
#include "trust/roster/roster.h"

namespace accord {

struct ReleaseRequest {
  std::string site;
  std::string data_set;
  std::string version;                // 64 hexadecimal digits, or "any"
  std::vector<std::string> purposes;  // in any order; empty: the data set is withdrawn
  int days = 0;
};

// INVALID_ARGUMENT: it would not count under charter and roster, and why. Nothing else is signed.
absl::StatusOr<SignedStatement> SignRelease(const ReleaseRequest& request, const Charter& charter, const Roster& roster,
                                            const PersonWithKey& person, absl::Time now);

// One file with a refusal, checked under the roster. INVALID_ARGUMENT, FAILED_PRECONDITION: it is none, or not signed
// by the site that it names.
absl::StatusOr<RefusalStatement> ReadRefusalOf(const std::string& path, const Roster& roster);

struct ReleaseConclusion {
  bool is_released = false;  // the order's purpose is one of the release's
  bool is_in_order = false;  // without a refusal: it is released; with one: the release demands the refusal
  std::vector<std::string> lines;
};
// Whether the release lets a site read what an order asks for; and where a refusal is given, whether it is that site's,
// of this order, and of after the release, and whether the release demands it: the purpose is not released, the release
// had expired by the refusal's time, or it names one version and the site says that its content is another. The time
// and the version are the site's word: nobody has its clock and its content here. INVALID_ARGUMENT: the files are not
// about each other, or the order is not signed by the person of the charter whom it names.
absl::StatusOr<ReleaseConclusion> HoldOrderAgainstRelease(const Charter& charter, const Roster& roster,
                                                          const SignedStatement& release, const ReadOrder& order,
                                                          const std::optional<RefusalStatement>& refusal);

}  // namespace accord
