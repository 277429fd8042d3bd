#include "client/trainer/demonstrate/demonstrate.h"

#include <algorithm>
#include <cstring>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/file.h"
#include "base/status.h"
#include "client/trainer/data/job_data.h"
#include "client/trainer/demonstrate/score.h"
#include "models/model.h"
#include "models/training.h"
#include "proto/validation/config_validation.h"
#include "proto/validation/data_kinds.h"
#include "proto/validation/job_validation.h"

namespace accord {
namespace {

using Json = nlohmann::json;

constexpr size_t kMaxModelBytes = size_t{8} << 30;

struct Hospital {
  std::string name;
  JobData rows;  // as they were read
  Score alone, federated, pooled;
};

struct Demonstration {
  v1::JobSpec spec;
  std::string torchscript;
  std::vector<Hospital> hospitals;
  Examples all_training_rows;
  v1::ColumnStatistics common;  // of all training rows; empty when the job does not standardise
};

bool Standardises(const v1::JobSpec& spec) {
  return IsTable(spec.data()) && spec.preprocessing().standardise() != v1::Preprocessing::NONE;
}

// Alone, federated and pooled are compared by predictions of models that are trained.
absl::Status CheckTrains(const v1::JobSpec& spec) {
  if (!spec.aggregation().has_newton()) return absl::OkStatus();
  return absl::InvalidArgumentError(
      "the job is a regression by newton, whose estimates are those of the pooled rows: there is nothing to compare");
}

Examples Ready(const v1::JobSpec& spec, const v1::ColumnStatistics& statistics, Examples examples) {
  if (IsTable(spec.data())) StandardiseInPlace(statistics, examples);
  return examples;
}

v1::ColumnStatistics StatisticsOf(const v1::JobSpec& spec, const Examples& examples) {
  return Standardises(spec) ? OwnStatistics(examples) : v1::ColumnStatistics();
}

void Append(const Examples& from, Examples& to) {
  to.input_shape = from.input_shape;
  to.numbers.insert(to.numbers.end(), from.numbers.begin(), from.numbers.end());
  to.bytes.insert(to.bytes.end(), from.bytes.begin(), from.bytes.end());
  to.masks.insert(to.masks.end(), from.masks.begin(), from.masks.end());
  to.targets.insert(to.targets.end(), from.targets.begin(), from.targets.end());
}

absl::StatusOr<Hospital> ReadHospital(const v1::JobSpec& spec, const DemonstrationRequest::Site& site,
                                      const std::string& opt_out_list) {
  ACCORD_ASSIGN_OR_RETURN(const v1::DatasetMapping mapping, LoadDatasetMapping(site.mapping_path));
  DataRequest request;
  request.schema = &spec.data();
  request.mapping = &mapping;
  request.seed = spec.seed();
  request.site = site.name;
  request.opt_out_list = opt_out_list;
  v1::DataReport report;
  absl::StatusOr<JobData> rows = LoadJobData(request, report);
  if (!rows.ok()) return Annotate(rows.status(), site.name);
  return Hospital{site.name, *std::move(rows), {}, {}, {}};
}

absl::StatusOr<Demonstration> Prepare(const DemonstrationRequest& request) {
  Demonstration demonstration;
  ACCORD_ASSIGN_OR_RETURN(demonstration.spec, LoadJobSpec(request.job_path));
  ACCORD_RETURN_IF_ERROR(CheckTrains(demonstration.spec));
  const v1::JobSpec& spec = demonstration.spec;
  if (spec.model().has_drill())
    return absl::InvalidArgumentError("a drill has no data: there is nothing to demonstrate");
  ACCORD_RETURN_IF_ERROR(SetComputeThreads(std::max(spec.compute().threads(), 1u)));
  if (spec.model().has_torchscript()) {
    const std::string path = ResolveBeside(request.job_path, spec.model().torchscript().file());
    ACCORD_ASSIGN_OR_RETURN(demonstration.torchscript, ReadFile(path, kMaxModelBytes));
  }
  for (const DemonstrationRequest::Site& site : request.sites) {
    ACCORD_ASSIGN_OR_RETURN(Hospital hospital, ReadHospital(spec, site, request.opt_out_list));
    Append(hospital.rows.train, demonstration.all_training_rows);
    demonstration.hospitals.push_back(std::move(hospital));
  }
  demonstration.common = StatisticsOf(spec, demonstration.all_training_rows);
  return demonstration;
}

// The job's whole training on one set of rows: as many rounds, each as long as at a site.
absl::StatusOr<std::unique_ptr<Model>> Train(const Demonstration& demonstration, const std::string& name,
                                             const Examples& train) {
  const v1::JobSpec& spec = demonstration.spec;
  ACCORD_ASSIGN_OR_RETURN(std::unique_ptr<Model> model, Model::Create(spec, demonstration.torchscript));
  ACCORD_RETURN_IF_ERROR(model->Initialise());
  for (uint32_t round = 1; round <= spec.rounds().count(); ++round) {
    ACCORD_RETURN_IF_ERROR(TrainLocally(spec, {name, round, nullptr}, train, *model));
  }
  return model;
}

// Every hospital has what it would have without the others: its own rows and its own statistics.
absl::Status ScoreAlone(Demonstration& demonstration) {
  const v1::JobSpec& spec = demonstration.spec;
  for (Hospital& hospital : demonstration.hospitals) {
    const v1::ColumnStatistics own = StatisticsOf(spec, hospital.rows.train);
    ACCORD_ASSIGN_OR_RETURN(const std::unique_ptr<Model> model,
                            Train(demonstration, hospital.name, Ready(spec, own, hospital.rows.train)));
    ACCORD_ASSIGN_OR_RETURN(hospital.alone, ScoreModel(spec, Ready(spec, own, hospital.rows.test), *model));
  }
  return absl::OkStatus();
}

absl::Status ScorePooled(Demonstration& demonstration) {
  const v1::JobSpec& spec = demonstration.spec;
  const Examples train = Ready(spec, demonstration.common, std::move(demonstration.all_training_rows));
  ACCORD_ASSIGN_OR_RETURN(const std::unique_ptr<Model> model, Train(demonstration, "pooled", train));
  for (Hospital& hospital : demonstration.hospitals) {
    const Examples test = Ready(spec, demonstration.common, hospital.rows.test);
    ACCORD_ASSIGN_OR_RETURN(hospital.pooled, ScoreModel(spec, test, *model));
  }
  return absl::OkStatus();
}

// The statistics that the federation trained with, where the file beside the model has them.
absl::StatusOr<v1::ColumnStatistics> FederatedStatistics(const std::string& path, const v1::ColumnStatistics& common) {
  const absl::StatusOr<std::string> text = ReadFile(path);
  if (absl::IsNotFound(text.status())) return common;
  if (!text.ok()) return text.status();
  const Json description = Json::parse(*text, nullptr, /*allow_exceptions=*/false);
  if (!description.is_object() || !description.contains("statistics")) return common;
  v1::ColumnStatistics statistics;
  const auto read = [&](const char* name, auto* values) {
    const Json list = description["statistics"].is_object() ? description["statistics"].value(name, Json()) : Json();
    for (const Json& value : list) {
      if (value.is_number()) values->Add(value.get<double>());
    }
  };
  read("mean", statistics.mutable_mean());
  read("spread", statistics.mutable_spread());
  if (statistics.mean_size() == common.mean_size() && statistics.spread_size() == common.spread_size())
    return statistics;
  return absl::InvalidArgumentError(
      absl::StrCat(path, ": statistics of ", statistics.mean_size(), " columns; the job has ", common.mean_size()));
}

absl::Status ScoreFederated(const std::string& path, Demonstration& demonstration) {
  const v1::JobSpec& spec = demonstration.spec;
  ACCORD_ASSIGN_OR_RETURN(const std::string bytes, ReadFile(path, kMaxModelBytes));
  ACCORD_ASSIGN_OR_RETURN(const std::unique_ptr<Model> model, Model::Create(spec, demonstration.torchscript));
  const uint64_t wanted = model->layout().num_elements() * sizeof(float);
  if (bytes.size() != wanted) {
    return absl::InvalidArgumentError(absl::StrCat(path, " has ", bytes.size(), " bytes; the job's model has ", wanted,
                                                   " (write it with: accord model export ID --format parameters)"));
  }
  std::vector<float> parameters(bytes.size() / sizeof(float));
  std::memcpy(parameters.data(), bytes.data(), bytes.size());
  ACCORD_RETURN_IF_ERROR(model->LoadParameters(parameters));
  ACCORD_ASSIGN_OR_RETURN(const v1::ColumnStatistics common, FederatedStatistics(path + ".json", demonstration.common));
  const bool per_site = spec.preprocessing().standardise() == v1::Preprocessing::PER_SITE;
  for (Hospital& hospital : demonstration.hospitals) {
    const v1::ColumnStatistics statistics = per_site ? StatisticsOf(spec, hospital.rows.train) : common;
    const Examples test = Ready(spec, statistics, hospital.rows.test);
    ACCORD_ASSIGN_OR_RETURN(hospital.federated, ScoreModel(spec, test, *model));
  }
  return absl::OkStatus();
}

Json ToJson(const Score& score) {
  const auto number = [](const std::optional<double>& value) { return value.has_value() ? Json(*value) : Json(); };
  return {{"accuracy", number(score.accuracy)}, {"auc", number(score.auc)}, {"mse", number(score.mse)}};
}

std::string Describe(const DemonstrationRequest& request, const Demonstration& demonstration) {
  std::vector<Score> alone, federated, pooled;
  std::vector<uint64_t> rows;
  uint64_t train_rows = 0;
  uint64_t test_rows = 0;
  Json hospitals = Json::array();
  for (const Hospital& hospital : demonstration.hospitals) {
    alone.push_back(hospital.alone);
    federated.push_back(hospital.federated);
    pooled.push_back(hospital.pooled);
    rows.push_back(hospital.rows.test.rows());
    train_rows += hospital.rows.train.rows();
    test_rows += rows.back();
    hospitals.push_back({{"name", hospital.name},
                         {"train_rows", hospital.rows.train.rows()},
                         {"test_rows", rows.back()},
                         {"alone", ToJson(hospital.alone)},
                         {"federated", ToJson(hospital.federated)},
                         {"pooled", ToJson(hospital.pooled)}});
  }
  const Json result = {{"label", "demonstration only: computed on one machine that owns every hospital's file"},
                       {"synthetic", request.synthetic},
                       {"job", demonstration.spec.name()},
                       {"hospitals", hospitals},
                       {"weighted",
                        {{"train_rows", train_rows},
                         {"test_rows", test_rows},
                         {"alone", ToJson(WeightedMean(alone, rows))},
                         {"federated", ToJson(WeightedMean(federated, rows))},
                         {"pooled", ToJson(WeightedMean(pooled, rows))}}}};
  return result.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace

absl::StatusOr<std::string> Demonstrate(const DemonstrationRequest& request) {
  ACCORD_ASSIGN_OR_RETURN(Demonstration demonstration, Prepare(request));
  ACCORD_RETURN_IF_ERROR(ScoreAlone(demonstration));
  if (!request.model_path.empty()) ACCORD_RETURN_IF_ERROR(ScoreFederated(request.model_path, demonstration));
  ACCORD_RETURN_IF_ERROR(ScorePooled(demonstration));
  return Describe(request, demonstration);
}

}  // namespace accord
