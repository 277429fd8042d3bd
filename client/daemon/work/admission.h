// What this site does not do, decided before anything is fetched, allocated or computed for it.
//
// Adversary: plan and job come from the coordinator; every number in them may be a lie. Pure.
#pragma once

#include <cstdint>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "proto/accord/v1/job.pb.h"
#include "proto/accord/v1/site.pb.h"
#include "proto/accord/v1/wire.pb.h"
#include "trust/charter/site_policy.h"

namespace accord {

inline constexpr uint64_t kMaxModelBytes = uint64_t{4} << 30;
inline constexpr uint64_t kMaxTorchScriptBytes = uint64_t{1} << 30;

// Is the plan one that can be acted on at all? Hashes are hashes, sizes agree with each other and are within the
// limits, the cohort is sorted, without repetition, and has `site` in it. INVALID_ARGUMENT says what is not so.
absl::Status CheckPlan(const v1::Plan& plan, absl::string_view site);

// May this (valid) job run at this site, as far as the config and `policy` (null: the site has none) say it without a
// plan? FAILED_PRECONDITION with the reason in words for the job's engineer: data set not released, plain sums, too
// much memory or too many threads, no GPU to train on. Of memory and threads the smaller counts of what the two allow.
absl::Status CheckJobAlone(const v1::JobSpec& spec, const v1::SiteConfig& config, const SitePolicy* policy = nullptr);

// The same, and does the plan belong to it? INVALID_ARGUMENT too: a plan that does not follow
// from the job.
absl::Status CheckJob(const v1::JobSpec& spec, const v1::Plan& plan, const v1::SiteConfig& config,
                      const SitePolicy* policy = nullptr);

// A bin of gains is a figure over its sites: FAILED_PRECONDITION where a report would show one of fewer sites than this
// site demands of a sum (`fewest`, by its own floors and its charter's).
absl::Status CheckReportedSites(const v1::JobSpec& spec, uint32_t fewest);

// What the coordinator is told of it: INVALID_ARGUMENT and FAILED_PRECONDITION are for good, UNAVAILABLE waits for
// people here or for the clock, anything else is of this try alone. Without its plan.
v1::Refusal RefusalOf(const absl::Status& why);

}  // namespace accord
