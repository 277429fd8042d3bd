#include "client/daemon/run/egress_command.h"

#include <filesystem>
#include <memory>
#include <sstream>
#include <string>

#include "base/file.h"
#include "client/daemon/ledger/egress_ledger.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"

namespace accord {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class EgressCommandTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_ + "/state");
    ASSERT_TRUE(
        WriteFileAtomically(folder_ + "/client.yaml", "coordinator: localhost:1\nsite: va\nstate_dir: state\n").ok());
    options_.config_path = folder_ + "/client.yaml";
  }
  // Two rounds of job-1 on one day, the second one broken off by the daemon's death; a plain one of job-2 a day later.
  void FillLedger() {
    {
      const auto ledger = Ledger();
      ASSERT_TRUE(ledger->DaemonStarts("1.2", "accord.example.org:7443", 0).ok());
      v1::CoordinatorMessage plan;
      *plan.mutable_plan()->mutable_id() = Plan("job-1", 1);
      plan.mutable_plan()->set_kind(v1::STEP_TRAIN);
      plan.mutable_plan()->set_round(1);
      plan.mutable_plan()->add_cohort("va");
      ASSERT_TRUE(ledger->IsAskedFor(plan).ok());
      Upload(*ledger, Plan("job-1", 1), v1::EgressUpload::MASKED, 1000);
      v1::SiteMessage refusal;
      *refusal.mutable_refusal()->mutable_plan() = Plan("job-1", 1);
      refusal.mutable_refusal()->set_reason("=no");
      ASSERT_TRUE(ledger->MessageLeaves(refusal).ok());
      v1::EgressUpload upload;
      upload.set_protection(v1::EgressUpload::MASKED);
      upload.set_bytes(1000);
      ASSERT_TRUE(ledger->UploadBegins(Plan("job-1", 2), upload).ok());
    }
    clock_.Advance(absl::Hours(24));
    const auto ledger = Ledger();
    ASSERT_TRUE(ledger->DaemonStarts("1.2", "accord.example.org:7443", 0).ok());
    Upload(*ledger, Plan("job-2", 1), v1::EgressUpload::PLAIN, 300);
  }
  std::unique_ptr<EgressLedger> Ledger() {
    auto ledger = EgressLedger::Open(folder_ + "/state/egress", "va", clock_);
    EXPECT_TRUE(ledger.ok()) << ledger.status();
    return *std::move(ledger);
  }
  static v1::PlanId Plan(const std::string& job, uint32_t attempt) {
    v1::PlanId plan;
    plan.set_job_id(job);
    plan.set_attempt(attempt);
    return plan;
  }
  static void Upload(EgressLedger& ledger, const v1::PlanId& plan, v1::EgressUpload::Protection protection,
                     uint64_t bytes) {
    v1::EgressUpload upload;
    upload.set_job_name("heart-risk");
    upload.set_dataset("heart");
    upload.set_step_kind(v1::STEP_TRAIN);
    upload.set_round(plan.attempt());
    upload.set_cohort_size(4);
    upload.set_protection(protection);
    upload.set_bytes(bytes);
    v1::EgressBlock& block = *upload.add_blocks();
    block.set_name("update");
    block.set_numbers(27);
    ASSERT_TRUE(ledger.UploadBegins(plan, upload).ok());
    v1::EgressUploadEnd end;
    end.set_outcome(v1::EgressUploadEnd::TAKEN);
    end.set_bytes(bytes);
    ASSERT_TRUE(ledger.UploadEnds(plan, end).ok());
  }
  std::string Run() {
    std::ostringstream out;
    status_ = ShowEgress(options_, out);
    return out.str();
  }

  const std::string folder_ = ::testing::TempDir() + "/egress-command";
  ManualClock clock_;  // 2023-11-14 22:13:20 UTC
  EgressOptions options_;
  absl::Status status_;
};

TEST_F(EgressCommandTest, SaysInWordsWhatLeftHowMuchAndHowProtected) {
  FillLedger();
  const std::string text = Run();
  ASSERT_TRUE(status_.ok()) << status_;
  EXPECT_THAT(text, HasSubstr("2023-11-14 22:13:20"));
  EXPECT_THAT(text,
              HasSubstr("masked vector of training round 1 of job \"heart-risk\", made of the rows of heart; only "
                        "the sum over 4 sites can be read"));
  EXPECT_THAT(text, HasSubstr("27 numbers: the change of each model parameter, weighted by the site's rows"));
  EXPECT_THAT(text, HasSubstr("PLAIN vector of training round 1"));
  EXPECT_THAT(text, HasSubstr("the coordinator reads this site's numbers"));
  EXPECT_THAT(text, HasSubstr("vector sent, taken into the sum"));
  EXPECT_THAT(text, HasSubstr("refusal: =no"));
  EXPECT_THAT(text, HasSubstr("9 entries in all, unbroken; head "));
  EXPECT_THAT(text, Not(HasSubstr("asked for")));
  options_.requests = true;
  EXPECT_THAT(Run(), HasSubstr("asked for: its part in the training round 1 of 1 sites"));
}

