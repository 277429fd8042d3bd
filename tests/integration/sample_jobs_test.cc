// The sample jobs over series, texts and masks, rehearsed through every process: each must find what the generator hid
// in the rows.
#include <gmock/gmock.h>
#include <google/protobuf/util/json_util.h>

#include <nlohmann/json.hpp>
#include <string>

#include "absl/strings/str_cat.h"
#include "bench/federation/process.h"
#include "tests/integration/running_federation.h"

namespace accord {
namespace {

// What `accord job rehearse` says of a sample job; the test fails unless the job finished.
v1::JobReport RehearseSample(const std::string& job, const std::string& rows, const std::string& sites = "3") {
  v1::JobReport report;
  const auto output = bench::RunProgram(
      {absl::StrCat(ACCORD_BINARY_DIR, "/accord"), "job", "rehearse",
       absl::StrCat(ACCORD_SOURCE_DIR, "/deploy/examples/", job), "--sites", sites, "--rows", rows, "--json"},
      absl::Seconds(180) * kSlowdown);
  EXPECT_TRUE(output.ok()) << output.status();
  const auto json = nlohmann::json::parse(output.value_or(""), nullptr, /*allow_exceptions=*/false);
  EXPECT_TRUE(json.is_object() && json.contains("report")) << output.value_or("");
  if (!json.is_object() || !json.contains("report")) return report;
  EXPECT_TRUE(google::protobuf::util::JsonStringToMessage(json["report"].dump(), &report).ok());
  EXPECT_EQ(report.state(), v1::JOB_FINISHED);
  return report;
}

TEST(SampleJobs, RhythmsAreToldApartInSeries) {
  const v1::JobReport report = RehearseSample("ecg-rhythm.yaml", "160");
  EXPECT_GT(report.final_metrics().test_rows(), 80u);
  EXPECT_GT(report.final_metrics().test_accuracy(), 0.9) << "a third of the strips would be right by chance";
}

TEST(SampleJobs, LettersOfAFallAreFoundByTheirWords) {
  const v1::JobReport report = RehearseSample("discharge-notes.yaml", "160");
  EXPECT_GT(report.final_metrics().test_rows(), 80u);
  EXPECT_GT(report.final_metrics().test_auc(), 0.95) << "0.5 would be chance";
}

TEST(SampleJobs, LesionsAreOutlined) {
  const v1::JobReport report = RehearseSample("lesion-segmentation.yaml", "60");
  EXPECT_GT(report.final_metrics().test_accuracy(), 0.95);
  ASSERT_EQ(report.final_metrics().test_dice_size(), 2);
  EXPECT_GT(report.final_metrics().test_dice(1), 0.85) << "of the lesion; an outline drawn nowhere has 0";
}

TEST(SampleJobs, HazardsOfSurvivalAreMoreThanChance) {
  const v1::JobReport report = RehearseSample("survival.yaml", "160");
  ASSERT_TRUE(report.has_estimates());
  EXPECT_TRUE(report.estimates().converged());
  const double ratio = 2 * (report.estimates().log_likelihood() - report.estimates().null_log_likelihood());
  EXPECT_GT(ratio, 20.5) << "likelihood ratio of five coefficients; chance reaches 20.5 in one of a thousand samples";
}

TEST(SampleJobs, BloodPressureIsForetold) {
  const v1::JobReport report = RehearseSample("blood-pressure.yaml", "160", "4");
  EXPECT_GT(report.final_metrics().test_rows(), 100u);
  EXPECT_LT(report.final_metrics().test_mse(), 16 * 16) << "(mm Hg)^2";
}

TEST(SampleJobs, ANetworkTellsHeartDiseaseAndIsStoppedInTime) {
  const v1::JobReport report = RehearseSample("heart-network.yaml", "160", "4");
  EXPECT_GT(report.final_metrics().test_rows(), 100u);
  EXPECT_GT(report.final_metrics().test_auc(), 0.7) << "0.5 would be chance";
  EXPECT_GT(report.kept_round(), 0u);
}

}  // namespace
}  // namespace accord
