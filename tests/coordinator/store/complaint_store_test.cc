// How much of complaints is taken, and how much of them is read.
#include "coordinator/store/complaint_store.h"

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "coordinator/store/store.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/temporary_folder.h"
#include "tests/trust/charter/example_charter.h"
#include "tests/trust/charter/seat_statements.h"
#include "trust/charter/complaint.h"
#include "trust/charter/statement_lines.h"

namespace accord {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

class ComplaintStoreTest : public ::testing::Test {
 protected:
  Complaint About(const std::string& job_id, int number) const {
    Complaint complaint = ComplaintAbout(charter_, job_id, "", now_);
    complaint.text = {absl::StrCat("It is the one of number ", number, ".")};
    return complaint;
  }
  absl::StatusOr<std::string> Add(const Complaint& complaint, const std::string& organisation = "Cleveland Clinic") {
    return complaints().Add({Signed(federation_, complaint).Text(), organisation, "person/dora", now_});
  }
  ComplaintStore& complaints() { return store_->complaints(); }
  std::vector<v1::Complaint> Listed(int max, size_t max_word_bytes) {
    auto listed = complaints().List("", "", now_, {max, max_word_bytes});
    EXPECT_TRUE(listed.ok()) << listed.status();
    return listed.value_or(std::vector<v1::Complaint>());
  }

  const absl::Time now_ = At("2027-03-01T00:00:00Z");
  ExampleFederation federation_;
  const Charter charter_ = federation_.Written();
  TemporaryFolder folder_;
  std::unique_ptr<Store> store_ = *Store::Open(folder_.Path("state"));
};

TEST_F(ComplaintStoreTest, OneOmbudsmanHasNoMoreThanAHundredOpenAboutAllJobsTogether) {
  std::string first;
  for (int i = 0; i < ComplaintStore::kMostOpenOfOneInAll; ++i) {
    const auto added = Add(About(absl::StrCat("job", i / ComplaintStore::kMostOpenOfOne), i));
    ASSERT_TRUE(added.ok()) << added.status();
    if (i == 0) first = *added;
  }
  const absl::Status full = Add(About("another", 0)).status();
  EXPECT_EQ(full.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(std::string(full.message()), HasSubstr("100 complaints of dora are open, about jobs and sites together"));
  EXPECT_THAT(std::string(full.message()), HasSubstr("expected that a lead answers some of them first"));
  Complaint of_another = About("another", 0);
  of_another.ombudsman = "olga";
  EXPECT_TRUE(Add(of_another).ok()) << "she keeps nobody else from being heard";
  const SignedStatement complaint = Signed(federation_, About("job0", 0));
  ASSERT_TRUE(
      complaints().Answer({AnswerBy(federation_, charter_, complaint, now_).Text(), "", "person/bela", now_}).ok());
  EXPECT_TRUE(Add(About("another", 0)).ok()) << "one is answered";
}

TEST_F(ComplaintStoreTest, WordsAreReadOfTheNewestUpToTheirBudget) {
  Complaint complaint = About("job", 0);
  complaint.text.assign(kMaxTextLines, std::string(kMaxTextLineBytes, 'a'));
  const SignedStatement answered = Signed(federation_, complaint);
  ASSERT_TRUE(complaints().Add({answered.Text(), "Cleveland Clinic", "person/dora", now_}).ok());
  ASSERT_TRUE(
      complaints().Answer({AnswerBy(federation_, charter_, answered, now_).Text(), "", "person/bela", now_}).ok());
  ASSERT_TRUE(Add(About("job", 1)).ok());

  const std::vector<v1::Complaint> all = Listed(10, kMaxStatementBytes * 4);
  ASSERT_THAT(all, SizeIs(2));
  EXPECT_TRUE(all[1].statement() == answered.Text());
  EXPECT_NE(all[1].answer().text(), "");

  const std::vector<v1::Complaint> newest = Listed(10, 2000);
  ASSERT_THAT(newest, SizeIs(2));
  EXPECT_EQ(newest[0].text(), "It is the one of number 1.");
  EXPECT_EQ(newest[0].statement(), all[0].statement());
  v1::Complaint without_words = all[1];
  without_words.clear_text();
  without_words.clear_statement();
  without_words.mutable_answer()->clear_text();
  without_words.mutable_answer()->clear_statement();
  EXPECT_EQ(newest[1].SerializeAsString(), without_words.SerializeAsString()) << "all but its words is there";
  EXPECT_EQ(Listed(10, 0)[0].text(), "");
  EXPECT_THAT(Listed(1, 0), SizeIs(1));
}

TEST_F(ComplaintStoreTest, TimeForAnAnswerBeginsWhenItIsTakenInAlthoughItIsDatedBack) {
  const absl::Duration day = absl::Hours(24);
  const SignedStatement complaint = Signed(federation_, ComplaintAbout(charter_, "job", "", now_ - day, /*days=*/1));
  const auto added = complaints().Add({complaint.Text(), "Cleveland Clinic", "person/dora", now_ + absl::Seconds(1)});
  ASSERT_TRUE(added.ok()) << added.status();
  const absl::Time deadline = now_ + absl::Seconds(1) + day;
  EXPECT_FALSE(complaints().Find(*added, deadline)->overdue());
  EXPECT_TRUE(complaints().Find(*added, deadline + absl::Seconds(1))->overdue());
  EXPECT_EQ(complaints().Find(*added, now_)->answer_by_unix_ms(), absl::ToUnixMillis(deadline));
  const std::string answer = AnswerBy(federation_, charter_, complaint, now_).Text();
  ASSERT_TRUE(complaints().Answer({answer, "", "person/bela", deadline}).ok());
  EXPECT_FALSE(complaints().Find(*added, deadline + day)->answer().late());
}

// By what is stored: a damaged text is not found out by whoever does not read it.
TEST_F(ComplaintStoreTest, NothingBehindTheHeadIsLookedAtWithoutABudget) {
  ASSERT_TRUE(Add(About("job", 0)).ok());
  auto database = Database::Open(folder_.Path("state") + "/coordinator.db");
  ASSERT_TRUE(database.ok()) << database.status();
  ASSERT_TRUE(
      (*database)
          ->Write("damage a complaint in",
                  [](soci::session& sql) {
                    sql << "UPDATE complaints SET statement = CAST(SUBSTR(statement, 1, 512) || x'0A00' AS BLOB)";
                    return absl::OkStatus();
                  })
          .ok());
  EXPECT_THAT(Listed(10, 0), SizeIs(1));
  EXPECT_EQ(complaints().List("", "", now_, {10, size_t{1} << 20}).status().code(), absl::StatusCode::kDataLoss);
}

}  // namespace
}  // namespace accord
