// What a release is worth: whether the owner of a site's rows signed it, and whether it lets that site read a data set
// for a purpose at one moment.
//
// The owner is a steward of the charter who belongs to the organisation that the roster lists for the site. The site's
// operator cannot release, and the site's policy cannot: it can only tighten.
//
// Adversary: whoever handed over the release, the coordinator with its orders, and the site's own operator, who can
// edit the files in which releases are kept. Pure: time and content come in.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/hash.h"
#include "trust/charter/charter.h"
#include "trust/charter/release.h"
#include "trust/charter/signed_statement.h"
#include "trust/roster/roster.h"

namespace accord {

// INVALID_ARGUMENT in words: it is no release, is under another charter, names what the charter does not know or does
// not let, or is not signed by a steward of the organisation of its site. Says nothing about the time.
absl::StatusOr<Release> CheckRelease(const Charter& charter, const Roster& roster, const SignedStatement& statement);

// What a job wants of a site.
struct ReleaseQuestion {
  std::string site;
  std::string data_set;
  std::string purpose;
};

struct ReleaseVerdict {
  std::vector<std::string> reasons;  // each a sentence; none: the release lets it
  bool for_good = false;             // the owner decided against it; else another release, version or time heals it
  std::optional<Sha256Digest> release;
  std::optional<Sha256Digest> version;          // that it names
  absl::Time expires = absl::InfiniteFuture();  // where it lets it

  bool allowed() const { return reasons.empty(); }
};

// `version`: of the data set as it is now, or why it is not known, which is a reason where the release names one.
ReleaseVerdict JudgeRelease(const Charter& charter, const Roster& roster, const SignedStatement& statement,
                            const ReleaseQuestion& question, const absl::StatusOr<Sha256Digest>& version,
                            absl::Time now);

// Does a site that gives these reasons say that the content is not of the version which the release names, or that it
// does not know its version? Words of JudgeRelease, of whatever version of the data: whoever has the release and a
// site's refusal alone goes by the site's word.
bool TellsOfTheVersion(const Release& release, const std::vector<std::string>& reasons);

}  // namespace accord
