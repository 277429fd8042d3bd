// Two hundred sites with the sparse graph that the parameter finder gives for them.
#include <gtest/gtest.h>

#include "aggregation/secure/graph/graph_parameters.h"
#include "tests/simulation/secure/dropout_play.h"

namespace accord::secure::simulation {
namespace {

constexpr uint32_t kSites = 200;
constexpr uint32_t kColluding = 10;
constexpr uint32_t kMissing = 10;

WorldOptions SparseOptions() {
  const auto parameters =
      FindGraphParameters({.num_sites = kSites, .corrupt_sites = kColluding, .missing_sites = kMissing});
  EXPECT_TRUE(parameters.ok()) << parameters.status();
  return {.num_sites = kSites,
          .colluding_organisations = kColluding,
          .graph = {true, parameters->degree, parameters->share_threshold, kMissing}};
}

TEST(SparseGraph, OpensTheSumOfTwoHundredSitesWhenSomeAreMissingAndSomeLeaveAtEachStep) {
  const WorldOptions options = SparseOptions();
  std::vector<Last> last(kSites, Last::kEverything);
  for (uint32_t i = 0; i < kMissing; ++i) last[17 * i + 3] = i % 3 == 0 ? Last::kNothing : Last::kSlow;
  last[40] = last[41] = Last::kUpload;
  last[80] = last[81] = Last::kStatement;
  last[120] = last[121] = Last::kReveal;
  DropoutPlay play(options, last, Ending::kAllComeBack);
  play.Run();
  const Attempt& attempt = play.world().attempt;
  ASSERT_TRUE(attempt.opened.has_value()) << attempt.dead->reason;
  EXPECT_EQ(attempt.opened->survivors.size(), kSites - kMissing);
}

}  // namespace
}  // namespace accord::secure::simulation
