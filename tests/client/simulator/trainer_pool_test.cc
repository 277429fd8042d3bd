// The trainers that all sites of a simulation share, as real sandboxed processes.
#include "client/simulator/trainer_pool.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "absl/time/time.h"
#include "proto/validation/config_validation.h"
#include "tests/client/daemon/training/host_fixture.h"

namespace accord {
namespace {

using ::testing::HasSubstr;

// Hospital i has 10 (i + 1) rows.
class TrainerPoolTest : public ::testing::Test {
 protected:
  void SetUp() override { ACCORD_SKIP_WITHOUT_SANDBOX(); }

  void MakePool(size_t processes) {
    pool_ = nullptr;
    TrainerPool::Options options;
    options.trainer_path = absl::StrCat(ACCORD_BINARY_DIR, "/accord-trainer");
    options.sandbox.set_memory_mib(1024);
    options.sandbox.set_silence_s(30);
    options.rows = folder_.path();
    options.processes = processes;
    auto pool = TrainerPool::Create(std::move(options), [](const std::string&, const std::string&) {});
    ASSERT_TRUE(pool.ok()) << pool.status();
    pool_ = *std::move(pool);
  }
  std::unique_ptr<TrainerHost> MakeHost(int site) {
    const std::string rows = absl::StrCat(folder_.path(), "/hospital-", site);
    std::filesystem::create_directories(rows);
    folder_.Write(absl::StrCat("hospital-", site, "/rows.csv"), TableRows(10 * (site + 1)));
    const std::string file = folder_.Write(absl::StrCat("hospital-", site, "/mapping.yaml"), kTableMapping);
    auto data = pool_->DataOf("table", LoadDatasetMapping(file).value());
    EXPECT_TRUE(data.ok()) << data.status();
    return std::make_unique<PooledTrainerHost>(*pool_, absl::StrCat("hospital-", site),
                                               std::map<std::string, v1::Prepare>{{"table", *std::move(data)}});
  }
  Computation TableStep() { return {TableJob(), "table", v1::STEP_TRAIN, std::vector<float>(2, 0.0f)}; }

  TemporaryFolder folder_;
  std::unique_ptr<TrainerPool> pool_;
};

TEST_F(TrainerPoolTest, EachSitesStepIsOfItsOwnRowsAndTheSameAsByATrainerOfItsOwn) {
  MakePool(1);
  for (const int site : {0, 1, 0}) {  // the process of a site that comes back is another one
    const auto host = MakeHost(site);
    Computation pooled = TableStep();
    const auto result = host->Compute(pooled.request, nullptr);
    ASSERT_TRUE(result.ok()) << result.status();
    EXPECT_EQ(result->train_rows, 10u * (static_cast<unsigned>(site) + 1));

    TrainerHostOptions options = HostOptions();
    options.site = absl::StrCat("hospital-", site);
    options.datasets.push_back({"table", absl::StrCat(folder_.path(), "/hospital-", site, "/mapping.yaml")});
    const auto own = TrainerHost::Create(std::move(options));
    ASSERT_TRUE(own.ok()) << own.status();
    Computation alone = TableStep();
    ASSERT_TRUE((*own)->Compute(alone.request, nullptr).ok());
    EXPECT_EQ(pooled.Block("update"), alone.Block("update"));
  }
}

TEST_F(TrainerPoolTest, MoreSitesThanTrainersWaitForOneAnother) {
  MakePool(2);
  std::vector<std::unique_ptr<TrainerHost>> hosts;
  for (int site = 0; site < 6; ++site) hosts.push_back(MakeHost(site));
  std::vector<uint64_t> rows(hosts.size());
  std::vector<std::thread> threads;
  for (size_t i = 0; i < hosts.size(); ++i) {
    threads.emplace_back([&, i] {
      for (int round = 0; round < 2; ++round) {
        Computation step = TableStep();
        const auto result = hosts[i]->Compute(step.request, nullptr);
        EXPECT_TRUE(result.ok()) << result.status();
        rows[i] += result.ok() ? result->train_rows : 0;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_THAT(rows, ::testing::ElementsAre(20, 40, 60, 80, 100, 120));
}

TEST_F(TrainerPoolTest, AJobThatIsEndedIsCancelledForItsSiteAlone) {
  MakePool(1);
  const auto host = MakeHost(0);
  const auto other = MakeHost(1);
  Computation step = TableStep();
  bool ended = false;
  const auto end = [&](uint64_t, uint64_t) {
    if (!ended) host->EndJob(step.request.job_id);
    ended = true;
  };
  const auto result = host->Compute(step.request, end);
  ASSERT_TRUE(ended) << "nothing was told while the rows were read";
  EXPECT_EQ(result.status().code(), absl::StatusCode::kCancelled) << result.status();
  Computation others = TableStep();
  EXPECT_TRUE(other->Compute(others.request, nullptr).ok());
  EXPECT_TRUE(host->Compute(step.request, nullptr).ok());
}

// The first site computes until the second, whose job is ended while it waits for the only process, has left.
TEST_F(TrainerPoolTest, AJobThatIsEndedWhileItsSiteWaitsForATrainerIsCancelledAtOnce) {
  MakePool(1);
  const auto host = MakeHost(0);
  const auto waits = MakeHost(1);
  Computation step = TableStep();
  Computation others = TableStep();
  absl::Notification left;
  absl::Status cancelled;
  std::thread waiter;
  bool begun = false, ended_in_time = false;
  const auto hold = [&](uint64_t, uint64_t) {
    if (std::exchange(begun, true)) return;
    waiter = std::thread([&] {
      const auto end = [&](uint64_t, uint64_t) { waits->EndJob(others.request.job_id); };
      cancelled = waits->Compute(others.request, end).status();
      left.Notify();
    });
    ended_in_time = left.WaitForNotificationWithTimeout(absl::Seconds(20));
  };
  EXPECT_TRUE(host->Compute(step.request, hold).ok());
  ASSERT_TRUE(begun) << "nothing was told while the rows were read";
  waiter.join();
  EXPECT_TRUE(ended_in_time);
  EXPECT_EQ(cancelled.code(), absl::StatusCode::kCancelled) << cancelled;
  EXPECT_TRUE(waits->Compute(others.request, nullptr).ok());
}

TEST_F(TrainerPoolTest, RowsThatTheSandboxDoesNotShowAreRefusedWithTheirPath) {
  MakePool(1);
  v1::DatasetMapping mapping;
  mapping.mutable_csv()->set_file("/elsewhere/rows.csv");
  EXPECT_THAT(std::string(pool_->DataOf("table", mapping).status().message()), HasSubstr("/elsewhere/rows.csv"));
}

}  // namespace
}  // namespace accord
