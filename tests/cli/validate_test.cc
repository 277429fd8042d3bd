#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "base/config/faults.h"
#include "proto/validation/config_validation.h"
#include "proto/validation/job_validation.h"
#include "tests/cli/cli_fixture.h"

namespace accord {
namespace {

using testing::HasSubstr;

const char kExampleJobs[] = ACCORD_SOURCE_DIR "/deploy/examples/";

TEST_F(CliTest, ValidateSaysInPlainWordsWhatAJobWouldDo) {
  ASSERT_EQ(Run({"job", "validate", WriteFile("job.yaml", SmallJobYaml())}), kExitOk) << Errors();
  EXPECT_EQ(Output(), R"(small is a valid job.

  Purpose      To test the commands.
  Data         data set "patients": 2 features (1 numeric, 1 categorical), 2 input columns
  Target       ill, one of no, yes
  Preparation  columns standardised with the common mean and spread of all sites, from one round of sums
  Model        logistic regression, 3 parameters, starts from the job's seed
  Training     SGD, learning rate 0.1; each round each site makes 2 passes over its rows, batches of 16 rows
  Combination  FedAvg; sites are averaged by rows (at most 1,000 a site); changes above 1 are clipped
  Precision    32 bits a number: with 4 sites a change is told to the nearest 1.9e-09
  Protection   secure sum, the coordinator learns the total alone, even together with 1 organisation
  Rounds       3, each with at least 3 sites; starts at once with 4, else after 10 s
  Sites        every site that releases "patients"

Each site sends, and nothing else:
  standardisation, 1 round, 28 bytes each:
    1 number: how many training rows the site used
    2 numbers: for each input column, in how many rows it was measured
    2 numbers: for each input column, the sum over the site's rows
    2 numbers: for each input column, the sum of squares over the site's rows
  training, 3 rounds, 2,084 bytes each:
    1 number: how many training rows the site used
    3 numbers: the change of each model parameter, weighted by the site's rows where sites count by them
    1 number: the share of changes that were clipped at the bound
    1 number: the training loss, weighted by the site's rows
    1 number: how many held-out rows were evaluated
    1 number: the sum of losses over held-out rows
    1 number: how many held-out rows were classified correctly
    512 numbers: a histogram of predicted probabilities over held-out rows (for the AUC)
  evaluation, 1 round, 2,060 bytes each:
    1 number: how many held-out rows were evaluated
    1 number: the sum of losses over held-out rows
    1 number: how many held-out rows were classified correctly
    512 numbers: a histogram of predicted probabilities over held-out rows (for the AUC)
)");
}

TEST_F(CliTest, ValidateTellsEveryFaultWithItsLine) {
  const std::string job = WriteFile("job.yaml", R"(name: Not A Name
purpose: p
model: {drill: {num_parameters: ten}}
aggregation: {fedavg: {}, update_bound: -1, max_rows_per_site: 1}
rounds: {count: 5, min_sites: 3, colour: red}
)");
  EXPECT_EQ(Run({"job", "validate", job}), kExitFailed);
  for (const char* place :
       {":1: name", ":3: model.drill.num_parameters", ":4: aggregation.update_bound", ":5: rounds"}) {
    EXPECT_THAT(Errors(), HasSubstr(absl::StrCat("job.yaml", place)));
  }
}

TEST_F(CliTest, ValidateNamesAFileThatIsNotThere) {
  EXPECT_EQ(Run({"job", "validate", Path("none.yaml")}), kExitFailed);
  EXPECT_THAT(Errors(), HasSubstr("none.yaml"));
}

TEST_F(CliTest, ValidateAsJsonCarriesSizesAndTheWholeJob) {
  ASSERT_EQ(Run({"job", "validate", WriteFile("job.yaml", DrillYaml(10)), "--json"}), kExitOk) << Errors();
  const auto result = nlohmann::json::parse(Output());
  EXPECT_EQ(result["valid"], true);
  EXPECT_EQ(result["num_parameters"], 10);
  EXPECT_EQ(result["steps"][0]["rounds"], 5);
  EXPECT_EQ(result["steps"][0]["bytes_per_site_and_round"], 48);
  EXPECT_EQ(result["job"]["name"], "drill");
}

TEST_F(CliTest, ValidateNamesTheStrategyAndWhatTheJobStartsFrom) {
  std::string yaml = SmallJobYaml();
  yaml.replace(yaml.find("fedavg: {}"), 10, "fedadam: {server_learning_rate: 0.02}");
  yaml.replace(yaml.find("logistic_regression: {}"), 23, "logistic_regression: {}, start_from: {file: earlier.bin}");
  WriteFile("earlier.bin", std::string(3 * sizeof(float), '\0'));
  ASSERT_EQ(Run({"job", "validate", WriteFile("job.yaml", yaml)}), kExitOk) << Errors();
  EXPECT_THAT(Output(), HasSubstr("FedAdam, the server's steps are about 0.02 a parameter and round"));
  EXPECT_THAT(Output(), HasSubstr("starts from earlier.bin (model "));
}

TEST_F(CliTest, ParametersToStartFromMustFitTheModelAndBeNumbers) {
  std::string yaml = SmallJobYaml();
  yaml.replace(yaml.find("logistic_regression: {}"), 23, "logistic_regression: {}, start_from: {file: earlier.bin}");
  const std::string job = WriteFile("job.yaml", yaml);
  EXPECT_EQ(Run({"job", "validate", job}), kExitFailed);
  EXPECT_THAT(Errors(), HasSubstr("model.start_from.file"));
  WriteFile("earlier.bin", "12345678");
  EXPECT_EQ(Run({"job", "validate", job}), kExitFailed);
  EXPECT_THAT(Errors(), HasSubstr("has 8 bytes; expected 12 for this model's 3 parameters"));
  WriteFile("earlier.bin", std::string(8, '\0') + "\xff\xff\xff\x7f");
  EXPECT_EQ(Run({"job", "validate", job}), kExitFailed);
  EXPECT_THAT(Errors(), HasSubstr("parameter 2 is no finite number"));
}

TEST_F(CliTest, ValidateSaysWhoLearnsWhatFromASum) {
  const auto protection = [this](const std::string& aggregation) {
    std::string yaml = SmallJobYaml();
    yaml.insert(yaml.find("aggregation: {") + 14, aggregation);
    EXPECT_EQ(Run({"job", "validate", WriteFile("job.yaml", yaml), "--json"}), kExitOk) << Errors();
    return nlohmann::json::parse(Output())["protection"].get<std::string>();
  };
  EXPECT_THAT(protection(""), HasSubstr("even together with 1 organisation"));
  EXPECT_THAT(protection("secure_sum: {two_sites: true}, "), HasSubstr("each learns the other's numbers"));
  EXPECT_THAT(protection("plain_sum: true, "), HasSubstr("the coordinator reads each site's numbers"));
}

TEST_F(CliTest, ValidateSaysByWhatRuleChangesAreCombined) {
  const auto combination = [this](const std::string& combiner) {
    std::string yaml = SmallJobYaml();
    yaml.insert(yaml.find("aggregation: {") + 14, absl::StrCat("plain_sum: true, combiner: {", combiner, "}, "));
    EXPECT_EQ(Run({"job", "validate", WriteFile("job.yaml", yaml)}), kExitOk) << Errors();
    return Output();
  };
  EXPECT_THAT(
      combination("median: {}"),
      HasSubstr("FedAvg; instead of the mean, the median of the sites' changes, of each parameter by itself; sites "
                "count alike, and fewer than half of them may be hostile; changes above 1 are clipped"));
  EXPECT_THAT(combination("trimmed_mean: {hostile_sites: 1}"),
              HasSubstr("of each parameter without the 1 largest and the 1 smallest; sites count alike, and 1 of them "
                        "may be hostile"));
  EXPECT_THAT(combination("geometric_median: {}"), HasSubstr("sites with fewer than half of all rows may be hostile"));
  EXPECT_THAT(combination("norm_bound: {max_norm: 2.5}"), HasSubstr("each shortened to the norm 2.5; limits how far"));
}

TEST_F(CliTest, ValidateSaysHowWideANumberIsAndHowFine) {
  const auto validated = [this](const std::string& ring) {
    std::string yaml = SmallJobYaml();
    yaml.insert(yaml.find("aggregation: {") + 14, ring);
    EXPECT_EQ(Run({"job", "validate", WriteFile("job.yaml", yaml), "--json"}), kExitOk) << Errors();
    return nlohmann::json::parse(Output());
  };
  const auto narrow = validated("secure_sum: {ring_bits: 24}, ");
  const auto wide = validated("secure_sum: {ring_bits: 64}, ");
  EXPECT_EQ(narrow["precision"], "24 bits a number: with 4 sites a change is told to the nearest 4.8e-07");
  EXPECT_EQ(wide["precision"], "64 bits a number: with 4 sites a change is told to the nearest 4.3e-19");
  // A quarter less than the 2,084 bytes of 32 bits, and twice as much.
  EXPECT_EQ(narrow["steps"][1]["bytes_per_site_and_round"], 1563);
  EXPECT_EQ(wide["steps"][1]["bytes_per_site_and_round"], 4168);
}

class ExampleJob : public CliTest, public testing::WithParamInterface<const char*> {};

TEST_P(ExampleJob, IsValid) {
  EXPECT_EQ(Run({"job", "validate", absl::StrCat(kExampleJobs, GetParam())}), kExitOk) << Errors();
}

INSTANTIATE_TEST_SUITE_P(All, ExampleJob,
                         testing::Values("heart-risk.yaml", "drill.yaml", "mnist-cnn.yaml", "blood-pressure.yaml",
                                         "heart-network.yaml", "survival.yaml", "adult-income.yaml",
                                         "pneumonia-cnn.yaml", "ecg-rhythm.yaml", "discharge-notes.yaml",
                                         "lesion-segmentation.yaml"));

struct ExampleMapping {
  const char* job;
  const char* mapping;
};
class Mapping : public testing::TestWithParam<ExampleMapping> {};

TEST_P(Mapping, FitsTheExampleJob) {
  const auto job = LoadJobSpec(absl::StrCat(kExampleJobs, GetParam().job));
  const auto mapping = LoadDatasetMapping(absl::StrCat(kExampleJobs, GetParam().mapping));
  ASSERT_TRUE(job.ok()) << job.status();
  ASSERT_TRUE(mapping.ok()) << mapping.status();
  FaultList faults;
  CheckMappingAgainstSchema(*mapping, job->data(), faults);
  EXPECT_TRUE(faults.ToStatus().ok()) << faults.ToStatus();
}

INSTANTIATE_TEST_SUITE_P(Examples, Mapping,
                         testing::Values(ExampleMapping{"heart-risk.yaml", "heart/cleveland.yaml"},
                                         ExampleMapping{"heart-risk.yaml", "heart/hungarian.yaml"},
                                         ExampleMapping{"heart-risk.yaml", "heart/switzerland.yaml"},
                                         ExampleMapping{"heart-risk.yaml", "heart/va.yaml"},
                                         ExampleMapping{"mnist-cnn.yaml", "mnist/site.yaml"},
                                         ExampleMapping{"adult-income.yaml", "adult/site.yaml"},
                                         ExampleMapping{"pneumonia-cnn.yaml", "pneumonia/site.yaml"},
                                         ExampleMapping{"ecg-rhythm.yaml", "ecg/site.yaml"},
                                         ExampleMapping{"discharge-notes.yaml", "notes/site.yaml"},
                                         ExampleMapping{"lesion-segmentation.yaml", "lesions/site.yaml"}),
                         [](const auto& info) {
                           return absl::StrReplaceAll(info.param.mapping, {{"/", "_"}, {".yaml", ""}});
                         });

}  // namespace
}  // namespace accord
