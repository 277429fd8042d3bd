#include "coordinator/engine/earlier_sum.h"

#include <memory>
#include <string>
#include <vector>

#include "base/hash.h"
#include "coordinator/store/store.h"
#include "gtest/gtest.h"
#include "proto/validation/job_validation.h"
#include "sqlite3.h"
#include "tests/temporary_folder.h"

namespace accord {
namespace {

v1::JobSpec Spec() {
  v1::JobSpec spec;
  spec.mutable_data()->set_name("heart");
  spec.mutable_data()->add_features()->set_name("age");
  spec.mutable_model()->mutable_logistic_regression();
  spec.mutable_aggregation()->set_max_rows_per_site(100);
  ApplyDefaults(spec);
  return spec;
}

class EarlierSums : public ::testing::Test {
 protected:
  // A job that standardised over `sites` with this mean.
  void Add(const std::string& id, const v1::JobSpec& spec, const std::vector<std::string>& sites, double mean) {
    JobSubmission submission;
    submission.record.id = id;
    submission.record.submitted_by = "ada";
    submission.record.request_id = id;
    submission.record.spec_bytes = spec.SerializeAsString();
    submission.record.next_attempt = 2;
    submission.inline_model = id;
    submission.record.model_digest = Sha256Hex(id);
    ASSERT_TRUE(store_->jobs().AddJob(submission).ok());
    RoundClose close;
    close.job_id = id;
    close.next_step = 1;
    close.next_attempt = 3;
    close.model_digest = submission.record.model_digest;
    close.report.set_kind(v1::STEP_STANDARDISE);
    close.report.set_outcome(v1::ROUND_FINISHED);
    close.report.set_attempt(1);
    close.report.set_protection("secure");
    close.report.mutable_metrics()->set_train_rows(42);
    for (const std::string& site : sites) close.report.add_sites(site);
    close.statistics.emplace().add_mean(mean);
    ASSERT_TRUE(store_->jobs().CloseRound(close).ok());
  }
  // The job whose sum serves; empty: none.
  std::string Found(const std::vector<std::string>& sites, const v1::JobSpec& spec = Spec()) {
    const auto found = FindEarlierSum(store_->jobs(), spec, sites);
    EXPECT_TRUE(found.ok()) << found.status();
    return found.ok() && found->has_value() ? (*found)->job_id : "";
  }

  TemporaryFolder folder_;
  std::unique_ptr<Store> store_ = Store::Open(folder_.Path("state")).value();
};

TEST_F(EarlierSums, TheLatestOverExactlyTheseSitesServes) {
  Add("a1", Spec(), {"a", "b", "c"}, 1);
  Add("a2", Spec(), {"a", "b", "c"}, 2);
  Add("a3", Spec(), {"a", "b", "c", "d"}, 3);
  const auto found = FindEarlierSum(store_->jobs(), Spec(), std::vector<std::string>{"a", "b", "c"});
  ASSERT_TRUE(found.ok() && found->has_value());
  EXPECT_EQ((*found)->job_id, "a2");
  EXPECT_EQ((*found)->statistics.mean(0), 2);
  const v1::RoundReport report = ReportOfReuse(v1::RoundReport(), **found);
  EXPECT_EQ(report.sum_of_job(), "a2");
  EXPECT_EQ(report.sites_size(), 3);
  EXPECT_EQ(report.metrics().train_rows(), 42u);
  EXPECT_EQ(report.upload_bytes_per_site(), 0u);
  EXPECT_EQ(Found({"b", "c", "d"}), "");
}

TEST_F(EarlierSums, ASumOfOtherColumnsOtherRowsOrInPlainDoesNotServe) {
  v1::JobSpec other = Spec();
  other.mutable_data()->mutable_features(0)->mutable_numeric()->set_max(1);
  Add("a1", other, {"a", "b", "c"}, 1);
  other = Spec();
  other.mutable_aggregation()->set_max_rows_per_site(10);
  Add("a2", other, {"a", "b", "c"}, 1);
  other = Spec();
  other.mutable_aggregation()->set_plain_sum(true);
  Add("a3", other, {"a", "b", "c"}, 1);
  EXPECT_EQ(Found({"a", "b", "c"}), "");
  other = Spec();
  other.set_seed(7);
  other.mutable_rounds()->set_count(99);
  Add("a4", other, {"a", "b", "c"}, 1);
  EXPECT_EQ(Found({"a", "b", "c"}), "a4") << "what the model is, and how it trains, is no matter";
}

TEST_F(EarlierSums, ASumOfFewerThanTheColludersAndTwoMoreDoesNotServe) {
  Add("a1", Spec(), {"a", "b"}, 1);
  EXPECT_EQ(Found({"a", "b"}), "");
  v1::JobSpec strict = Spec();
  strict.mutable_aggregation()->mutable_secure_sum()->set_colluding_organisations(2);
  Add("a2", Spec(), {"a", "b", "c"}, 1);
  EXPECT_EQ(Found({"a", "b", "c"}, strict), "");
}

// One byte wrong in an old job's record must not end every job that looks for a sum.
TEST_F(EarlierSums, ADamagedJobIsPassedOver) {
  const std::vector<std::string> sites = {"a", "b", "c"};
  for (const char* id : {"a1", "a2", "a3", "a4"}) Add(id, Spec(), sites, 1);
  store_ = nullptr;
  sqlite3* database = nullptr;
  ASSERT_EQ(sqlite3_open(DatabasePath(folder_.Path("state")).c_str(), &database), SQLITE_OK);
  for (const char* statement :
       {"UPDATE jobs SET statistics = x'ff' WHERE id = 'a4'", "UPDATE rounds SET report = x'ff' WHERE job_id = 'a3'",
        "UPDATE jobs SET spec = x'ff' WHERE id = 'a2'"}) {
    EXPECT_EQ(sqlite3_exec(database, statement, nullptr, nullptr, nullptr), SQLITE_OK);
  }
  sqlite3_close(database);
  store_ = Store::Open(folder_.Path("state")).value();
  EXPECT_EQ(Found(sites), "a1");
}

TEST_F(EarlierSums, ASumThatServedBeforeKeepsTheNameOfTheJobThatOpenedIt) {
  EarlierSum earlier;
  earlier.job_id = "a2";
  earlier.round.set_sum_of_job("a1");
  EXPECT_EQ(ReportOfReuse(v1::RoundReport(), earlier).sum_of_job(), "a1");
}

}  // namespace
}  // namespace accord
