// The federation's log: its key, and that every change stands in it by the transaction that makes the change.
#include "coordinator/store/federation_log.h"

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/clock.h"
#include "base/hash.h"
#include "coordinator/store/store.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/temporary_folder.h"
#include "tests/trust/roster/example_roster.h"
#include "trust/log/log_payloads.h"

namespace accord {
namespace {

using absl::StatusCode;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

const absl::Time kLogTime = absl::FromUnixSeconds(1'700'000'000);

class FederationLogTest : public ::testing::Test {
 protected:
  void SetUp() override { Reopen(); }
  void Reopen() {
    store_.reset();
    auto store = Store::Open(state_dir_);
    ASSERT_TRUE(store.ok()) << store.status();
    store_ = *std::move(store);
  }
  uint64_t Size() {
    const auto head = store_->log().rows().LastHead(kFederationProject);
    EXPECT_TRUE(head.ok()) << head.status();
    return store_->log().identity().CheckHead(*head)->tree_size;
  }
  LogEntry Entry(uint64_t index) { return *ParseLogEntry(*store_->log().rows().Entry(kFederationProject, index)); }
  // The kinds of the entries from `begin` on.
  std::vector<LogEntryKind> KindsFrom(uint64_t begin) {
    std::vector<LogEntryKind> kinds;
    for (uint64_t index = begin; index < Size(); ++index) kinds.push_back(Entry(index).kind);
    return kinds;
  }
  std::vector<std::string> NamesOf(uint64_t index) {
    const auto openings = store_->log().rows().Openings(kFederationProject, index, index + 1);
    EXPECT_TRUE(openings.ok()) << openings.status();
    std::vector<std::string> names;
    for (const auto& [entry, opening] : *openings) names.push_back(opening.name);
    return names;
  }
  JobSubmission SomeJob() const {
    JobSubmission job;
    job.record.id = "a1";
    job.record.submitted_by = "ada";
    job.record.request_id = "request";
    job.record.spec_bytes = "the job";
    job.record.layout.set_num_elements(3);
    job.record.next_attempt = 2;
    job.record.model_digest = Sha256Hex("model 0");
    job.inline_model = "model 0";
    return job;
  }
  RoundClose Close(uint32_t step, const std::string& model) const {
    RoundClose close;
    close.job_id = "a1";
    close.report.set_step(step);
    close.report.set_round(step + 1);
    close.report.set_attempt(step + 5);
    close.report.set_kind(v1::STEP_TRAIN);
    close.report.add_sites("north");
    close.next_step = step + 1;
    close.next_attempt = step + 7;
    close.model_digest = Sha256Hex(model);
    close.model_bytes = 12;
    return close;
  }

  TemporaryFolder folder_;
  const std::string state_dir_ = folder_.Path("state");
  const std::string key_file_ = state_dir_ + "/log.key";
  std::unique_ptr<Store> store_;
};

TEST_F(FederationLogTest, IsBegunOnceAndGoesOnUnderItsKey) {
  const Sha256Digest id = store_->log().identity().id();
  EXPECT_EQ(store_->log().identity().project(), "federation");
  EXPECT_EQ(Size(), 1u);
  Reopen();
  EXPECT_EQ(store_->log().identity().id(), id);
  ASSERT_TRUE(store_->jobs().AddJob(SomeJob()).ok());
  EXPECT_EQ(Size(), 3u);
}

TEST_F(FederationLogTest, IsNotBegunAnewWhenItsKeyIsGoneOrAnother) {
  store_.reset();
  std::filesystem::rename(key_file_, folder_.Path("kept"));
  const auto keyless = Store::Open(state_dir_);
  EXPECT_EQ(keyless.status().code(), StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(keyless.status().message()), HasSubstr("put it back from the backup"));
  EXPECT_FALSE(std::filesystem::exists(key_file_));
  ASSERT_TRUE(Store::Open(folder_.Path("another")).ok());
  std::filesystem::copy_file(folder_.Path("another/log.key"), key_file_);
  EXPECT_EQ(Store::Open(state_dir_).status().code(), StatusCode::kFailedPrecondition);
  std::filesystem::remove(key_file_);
  std::filesystem::rename(folder_.Path("kept"), key_file_);
  Reopen();
}

TEST_F(FederationLogTest, IsBegunUnderAKeyThatWasMadeBeforeACrash) {
  ASSERT_TRUE(std::filesystem::create_directory(folder_.Path("new")));
  std::filesystem::copy_file(key_file_, folder_.Path("new/log.key"));
  const auto other = Store::Open(folder_.Path("new"));
  ASSERT_TRUE(other.ok()) << other.status();
  EXPECT_EQ((*other)->log().identity().public_key_der(), store_->log().identity().public_key_der());
}

TEST_F(FederationLogTest, KeyThatOthersCanReadIsRefused) {
  store_.reset();
  std::filesystem::permissions(key_file_, std::filesystem::perms::others_read, std::filesystem::perm_options::add);
  EXPECT_EQ(Store::Open(state_dir_).status().code(), StatusCode::kFailedPrecondition);
}

TEST_F(FederationLogTest, IsOpenedBesideTheCoordinatorButNotBegunThere) {
  auto database = Database::Open(DatabasePath(state_dir_));
  ASSERT_TRUE(database.ok()) << database.status();
  const auto log = FederationLog::Open(state_dir_, **database);
  ASSERT_TRUE(log.ok()) << log.status();
  EXPECT_EQ((*log)->identity().id(), store_->log().identity().id());
  ASSERT_TRUE(std::filesystem::create_directory(folder_.Path("new")));
  auto empty = Database::Open(DatabasePath(folder_.Path("new")));
  const auto none = FederationLog::Open(folder_.Path("new"), **empty);
  EXPECT_EQ(none.status().code(), StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(none.status().message()), HasSubstr("accord-coordinator run once"));
  EXPECT_FALSE(std::filesystem::exists(folder_.Path("new/log.key")));
}

// A machine whose clock can be set.
class SetByHand : public Clock {
 public:
  absl::Time Now() override { return System().Now() + run + set; }
  absl::Duration Monotonic() override { return System().Monotonic() + run; }
  absl::Duration run = absl::ZeroDuration();  // that passed
  absl::Duration set = absl::ZeroDuration();  // ahead
};

// No entry is dated before the last one, and sites take no head that is dated ahead: one entry would end it for years.
TEST_F(FederationLogTest, TakesNothingByAClockThatWasSetAheadByMonths) {
  store_.reset();
  SetByHand clock;
  const auto append = [&](Store& store) { return store.jobs().AddJob(SomeJob()); };
  const auto open = [&] { return Store::Open(state_dir_, clock).value(); };
  auto store = open();
  ASSERT_TRUE(store->log().HoldClock(/*after_gap=*/false).ok());
  clock.run = kLongestUnlogged * 3;  // in which nothing happened
  EXPECT_TRUE(append(*store).ok());
  clock.set = kLongestUnlogged + absl::Hours(1);
  const uint64_t before = store->log().rows().Size(store->log().project()).value();
  const absl::Status refused = store->jobs().EndJob("a1", v1::JOB_CANCELLED, "over", clock.Now(), 0);
  EXPECT_EQ(refused.code(), StatusCode::kFailedPrecondition) << refused;
  EXPECT_THAT(std::string(refused.message()), AllOf(HasSubstr("was set ahead by more than 744h"),
                                                    HasSubstr("start the coordinator again with --after-gap")));
  EXPECT_EQ(store->log().rows().Size(store->log().project()).value(), before);
  store.reset();
  store = open();
  const absl::Status start = store->log().HoldClock(/*after_gap=*/false);
  EXPECT_EQ(start.code(), StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(start.message()), HasSubstr("where it is right, start once with --after-gap"));
  ASSERT_TRUE(store->log().HoldClock(/*after_gap=*/true).ok());
  EXPECT_TRUE(store->jobs().EndJob("a1", v1::JOB_CANCELLED, "over", clock.Now(), 0).ok());
}

TEST_F(FederationLogTest, HasAJobWithItsModelAndWhoSubmittedIt) {
  ASSERT_TRUE(store_->jobs().AddJob(SomeJob()).ok());
  EXPECT_THAT(KindsFrom(1), ElementsAre(LogEntryKind::kJob, LogEntryKind::kModel));
  EXPECT_EQ(Entry(1).subject, "a1");
  EXPECT_TRUE(Entry(1).payload.IsOf("the job"));
  EXPECT_THAT(NamesOf(1), ElementsAre("ada"));
  EXPECT_EQ(Entry(2).payload, LogPayload::ContentOf(Sha256("model 0"), 12));
}

TEST_F(FederationLogTest, HasARoundWithWhatItsSurvivorsSigned) {
  ASSERT_TRUE(store_->jobs().AddJob(SomeJob()).ok());
  RoundClose close = Close(0, "model 1");
  close.sum = SignedSum{Sha256("transcript"), Sha256("survivors")};
  ASSERT_TRUE(store_->jobs().CloseRound(close).ok());
  EXPECT_THAT(KindsFrom(3), ElementsAre(LogEntryKind::kRound, LogEntryKind::kModel));
  const auto round = RoundPayload::Parse(Entry(3).payload.bytes);
  ASSERT_TRUE(round.ok()) << round.status();
  EXPECT_EQ(round->kind, v1::STEP_TRAIN);
  EXPECT_EQ(round->step, 0u);
  EXPECT_EQ(round->round, 1u);
  EXPECT_EQ(round->attempt, 5u);
  EXPECT_EQ(round->transcript, Sha256("transcript"));
  EXPECT_EQ(round->survivors, Sha256("survivors"));
  EXPECT_EQ(round->model, Sha256("model 1"));
  const std::string report = store_->jobs().Rounds("a1", 1)->front().SerializeAsString();
  EXPECT_EQ(round->report, Sha256(report));
  EXPECT_EQ(round->report_bytes, report.size());
  EXPECT_EQ(Entry(4).payload, LogPayload::ContentOf(Sha256("model 1"), 12));
  // A site's name stands nowhere in it.
  EXPECT_EQ(store_->log().rows().Entry(kFederationProject, 3)->find("north"), std::string::npos);
}

TEST_F(FederationLogTest, HasNoModelWhereARoundMadeNone) {
  ASSERT_TRUE(store_->jobs().AddJob(SomeJob()).ok());
  ASSERT_TRUE(store_->jobs().CloseRound(Close(0, "model 0")).ok());
  EXPECT_THAT(KindsFrom(3), ElementsAre(LogEntryKind::kRound));
  EXPECT_EQ(RoundPayload::Parse(Entry(3).payload.bytes)->transcript, Sha256Digest{});
}

TEST_F(FederationLogTest, HasWhichRoundsModelAJobKeepsWithoutEnteringThatModelAgain) {
  ASSERT_TRUE(store_->jobs().AddJob(SomeJob()).ok());
  for (uint32_t step = 0; step < 2; ++step) {
    ASSERT_TRUE(store_->jobs().CloseRound(Close(step, absl::StrCat("model ", step + 1))).ok());
  }
  RoundClose evaluation = Close(2, "model 1");
  evaluation.report.set_kind(v1::STEP_EVALUATE);
  evaluation.keeps_earlier_model = true;
  ASSERT_TRUE(store_->jobs().CloseRound(evaluation).ok());
  ASSERT_TRUE(store_->jobs().EndJob("a1", v1::JOB_FINISHED, "all rounds are done", kLogTime, 1).ok());
  EXPECT_THAT(KindsFrom(5),
              ElementsAre(LogEntryKind::kRound, LogEntryKind::kModel, LogEntryKind::kRound, LogEntryKind::kJobEnded));
  EXPECT_EQ(RoundPayload::Parse(Entry(7).payload.bytes)->model, Sha256("model 1"));
  EXPECT_EQ(JobEndedPayload::Parse(Entry(8).payload.bytes)->kept_round, 1u);
}

TEST_F(FederationLogTest, HasWhatWasAbandonedAndHowAJobEndedButNotWhy) {
  ASSERT_TRUE(store_->jobs().AddJob(SomeJob()).ok());
  v1::RoundReport report;
  report.set_attempt(1);
  report.set_reason("north went away");
  ASSERT_TRUE(store_->jobs().RecordAbandoned("a1", report).ok());
  ASSERT_TRUE(store_->jobs().EndJob("a1", v1::JOB_CANCELLED, "cancelled by lovelace", kLogTime).ok());
  EXPECT_THAT(KindsFrom(3), ElementsAre(LogEntryKind::kAbandoned, LogEntryKind::kJobEnded));
  EXPECT_TRUE(Entry(3).payload.IsOf(report.SerializeAsString()));
  EXPECT_EQ(JobEndedPayload::Parse(Entry(4).payload.bytes)->state, v1::JOB_CANCELLED);
  EXPECT_EQ(JobEndedPayload::Parse(Entry(4).payload.bytes)->kept_round, 0u);
  EXPECT_EQ(store_->log().rows().Entry(kFederationProject, 4)->find("lovelace"), std::string::npos);
}

TEST_F(FederationLogTest, HasNewMembersWithTheirKeysAndNamesForThoseWhoMayKnow) {
  const auto enrol = [&](const std::string& identity, const std::string& organisation) {
    const Sha256Digest secret = Sha256(identity);
    ASSERT_TRUE(store_->members().AddToken(secret, identity, kLogTime + absl::Hours(1), organisation).ok());
    const auto issue = [](const std::string& who) -> absl::StatusOr<std::string> { return "key of " + who; };
    ASSERT_TRUE(store_->members().RedeemToken(secret, kLogTime, issue).ok());
    EXPECT_TRUE(store_->members().RedeemToken(secret, kLogTime, issue).ok()) << "again, which enters nothing";
    const auto of_another = [](const std::string&) -> absl::StatusOr<std::string> { return "another key"; };
    EXPECT_FALSE(store_->members().RedeemToken(secret, kLogTime, of_another).ok());
  };
  enrol("site/north", "North Hospital");
  enrol("site/south", "");
  enrol("person/ada", "");
  EXPECT_THAT(KindsFrom(1), ElementsAre(LogEntryKind::kMember, LogEntryKind::kMember, LogEntryKind::kMember));
  EXPECT_TRUE(Entry(1).payload.IsOf("key of site/north"));
  EXPECT_THAT(NamesOf(1), ElementsAre("north", "North Hospital"));
  EXPECT_THAT(NamesOf(2), ElementsAre("south", "south"));
  EXPECT_THAT(NamesOf(3), ElementsAre("ada"));
}

TEST_F(FederationLogTest, HasARosterOnceForEachThatComesIntoForce) {
  const SignedRoster roster = FourHospitals().SignedByAll();
  ASSERT_TRUE(store_->rosters().Publish(roster, kLogTime).ok());
  ASSERT_TRUE(store_->rosters().Publish(roster, kLogTime).ok());
  EXPECT_THAT(KindsFrom(1), ElementsAre(LogEntryKind::kRoster));
  EXPECT_TRUE(Entry(1).payload.IsOf(roster.Text()));
}

TEST_F(FederationLogTest, HasNothingOfAChangeThatFailed) {
  ASSERT_TRUE(store_->jobs().AddJob(SomeJob()).ok());
  EXPECT_FALSE(store_->jobs().AddJob(SomeJob()).ok());
  ASSERT_TRUE(store_->jobs().CloseRound(Close(0, "model 1")).ok());
  EXPECT_FALSE(store_->jobs().CloseRound(Close(0, "model 2")).ok());
  EXPECT_THAT(KindsFrom(3), ElementsAre(LogEntryKind::kRound, LogEntryKind::kModel));
  // And a change that the log does not take is none.
  RoundClose nameless = Close(1, "model 2");
  nameless.model_digest = "";
  EXPECT_EQ(store_->jobs().CloseRound(nameless).code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(store_->jobs().Get("a1")->step, 1u);
  EXPECT_EQ(Size(), 5u);
}

TEST_F(FederationLogTest, IsNeededByWhoeverPublishesOrRedeems) {
  auto database = Database::Open(DatabasePath(state_dir_));
  EXPECT_EQ(RosterStore(**database).Publish(FourHospitals().SignedByAll(), kLogTime).code(), StatusCode::kInternal);
  const auto issue = [](const std::string&) -> absl::StatusOr<std::string> { return "a key"; };
  EXPECT_EQ(Members(**database).RedeemToken(Sha256("x"), kLogTime, issue).status().code(), StatusCode::kInternal);
}

}  // namespace
}  // namespace accord
