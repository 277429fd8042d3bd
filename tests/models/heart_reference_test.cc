// Federated averaging on the four hospitals' files against a trace that was computed outside this project in float64.
#include <gtest/gtest.h>

#include <array>
#include <cstdlib>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>

#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "models/training.h"
#include "tests/models/jobs.h"

namespace accord {
namespace {

constexpr int kColumns = 13;
constexpr size_t kSites = 4;
constexpr std::array<const char*, kSites> kHospitals = {"cleveland", "hungarian", "switzerland", "va"};

std::string DataFolder() {
  const char* folder = std::getenv("ACCORD_DATA");
  return folder != nullptr ? folder : std::string(ACCORD_SOURCE_DIR) + "/../shared";
}

struct Hospital {
  Examples train, test;
};

// The fields of one line without missing values, as the columns of the reference: numbers, then chest pain 2 to 4 and
// resting ECG 1 and 2 as 0/1 columns.
void AddRow(const std::vector<std::string>& fields, Examples& examples) {
  std::vector<float> numbers(fields.size());
  for (size_t i = 0; i < fields.size(); ++i) (void)absl::SimpleAtof(fields[i], &numbers[i]);
  for (const size_t column : {0, 1, 3, 4, 5, 7, 8, 9}) examples.numbers.push_back(numbers[column]);
  for (const float level : {2, 3, 4}) examples.numbers.push_back(numbers[2] == level);
  for (const float level : {1, 2}) examples.numbers.push_back(numbers[6] == level);
  examples.targets.push_back(numbers[13] > 0);
}

std::vector<std::vector<std::string>> ReadLines(const std::string& path) {
  std::ifstream file(path);
  std::vector<std::vector<std::string>> lines;
  for (std::string line; std::getline(file, line);) lines.push_back(absl::StrSplit(line, ','));
  return lines;
}

std::array<Hospital, kSites> ReadHospitals(const std::string& folder) {
  std::array<Hospital, kSites> hospitals;
  std::map<std::string, std::vector<std::vector<std::string>>> files;
  for (const std::vector<std::string>& split : ReadLines(folder + "/flamby_split.csv")) {
    for (size_t site = 0; site < kSites; ++site) {
      if (split[0] != kHospitals[site]) continue;
      auto& lines = files[kHospitals[site]];
      if (lines.empty()) lines = ReadLines(folder + "/processed." + kHospitals[site] + ".data");
      const std::vector<std::string>& line = lines.at(std::stoul(split[1]) - 1);
      if (split[2] == "train") AddRow(line, hospitals[site].train);
      if (split[2] == "test") AddRow(line, hospitals[site].test);
    }
  }
  for (Hospital& hospital : hospitals) hospital.train.input_shape = hospital.test.input_shape = {kColumns};
  return hospitals;
}

void Standardise(const std::string& normalisation, std::array<Hospital, kSites>& hospitals) {
  Examples pooled{.input_shape = {kColumns}, .numbers = {}, .bytes = {}, .targets = {}};
  for (const Hospital& hospital : hospitals) {
    pooled.numbers.insert(pooled.numbers.end(), hospital.train.numbers.begin(), hospital.train.numbers.end());
  }
  for (Hospital& hospital : hospitals) {
    const v1::ColumnStatistics statistics = OwnStatistics(normalisation == "global" ? pooled : hospital.train);
    StandardiseInPlace(statistics, hospital.train);
    StandardiseInPlace(statistics, hospital.test);
  }
}

// One round: the mean of the sites' models, weighted by their training rows.
void RunRound(const v1::JobSpec& spec, uint32_t round, const std::array<Hospital, kSites>& hospitals, Model& model) {
  const std::vector<float> global = Parameters(model);
  std::vector<double> sum(global.size());
  double rows = 0;
  for (size_t site = 0; site < kSites; ++site) {
    ASSERT_TRUE(model.LoadParameters(global).ok());
    ASSERT_TRUE(TrainLocally(spec, {kHospitals[site], round, {}}, hospitals[site].train, model).ok());
    const std::vector<float> local = Parameters(model);
    const auto weight = static_cast<double>(hospitals[site].train.rows());
    for (size_t i = 0; i < sum.size(); ++i) sum[i] += weight * local[i];
    rows += weight;
  }
  std::vector<float> mean(sum.size());
  for (size_t i = 0; i < sum.size(); ++i) mean[i] = static_cast<float>(sum[i] / rows);
  ASSERT_TRUE(model.LoadParameters(mean).ok());
}

void ExpectRound(const nlohmann::json& expected, const v1::JobSpec& spec, const std::array<Hospital, kSites>& hospitals,
                 Model& model) {
  SCOPED_TRACE("round " + std::to_string(expected["round"].get<int>()));
  const std::vector<float> parameters = Parameters(model);
  for (size_t i = 0; i < kColumns; ++i) EXPECT_NEAR(parameters[i], expected["w"][i].get<double>(), 1e-5);
  EXPECT_NEAR(parameters[kColumns], expected["b"].get<double>(), 1e-5);
  double loss = 0, rows = 0;
  for (size_t site = 0; site < kSites; ++site) {
    const auto train = Evaluate(spec, hospitals[site].train, UINT64_MAX, model);
    const auto test = Evaluate(spec, hospitals[site].test, UINT64_MAX, model);
    ASSERT_TRUE(train.ok() && test.ok());
    loss += train->loss;
    rows += static_cast<double>(train->rows);
    const double accuracy = static_cast<double>(test->correct) / static_cast<double>(test->rows);
    EXPECT_NEAR(accuracy, expected["test_acc"][site].get<double>(), 1e-6) << kHospitals[site];
  }
  EXPECT_NEAR(loss / rows, expected["train_loss"].get<double>(), 1e-5);
}

TEST(HeartReference, FederatedAveragingFollowsTheExactTrace) {
  const std::string folder = DataFolder();
  std::ifstream file(folder + "/reference/heart_fedavg_exact_sample.json");
  if (!file)
    GTEST_SKIP() << "no reference trace in " << folder << "; set ACCORD_DATA to the folder with data and reference";
  const nlohmann::json reference = nlohmann::json::parse(file);
  v1::JobSpec spec = TableJob(kColumns, 2);
  spec.mutable_model()->mutable_logistic_regression();
  spec.mutable_model()->set_initial_weights(v1::ModelSpec::ZEROS);
  for (const nlohmann::json& run : reference["runs"]) {
    SCOPED_TRACE(run["normalisation"].get<std::string>());
    std::array<Hospital, kSites> hospitals = ReadHospitals(folder + "/data/heart-disease");
    for (size_t site = 0; site < kSites; ++site) {
      ASSERT_EQ(hospitals[site].train.rows(), reference["client_weights"][site].get<size_t>());
    }
    Standardise(run["normalisation"], hospitals);
    spec.mutable_training()->mutable_sgd()->set_learning_rate(run["lr"]);
    spec.mutable_training()->set_local_steps(run["local_full_batch_steps"]);
    const auto model = MakeModel(spec);
    uint32_t round = 0;
    for (const nlohmann::json& expected : run["trace"]) {
      while (round < expected["round"].get<uint32_t>()) RunRound(spec, ++round, hospitals, *model);
      ExpectRound(expected, spec, hospitals, *model);
    }
  }
}

}  // namespace
}  // namespace accord
