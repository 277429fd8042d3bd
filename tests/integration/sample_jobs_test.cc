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

constexpr char kSampleSites[] = "3";

// What `accord job rehearse` says of a sample job; the test fails unless the job finished.
v1::JobReport RehearseSample(const std::string& job, const std::string& rows) {
  v1::JobReport report;
  const auto output = bench::RunProgram(
      {absl::StrCat(ACCORD_BINARY_DIR, "/accord"), "job", "rehearse",
       absl::StrCat(ACCORD_SOURCE_DIR, "/deploy/examples/", job), "--sites", kSampleSites, "--rows", rows, "--json"},
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

}  // namespace
}  // namespace accord
