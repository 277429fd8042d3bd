// A job's machine with a clock of its own, for the tests of this folder.
#pragma once

#include <string>
#include <vector>

#include "coordinator/jobs/job_machine.h"
#include "proto/validation/job_validation.h"

namespace accord {

// A drill over two rounds with plain sums; gather_s 10, silence_s 60, deadline_s 3600, max_attempts 5, patience_s
// 86400.
inline v1::JobSpec Job(uint32_t min_sites, uint32_t target_sites = 0) {
  v1::JobSpec spec;
  spec.mutable_model()->mutable_drill()->set_num_parameters(10);
  spec.mutable_aggregation()->set_max_rows_per_site(1);
  spec.mutable_aggregation()->set_plain_sum(true);
  spec.mutable_rounds()->set_count(2);
  spec.mutable_rounds()->set_min_sites(min_sites);
  spec.mutable_rounds()->set_target_sites(target_sites);
  ApplyDefaults(spec);
  return spec;
}

// The same with masked sums.
inline v1::JobSpec SecureJob(uint32_t min_sites, uint32_t target_sites = 0) {
  v1::JobSpec spec = Job(min_sites, target_sites);
  spec.mutable_aggregation()->set_plain_sum(false);
  ApplyDefaults(spec);
  return spec;
}

// The machine with a clock of its own and the actions of the last event.
struct World {
  JobMachine machine;
  absl::Duration now = absl::Seconds(1000);
  std::vector<JobAction> actions;
  v1::PlanId plan;  // of the latest attempt

  explicit World(const v1::JobSpec& spec, JobProgress progress = {})
      : machine("job-1", spec, progress, absl::Seconds(1000)) {
    Do(Tick{});
  }

  void Do(const JobEvent& event) {
    actions = machine.Handle(event, now);
    for (const BeginEpoch& epoch : All<BeginEpoch>()) plan = epoch.plan;
    for (const BeginAttempt& attempt : All<BeginAttempt>()) plan = attempt.plan;
  }
  void Wait(double seconds) {
    now += absl::Seconds(seconds);
    Do(Tick{});
  }
  void Ready(const std::vector<std::string>& sites) {
    for (const std::string& site : sites) Do(SiteReady{site});
  }
  template <typename Kind>
  std::vector<Kind> All() const {
    std::vector<Kind> found;
    for (const JobAction& action : actions) {
      if (const Kind* one = std::get_if<Kind>(&action)) found.push_back(*one);
    }
    return found;
  }
  std::string Waiting() const {
    const auto changes = All<StateChanged>();
    return changes.empty() ? "" : changes.back().waiting_for;
  }
  std::string Reason() const {
    const auto changes = All<StateChanged>();
    return changes.empty() ? "" : changes.back().reason;
  }
  // Sites told `outcome` by the last event.
  std::vector<std::string> Told(v1::PlanEnd::Outcome outcome) const {
    std::vector<std::string> sites;
    for (const SendPlanEnd& end : All<SendPlanEnd>()) {
      if (end.outcome == outcome) sites.push_back(end.site);
    }
    return sites;
  }
};

// The same for a job with masked sums.
struct SecureWorld : World {
  explicit SecureWorld(const v1::JobSpec& spec) : World(spec) {}

  void Come(const std::string& site, const std::string& instance = "first") { Do(SiteReady{site, instance}); }
  void ComeAll(const std::vector<std::string>& sites) {
    for (const std::string& site : sites) Come(site);
  }
  void GiveKeys(const std::vector<std::string>& sites) {
    for (const std::string& site : sites) Do(KeyArrived{site, plan});
  }
  void Upload(const std::vector<std::string>& sites) {
    for (const std::string& site : sites) Do(UploadArrived{site, plan});
  }
  // Until the sum over these sites is being opened.
  void Open(const std::vector<std::string>& sites) {
    ComeAll(sites);
    GiveKeys(sites);
    Upload(sites);
  }
};

}  // namespace accord
