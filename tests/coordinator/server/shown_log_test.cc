// What sites are shown of the federation's log, held against it as they hold it.
#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/coordinator/server/running_coordinator.h"
#include "tests/coordinator/server/secure_drill.h"
#include "trust/log/log_head.h"
#include "trust/log/log_witness.h"

namespace accord {
namespace {

HeadOfLog HeadOf(const std::string& first_entry, const v1::SignedLogHead& head) {
  return {first_entry, {head.head(), head.signature()}};
}

std::vector<Sha256Digest> HashesOfProof(const v1::LogProof& proof) {
  std::vector<Sha256Digest> hashes;
  for (const std::string& bytes : proof.hashes()) {
    Sha256Digest& hash = hashes.emplace_back();
    EXPECT_EQ(bytes.size(), hash.size());
    std::copy(bytes.begin(), bytes.end(), hash.begin());
  }
  return hashes;
}

// A site that looks at nothing but the log.
class Onlooker {
 public:
  Onlooker(RunningCoordinator& coordinator, const std::string& id, uint64_t log_size = 0)
      : site_(coordinator, id, {}, log_size), witness_(coordinator.store().log().identity().id()) {
    welcome_ = site_.NextWelcome();
    Look(welcome_.log_head(), welcome_.has_log_proof() ? &welcome_.log_proof() : nullptr);
  }

  // The next plan, after what came ahead of it.
  v1::Plan NextPlan() {
    std::optional<v1::LogProof> proof;
    while (const auto message = site_.Next()) {
      if (message->has_log_proof()) {
        EXPECT_FALSE(proof.has_value()) << "one proof a plan";
        proof = message->log_proof();
        ++proofs_;
      }
      if (!message->has_plan()) continue;
      Look(message->plan().log_head(), proof.has_value() ? &*proof : nullptr);
      return message->plan();
    }
    ADD_FAILURE() << "the session ended, a plan was expected";
    return {};
  }

  FakeSite& site() { return site_; }
  const v1::Welcome& welcome() const { return welcome_; }
  uint64_t size() const { return witness_.kept_size(); }
  int proofs() const { return proofs_; }

 private:
  void Look(const v1::SignedLogHead& head, const v1::LogProof* proof) {
    const auto seen = witness_.See(HeadOf(welcome_.log_first_entry(), head),
                                   proof == nullptr ? std::vector<Sha256Digest>() : HashesOfProof(*proof));
    EXPECT_TRUE(seen.ok()) << seen.status();
  }

