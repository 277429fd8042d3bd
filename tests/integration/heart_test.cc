// The heart-risk job on the four hospitals' real files, through every process.
#include <array>
#include <string>
#include <vector>

#include "absl/strings/str_replace.h"
#include "tests/integration/running_federation.h"

namespace accord {
namespace {

constexpr char kNoData[] =
    "the hospitals' files are not here; set ACCORD_DATA to the folder that holds data/heart-disease";

std::string HeartJob() { return ReadWhole(std::string(ACCORD_SOURCE_DIR) + "/deploy/examples/heart-risk.yaml"); }

class HeartRisk : public RunningFederation {
 protected:
  void SetUp() override {
    std::vector<bench::SiteSetup> sites = HeartSites();
    if (sites.empty()) GTEST_SKIP() << kNoData;
    Share("the four hospitals", std::move(sites));
  }
};

TEST_F(HeartRisk, FederatedAccuracyReachesThatOfPooledRows) {
  const v1::JobReport report = Finish(Submit(HeartJob()));
  EXPECT_EQ(report.final_metrics().test_rows(), 104u + 89u + 16u + 45u);
  EXPECT_GE(report.final_metrics().test_accuracy(), 0.79);
}

struct TracePoint {
  uint32_t round;
  std::array<double, 14> parameters;  // 13 weights, then the bias
};

// Exact federated averaging in float64, made outside this project: common standardisation, zero start, one full-batch
// step of 0.5 a round, means weighted by training rows.
constexpr std::array<TracePoint, 3> kTrace = {{
    {1,
     {0.0816487257, 0.079543019, 0.0334061145, -0.0236708604, 0.0378225557, -0.0949488052, 0.1277097249, 0.1005408992,
      -0.0959020248, -0.048558039, 0.1271390436, 0.0337522795, 0.0176286092, 0.0092592593}},
    {2,
     {0.1310432112, 0.1353778068, 0.0511267575, -0.0391258501, 0.0634430815, -0.1544697457, 0.2132100909, 0.1668740969,
      -0.1569551158, -0.0785688435, 0.2090709829, 0.0538476469, 0.0314994116, 0.0173569507}},
    {5,
     {0.2015483615, 0.2404110547, 0.0692592146, -0.0633027852, 0.1094642445, -0.2440433725, 0.3591517004, 0.2795142612,
      -0.2520985584, -0.1191560643, 0.3377629964, 0.0816569819, 0.0617788657, 0.036488419}},
}};

TEST_F(HeartRisk, EveryRoundFollowsTheExactTrace) {
  const std::string id = Submit(absl::StrReplaceAll(HeartJob(), {{"count: 60", "count: 5"}}));
  Finish(id);
  for (const TracePoint& point : kTrace) {
    SCOPED_TRACE(point.round);
    const absl::StatusOr<std::vector<float>> model = federation_->FetchModel(id, point.round);
    ASSERT_TRUE(model.ok()) << model.status().message();
    ASSERT_EQ(model->size(), point.parameters.size());
    for (size_t i = 0; i < model->size(); ++i) EXPECT_NEAR((*model)[i], point.parameters[i], 1e-5) << i;
  }
}

}  // namespace
}  // namespace accord
