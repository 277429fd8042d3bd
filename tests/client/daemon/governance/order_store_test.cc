#include "client/daemon/governance/order_store.h"

#include <filesystem>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "base/file.h"
#include "base/file_stamp.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/client/daemon/governance/governed_site.h"

namespace accord {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::SizeIs;

class OrderStoreTest : public ::testing::Test {
 protected:
  OrderStore Store(OrderLimits limits = {}) { return OrderStore(site_.State().OrderFolder(), limits); }
  // Another order of the same job.
  void NextOrder(const std::string& expires = "2027-04-01T00:00:00Z") {
    site_.order().nonce = absl::StrCat("0000000000000000000000000000", 1000 + count_++);
    site_.order().expires = At(expires);
    site_.SignOrder("ada");
  }
  absl::Status KeepNext(OrderStore store, const std::string& expires = "2027-04-01T00:00:00Z") {
    NextOrder(expires);
    return store.KeepOrder(site_.signed_order(), now_);
  }

  GovernedSite site_;
  const absl::Time now_ = At("2027-03-01T10:00:00Z");
  int count_ = 0;
};

TEST_F(OrderStoreTest, GivesBackWhatWasKept) {
  const Sha256Digest hash = site_.order_hash();
  EXPECT_FALSE(Store().Find(hash)->has_value());
  ASSERT_TRUE(Store().KeepOrder(site_.signed_order(), now_).ok());
  ASSERT_TRUE(Store().KeepJob(hash, site_.job_bytes(), now_).ok());
  ASSERT_TRUE(Store().KeepApprovals(hash, {site_.Lead(), site_.Steward()}).ok());
  ASSERT_TRUE(Store().KeepOwn(hash, site_.OwnSite()).ok());
  ASSERT_TRUE(Store().BroughtAs(hash, "job-1").ok());
  ASSERT_TRUE(Store().Bind(hash, "job-1").ok());
  const auto kept = Store().Find(hash);
  ASSERT_TRUE(kept.ok() && kept->has_value()) << kept.status();
  EXPECT_EQ((*kept)->order, site_.signed_order());
  EXPECT_EQ((*kept)->job_bytes, site_.job_bytes());
  EXPECT_THAT((*kept)->approvals, SizeIs(2));
  EXPECT_EQ((*kept)->approvals[1].bytes, site_.Steward().bytes);
  EXPECT_TRUE((*kept)->own.has_value());
  EXPECT_EQ((*kept)->job_id, "job-1");
  EXPECT_THAT(*Store().BoundJobs(), ElementsAre(Pair("job-1", hash)));
  EXPECT_THAT(Store().All(), SizeIs(1));
}

TEST_F(OrderStoreTest, ReadsAnewWhatAnotherProcessChanged) {
  const Sha256Digest hash = site_.order_hash();
  const OrderStore store = Store();
  ASSERT_TRUE(Store().KeepOrder(site_.signed_order(), now_).ok());
  const std::string order = absl::StrCat(site_.State().OrderFolder(), "/", HexDigest(hash), "/order");
  while (!IsSettled(StampOf(order), absl::Now())) {  // a tenth of a second
  }
  const uint64_t first = (*store.Find(hash))->reading;
  EXPECT_GT(first, 0u);
  EXPECT_EQ((*store.Find(hash))->reading, first) << "nothing was read again";
  ASSERT_TRUE(Store().KeepOwn(hash, site_.OwnSite()).ok());
  const auto changed = store.Find(hash);
  ASSERT_TRUE(changed.ok() && changed->has_value());
  EXPECT_TRUE((*changed)->own.has_value());
  EXPECT_NE((*changed)->reading, first);
  ASSERT_TRUE(WriteFileAtomically(order, "nonsense").ok());
  EXPECT_FALSE(store.Find(hash).ok());
  std::filesystem::remove_all(absl::StrCat(site_.State().OrderFolder(), "/", HexDigest(hash)));
  EXPECT_FALSE(store.Find(hash)->has_value());
}

TEST_F(OrderStoreTest, AnOrderIsBoundOnce) {
  ASSERT_TRUE(Store().KeepOrder(site_.signed_order(), now_).ok());
  ASSERT_TRUE(Store().Bind(site_.order_hash(), "job-1").ok());
  EXPECT_TRUE(Store().Bind(site_.order_hash(), "job-1").ok());
  EXPECT_EQ(Store().Bind(site_.order_hash(), "job-2").code(), absl::StatusCode::kFailedPrecondition);
}

TEST_F(OrderStoreTest, DamageIsTold) {
  ASSERT_TRUE(Store().KeepOrder(site_.signed_order(), now_).ok());
  const std::string path = absl::StrCat(site_.State().OrderFolder(), "/", HexDigest(site_.order_hash()), "/");
  ASSERT_TRUE(WriteFileAtomically(path + "approvals", "cut off").ok());
  EXPECT_THAT(Store().Find(site_.order_hash()).status().ToString(), HasSubstr("approvals is damaged"));
  ASSERT_TRUE(WriteFileAtomically(path + "approvals", "").ok());
  NextOrder();
  ASSERT_TRUE(WriteFileAtomically(path + "order", site_.signed_order().Text()).ok());
  EXPECT_THAT(Store().All(), IsEmpty()) << "another order lies under that hash";
}

TEST_F(OrderStoreTest, OrdersThatEndedMakeRoomAndThoseThatHoldDoNot) {
  const OrderLimits three{.orders = 3};
  ASSERT_TRUE(KeepNext(Store(three), "2027-02-20T00:00:00Z").ok());
  const Sha256Digest ended = site_.order_hash();
  ASSERT_TRUE(KeepNext(Store(three)).ok());
  ASSERT_TRUE(KeepNext(Store(three)).ok());
  ASSERT_TRUE(KeepNext(Store(three)).ok());
  EXPECT_FALSE(Store().Find(ended)->has_value());
  const absl::Status full = KeepNext(Store(three));
  EXPECT_EQ(full.code(), absl::StatusCode::kResourceExhausted) << full;
  EXPECT_THAT(Store().All(), SizeIs(3));
}

// One stolen key does not use up the room of all.
TEST_F(OrderStoreTest, OneEngineersUndecidedOrdersLeaveRoomForOthers) {
  const OrderLimits two{.undecided_of_one = 2};
  ASSERT_TRUE(KeepNext(Store(two), "2027-02-20T00:00:00Z").ok()) << "has ended";
  ASSERT_TRUE(KeepNext(Store(two)).ok());
  ASSERT_TRUE(KeepNext(Store(two)).ok());
  const Sha256Digest served = site_.order_hash();
  const absl::Status full = KeepNext(Store(two));
  EXPECT_EQ(full.code(), absl::StatusCode::kResourceExhausted) << full;
  EXPECT_THAT(std::string(full.message()), HasSubstr("keeps 2 orders of ada about which nobody has decided"));
  site_.order().engineer = "emil";
  NextOrder();
  site_.SignOrder("emil");
  EXPECT_TRUE(Store(two).KeepOrder(site_.signed_order(), now_).ok());
  ASSERT_TRUE(Store().Bind(served, "job-1").ok());
  site_.order().engineer = "ada";
  EXPECT_TRUE(KeepNext(Store(two)).ok()) << "one of them served a job";
}

TEST_F(OrderStoreTest, WhatCannotBeReadIsNotNothing) {
  ASSERT_TRUE(KeepNext(Store()).ok());
  std::filesystem::create_directory(
      absl::StrCat(site_.State().OrderFolder(), "/", HexDigest(site_.order_hash()), "/job-id"));
  EXPECT_FALSE(Store().BoundJobs().ok());
  std::filesystem::remove_all(site_.State().OrderFolder());
  EXPECT_THAT(*Store().BoundJobs(), IsEmpty()) << "but what is not there is";
  ASSERT_TRUE(WriteFileAtomically(site_.State().OrderFolder(), "no folder").ok());
  EXPECT_FALSE(Store().BoundJobs().ok());
  EXPECT_FALSE(KeepNext(Store()).ok());
}

TEST_F(OrderStoreTest, OrdersThatWereDecidedAboutStayForAYear) {
  const OrderLimits one{.orders = 1};
  ASSERT_TRUE(KeepNext(Store(one), "2027-02-20T00:00:00Z").ok());
  ASSERT_TRUE(Store().Bind(site_.order_hash(), "job-1").ok());
  EXPECT_FALSE(KeepNext(Store(one)).ok());
  NextOrder();
  EXPECT_TRUE(Store(one).KeepOrder(site_.signed_order(), now_ + absl::Hours(24 * 401)).ok());
}

TEST_F(OrderStoreTest, BytesAreLimitedToo) {
  ASSERT_TRUE(Store().KeepOrder(site_.signed_order(), now_).ok());
  EXPECT_FALSE(Store({.bytes = 1000}).KeepJob(site_.order_hash(), std::string(1000, 'x'), now_).ok());
}

}  // namespace
}  // namespace accord
