// A TrainerHost over real processes, with what a test needs to ask it something.
#pragma once

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "aggregation/programs/step_schema.h"
#include "aggregation/ring/codec.h"
#include "client/daemon/training/trainer_host.h"
#include "proto/accord/v1/job.pb.h"
#include "tests/temporary_folder.h"

namespace accord {

// Whether this machine lets us make namespaces at all; a container often does not.
inline bool CanMakeSandboxes() {
  static const bool can = std::system("/usr/bin/bwrap --unshare-all --ro-bind / / /bin/true >/dev/null 2>&1") == 0;
  return can;
}

#define ACCORD_SKIP_WITHOUT_SANDBOX() \
  if (!CanMakeSandboxes()) GTEST_SKIP() << "bubblewrap cannot make namespaces here (an unprivileged container?)"

inline v1::JobSpec DrillJob(uint64_t num_parameters) {
  v1::JobSpec job;
  job.set_name("drill");
  job.set_seed(7);
  job.mutable_model()->mutable_drill()->set_num_parameters(num_parameters);
  job.mutable_aggregation()->mutable_fedavg();
  job.mutable_aggregation()->set_update_bound(1);
  job.mutable_aggregation()->set_max_rows_per_site(1);
  job.mutable_rounds()->set_count(5);
  return job;
}

// What TableJob learns from: y is "yes" where x is over 4.
inline std::string TableRows(int count) {
  std::string text = "x,y\n";
  for (int i = 0; i < count; ++i) absl::StrAppend(&text, i % 10, ",", i % 10 > 4 ? "yes" : "no", "\n");
  return text;
}

inline constexpr char kTableMapping[] = "csv: {file: rows.csv}\nsplit: {test_fraction: 0}\n";

// A logistic regression of two parameters on the data set "table".
inline v1::JobSpec TableJob() {
  v1::JobSpec job = DrillJob(1);
  job.set_name("table");
  job.mutable_model()->mutable_logistic_regression();
  job.mutable_data()->set_name("table");
  v1::Feature& feature = *job.mutable_data()->add_features();
  feature.set_name("x");
  feature.mutable_numeric()->set_max(10);
  job.mutable_data()->mutable_target()->set_name("y");
  for (const char* level : {"no", "yes"}) job.mutable_data()->mutable_target()->mutable_category()->add_levels(level);
  job.mutable_preprocessing()->set_standardise(v1::Preprocessing::NONE);
  job.mutable_training()->mutable_sgd()->set_learning_rate(0.1);
  job.mutable_training()->set_local_epochs(1);
  job.mutable_aggregation()->set_max_rows_per_site(1000);
  return job;
}

// One computation with its memory.
class Computation {
 public:
  Computation(const v1::JobSpec& job, const std::string& dataset, v1::StepKind kind, std::vector<float> model)
      : job_(job), schema_(*StepSchema(job, kind, model.size(), 2)) {
    model_fd_ = *MakeMemoryFile("model", model.size() * sizeof(float));
    EXPECT_TRUE(WriteFully(model_fd_.get(), model.data(), model.size() * sizeof(float), 0).ok());
    vector_fd_ = *MakeMemoryFile("vector", schema_.num_bytes());
    request.job_id = "job-1";
    request.dataset = dataset;
    request.job_bytes = job.SerializeAsString();
    request.step.set_kind(kind);
    request.step.set_round(1);
    request.step.set_cohort_size(2);
    request.step.set_num_parameters(model.size());
    request.step.set_vector_bytes(schema_.num_bytes());
    request.model_fd = model_fd_.get();
    request.vector_fd = vector_fd_.get();
  }

  std::vector<double> Block(const std::string& name) const {
    std::vector<uint32_t> elements(schema_.num_elements());
    EXPECT_TRUE(ReadFully(vector_fd_.get(), elements.data(), schema_.num_bytes(), 0).ok());
    const VectorSchema::PlacedBlock& placed = *schema_.Find(name);
    std::vector<double> values(placed.block.num_elements);
    EXPECT_TRUE(
        Decode(placed, absl::MakeSpan(elements).subspan(placed.offset, values.size()), absl::MakeSpan(values)).ok());
    return values;
  }

  ComputeRequest request;

 private:
  v1::JobSpec job_;
  VectorSchema schema_;
  UniqueFd model_fd_;
  UniqueFd vector_fd_;
};

inline TrainerHostOptions HostOptions(const std::string& trainer = "accord-trainer") {
  TrainerHostOptions options;
  options.trainer_path = absl::StrCat(ACCORD_BINARY_DIR, "/", trainer);
  options.site = "hospital";
  options.sandbox.set_mode(v1::Sandbox::REQUIRED);
  options.sandbox.set_memory_mib(1024);
  options.sandbox.set_silence_s(30);
  return options;
}

}  // namespace accord
