// A daemon that keeps something of a job between its rounds, and the plans of that job.
#pragma once

#include <algorithm>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/hash.h"
#include "client/daemon/state/kept_store.h"
#include "gtest/gtest.h"
#include "tests/client/daemon/work/engine_fixture.h"

namespace accord {

class KeptJobs : public SiteEngineTest {
 protected:
  void Configure(SiteEngine::Options& options) override {
    SiteEngineTest::Configure(options);
    kept_ = KeptStore::Open(folder_ + "/kept", max_bytes_).value();
    options.kept = kept_.get();
  }
  void TearDown() override {
    engine_.reset();  // before what it uses
    SiteEngineTest::TearDown();
  }
  // As kill -9 does: nothing but the files is left.
  void Crash() { Restart(); }

  static v1::JobSpec Job() {
    v1::JobSpec spec = ValidDrillJob(3);
    v1::DataSchema& data = *spec.mutable_data();
    data.set_name("heart");
    for (const char* name : {"age", "bmi"}) {
      v1::Feature& feature = *data.add_features();
      feature.set_name(name);
      feature.mutable_numeric()->set_max(100);
    }
    data.mutable_target()->set_name("ill");
    for (const char* level : {"no", "yes"}) data.mutable_target()->mutable_category()->add_levels(level);
    spec.mutable_preprocessing()->set_standardise(v1::Preprocessing::NONE);
    spec.mutable_model()->mutable_logistic_regression();
    spec.mutable_training()->mutable_sgd()->set_learning_rate(0.1);
    spec.mutable_training()->set_local_epochs(1);
    spec.mutable_aggregation()->mutable_fedper()->add_layers("linear.bias");
    ApplyDefaults(spec);
    return spec;
  }
  // `counted`: what the coordinator says of this site.
  static v1::Plan PlanOf(uint32_t round, uint32_t attempt, uint32_t counted) {
    v1::Plan plan = DrillPlan(ValidDrillJob(3), attempt);
    plan.mutable_id()->set_step(round - 1);
    plan.set_round(round);
    const std::string job = Job().SerializeAsString();
    plan.set_job_inline(job);
    plan.set_job_sha256(Sha256Hex(job));
    plan.add_counted_steps(counted);
    plan.add_counted_steps(7);
    return plan;
  }
  // Computes the plan and uploads; whether its sum counts is another matter.
  void Upload(const v1::Plan& plan) {
    const int before = coordinator_.uploads_opened();
    Send(plan);
    const absl::Duration begin = Clock::System().Monotonic();
    while (coordinator_.uploads_opened() == before) {
      ASSERT_LT(Clock::System().Monotonic() - begin, kTestPatience) << engine_->Status().DebugString();
    }
    coordinator_.AwaitUpload();
  }
  // The job is over, and this site's vector counted last in the step before this one; 0: in none.
  void SendOver(uint32_t counted) {
    v1::CoordinatorMessage message;
    message.mutable_plan_end()->mutable_plan()->set_job_id("job-1");
    message.mutable_plan_end()->set_outcome(v1::PlanEnd::JOB_OVER);
    message.mutable_plan_end()->set_counted_step(counted);
    coordinator_.Send(message);
  }
  void AwaitTold(const std::string& words) {
    const absl::Duration begin = Clock::System().Monotonic();
    while (!WasTold(words)) ASSERT_LT(Clock::System().Monotonic() - begin, kTestPatience) << words;
  }
  // Asks whether the job is over.
  void AwaitQuestion() {
    coordinator_.AwaitMessage([](const v1::SiteMessage& message) {
      return message.has_progress() && message.progress().plan().attempt() == 0 &&
             message.progress().plan().job_id() == "job-1";
    });
  }
  void AwaitNoOpenJobs() {
    const absl::Duration begin = Clock::System().Monotonic();
    // A folder that is read while the engine renames a file in it may show neither name: what counts is the look after
    // the engine is done.
    const auto none = [this] { return kept_->OpenJobs().empty() && (engine_->Status(), kept_->OpenJobs().empty()); };
    while (!none()) ASSERT_LT(Clock::System().Monotonic() - begin, kTestPatience);
  }
  std::vector<std::string> KeptFiles() {
    std::vector<std::string> names;
    for (const auto& file : std::filesystem::directory_iterator(folder_ + "/kept")) {
      names.push_back(file.path().filename().string());
    }
    std::sort(names.begin(), names.end());
    return names;
  }
  bool WasTold(const std::string& words) {
    const v1::DaemonStatus status = engine_->Status();
    for (const std::string& line : status.latest_events()) {
      if (line.find(words) != std::string::npos) return true;
    }
    return false;
  }

  uint64_t max_bytes_ = uint64_t{100} << 20;
  std::unique_ptr<KeptStore> kept_;
};

}  // namespace accord
