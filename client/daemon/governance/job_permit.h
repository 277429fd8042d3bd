// What a site permits one job at one moment, and what it holds each round of it against.
//
// Adversary: the coordinator, which names cohorts and may name any.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "aggregation/secure/messages/quorum.h"
#include "base/hash.h"
#include "proto/accord/v1/wire.pb.h"
#include "trust/charter/active_charter.h"
#include "trust/charter/site_policy.h"
#include "trust/charter/verdict.h"

namespace accord {

struct JobPermit {
  // Shared with the site's rules. No charter: the site goes by none, and the rest has no meaning.
  std::shared_ptr<const ActiveCharter> charter;
  std::shared_ptr<const SitePolicy> policy;  // may be null
  Sha256Digest order{};
  std::string purpose;
  std::string data_set;  // of the order; empty: the job reads none
  JobTerms terms;
  std::optional<Sha256Digest> posture;  // hash of what this site says of itself under it (posture_file.h)

  // As the transcript of a secure sum has it: zero without a charter.
  Sha256Digest charter_hash() const { return charter == nullptr ? Sha256Digest{} : charter->charter().hash(); }
};

// Where a floor that this site holds is written, in words: in the charter, or in the policy where that is stricter.
// `field`: as in the charter's floors.
std::string FloorClause(const JobPermit& permit, absl::string_view field);

// FAILED_PRECONDITION in words: sites that the pinned roster does not list, or fewer sites or organisations than the
// permit demands. Of a plain sum too, whose cohort nobody else looks at.
absl::Status CheckPermittedCohort(const JobPermit& permit, const v1::Plan& plan);

// The stricter of the site's own floors and the permit's.
secure::Floors StricterFloors(const secure::Floors& own, const JobPermit& permit);

}  // namespace accord
