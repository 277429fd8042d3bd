// What a site's daemon does with a message of the coordinator's session before it acts: the plan's checks, the job that
// comes inside it, and the site's machine for that job.
#include <string>
#include <vector>

#include "aggregation/programs/step_schema.h"
#include "base/content_digest.h"
#include "base/hash.h"
#include "client/daemon/participant/participant.h"
#include "client/daemon/secure/wire.h"
#include "client/daemon/work/admission.h"
#include "proto/accord/v1/site.pb.h"
#include "proto/accord/v1/wire.pb.h"
#include "proto/validation/job_validation.h"
#include "tests/fuzz/support/example_job.h"
#include "tests/fuzz/support/fuzz_target.h"

namespace accord::fuzz::plan {
namespace {

constexpr char kSite[] = "site-a";
constexpr uint64_t kNumParameters = 10;

const v1::SiteConfig& Config() {
  static const v1::SiteConfig* config = [] {
    auto* made = new v1::SiteConfig();
    made->set_site(kSite);
    made->add_datasets()->set_name("heart");
    made->mutable_sandbox()->set_threads(8);
    made->mutable_sandbox()->set_memory_mib(1 << 20);
    return made;
  }();
  return *config;
}

v1::CoordinatorMessage PlanMessage(const v1::JobSpec& spec, uint32_t step) {
  v1::CoordinatorMessage message;
  v1::Plan& plan = *message.mutable_plan();
  plan.mutable_id()->set_job_id("job-1");
  plan.mutable_id()->set_step(step);
  plan.mutable_id()->set_attempt(1);
  plan.set_kind(StepsOf(spec)[step]);
  plan.set_round(plan.kind() == v1::STEP_TRAIN ? 1 : 0);
  plan.add_cohort(kSite);
  plan.add_cohort("site-b");
  plan.add_cohort("site-c");
  plan.set_encoding_sites(3);
  plan.set_num_parameters(kNumParameters);
  plan.set_model_bytes(kNumParameters * sizeof(float));
  plan.set_model_inline(std::string(plan.model_bytes(), '\0'));
  plan.set_model_digest(HexDigest(ContentDigest(plan.model_inline())));
  plan.set_job_inline(spec.SerializeAsString());
  plan.set_job_sha256(Sha256Hex(plan.job_inline()));
  return message;
}

// What the daemon derives from a job that came with an admissible plan.
void TakeJob(const v1::Plan& plan) {
  const absl::StatusOr<v1::JobSpec> spec = ParseJobSpec(plan.job_inline());
  if (!spec.ok() || !CheckJob(*spec, plan, Config()).ok()) return;
  const auto schema = StepSchema(*spec, plan.kind(), plan.num_parameters(), plan.encoding_sites());
  if (schema.ok()) Require(schema->num_elements() > 0, "a step's vector has elements");
  (void)ToAttemptPlanned(plan, *spec);
}

}  // namespace

std::vector<std::string> Seeds() {
  std::vector<std::string> seeds;
  for (const v1::JobSpec& spec : {DrillJob(), HeartJob()}) seeds.push_back(PlanMessage(spec, 0).SerializeAsString());
  v1::CoordinatorMessage ended;
  ended.mutable_plan_end()->mutable_plan()->set_job_id("job-1");
  ended.mutable_plan_end()->set_outcome(v1::PlanEnd::SUMMED);
  seeds.push_back(ended.SerializeAsString());
  return seeds;
}

bool Take(absl::string_view bytes) {
  v1::CoordinatorMessage message;
  if (!message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return false;
  Participant participant("job-1");
  participant.Handle(Connected{});
  if (message.has_plan_end()) {
    participant.Handle(PlanEnded{message.plan_end()});
    return true;
  }
  const v1::Plan& plan = message.plan();
  if (!message.has_plan() || !CheckPlan(plan, kSite).ok()) return false;
  Require(plan.model_bytes() <= kMaxModelBytes && (plan.model_bytes() == plan.num_parameters() * sizeof(float) ||
                                                   plan.model_bytes() == plan.num_parameters() * 2 * sizeof(float)),
          "an admissible plan's model has four bytes a parameter and is within the limit");
  participant.Handle(PlanReceived{plan});
  participant.Describe();
  TakeJob(plan);
  return true;
}

const FuzzTarget kTarget("plan", &Seeds, &Take);

}  // namespace accord::fuzz::plan
