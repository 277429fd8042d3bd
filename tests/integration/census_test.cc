// Income from the census (UCI "Adult") over six kinds of employer as six sites, by deploy/examples/adult-income.yaml.
#include <array>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "base/file.h"
#include "bench/federation/process.h"
#include "tests/integration/learning.h"

namespace accord {
namespace {

struct Employer {
  const char* site;
  const char* workclass;   // in the files
  uint64_t rows;           // of adult.data, without any "?"
  uint64_t held_out_rows;  // of adult.test, likewise
};

constexpr std::array<Employer, 6> kEmployers = {{
    {"private", "Private", 22286, 11021},
    {"self-employed", "Self-emp-not-inc", 2499, 1297},
    {"local-government", "Local-gov", 2067, 1033},
    {"state-government", "State-gov", 1279, 667},
    {"own-company", "Self-emp-inc", 1074, 572},
    {"federal-government", "Federal-gov", 943, 463},
}};

// Lines of a file that are rows of an employer, as they are.
std::vector<std::string> LinesOf(const Employer& employer, const std::string& file) {
  std::vector<std::string> lines;
  for (const absl::string_view line : absl::StrSplit(file, '\n')) {
    const std::vector<absl::string_view> fields = absl::StrSplit(line, ", ");
    if (fields.size() == 15 && fields[1] == employer.workclass) lines.push_back(absl::StrCat(line, "\n"));
  }
  return lines;
}

// Empty when the files are not there.
std::vector<bench::SiteSetup> CensusSites() {
  const std::string folder = DataFolder() + "/data/adult-census/";
  if (DataFolder().empty() || !ReadFile(folder + "adult.data").ok()) return {};
  const std::array<std::pair<std::string, std::string>, 2> files = {
      {{"train", ReadWhole(folder + "adult.data")}, {"test", ReadWhole(folder + "adult.test")}}};
  std::vector<bench::SiteSetup> sites;
  for (const Employer& employer : kEmployers) {
    std::string rows;
    std::string split = "line,set\n";
    uint64_t line_number = 0;
    for (const auto& [set, content] : files) {
      for (const std::string& line : LinesOf(employer, content)) {
        rows += line;
        absl::StrAppend(&split, ++line_number, ",", set, "\n");
      }
    }
    bench::SiteDataset dataset = {"adult", ExampleJob("adult/site.yaml"), {{"rows.csv", rows}, {"split.csv", split}}};
    sites.push_back({employer.site, {std::move(dataset)}});
  }
  return sites;
}

class Census : public Learning {
 protected:
  void StartEmployers() {
    std::vector<bench::SiteSetup> sites = CensusSites();
    if (sites.empty()) GTEST_SKIP() << "set ACCORD_DATA to the folder that holds data/adult-census";
    Start(std::move(sites));
  }

  // Each site's held-out rows scored by themselves, with exact ranks, and the mean weighted by rows: of each site's own
  // model, of the job's, and of one trained on all rows in one place. Only here are they in one place.
  nlohmann::json ScoreSites(const std::string& job_id, const std::string& job_yaml) {
    const std::string folder = federation_->folder() + "/";
    const std::string job = absl::StrCat(folder, "scored-", job_id, ".yaml");
    const std::string model = absl::StrCat(folder, "scored-", job_id);
    EXPECT_TRUE(WriteFileAtomically(job, job_yaml).ok());
    const auto exported =
        federation_->Accord({"model", "export", job_id, "--format", "parameters", "-o", model, "--json"});
    EXPECT_TRUE(exported.ok()) << exported.status().message();
    std::vector<std::string> command = {
        federation_->Binary("accord-trainer"), "demonstrate", "--job", job, "--model", model};
    for (const Employer& employer : kEmployers) {
      command.insert(command.end(), {"--site", absl::StrCat(employer.site, "=", folder, "sites/", employer.site,
                                                            "/adult/mapping.yaml")});
    }
    const absl::StatusOr<std::string> output = bench::RunProgram(command, absl::Minutes(10) * kSlowdown);
    EXPECT_TRUE(output.ok()) << output.status().message();
    return nlohmann::json::parse(output.value_or("{}"), nullptr, /*allow_exceptions=*/false);
  }
};

// The published counts of complete rows: nothing is lost or made up on the way from the files.
void ExpectAllRows(const v1::JobReport& report) {
  uint64_t rows = 0;
  uint64_t held_out_rows = 0;
  for (const Employer& employer : kEmployers) {
    rows += employer.rows;
    held_out_rows += employer.held_out_rows;
  }
  EXPECT_EQ(report.final_metrics().test_rows(), held_out_rows);
  for (const v1::RoundReport& round : report.rounds()) {
    if (round.kind() != v1::STEP_TRAIN) continue;
    EXPECT_EQ(round.metrics().train_rows(), rows);
  }
}

TEST_F(Census, TwoRoundsOverSixEmployersAreUsefulAlready) {
  ASSERT_NO_FATAL_FAILURE(StartEmployers());
  if (IsSkipped()) return;
  const std::string yaml = absl::StrReplaceAll(ExampleJob("adult-income.yaml"), {{"count: 10", "count: 2"}});
  const std::vector<v1::JobReport> reports = TrainWithSeeds("census, 2 rounds", yaml, 1);
  ExpectAllRows(reports.front());
  EXPECT_GE(reports.front().final_metrics().test_accuracy(), 0.84);
  EXPECT_GE(reports.front().final_metrics().test_auc(), 0.89);
}

TEST_F(Census, SixEmployersLearnIncomeWithoutPoolingTheirRows) {
  if (!RunsLongTests()) GTEST_SKIP() << "takes a minute; tests/long.sh runs it";
  ASSERT_NO_FATAL_FAILURE(StartEmployers());
  if (IsSkipped()) return;
  constexpr uint64_t kSeeds = 5;
  const std::string yaml = ExampleJob("adult-income.yaml");
  const std::vector<v1::JobReport> reports = TrainWithSeeds("census", yaml, kSeeds);
  for (const v1::JobReport& report : reports) ExpectAllRows(report);
  const Figures together = MeanOf("census", reports);
  EXPECT_GE(together.accuracy, 0.84);
  EXPECT_GE(together.auc, 0.898);

  Figures weighted;
  for (uint64_t seed = 1; seed <= reports.size(); ++seed) {
    const nlohmann::json scores = ScoreSites(
        reports[seed - 1].job_id(), absl::StrReplaceAll(yaml, {{"\nseed: 1\n", absl::StrCat("\nseed: ", seed, "\n")}}));
    ASSERT_TRUE(scores.contains("weighted")) << scores.dump();
    std::printf("census, site by site, seed %d:", static_cast<int>(seed));
    for (const char* how : {"alone", "federated", "pooled"}) {
      const nlohmann::json& score = scores["weighted"][how];
      std::printf(" %s %.4f, AUC %.4f;", how, score["accuracy"].get<double>(), score["auc"].get<double>());
    }
    std::printf("\n");
    weighted.accuracy += scores["weighted"]["federated"]["accuracy"].get<double>() / kSeeds;
    weighted.auc += scores["weighted"]["federated"]["auc"].get<double>() / kSeeds;
  }
  std::printf("census, site by site, mean of %d: accuracy %.4f, AUC %.4f\n", static_cast<int>(kSeeds),
              weighted.accuracy, weighted.auc);
  EXPECT_GE(weighted.accuracy, 0.84);
  EXPECT_GE(weighted.auc, 0.898);
}

}  // namespace
}  // namespace accord
