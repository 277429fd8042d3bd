// Time stamps in the coordinator's database, and in what is exported of it.
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "coordinator/store/log_store.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/temporary_folder.h"
#include "trust/identity/key_pair.h"
#include "trust/log/log_check.h"

namespace accord {
namespace {

using ::testing::ElementsAre;

const absl::Time kStampedAt = absl::FromUnixSeconds(1'700'000'000);

class LogStampsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    database_ = Database::Open(folder_.Path("coordinator.db")).value();
    log_ = std::make_unique<LogStore>(*database_, signer_);
    ASSERT_TRUE(log_->Begin("heart", kStampedAt).ok());
  }
  void AddEntries(int count) {
    std::vector<LogDraft> drafts;
    for (int i = 0; i < count; ++i) drafts.push_back({LogEntryKind::kJob, "job", LogPayload::HashOf("job"), {}});
    ASSERT_TRUE(log_->Append("heart", drafts, kStampedAt).ok());
  }
  // Of each stamp in the export the size of its head, and its token.
  std::vector<std::string> Exported() {
    std::vector<std::string> stamps;
    WholeLogCheck check({}, nullptr, [&stamps](const SignedLogHead& head, const std::string& token) {
      stamps.push_back(absl::StrCat(ParseLogHead(head.bytes)->tree_size, " ", token));
      return absl::OkStatus();
    });
    EXPECT_TRUE(log_->Export("heart",
                             [&check](absl::string_view line) {
                               check.Take(absl::StripSuffix(line, "\n"));
                               return absl::OkStatus();
                             })
                    .ok());
    EXPECT_TRUE(check.Finish()) << check.fault()->what;
    EXPECT_EQ(check.facts().num_stamps, stamps.size());
    return stamps;
  }

  TemporaryFolder folder_;
  const KeyPairSigner signer_ = *KeyPairSigner::Create(*KeyPair::Generate());
  std::unique_ptr<Database> database_;
  std::unique_ptr<LogStore> log_;
};

TEST_F(LogStampsTest, TheNewestIsThatOfTheLatestTime) {
  EXPECT_EQ(*log_->NewestStamp("heart"), std::nullopt);
  AddEntries(4);
  ASSERT_TRUE(log_->AddStamp("heart", 1, kStampedAt + absl::Seconds(2), "second").ok());
  ASSERT_TRUE(log_->AddStamp("heart", 5, kStampedAt + absl::Seconds(1), "first").ok());
  const auto newest = *log_->NewestStamp("heart");
  ASSERT_TRUE(newest.has_value());
  EXPECT_EQ(newest->token, "second");
  EXPECT_EQ(newest->time, kStampedAt + absl::Seconds(2));
  EXPECT_EQ(log_->Identity("heart")->CheckHead(newest->head)->tree_size, 1u);
}

TEST_F(LogStampsTest, AreExportedBehindTheirHeads) {
  AddEntries(2);
  AddEntries(3);
  ASSERT_TRUE(log_->AddStamp("heart", 3, kStampedAt, "on three").ok());
  ASSERT_TRUE(log_->AddStamp("heart", 6, kStampedAt + absl::Seconds(9), "on six, later").ok());
  ASSERT_TRUE(log_->AddStamp("heart", 6, kStampedAt + absl::Seconds(8), "on six").ok());
  EXPECT_THAT(Exported(), ElementsAre("3 on three", "6 on six", "6 on six, later"));
}

TEST_F(LogStampsTest, StampedHeadsAreAmongThoseThatAreExportedOfALongLog) {
  AddEntries(4200);
  AddEntries(1);
  AddEntries(1);
  ASSERT_TRUE(log_->AddStamp("heart", 4202, kStampedAt, "between").ok());
  EXPECT_THAT(Exported(), ElementsAre("4202 between"));
}

TEST_F(LogStampsTest, OfOneHeadTheFirstAndTheLastAreKept) {
  for (int second = 0; second < 5; ++second) {
    ASSERT_TRUE(log_->AddStamp("heart", 1, kStampedAt + absl::Seconds(second), absl::StrCat("t", second)).ok());
  }
  ASSERT_TRUE(log_->AddStamp("heart", 1, kStampedAt + absl::Seconds(4), "again").ok());
  EXPECT_THAT(Exported(), ElementsAre("1 t0", "1 t4"));
}

TEST_F(LogStampsTest, AreOnHeadsThatWereSigned) {
  AddEntries(5);
  EXPECT_EQ(log_->AddStamp("heart", 3, kStampedAt, "token").code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(log_->AddStamp("lung", 1, kStampedAt, "token").code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(Exported(), ElementsAre());
}

}  // namespace
}  // namespace accord
