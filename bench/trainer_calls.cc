#include "bench/trainer_calls.h"

#include "aggregation/programs/step_schema.h"
#include "base/file.h"
#include "base/status.h"
#include "proto/validation/job_validation.h"

namespace accord::bench {

absl::StatusOr<TrainerHostOptions> OptionsWithDataset(const Settings& settings, const SiteDataset& dataset,
                                                      const std::string& folder) {
  for (const auto& [name, content] : dataset.files) {
    ACCORD_RETURN_IF_ERROR(WriteFileAtomically(folder + "/" + name, content));
  }
  const std::string mapping = folder + "/mapping.yaml";
  ACCORD_RETURN_IF_ERROR(WriteFileAtomically(mapping, dataset.mapping));
  TrainerHostOptions options;
  options.trainer_path = settings.binary_folder + "/accord-trainer";
  options.site = "site-1";
  options.sandbox.set_mode(v1::Sandbox::REQUIRED);
  options.sandbox.set_memory_mib(4096);
  options.sandbox.set_threads(1);
  options.sandbox.set_silence_s(60);
  options.sandbox.set_max_data_mib(64);
  options.datasets.push_back({dataset.name, mapping});
  return options;
}

absl::StatusOr<v1::JobSpec> JobOf(const std::string& yaml, const std::string& folder) {
  const std::string path = folder + "/job.yaml";
  ACCORD_RETURN_IF_ERROR(WriteFileAtomically(path, yaml));
  return LoadJobSpec(path);
}

absl::StatusOr<TrainCall> TrainCall::Create(const v1::JobSpec& spec, absl::Span<const float> model) {
  ACCORD_ASSIGN_OR_RETURN(const VectorSchema schema, StepSchema(spec, v1::STEP_TRAIN, model.size(), 2));
  TrainCall call;
  call.dataset_ = spec.data().name();
  call.job_bytes_ = spec.SerializeAsString();
  call.step_.set_kind(v1::STEP_TRAIN);
  call.step_.set_round(1);
  call.step_.set_cohort_size(2);
  call.step_.set_num_parameters(model.size());
  call.step_.set_vector_bytes(schema.num_bytes());
  ACCORD_ASSIGN_OR_RETURN(call.model_, MakeMemoryFile("model", model.size() * sizeof(float)));
  ACCORD_RETURN_IF_ERROR(WriteFully(call.model_.get(), model.data(), model.size() * sizeof(float), 0));
  ACCORD_ASSIGN_OR_RETURN(call.vector_, MakeMemoryFile("vector", schema.num_bytes()));
  return call;
}

ComputeRequest TrainCall::Request(const std::string& job_id) const {
  ComputeRequest request;
  request.job_id = job_id;
  request.dataset = dataset_;
  request.job_bytes = job_bytes_;
  request.step = step_;
  request.model_fd = model_.get();
  request.vector_fd = vector_.get();
  return request;
}

}  // namespace accord::bench
