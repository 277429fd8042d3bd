// A site's ledger of what left it, beside what the coordinator's reports say that it received.
#include <string>

#include "gmock/gmock.h"
#include "nlohmann/json.hpp"
#include "tests/integration/running_federation.h"

namespace accord {
namespace {

class Egress : public RunningFederation {
 protected:
  // The only job's line of today's totals; null before there is one. Jobs do not last over midnight twice.
  nlohmann::json TotalsOf(const std::string& job_id) {
    const auto text = federation_->Client(0, {"egress", "--totals", "--format", "json", "--job", job_id});
    EXPECT_TRUE(text.ok()) << text.status();
    nlohmann::json sum = {{"vectors", 0}, {"masked_bytes", 0}, {"plain_bytes", 0}};
    for (const auto& line : nlohmann::json::parse(text.value_or("[]"))) {
      for (auto& [key, value] : sum.items()) value = value.get<uint64_t>() + line[key].get<uint64_t>();
    }
    return sum;
  }
  static uint64_t ReceivedOfEachSite(const v1::JobReport& report) {
    uint64_t bytes = 0;
    for (const v1::RoundReport& round : report.rounds()) bytes += round.upload_bytes_per_site();
    return bytes;
  }
};

TEST_F(Egress, TheLedgerOfASiteAgreesWithWhatTheCoordinatorReceived) {
  Share(2);
  bench::TrivialJob job;
  for (const bool plain : {false, true}) {
    job.plain_sum = plain;
    const std::string id = Submit(job.Yaml());
    const v1::JobReport report = Finish(id);
    const uint64_t received = ReceivedOfEachSite(report);
    ASSERT_GT(received, 0u);
    nlohmann::json totals = TotalsOf(id);
    // The last stream's end is written when the site hears of it.
    for (int i = 0; i < 1000 && totals["vectors"] < report.rounds_size(); ++i) totals = TotalsOf(id);
    EXPECT_EQ(totals["vectors"], report.rounds_size());
    EXPECT_EQ(totals["masked_bytes"], plain ? 0 : received);
    EXPECT_EQ(totals["plain_bytes"], plain ? received : 0);
  }
}

}  // namespace
}  // namespace accord
