#include "cli/synthetic/synthesize.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/file.h"
#include "client/trainer/data/job_data.h"
#include "proto/validation/config_validation.h"
#include "proto/validation/job_validation.h"
#include "tests/cli/cli_fixture.h"

namespace accord {
namespace {

using testing::HasSubstr;

const char kExamples[] = ACCORD_SOURCE_DIR "/deploy/examples/";

std::map<std::string, std::string> ContentOf(const std::string& folder) {
  std::map<std::string, std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    files[entry.path().filename().string()] = ReadFile(entry.path().string()).value_or("");
  }
  return files;
}

class Synthesize : public CliTest {
 protected:
  std::vector<SyntheticSite> Make(const v1::JobSpec& spec, const SyntheticOptions& options, const std::string& name) {
    auto sites = SynthesizeHospitals(spec, options, Path(name));
    EXPECT_TRUE(sites.ok()) << sites.status();
    return sites.value_or(std::vector<SyntheticSite>());
  }
  // What a site's trainer makes of it for a regression by newton.
  RegressionRows LoadRegression(const v1::JobSpec& spec, const SyntheticSite& site) {
    auto mapping = LoadDatasetMapping(site.mapping);
    EXPECT_TRUE(mapping.ok()) << mapping.status();
    v1::DataReport report;
    DataRequest request;
    request.schema = &spec.data();
    request.mapping = &*mapping;
    request.site = site.site;
    request.regression = &spec.model();
    auto data = LoadJobData(request, report);
    EXPECT_TRUE(data.ok()) << data.status();
    EXPECT_EQ(report.num_faults(), 0u) << site.site;
    return data.ok() ? std::move(data->regression) : RegressionRows();
  }
  // What a site's trainer makes of it.
  JobData Load(const v1::JobSpec& spec, const SyntheticSite& site) {
    auto mapping = LoadDatasetMapping(site.mapping);
    EXPECT_TRUE(mapping.ok()) << mapping.status();
    v1::DataReport report;
    DataRequest request;
    request.schema = &spec.data();
    request.mapping = &*mapping;
    request.seed = 1;
    request.site = site.site;
    auto data = LoadJobData(request, report);
    EXPECT_TRUE(data.ok()) << data.status();
    EXPECT_EQ(report.num_faults(), 0u) << site.site;
    return data.ok() ? *std::move(data) : JobData();
  }
  v1::JobSpec Job(const std::string& name) {
    auto spec = LoadJobSpec(kExamples + name);
    EXPECT_TRUE(spec.ok()) << spec.status();
    return spec.value_or(v1::JobSpec());
  }
};

TEST_F(Synthesize, TheSameSeedGivesTheSameBytesAndAnotherDoesNot) {
  const v1::JobSpec spec = Job("heart-risk.yaml");
  Make(spec, {.rows_per_site = 60, .seed = 3}, "a");
  Make(spec, {.rows_per_site = 60, .seed = 3}, "b");
  Make(spec, {.rows_per_site = 60, .seed = 4}, "c");
  EXPECT_EQ(ContentOf(Path("a")), ContentOf(Path("b")));
  EXPECT_NE(ContentOf(Path("a")), ContentOf(Path("c")));
}

TEST_F(Synthesize, EveryFileSaysSynthetic) {
  Make(Job("heart-risk.yaml"), {.rows_per_site = 20}, "out");
  for (const auto& [name, content] : ContentOf(Path("out"))) {
    EXPECT_THAT(name, HasSubstr("SYNTHETIC"));
    EXPECT_THAT(content, HasSubstr("SYNTHETIC")) << name;
  }
}

TEST_F(Synthesize, ATrainerReadsEveryHospitalThroughItsOwnMapping) {
  for (const char* job : {"heart-risk.yaml", "blood-pressure.yaml"}) {
    const v1::JobSpec spec = Job(job);
    for (const SyntheticSite& site : Make(spec, {.num_sites = 4, .rows_per_site = 200}, job)) {
      const JobData data = Load(spec, site);
      EXPECT_EQ(data.train.rows() + data.test.rows(), 200u) << site.site;
      EXPECT_GT(data.test.rows(), 20u) << site.site;
    }
  }
}

TEST_F(Synthesize, HospitalsThatWriteDifferentlyMeanTheSame) {
  // At skew 0 all hospitals draw from one truth: columns must agree, whatever codes, names and units the files use.
  const v1::JobSpec spec = Job("heart-risk.yaml");
  std::vector<std::vector<double>> means;
  for (const SyntheticSite& site :
       Make(spec, {.num_sites = 3, .rows_per_site = 3000, .skew = Skew::Overall(0)}, "out")) {
    const JobData data = Load(spec, site);
    const auto columns = static_cast<size_t>(data.train.input_shape.at(0));
    std::vector<double> sums(columns), counts(columns);
    for (size_t i = 0; i < data.train.numbers.size(); ++i) {
      if (std::isnan(data.train.numbers[i])) continue;
      sums[i % columns] += data.train.numbers[i];
      counts[i % columns] += 1;
    }
    for (size_t i = 0; i < columns; ++i) sums[i] /= counts[i];
    means.push_back(sums);
  }
  ASSERT_EQ(means.size(), 3u);
  for (size_t site = 1; site < 3; ++site) {
    for (size_t i = 0; i < means[0].size(); ++i) {
      EXPECT_NEAR(means[site][i], means[0][i], 0.06 * std::max(1.0, std::abs(means[0][i]))) << "column " << i;
    }
  }
}

TEST_F(Synthesize, TimesHaveEventsAndSomeAreCutOff) {
  const v1::JobSpec spec = Job("survival.yaml");
  for (const SyntheticSite& site : Make(spec, {.num_sites = 3, .rows_per_site = 500}, "out")) {
    const RegressionRows rows = LoadRegression(spec, site);
    ASSERT_GT(rows.size(), 300u) << site.site;
    ASSERT_EQ(rows.events.size(), rows.size());
    const auto events = std::count(rows.events.begin(), rows.events.end(), 1);
    EXPECT_GT(events, 100) << site.site;
    EXPECT_LT(events, static_cast<int64_t>(rows.size()) - 30) << site.site;
    EXPECT_GT(*std::max_element(rows.targets.begin(), rows.targets.end()), 1000) << site.site;
  }
}

TEST_F(Synthesize, CountsAreWholeAndGrowWithTheirExposure) {
  auto spec = LoadJobSpec(WriteFile("visits.yaml", R"(name: visits
purpose: to make counts
data:
  name: clinic
  features: [{name: age, numeric: {min: 0, max: 120}}, {name: sex, category: {levels: [female, male]}}]
  target: {name: visits, numeric: {min: 0, max: 40}}
model: {poisson_regression: {exposure: {name: years, unit: person-years, min: 0.1, max: 20}}}
aggregation: {newton: {}, max_rows_per_site: 1000}
rounds: {count: 25, min_sites: 3}
)"));
  ASSERT_TRUE(spec.ok()) << spec.status();
  for (const SyntheticSite& site : Make(*spec, {.num_sites = 3, .rows_per_site = 900}, "out")) {
    const RegressionRows rows = LoadRegression(*spec, site);
    ASSERT_EQ(rows.exposures.size(), rows.size());
    double sum[2] = {}, number[2] = {};
    for (size_t i = 0; i < rows.size(); ++i) {
      EXPECT_EQ(rows.targets[i], std::floor(rows.targets[i]));
      const int longer = rows.exposures[i] > 10 ? 1 : 0;
      sum[longer] += rows.targets[i];
      number[longer] += 1;
    }
    EXPECT_GT(sum[1] / number[1], 2 * sum[0] / number[0]) << site.site;
  }
}

TEST_F(Synthesize, ImagesAreReadThroughTheirMapping) {
  const v1::JobSpec spec = Job("mnist-cnn.yaml");
  for (const SyntheticSite& site : Make(spec, {.num_sites = 2, .rows_per_site = 50}, "out")) {
    const JobData data = Load(spec, site);
    EXPECT_EQ(data.train.rows() + data.test.rows(), 50u);
    EXPECT_EQ(data.train.bytes.size(), data.train.rows() * 28 * 28);
  }
}

TEST_F(Synthesize, WhoeverAskedForItCanEndItInTheMiddleOfASite) {
  for (const char* job :
       {"heart-risk.yaml", "mnist-cnn.yaml", "ecg-rhythm.yaml", "discharge-notes.yaml", "lesion-segmentation.yaml"}) {
    int questions = 0;
    SyntheticOptions options = {.num_sites = 1, .rows_per_site = 1000};
    options.go_on = [&] { return ++questions < 2 ? absl::OkStatus() : absl::CancelledError("enough"); };
    EXPECT_EQ(SynthesizeHospitals(Job(job), options, Path(job)).status().code(), absl::StatusCode::kCancelled);
    EXPECT_EQ(questions, 2) << job;
  }
}

TEST_F(Synthesize, SeriesTextsAndMasksAreReadThroughTheirMapping) {
  for (const char* job : {"ecg-rhythm.yaml", "discharge-notes.yaml", "lesion-segmentation.yaml"}) {
    const v1::JobSpec spec = Job(job);
    const std::vector<SyntheticSite> sites = Make(spec, {.num_sites = 2, .rows_per_site = 50}, job);
    ASSERT_EQ(sites.size(), 2u);
    const JobData data = Load(spec, sites[1]);
    EXPECT_EQ(data.train.rows() + data.test.rows(), 50u) << job;
    EXPECT_EQ(data.train.masks.empty(), !spec.data().target().has_mask()) << job;
    Make(spec, {.num_sites = 2, .rows_per_site = 50}, "again");
    EXPECT_EQ(ContentOf(Path(job)), ContentOf(Path("again"))) << job;
    std::filesystem::remove_all(Path("again"));
  }
}

TEST_F(Synthesize, SeriesAndTextsHaveThePublishedSharesOfClassesAndSkewOfLabelsAndQuantities) {
  const v1::JobSpec spec = Job("ecg-rhythm.yaml");
  SyntheticOptions options = {.num_sites = 2, .rows_per_site = 100, .skew = Skew::Overall(0)};
  for (const char* level : {"sinus", "flutter"}) {
    v1::LevelShare& share = *options.statistics.add_classes();
    share.set_level(level);
    share.set_share(0.5);
  }
  for (const SyntheticSite& site : Make(spec, options, "published")) {
    EXPECT_THAT(site.missing_classes, testing::ElementsAre("fibrillation")) << site.site;
  }
  const v1::JobSpec notes = Job("discharge-notes.yaml");
  const auto sites =
      Make(notes, {.num_sites = 2, .rows_per_site = 100, .skew = {.label_alpha = 1, .quantity_alpha = 1}}, "skewed");
  ASSERT_EQ(sites.size(), 2u);
  EXPECT_EQ(sites[0].rows + sites[1].rows, 200u);
  EXPECT_NE(sites[0].rows, sites[1].rows);
  const JobData data = Load(notes, sites[0]);
  EXPECT_EQ(data.train.rows() + data.test.rows(), sites[0].rows);
}

TEST_F(Synthesize, WhatTheGeneratorDoesNotMakeIsRefusedInWords) {
  v1::JobSpec ecg = Job("ecg-rhythm.yaml");
  ecg.mutable_data()->mutable_target()->mutable_numeric()->set_max(1);
  const absl::Status of_numbers = SynthesizeHospitals(ecg, {}, Path("numbers")).status();
  EXPECT_EQ(of_numbers.code(), absl::StatusCode::kUnimplemented);
  EXPECT_THAT(std::string(of_numbers.message()), HasSubstr("series or texts whose target is a number"));
  const v1::JobSpec masks = Job("lesion-segmentation.yaml");
  EXPECT_THAT(std::string(SynthesizeHospitals(masks, {.skew = {.label_alpha = 1}}, Path("masks")).status().message()),
              HasSubstr("is a mask; quantity=ALPHA"));
  EXPECT_THAT(std::string(SynthesizeHospitals(masks, {.rows_per_site = 1'000'001}, Path("masks")).status().message()),
              HasSubstr("at most 1,000,000 a site"));
}

TEST_F(Synthesize, TextsAreAlsoMadeAsBytesAndAsIds) {
  v1::JobSpec spec = Job("discharge-notes.yaml");
  v1::Text& text = *spec.mutable_data()->mutable_text();
  text.set_long_texts(v1::Text::REFUSE);
  text.set_tokens(v1::Text::BYTES);
  text.set_vocabulary(256);
  EXPECT_EQ(Load(spec, Make(spec, {.num_sites = 1, .rows_per_site = 20}, "bytes").at(0)).train.input_shape.at(0), 48);
  text.set_tokens(v1::Text::IDS);
  text.clear_name();
  EXPECT_EQ(Load(spec, Make(spec, {.num_sites = 1, .rows_per_site = 20}, "ids").at(0)).train.input_shape.at(0), 48);
}

TEST_F(Synthesize, RealDataIsNeverMixedWithIt) {
  WriteFile("patients.csv", "age\n61\n");
  const auto sites = SynthesizeHospitals(Job("heart-risk.yaml"), {}, Path(""));
  EXPECT_EQ(sites.status().code(), absl::StatusCode::kAlreadyExists);
  EXPECT_THAT(std::string(sites.status().message()), HasSubstr("patients.csv"));
}

TEST_F(Synthesize, OptionsOutOfRangeAndJobsWithoutDataAreRefused) {
  const v1::JobSpec heart = Job("heart-risk.yaml");
  for (const SyntheticOptions& options : std::vector<SyntheticOptions>{{.num_sites = 0},
                                                                       {.num_sites = 1001},
                                                                       {.rows_per_site = 0},
                                                                       {.skew = Skew::Overall(-1)},
                                                                       {.skew = Skew::Overall(NAN)}}) {
    EXPECT_EQ(SynthesizeHospitals(heart, options, Path("out")).status().code(), absl::StatusCode::kInvalidArgument);
  }
  EXPECT_EQ(SynthesizeHospitals(Job("drill.yaml"), {}, Path("out")).status().code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_FALSE(std::filesystem::exists(Path("out")));
}

TEST_F(Synthesize, TheCommandTakesTheJobAndSaysWhatToDoNext) {
  EXPECT_EQ(Run({"data", "synthesize", absl::StrCat(kExamples, "heart-risk.yaml"), "--sites", "2", "--out", Path("out"),
                 "--rows", "10"}),
            kExitOk)
      << Errors();
  EXPECT_THAT(Output(), HasSubstr("client.yaml, as data set \"heart\""));
  EXPECT_EQ(Run({"data", "synthesize", "--job", absl::StrCat(kExamples, "heart-risk.yaml"), "--sites", "2", "--out",
                 Path("out"), "--json"}),
            kExitOk)
      << Errors();
  EXPECT_EQ(nlohmann::json::parse(Output())["sites"].size(), 2u);
}

}  // namespace
}  // namespace accord