  FakeSite site_;
  LogWitness witness_;
  v1::Welcome welcome_;
  int proofs_ = 0;
};

uint64_t SizeNow(RunningCoordinator& coordinator) {
  return ParseLogHead(coordinator.store().log().rows().LastHead(kFederationProject)->bytes)->tree_size;
}

TEST(ShownLog, GreetsEachSiteWithTheLogsFirstEntryAndItsLastHead) {
  RunningCoordinator coordinator;
  const Onlooker north(coordinator, "north");
  EXPECT_EQ(north.welcome().log_first_entry(), coordinator.store().log().identity().first_entry());
  EXPECT_EQ(north.size(), SizeNow(coordinator));
  EXPECT_FALSE(north.welcome().has_log_proof());
}

TEST(ShownLog, EveryPlanContinuesTheHeadsBeforeAndNamesTheSameForItsWholeCohort) {
  RunningCoordinator coordinator;
  FakePerson ada(coordinator, "ada");
  Onlooker north(coordinator, "north"), south(coordinator, "south");
  const v1::JobSpec spec = DrillSpec(10, 3, 2);
  ada.SubmitDrill(spec);
  const std::string vector = DrillVector(spec, 2, 0.5F);
  uint64_t before = 0;
  for (int round = 0; round < 3; ++round) {
    const v1::Plan plan = north.NextPlan();
    EXPECT_EQ(plan.SerializeAsString(), south.NextPlan().SerializeAsString());
    EXPECT_GT(north.size(), before) << "each round is in the log before the next one begins";
    before = north.size();
    EXPECT_EQ(north.proofs(), round + 1);
    EXPECT_TRUE(north.site().Upload(plan.id(), vector).has_verified());
    EXPECT_TRUE(south.site().Upload(plan.id(), vector).has_verified());
  }
}

TEST(ShownLog, ASiteThatComesBackIsShownThatTheLogContinuesWhatItKeeps) {
  RunningCoordinator coordinator;
  const uint64_t kept = SizeNow(coordinator);
  FakePerson(coordinator, "ada").SubmitDrill(DrillSpec(10, 1, 2));
  FakeSite back(coordinator, "north", {}, kept);
  const v1::Welcome welcome = back.NextWelcome();
  EXPECT_EQ(welcome.log_proof().first(), kept);
  EXPECT_EQ(welcome.log_proof().second(), SizeNow(coordinator));
  const LogIdentity& identity = coordinator.store().log().identity();
  const auto head = identity.CheckHead(HeadOf("", welcome.log_head()).head);
  ASSERT_TRUE(head.ok()) << head.status();
  EXPECT_EQ(head->tree_size, SizeNow(coordinator));
}

TEST(ShownLog, ASiteThatCouldNotKeepAHeadGetsTheProofFromTheOneThatItSays) {
  RunningCoordinator coordinator;
  FakePerson ada(coordinator, "ada");
  const uint64_t kept = SizeNow(coordinator);
  FakeSite north(coordinator, "north"), south(coordinator, "south");
  ada.SubmitDrill(DrillSpec(10, 1, 1));
  const v1::Plan plan = north.NextPlan();
  v1::SiteMessage message;
  *message.mutable_refusal()->mutable_plan() = plan.id();
  message.mutable_refusal()->set_reason("a full disk");
  message.mutable_refusal()->set_log_size(kept);
  north.Send(message);
  const v1::Plan south_plan = south.NextPlan();
  *message.mutable_refusal()->mutable_plan() = south_plan.id();
  message.mutable_refusal()->clear_log_size();
  south.Send(message);
  while (const auto next = north.Next()) {
    if (!next->has_log_proof()) continue;
    EXPECT_EQ(next->log_proof().first(), kept);
    EXPECT_GT(next->log_proof().second(), kept);
    return;
  }
  ADD_FAILURE() << "no proof came";
}

// As after a restore of an older state_dir. The site finds out by itself; it is not sent what proves nothing.
TEST(ShownLog, ToASiteThatHasSeenMoreThanThereIsNothingIsProven) {
  RunningCoordinator coordinator;
  FakePerson(coordinator, "ada").SubmitDrill(DrillSpec(10, 1, 1));
  FakeSite north(coordinator, "north", {}, 1000);
  const v1::Welcome welcome = north.NextWelcome();
  EXPECT_FALSE(welcome.has_log_proof());
  EXPECT_TRUE(welcome.has_log_head());
  const auto next = north.Next();
  ASSERT_TRUE(next.has_value());
  EXPECT_TRUE(next->has_plan()) << "without a proof ahead";
}

class KeysUnderALog : public SecureDrill {
 protected:
  KeysUnderALog() : SecureDrill(3, 3) {}
  void RefuseKey(size_t site, uint64_t log_size) {
    v1::SiteMessage message;
    *message.mutable_refusal()->mutable_plan() = Await(site, Kind::kKeyRequest).key_request().plan();
    message.mutable_refusal()->set_reason("names a head of less entries");
    message.mutable_refusal()->set_log_size(log_size);
    links_[site]->Send(message);
  }
};

// It took a plan between its hello and its greeting. Ahead of a key no plan shows it the log again.
TEST_F(KeysUnderALog, ASiteThatKeepsALaterHeadThanItWasGreetedWithIsGreetedAnew) {
  Connect({0, 1, 2});
  engineer_->SubmitDrill(spec_);
  RefuseKey(0, SizeNow(coordinator_));
  while (links_[0]->Next().has_value()) {
  }
  EXPECT_EQ(links_[0]->Finish().error_code(), grpc::StatusCode::ABORTED);
}

// The coordinator was set back: another greeting would show the same.
TEST_F(KeysUnderALog, ASiteThatHasSeenMoreThanThereIsIsNotGreetedOverAndOver) {
  Connect({0, 1, 2});
  engineer_->SubmitDrill(spec_);
  RefuseKey(0, SizeNow(coordinator_) + 100);
  v1::SiteMessage asks;
  asks.mutable_progress()->mutable_plan()->set_job_id("unknown");
  links_[0]->Send(asks);
  EXPECT_EQ(links_[0]->NextPlanEnd().plan().job_id(), "unknown") << "the session goes on";
}

}  // namespace
}  // namespace accord
