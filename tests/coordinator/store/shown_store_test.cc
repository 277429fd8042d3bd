// Survivor sets that outlive the coordinator.
#include "coordinator/store/shown_store.h"

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/hash.h"
#include "coordinator/store/store.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "sqlite3.h"
#include "tests/temporary_folder.h"

namespace accord {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class ShownStoreTest : public ::testing::Test {
 protected:
  static StoredShownSet Shown(const std::string& job, uint32_t attempt, bool of_every_job = false) {
    return {job,
            attempt,
            /*step=*/0,
            Sha256("place"),
            of_every_job,
            {Sha256(absl::StrCat(job, attempt)), {"a", "b", "c", "d"}, {"a", "b", "d"}, 5, 3, 1},
            {}};
  }
  // Of the jobs' attempts at the place, as `job` is told: "a1/3 a1/4".
  std::string At(const std::string& job, const std::string& place = "place") {
    const auto sets = store_->shown().At(Sha256(place), job);
    EXPECT_TRUE(sets.ok()) << sets.status();
    std::string found;
    for (const StoredShownSet& set : *sets) absl::StrAppend(&found, set.job_id, "/", set.attempt, " ");
    return found;
  }
  void AddJob(const std::string& id) {
    JobSubmission submission;
    submission.record.id = submission.record.request_id = id;
    submission.record.submitted_by = "ada";
    submission.record.next_attempt = 2;
    submission.inline_model = id;
    submission.record.model_digest = Sha256Hex(id);
    ASSERT_TRUE(store_->jobs().AddJob(submission).ok());
  }
  void CloseRound(const std::string& job, const std::vector<std::string>& sites, const std::string& place = "place") {
    RoundClose close;
    close.job_id = job;
    close.next_step = 1;
    close.next_attempt = 9;
    close.report.set_attempt(++rounds_);
    close.model_digest = Sha256Hex(job);
    close.place = Sha256(place);
    close.report.mutable_sites()->Assign(sites.begin(), sites.end());
    ASSERT_TRUE(store_->jobs().CloseRound(close).ok());
  }
  void Run(const std::string& statement) {
    store_ = nullptr;
    sqlite3* database = nullptr;
    ASSERT_EQ(sqlite3_open(DatabasePath(folder_.Path("state")).c_str(), &database), SQLITE_OK);
    EXPECT_EQ(sqlite3_exec(database, statement.c_str(), nullptr, nullptr, nullptr), SQLITE_OK);
    sqlite3_close(database);
    store_ = Store::Open(folder_.Path("state")).value();
  }

  uint32_t rounds_ = 0;
  TemporaryFolder folder_;
  std::unique_ptr<Store> store_ = Store::Open(folder_.Path("state")).value();
};

TEST_F(ShownStoreTest, WhatWasKeptIsThereAfterARestart) {
  const StoredShownSet shown = Shown("a1", 3);
  ASSERT_TRUE(store_->shown().Keep(shown).ok());
  store_ = nullptr;
  store_ = Store::Open(folder_.Path("state")).value();
  const auto sets = store_->shown().At(shown.place, "a1");
  ASSERT_TRUE(sets.ok()) << sets.status();
  ASSERT_THAT(*sets, SizeIs(1));
  EXPECT_EQ(sets->at(0).set, shown.set);
  EXPECT_EQ(sets->at(0).place, shown.place);
  EXPECT_EQ(sets->at(0).attempt, 3u);
  EXPECT_FALSE(sets->at(0).of_every_job);
  EXPECT_THAT(sets->at(0).voids, IsEmpty());
  StoredShownSet released = shown;
  released.voids = {{"a statement", "its signature"}};
  ASSERT_TRUE(store_->shown().Release(released).ok());
  EXPECT_THAT(store_->shown().At(shown.place, "a1")->at(0).voids, ElementsAre(released.voids[0]));
}

TEST_F(ShownStoreTest, AJobSeesItsOwnAndThoseAtThePlaceOfEveryJob) {
  for (const StoredShownSet& shown : {Shown("a1", 3, true), Shown("b1", 7), Shown("b1", 2), Shown("c1", 1)}) {
    ASSERT_TRUE(store_->shown().Keep(shown).ok());
  }
  EXPECT_EQ(At("b1"), "b1/2 b1/7 a1/3 ");
  EXPECT_EQ(At("d1"), "a1/3 ");
  EXPECT_EQ(At("b1", "another place"), "");
}

TEST_F(ShownStoreTest, AnOpenedSumEndsWhatBoundToItsSitesAndTheJobsEarlierSteps) {
  AddJob("a1");
  ASSERT_TRUE(store_->shown().Keep(Shown("a1", 3, true)).ok());
  ASSERT_TRUE(store_->shown().Keep(Shown("b1", 1, true)).ok());
  CloseRound("b1", {"a", "b", "c"});
  EXPECT_EQ(At("a1"), "a1/3 b1/1 ") << "a sum over others frees nobody";
  CloseRound("a1", {"a", "b", "d"});
  EXPECT_EQ(At("a1"), "");
  ASSERT_TRUE(store_->shown().Keep(Shown("a1", 4)).ok());
  CloseRound("a1", {"a", "b", "c"}, "another place");
  EXPECT_EQ(At("a1"), "") << "the model has moved on";
}

TEST_F(ShownStoreTest, TheEndOfAJobLeavesOnlyWhatHoldsOtherJobs) {
  AddJob("a1");
  ASSERT_TRUE(store_->shown().Keep(Shown("a1", 3, true)).ok());
  ASSERT_TRUE(store_->shown().Keep(Shown("a1", 4)).ok());
  ASSERT_TRUE(store_->jobs().EndJob("a1", v1::JOB_CANCELLED, "no more", absl::UnixEpoch()).ok());
  EXPECT_EQ(At("a1"), "a1/3 ");
}

TEST_F(ShownStoreTest, ADamagedSetStopsItsOwnJobAndNoOther) {
  ASSERT_TRUE(store_->shown().Keep(Shown("a1", 3, true)).ok());
  ASSERT_TRUE(store_->shown().Keep(Shown("b1", 4, true)).ok());
  Run("UPDATE shown_sets SET cohort = 'a b' WHERE job_id = 'a1'");
  EXPECT_EQ(At("b1"), "b1/4 ");
  const auto own = store_->shown().At(Sha256("place"), "a1");
  EXPECT_TRUE(absl::IsDataLoss(own.status())) << own.status();
  EXPECT_THAT(std::string(own.status().message()), HasSubstr("attempt 3 of job a1"));
}

}  // namespace
}  // namespace accord
