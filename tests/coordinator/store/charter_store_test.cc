// Published charters, and that each stands in the log by the transaction that publishes it.
#include "coordinator/store/charter_store.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "coordinator/store/store.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/temporary_folder.h"
#include "tests/trust/charter/example_charter.h"

namespace accord {
namespace {

using absl::StatusCode;
using ::testing::HasSubstr;

const absl::Time kCharterTime = absl::FromUnixSeconds(1'700'000'000);

class CharterStoreTest : public ::testing::Test {
 protected:
  absl::Status Publish(const SignedCharter& charter, std::shared_ptr<const Charter> former = nullptr) {
    return charters_.Publish(charter, std::move(former), federation_.Listed(), kCharterTime);
  }
  SignedCharter First() { return federation_.SignedByAll(federation_.Written()); }
  // The next version, whose people and sites have signed as the version before demands.
  SignedCharter Amended(const Charter& before, uint32_t version = 2) {
    SignedCharter next = federation_.SignedByAll(federation_.Written(
        {{"version: 1\n", absl::StrCat("version: ", version, "\nformer_sha256: ", HexDigest(before.hash()), "\n")}}));
    federation_.SignAs(next, "clara");
    return next;
  }
  std::vector<LogEntry> Logged() {
    std::vector<LogEntry> entries;
    for (uint64_t index = 0;; ++index) {
      const auto entry = store_->log().rows().Entry(kFederationProject, index);
      if (!entry.ok()) return entries;
      entries.push_back(*ParseLogEntry(*entry));
    }
  }

  ExampleFederation federation_;
  TemporaryFolder folder_;
  std::unique_ptr<Store> store_ = *Store::Open(folder_.Path("state"));
  CharterStore& charters_ = store_->charters();
};

TEST_F(CharterStoreTest, KeepsTheExactFileAndEntersItsHashInTheLogOnce) {
  EXPECT_EQ(*charters_.Latest(), nullptr);
  const SignedCharter first = First();
  const absl::Status published = Publish(first);
  ASSERT_TRUE(published.ok()) << published;
  ASSERT_TRUE(Publish(first).ok());
  const auto latest = charters_.Latest();
  ASSERT_TRUE(latest.ok()) << latest.status();
  EXPECT_EQ((*latest)->file->Text(), first.Text());
  EXPECT_EQ((*latest)->former, nullptr);
  EXPECT_EQ((*latest)->published, kCharterTime);
  EXPECT_EQ(*charters_.Latest((*latest)->ordinal), nullptr);
  EXPECT_EQ(*charters_.FileOf(first.charter()->hash()), first.Text());
  const std::vector<LogEntry> entries = Logged();
  ASSERT_EQ(entries.size(), 2u);
  EXPECT_EQ(entries[1].kind, LogEntryKind::kCharter);
  EXPECT_EQ(entries[1].payload, LogPayload::HashOf(first.Text()));
  EXPECT_TRUE(entries[1].names.empty());
}

TEST_F(CharterStoreTest, RefusesOneThatLacksASignature) {
  SignedCharter charter(federation_.Written());
  federation_.Sign(charter, "va");
  const absl::Status published = Publish(charter);
  EXPECT_EQ(published.code(), StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(published.message()), HasSubstr("cleveland"));
  EXPECT_EQ(*charters_.Latest(), nullptr);
  EXPECT_EQ(Logged().size(), 1u);
}

TEST_F(CharterStoreTest, TakesAnAmendmentOfTheOneInForceAndNoOther) {
  const SignedCharter first = First();
  ASSERT_TRUE(Publish(first).ok());
  const SignedCharter second = Amended(*first.charter());
  const absl::Status amended = Publish(second);
  ASSERT_TRUE(amended.ok()) << amended;
  EXPECT_EQ((*charters_.Latest())->former->hash(), first.charter()->hash());
  EXPECT_EQ(*charters_.FileOf(first.charter()->hash()), first.Text()) << "jobs of before name it";
  // Another one that amends the first, and the first itself.
  const SignedCharter rival = Amended(*first.charter(), 3);
  for (const SignedCharter& other : {rival, first}) {
    const absl::Status refused = Publish(other);
    EXPECT_EQ(refused.code(), StatusCode::kFailedPrecondition);
    EXPECT_THAT(std::string(refused.message()), HasSubstr(HexDigest(second.charter()->hash())));
  }
  EXPECT_EQ(Logged().size(), 3u);
}

TEST_F(CharterStoreTest, TakesTheVersionBeforeFromWhoeverHasItWhereItWasNotPublishedHere) {
  const SignedCharter first = First();
  SignedCharter second = Amended(*first.charter());
  second.Drop("site/va");  // three of four: as the version before is content with, but not without it
  SignedCharter fewer(*second.charter());
  EXPECT_FALSE(Publish(fewer).ok());
  EXPECT_FALSE(Publish(second).ok());
  EXPECT_FALSE(
      Publish(second, std::make_shared<const Charter>(federation_.Written({{"name: heart", "name: other"}}))).ok());
}

TEST_F(CharterStoreTest, TheSameCharterWithMoreSignaturesIsAnotherFile) {
  SignedCharter charter = First();
  ASSERT_TRUE(Publish(charter).ok());
  federation_.SignAs(charter, "clara");
  ASSERT_TRUE(Publish(charter).ok());
  EXPECT_EQ((*charters_.Latest())->file->Text(), charter.Text());
  EXPECT_EQ(*charters_.FileOf(charter.charter()->hash()), charter.Text());
  EXPECT_EQ(Logged().size(), 3u);
}

}  // namespace
}  // namespace accord
