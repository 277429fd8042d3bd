// What a daemon keeps of a job, and a coordinator whose log is not the one that the site has seen.
#include <memory>
#include <string>

#include "base/hash.h"
#include "client/daemon/federation/kept_log.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "proto/validation/job_validation.h"
#include "tests/client/daemon/federation/shown_log.h"
#include "tests/client/daemon/work/kept_jobs_fixture.h"

namespace accord {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class KeptJobsUnderALog : public KeptJobs {
 protected:
  void SetUp() override {
    Show(honest_, 10);
    KeptJobs::SetUp();
  }
  void Configure(SiteEngine::Options& options) override {
    KeptJobs::Configure(options);
    options.config.set_state_dir(folder_);
    log_ = nullptr;
    log_ = KeptLog::Open(options.config, ledger_.get()).value();
    options.log = log_.get();
  }
  void TearDown() override {
    engine_.reset();
    log_ = nullptr;
    KeptJobs::TearDown();
  }
  void Show(const ExampleLog& log, uint64_t size) {
    coordinator_.WelcomeWith([log, size](const v1::Hello& hello, v1::Welcome& welcome) {
      welcome.MergeFrom(GreetingWith(log, size, hello.log_size()));
    });
  }
  v1::Plan Under(const ExampleLog& log, uint64_t size, v1::Plan plan) {
    v1::JobSpec spec = Job();
    spec.mutable_aggregation()->mutable_scaffold();
    for (const char* site : {"basel", "geneva"}) spec.mutable_rounds()->add_sites(site);
    ApplyDefaults(spec);
    plan.set_job_inline(spec.SerializeAsString());
    plan.set_job_sha256(Sha256Hex(plan.job_inline()));
    *plan.mutable_log_head() = HeadOnWire(log, size);
    return plan;
  }

  const ExampleLog honest_{"federation", 40};
  std::unique_ptr<KeptLog> log_;
};

// It goes on from yesterday's copy of its folder, which knows nothing of the job; then the newer one is put back.
TEST_F(KeptJobsUnderALog, ACoordinatorWhoseLogIsRefusedEndsNoJobAndIsNotAsked) {
  AwaitHello();
  Upload(Under(honest_, 10, PlanOf(1, 1, 0)));
  SendEnd(PlanOf(1, 1, 0), v1::PlanEnd::SUMMED);
  Upload(Under(honest_, 10, PlanOf(2, 2, 1)));
  Show(honest_.Fork(7), 7);
  coordinator_.DropSession();
  AwaitHello();
  SendOver(0);
  AwaitTold("is over, which is not believed: this site has seen 10 entries");
  EXPECT_THAT(KeptFiles(), ElementsAre("job-1.counted", "job-1.pending"));
  Crash();  // now the job is known by its files alone
  AwaitHello();
  SendOver(0);
  AwaitTold("is over, which is not believed: this site has seen 10 entries");
  EXPECT_THAT(KeptFiles(), ElementsAre("job-1.counted", "job-1.pending"));
  Show(honest_, 12);
  coordinator_.DropSession();
  const v1::SiteMessage first = coordinator_.AwaitMessage(
      [](const v1::SiteMessage& message) { return message.has_hello() || message.has_progress(); });
  EXPECT_TRUE(first.has_hello()) << "whoever is refused is not asked either";
  AwaitQuestion();
  Upload(Under(honest_, 12, PlanOf(3, 3, 2)));
  EXPECT_THAT(trainers_.kept_before(), ElementsAre(-1, 0, 1));
  EXPECT_FALSE(WasTold("lost"));
  SendOver(3);
  AwaitNoOpenJobs();
  EXPECT_THAT(KeptFiles(), IsEmpty());
}

}  // namespace
}  // namespace accord
