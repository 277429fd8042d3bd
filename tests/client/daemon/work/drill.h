// Drill jobs, a plan for their first round at sites basel and geneva, and a site's config.
#pragma once

#include <string>
#include <vector>

#include "base/content_digest.h"
#include "base/hash.h"
#include "proto/accord/v1/job.pb.h"
#include "proto/accord/v1/site.pb.h"
#include "proto/accord/v1/wire.pb.h"
#include "proto/validation/job_validation.h"

namespace accord {

inline v1::JobSpec ValidDrillJob(uint64_t num_parameters) {
  v1::JobSpec spec;
  spec.set_name("drill");
  spec.set_purpose("testing a site");
  spec.mutable_model()->mutable_drill()->set_num_parameters(num_parameters);
  spec.mutable_aggregation()->mutable_fedavg();
  spec.mutable_aggregation()->set_update_bound(1);
  spec.mutable_aggregation()->set_max_rows_per_site(1000);
  spec.mutable_aggregation()->set_plain_sum(true);
  spec.mutable_rounds()->set_count(5);
  spec.mutable_rounds()->set_min_sites(2);
  ApplyDefaults(spec);
  return spec;
}

// The same over three sites at least, with masked sums.
inline v1::JobSpec SecureDrillJob(uint64_t num_parameters) {
  v1::JobSpec spec = ValidDrillJob(num_parameters);
  spec.mutable_aggregation()->set_plain_sum(false);
  spec.mutable_aggregation()->mutable_secure_sum();
  spec.mutable_rounds()->set_min_sites(3);
  spec.mutable_rounds()->set_target_sites(3);
  ApplyDefaults(spec);
  return spec;
}

inline v1::Plan DrillPlan(const v1::JobSpec& spec, uint32_t attempt = 1) {
  const uint64_t num_parameters = spec.model().drill().num_parameters();
  const std::string job = spec.SerializeAsString();
  const std::string model(num_parameters * sizeof(float), '\0');
  v1::Plan plan;
  plan.mutable_id()->set_job_id("job-1");
  plan.mutable_id()->set_attempt(attempt);
  plan.set_job_sha256(Sha256Hex(job));
  plan.set_job_inline(job);
  plan.set_kind(v1::STEP_TRAIN);
  plan.set_round(1);
  plan.add_cohort("basel");
  plan.add_cohort("geneva");
  plan.set_encoding_sites(2);
  plan.set_model_digest(HexDigest(ContentDigest(model)));
  plan.set_model_bytes(model.size());
  if (model.size() <= 65536) plan.set_model_inline(model);
  plan.set_num_parameters(num_parameters);
  return plan;
}

inline v1::Plan DrillPlan(uint64_t num_parameters, uint32_t attempt = 1) {
  return DrillPlan(ValidDrillJob(num_parameters), attempt);
}

inline v1::SiteConfig SiteConfigOf(const std::vector<std::string>& datasets) {
  v1::SiteConfig config;
  config.set_site("basel");
  config.set_coordinator("test");
  config.mutable_floors()->set_allow_plain_sums(true);
  config.mutable_sandbox()->set_threads(2);
  config.mutable_sandbox()->set_memory_mib(4096);
  for (const std::string& name : datasets) config.add_datasets()->set_name(name);
  return config;
}

}  // namespace accord