TEST_F(EgressCommandTest, OneJobOrOneTimeOnly) {
  FillLedger();
  options_.job_id = "job-2";
  EXPECT_THAT(Run(), Not(HasSubstr("job-1")));
  options_.job_id.clear();
  options_.since = "2023-11-15";
  EXPECT_THAT(Run(), Not(HasSubstr("2023-11-14")));
  EXPECT_THAT(Run(), HasSubstr("2023-11-15"));
  options_.since = "2023-11-14 22:13:21";
  EXPECT_THAT(Run(), Not(HasSubstr("job-1")));
}

TEST_F(EgressCommandTest, AJobIsNamedByTheBeginningOfItsIdWhereOnlyOneBeginsSo) {
  FillLedger();
  {
    const auto ledger = Ledger();
    Upload(*ledger, Plan("other-7", 1), v1::EgressUpload::MASKED, 10);
  }
  options_.job_id = "oth";
  EXPECT_THAT(Run(), AllOf(HasSubstr("other-7"), Not(HasSubstr("job-1"))));
  options_.job_id = "job";
  Run();
  EXPECT_THAT(std::string(status_.message()), HasSubstr("--job job fits several jobs: job-1, job-2; write more"));
  options_.job_id = "job-3";
  EXPECT_THAT(Run(),
              AllOf(HasSubstr("Nothing in the ledger is of a job job-3"), HasSubstr("entries in all, unbroken")));
  EXPECT_TRUE(status_.ok()) << status_;
  options_.format = "json";
  EXPECT_EQ(Run(), "[]\n");
}

TEST_F(EgressCommandTest, TotalsCountAVectorWithoutAnEndAsIfAllOfItHadLeft) {
  FillLedger();
  options_.totals = true;
  options_.format = "json";
  const auto totals = nlohmann::json::parse(Run());
  ASSERT_EQ(totals.size(), 2u);
  EXPECT_EQ(totals[0]["day_utc"], "2023-11-14");
  EXPECT_EQ(totals[0]["job"], "job-1");
  EXPECT_EQ(totals[0]["vectors"], 2);
  EXPECT_EQ(totals[0]["masked_bytes"], 2000);
  EXPECT_EQ(totals[0]["messages"], 1);
  EXPECT_EQ(totals[1]["job"], "job-2");
  EXPECT_EQ(totals[1]["plain_bytes"], 300);
  options_.format = "table";
  EXPECT_THAT(Run(), HasSubstr("MASKED BYTES"));
  options_.format = "csv";
  EXPECT_THAT(Run(), HasSubstr("\"2023-11-15\",\"job-2\",\"1\",\"0\",\"300\",\"0\",\"0\"\r\n"));
}

TEST_F(EgressCommandTest, CsvAndJsonHaveALineForEachEntry) {
  FillLedger();
  options_.format = "json";
  const auto entries = nlohmann::json::parse(Run());
  ASSERT_EQ(entries.size(), 8u);
  EXPECT_EQ(entries[1]["direction"], "left");
  EXPECT_EQ(entries[2]["bytes"], 1000);
  options_.format = "csv";
  const std::string text = Run();
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 9);
  EXPECT_THAT(text, HasSubstr("\"refusal: =no\"")) << "a cell that begins so is no formula";
}

TEST_F(EgressCommandTest, AnEntryThatWasChangedIsNamedAfterWhatCameBefore) {
  FillLedger();
  const std::string path = folder_ + "/state/egress";
  std::string file = *ReadFile(path);
  const size_t at = file.find("heart-risk");
  ASSERT_NE(at, std::string::npos);
  file[at] = 'H';
  ASSERT_TRUE(WriteFileAtomically(path, file).ok());
  EXPECT_THAT(Run(), HasSubstr("the daemon starts"));
  EXPECT_EQ(status_.code(), absl::StatusCode::kDataLoss);
  EXPECT_THAT(std::string(status_.message()), HasSubstr("(entry 3): an entry does not match its hash"));
}

TEST_F(EgressCommandTest, WhatCannotBeAskedForIsRefusedInWords) {
  Run();
  EXPECT_THAT(std::string(status_.message()), HasSubstr("nothing has been written down yet"));
  options_.format = "xml";
  Run();
  EXPECT_THAT(std::string(status_.message()), HasSubstr("expected table, csv or json"));
  options_.format = "csv";
  options_.since = "yesterday";
  Run();
  EXPECT_THAT(std::string(status_.message()), HasSubstr("--since yesterday: expected a day"));
}

}  // namespace
}  // namespace accord
