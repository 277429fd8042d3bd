// What the owner of a site's rows released, at the site: whoever asks for more, and whoever edits the file.
#include <chrono>
#include <filesystem>
#include <future>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "base/file.h"
#include "base/folder_lock.h"
#include "client/daemon/governance/charter_pin.h"
#include "client/daemon/governance/job_gate.h"
#include "client/daemon/governance/posture_file.h"
#include "client/daemon/governance/release_store.h"
#include "client/daemon/run/charter_commands.h"
#include "client/daemon/run/lapsing_releases.h"
#include "client/daemon/run/release_command.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/client/daemon/governance/governed_site.h"
#include "trust/charter/release.h"

namespace accord {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

// fritz is steward of the site's organisation, and heart may be read for two purposes.
const Replacements kWithASteward = {{"secure_sum: true", "secure_sum: false"},
                                    {"roles: [auditor]", "roles: [steward]"},
                                    {"purposes: [risk-of-disease]", "purposes: [billing-audit, risk-of-disease]"}};

class ReleasedData : public ::testing::Test {
 protected:
  ReleasedData() : site_(kWithASteward) {
    site_.spec() = ExampleSpec();
    site_.order().data_set = "heart";
    site_.Order();
  }
  void SetUp() override { Restart(); }
  void Restart() {
    JobGate::Surroundings around;
    around.version_now = [this](const std::string&) { return version_; };
    gate_ = std::make_unique<JobGate>(site_.config(), site_.federation().sites().signer("va"), site_.clock(), around);
    site_.ApproveHere();
    gate_->Take(site_.AllPapers(job_));
  }
  Release Heart(std::vector<std::string> purposes = {"risk-of-disease"}) const {
    Release release;
    release.charter = site_.charter().hash();
    release.site = "va";
    release.organisation = "V.A. Medical Center";
    release.data_set = "heart";
    release.purposes = std::move(purposes);
    release.steward = "fritz";
    release.time = At("2027-02-25T00:00:00Z");
    release.expires = At("2027-03-10T00:00:00Z");
    return release;
  }
  SignedStatement By(const Release& release, const std::string& key = "fritz") {
    return *SignedStatement::Sign(WriteRelease(release).value(), kReleaseDomain, site_.federation().person(key));
  }
  ReleaseStore Store() const { return ReleaseStore(site_.State().ReleaseFolder()); }
  absl::Status Keep(const SignedStatement& release) {
    return Store().Keep(site_.charter(), *site_.federation().Listed(), "va", release, site_.clock().Now()).status();
  }
  absl::StatusOr<JobPermit> Ask() { return gate_->Permit(job_, Sha256Hex(site_.job_bytes())); }

  GovernedSite site_;
  std::string job_ = "job-1";
  std::unique_ptr<JobGate> gate_;
  absl::StatusOr<Sha256Digest> version_ = Sha256("rows of today");
};

TEST_F(ReleasedData, WithoutAnyReleaseIsReadAsBefore) {
  const auto permit = Ask();
  ASSERT_TRUE(permit.ok()) << permit.status();
  EXPECT_FALSE(permit->terms.release.has_value());
}

TEST_F(ReleasedData, WaitsForAReleaseWhereTheCharterDemandsOne) {
  Replacements changes = kWithASteward;
  changes.emplace_back("words: Admissions since 2010.,", "words: Admissions since 2010., signed_release: true,");
  site_.UseCharter(changes);
  Restart();
  const absl::Status status = Ask().status();
  EXPECT_TRUE(absl::IsUnavailable(status)) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr("it is read under one alone"));
  ASSERT_TRUE(Keep(By(Heart())).ok());
  EXPECT_TRUE(Ask().ok());
}

TEST_F(ReleasedData, IsReadForThePurposeThatItsOwnerReleased) {
  const SignedStatement release = By(Heart());
  ASSERT_TRUE(Keep(release).ok());
  const auto permit = Ask();
  ASSERT_TRUE(permit.ok()) << permit.status();
  EXPECT_EQ(permit->terms.release, ReleaseHash(release.bytes));
  EXPECT_EQ(permit->terms.valid_until, At("2027-03-10T00:00:00Z"));
}

TEST_F(ReleasedData, PurposeThatIsChangedAfterTheReleaseIsRefusedInASignedFileAndNothingIsPermitted) {
  ASSERT_TRUE(Keep(By(Heart({"billing-audit"}))).ok());
  const absl::Status status = Ask().status();
  EXPECT_TRUE(absl::IsFailedPrecondition(status)) << status;
  EXPECT_THAT(std::string(status.message()),
              AllOf(HasSubstr("the job is for the purpose risk-of-disease"), HasSubstr("for billing-audit alone")));
  const auto refusals = site_.Refusals();
  ASSERT_THAT(refusals, SizeIs(1));
  const RefusalStatement& refusal = refusals[0].statement;
  EXPECT_TRUE(refusal.for_good);
  EXPECT_EQ(refusal.order, site_.order_hash());
  EXPECT_THAT(absl::StrJoin(refusal.reasons, "\n"), HasSubstr("fritz of V.A. Medical Center released heart"));
  EXPECT_FALSE(gate_->IsBound("job-1")) << "the order served no job";
}

TEST_F(ReleasedData, PurposeThatTheOperatorWritesIntoTheFileStopsTheDataSet) {
  ASSERT_TRUE(Keep(By(Heart({"billing-audit"}))).ok());
  const std::string path = absl::StrCat(site_.State().ReleaseFolder(), "/heart");
  const std::string text = ReadFile(path).value();
  ASSERT_TRUE(WriteFileAtomically(
                  path, absl::StrReplaceAll(text, {{"purposes: billing", "purposes: risk-of-disease, billing"}}))
                  .ok());
  EXPECT_TRUE(absl::IsUnavailable(Ask().status()));
  ASSERT_TRUE(
      WriteFileAtomically(path, absl::StrReplaceAll(text, {{"purposes: billing-audit", "purposes: risk-of-disease"}}))
          .ok());
  const absl::Status status = Ask().status();
  EXPECT_TRUE(absl::IsUnavailable(status)) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr("is not signed with the key of fritz"));
  ASSERT_TRUE(WriteFileAtomically(path, "torn").ok());
  EXPECT_THAT(std::string(Ask().status().message()), HasSubstr("is damaged"));
  // The owner's file, taken again, mends one whose signature was changed.
  ASSERT_TRUE(WriteFileAtomically(path, By(Heart({"billing-audit"}), "emil").Text()).ok());
  EXPECT_TRUE(absl::IsUnavailable(Ask().status()));
  EXPECT_TRUE(Keep(By(Heart({"billing-audit"}))).ok());
  EXPECT_TRUE(absl::IsFailedPrecondition(Ask().status()));
}

TEST_F(ReleasedData, PolicyDoesNotReleaseWhatTheOwnerDidNot) {
  site_.UsePolicy("data_sets: [{name: heart, purposes: [risk-of-disease, billing-audit]}]\n");
  ASSERT_TRUE(Keep(By(Heart({"billing-audit"}))).ok());
  Restart();
  EXPECT_TRUE(absl::IsFailedPrecondition(Ask().status()));
}

TEST_F(ReleasedData, IsHeldAgainstTheReleaseAnewAtEachRequest) {
  ASSERT_TRUE(Keep(By(Heart())).ok());
  ASSERT_TRUE(Ask().ok());
  Release withdrawn = Heart({});
  withdrawn.time += absl::Hours(1);
  ASSERT_TRUE(Keep(By(withdrawn)).ok());
  const absl::Status status = Ask().status();
  EXPECT_TRUE(absl::IsFailedPrecondition(status)) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr("withdrew the data set heart"));
}

TEST_F(ReleasedData, EndsWithItsReleaseInTheMiddleOfAJob) {
  ASSERT_TRUE(Keep(By(Heart())).ok());
  ASSERT_TRUE(Ask().ok());
  site_.clock().Advance(absl::Hours(24) * 9);
  const absl::Status status = Ask().status();
  EXPECT_TRUE(absl::IsUnavailable(status)) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr("expired at 2027-03-10T00:00:00Z"));
}

TEST_F(ReleasedData, OfAnotherVersionWaitsUntilThatIsReleased) {
  Release one = Heart();
  one.version = Sha256("rows of today");
  ASSERT_TRUE(Keep(By(one)).ok());
  ASSERT_TRUE(Ask().ok());
  EXPECT_EQ(Ask()->terms.data_version, one.version);
  version_ = Sha256("rows of tomorrow");
  EXPECT_THAT(std::string(Ask().status().message()),
              AllOf(HasSubstr("is another version than fritz released"), Not(HasSubstr(HexDigest(*version_))),
                    Not(HasSubstr(HexDigest(*one.version)))))
      << "it goes to the coordinator";
  version_ = absl::UnavailableError("its content is being hashed");
  EXPECT_TRUE(absl::IsUnavailable(Ask().status()));
  version_ = Sha256("rows of tomorrow");
  one.version = Sha256("rows of tomorrow");
  one.time += absl::Hours(1);
  ASSERT_TRUE(Keep(By(one)).ok());
  EXPECT_TRUE(Ask().ok());
}

TEST_F(ReleasedData, EarlierReleaseIsNotTakenAgain) {
  Release withdrawn = Heart({});
  withdrawn.time += absl::Hours(1);
  ASSERT_TRUE(Keep(By(withdrawn)).ok());
  const absl::Status again = Keep(By(Heart()));
  EXPECT_TRUE(absl::IsFailedPrecondition(again)) << again;
  Release same_time = Heart();
  same_time.time = withdrawn.time;
  EXPECT_TRUE(absl::IsFailedPrecondition(Keep(By(same_time))));
  EXPECT_TRUE(Keep(By(withdrawn)).ok()) << "the same release twice is no fault";
}

TEST_F(ReleasedData, ReleaseOfSomebodyElseOrFromTheFutureIsNotTaken) {
  EXPECT_TRUE(absl::IsInvalidArgument(Keep(By(Heart(), "emil"))));
  Release of_another = Heart();
  of_another.steward = "clara";
  EXPECT_TRUE(absl::IsInvalidArgument(Keep(By(of_another, "clara"))));
  Release ahead = Heart();
  ahead.time = At("2027-03-05T00:00:00Z");
  EXPECT_TRUE(absl::IsInvalidArgument(Keep(By(ahead))));
  EXPECT_THAT(Store().DataSets().value(), IsEmpty());
  EXPECT_TRUE(Ask().ok());
}

TEST_F(ReleasedData, ReleaseOfALittleLaterThanTheClockDoesNotTakeThePlaceOfTodays) {
  ASSERT_TRUE(Keep(By(Heart())).ok());
  Release ahead = Heart();
  ahead.time = site_.clock().Now() + absl::Hours(1);
  EXPECT_TRUE(absl::IsInvalidArgument(Keep(By(ahead))));
  EXPECT_TRUE(Ask().ok());
  ahead.time = site_.clock().Now() + absl::Minutes(1);
  EXPECT_TRUE(Keep(By(ahead)).ok());
}

TEST_F(ReleasedData, ForgettingTheCharterDoesNotReleaseWhatWasWithdrawn) {
  ASSERT_TRUE(Ask().ok());
  ASSERT_TRUE(Keep(By(Heart({}))).ok());
  ASSERT_TRUE(ForgetCharterPin(site_.State()).ok());
  Restart();
  const absl::Status status = Ask().status();
  EXPECT_TRUE(absl::IsUnavailable(status)) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr("releases of heart were taken here"));
}

TEST_F(ReleasedData, NameThatIsAPathReachesNoFile) {
  ASSERT_TRUE(WriteFileAtomically(site_.folder().Path("state/heart"), "a secret").ok());
  EXPECT_FALSE(Store().Find("../heart", site_.charter().hash()).value().has_value());
}

TEST_F(ReleasedData, OperatorTakesAndShowsARelease) {
  const std::string config = site_.folder().Path("client.yaml"), file = site_.folder().Path("heart.release");
  ASSERT_TRUE(WriteFileAtomically(
                  config, absl::StrCat("coordinator: localhost:1\nsite: va\nstate_dir: ", site_.State().path(), "\n"))
                  .ok());
  // The commands go by the machine's clock, at which this release is of the past or of the future.
  Release release = Heart();
  release.time = absl::FromUnixSeconds(absl::ToUnixSeconds(absl::Now()) - 60);
  release.expires = release.time + absl::Hours(24);
  ReleaseOptions options;
  options.config_path = config;
  options.file = file;
  ASSERT_TRUE(WriteFileAtomically(file, By(release, "emil").Text()).ok());
  std::ostringstream out;
  EXPECT_TRUE(absl::IsInvalidArgument(TakeRelease(options, out)));
  ASSERT_TRUE(WriteFileAtomically(file, By(release).Text()).ok());
  const absl::Status taken = TakeRelease(options, out);
  ASSERT_TRUE(taken.ok()) << taken;
  EXPECT_THAT(out.str(), HasSubstr("taken: heart at va for risk-of-disease, in any version"));
  out.str("");
  ASSERT_TRUE(ShowReleases(options, out).ok());
  EXPECT_THAT(out.str(), HasSubstr("holds now"));
}

// ---- an amendment of the charter ----

class ReleasedUnderTwoCharters : public ReleasedData {
 protected:
  ReleasedUnderTwoCharters() {
    changes_.emplace_back("min_rows: 50", "min_rows: 60");
    next_ = std::make_unique<SignedCharter>(site_.federation().SignedByAll(site_.federation().Written(changes_)));
  }
  Release UnderNext() const {
    Release release = Heart();
    release.charter = next_->charter()->hash();
    release.time += absl::Hours(1);
    return release;
  }
  absl::Status KeepAhead(const SignedStatement& release) {
    return Store()
        .KeepAhead(*next_->charter(), *site_.federation().Listed(), "va", release, site_.clock().Now())
        .status();
  }
  // With another job, whose order names that charter.
  void Pin(const Replacements& changes, const std::string& job) {
    site_.UseCharter(changes);
    job_ = job;
    Restart();
  }
  void PinNext() {
    Pin(changes_, "job-2");
    ASSERT_EQ(site_.charter().hash(), next_->charter()->hash());
  }
  std::string PathAhead() const {
    return absl::StrCat(site_.State().ReleaseFolder(), "/", HexDigest(next_->charter()->hash()), "/heart");
  }
  std::vector<std::string> Lapsing() {
    return LapsingReleases(site_.State(), *next_->charter(), *site_.federation().Listed());
  }
  std::string Check() {
    std::string text;
    for (const Finding& finding : ExamineReleases(site_.config())) {
      absl::StrAppend(&text, finding.level == Finding::Level::kFault ? "FAULT " : "fine ", finding.text);
    }
    return text;
  }

  Replacements changes_ = kWithASteward;
  std::unique_ptr<SignedCharter> next_;
};

TEST_F(ReleasedUnderTwoCharters, LapsesWithTheCharterAndIsNamedBeforeAndAfter) {
  EXPECT_THAT(Check(), IsEmpty());
  ASSERT_TRUE(Keep(By(Heart())).ok());
  EXPECT_THAT(Check(), HasSubstr("fine of heart"));
  EXPECT_THAT(Lapsing(), ElementsAre(AllOf(HasSubstr("heart: "), HasSubstr("have it signed anew under that one"))));
  PinNext();
  EXPECT_THAT(Check(), AllOf(HasSubstr("FAULT heart: "), HasSubstr("release take")));
  const absl::Status status = Ask().status();
  EXPECT_TRUE(absl::IsUnavailable(status)) << status;
}

TEST_F(ReleasedUnderTwoCharters, IsTakenAheadAndHoldsOnceThatOneIsPinned) {
  const SignedStatement now = By(Heart());
  const SignedStatement next = By(UnderNext());
  ASSERT_TRUE(Keep(now).ok());
  EXPECT_TRUE(absl::IsInvalidArgument(Keep(next))) << "of a charter that is not pinned";
  EXPECT_TRUE(absl::IsInvalidArgument(KeepAhead(now))) << "of the charter that is pinned";
  ASSERT_TRUE(KeepAhead(next).ok());
  EXPECT_THAT(Lapsing(), IsEmpty());
  ASSERT_TRUE(Ask().ok());
  EXPECT_EQ(Ask()->terms.release, ReleaseHash(now.bytes));
  PinNext();
  ASSERT_TRUE(Ask().ok()) << Ask().status();
  EXPECT_EQ(Ask()->terms.release, ReleaseHash(next.bytes));
  EXPECT_THAT(Check(), HasSubstr("fine of heart"));
}

TEST_F(ReleasedUnderTwoCharters, AWithdrawalAfterTheOneThatWasTakenAheadCounts) {
  ASSERT_TRUE(KeepAhead(By(UnderNext())).ok());
  Release withdrawn = Heart({});
  withdrawn.time += absl::Hours(2);
  ASSERT_TRUE(Keep(By(withdrawn)).ok());
  EXPECT_THAT(Lapsing(), SizeIs(1));
  PinNext();
  EXPECT_FALSE(Ask().ok());
  Release again = UnderNext();
  EXPECT_TRUE(absl::IsFailedPrecondition(Keep(By(again)))) << "older than the withdrawal";
  again.time += absl::Hours(2);
  EXPECT_TRUE(Keep(By(again)).ok());
  EXPECT_TRUE(Ask().ok());
}

TEST_F(ReleasedUnderTwoCharters, AWithdrawalThatIsTakenWhileTheCharterComesIntoForceIsNotLost) {
  ASSERT_TRUE(KeepAhead(By(UnderNext())).ok());
  Release withdrawn = Heart({});
  withdrawn.time += absl::Hours(2);
  const std::string text = By(withdrawn).Text();
  // A command that takes the owner's file is between its look and its write.
  auto command = LockFolder(site_.State().ReleaseFolder());
  ASSERT_TRUE(command.ok()) << command.status();
  auto daemon = std::async(std::launch::async, [this] { return Store().ComeIntoForce(next_->charter()->hash()); });
  EXPECT_EQ(daemon.wait_for(std::chrono::milliseconds(200)), std::future_status::timeout);
  const std::string path = site_.State().ReleaseFolder() + "/heart";
  EXPECT_TRUE(WriteFileAtomically(path, text, 0600).ok());
  command->Reset();
  const absl::Status in_force = daemon.get();
  EXPECT_TRUE(in_force.ok()) << in_force;
  EXPECT_EQ(ReadFile(path).value(), text);
}

TEST_F(ReleasedUnderTwoCharters, BindsNothingBeforeItsCharterIsPinned) {
  ASSERT_TRUE(KeepAhead(By(UnderNext())).ok());
  const auto permit = Ask();
  ASSERT_TRUE(permit.ok()) << permit.status();
  EXPECT_FALSE(permit->terms.release.has_value()) << "heart was never released under this charter";
}

TEST_F(ReleasedUnderTwoCharters, BindsForGoodOnceItsCharterWasPinned) {
  ASSERT_TRUE(KeepAhead(By(UnderNext())).ok());
  PinNext();
  ASSERT_TRUE(Ask().ok()) << Ask().status();
  Pin(kWithASteward, "job-3");
  EXPECT_TRUE(absl::IsUnavailable(Ask().status())) << "heart is read under releases alone by now";
}

TEST_F(ReleasedUnderTwoCharters, TheOneThatWasTakenAheadGoesOnceItIsTheLatest) {
  ASSERT_TRUE(KeepAhead(By(UnderNext())).ok());
  PinNext();
  ASSERT_TRUE(Ask().ok()) << Ask().status();
  EXPECT_FALSE(std::filesystem::exists(PathAhead()));
  EXPECT_THAT(Store().ChartersAhead().value(), IsEmpty());
  EXPECT_THAT(Store().DataSets().value(), ElementsAre("heart"));
}

TEST_F(ReleasedUnderTwoCharters, OneThatWasTakenAheadAndDamagedIsReplacedByTheOwnersFile) {
  ASSERT_TRUE(KeepAhead(By(UnderNext())).ok());
  ASSERT_TRUE(WriteFileAtomically(PathAhead(), "torn").ok());
  PinNext();
  EXPECT_THAT(std::string(Ask().status().message()), HasSubstr("is damaged"));
  ASSERT_TRUE(Keep(By(UnderNext())).ok());
  EXPECT_FALSE(std::filesystem::exists(PathAhead()));
  EXPECT_TRUE(Ask().ok()) << Ask().status();
}

TEST_F(ReleasedUnderTwoCharters, ADamagedOneThatWasTakenAheadLetsNoOlderOneReplaceAWithdrawal) {
  ASSERT_TRUE(KeepAhead(By(UnderNext())).ok());
  Release withdrawn = Heart({});
  withdrawn.time += absl::Hours(2);
  ASSERT_TRUE(Keep(By(withdrawn)).ok());
  ASSERT_TRUE(WriteFileAtomically(PathAhead(), "torn").ok());
  PinNext();
  const absl::Status older = Keep(By(UnderNext()));
  EXPECT_TRUE(absl::IsFailedPrecondition(older)) << older;
  EXPECT_FALSE(Ask().ok());
}

TEST_F(ReleasedUnderTwoCharters, AreTakenShownAndToldOfByTheCommands) {
  const std::string config = site_.folder().Path("client.yaml"), file = site_.folder().Path("heart.release");
  const std::string charter = site_.folder().Path("next.charter");
  ASSERT_TRUE(WriteFileAtomically(
                  config, absl::StrCat("coordinator: localhost:1\nsite: va\nstate_dir: ", site_.State().path(), "\n"))
                  .ok());
  ASSERT_TRUE(WriteFileAtomically(charter, next_->Text()).ok());
  Release release = UnderNext();
  release.time = absl::FromUnixSeconds(absl::ToUnixSeconds(absl::Now()) - 60);
  release.expires = release.time + absl::Hours(24);
  ReleaseOptions options;
  options.config_path = config;
  options.file = file;
  ASSERT_TRUE(WriteFileAtomically(file, By(release).Text()).ok());
  std::ostringstream out;
  EXPECT_TRUE(absl::IsInvalidArgument(TakeRelease(options, out)));
  options.charter = charter;
  const absl::Status taken = TakeRelease(options, out);
  ASSERT_TRUE(taken.ok()) << taken;
  const std::string hash = HexDigest(next_->charter()->hash());
  EXPECT_THAT(out.str(), HasSubstr(absl::StrCat("it holds once the charter ", hash, " is pinned here")));
  out.str("");
  ASSERT_TRUE(ShowReleases(options, out).ok());
  EXPECT_THAT(out.str(), AllOf(HasSubstr("heart at va"), HasSubstr(absl::StrCat("once the charter ", hash))));
  // A release that is of the pinned charter alone lapses with it: both commands say so.
  ASSERT_TRUE(std::filesystem::remove_all(absl::StrCat(site_.State().ReleaseFolder(), "/", hash)) > 0);
  ASSERT_TRUE(Keep(By(Heart())).ok());
  CharterFileOptions charter_options;
  charter_options.config_path = config;
  charter_options.file = charter;
  out.str("");
  ASSERT_TRUE(ShowCharter(charter_options, out).ok());
  EXPECT_THAT(out.str(), HasSubstr("Releases that do not hold under it"));
  const absl::Status refused = PinCharterFile(charter_options, out);
  EXPECT_THAT(std::string(refused.message()), HasSubstr("Releases that do not hold under it"));
}

// ---- what the site says of itself ----

class SaidOfItself : public ReleasedData {
 protected:
  void SetUp() override { Say(); }
  void Say() {
    MachineFacts machine;
    machine.software = "0.9.0";
    machine.sandboxed = sandboxed_;
    machine.log_head_signed = [this] { return head_signed_; };
    gate_.reset();
    postures_ = std::make_unique<PostureFiles>(site_.State().PostureFolder(), machine,
                                               site_.federation().sites().signer("va"), EntropySource::System());
    JobGate::Surroundings around;
    around.version_now = [this](const std::string&) { return version_; };
    around.postures = postures_.get();
    gate_ = std::make_unique<JobGate>(site_.config(), site_.federation().sites().signer("va"), site_.clock(), around);
    site_.ApproveHere();
    gate_->Take(site_.AllPapers());
  }
  std::vector<KeptPosture> Said() const { return ReadPostures(site_.State().PostureFolder()); }

  bool sandboxed_ = true;
  absl::Time head_signed_ = absl::InfinitePast();
  std::unique_ptr<PostureFiles> postures_;
};

TEST_F(SaidOfItself, IsWrittenOnceAndNamedInThePermit) {
  Release one = Heart();
  one.version = Sha256("rows of today");
  ASSERT_TRUE(Keep(By(one)).ok());
  const auto permit = Ask();
  ASSERT_TRUE(permit.ok()) << permit.status();
  ASSERT_THAT(Said(), SizeIs(1));
  EXPECT_EQ(permit->posture, Said()[0].hash);
  EXPECT_EQ(Said()[0].posture.data_version, one.version);
  EXPECT_EQ(Said()[0].posture.order, site_.order_hash());
  site_.clock().Advance(absl::Minutes(5));
  EXPECT_EQ(Ask()->posture, permit->posture);
  EXPECT_THAT(Said(), SizeIs(1));
}

TEST_F(SaidOfItself, IsSaidAnewWhereSomethingChangedAndNamesTheOneBefore) {
  ASSERT_TRUE(Ask().ok());
  ASSERT_TRUE(Keep(By(Heart())).ok());
  ASSERT_TRUE(Ask().ok());
  ASSERT_THAT(Said(), SizeIs(2));
  EXPECT_EQ(Said()[0].posture.former, Said()[1].hash);
  Say();
  ASSERT_TRUE(Ask().ok());
  ASSERT_THAT(Said(), SizeIs(3)) << "a daemon that began anew says it anew";
  EXPECT_EQ(Said()[0].posture.former, Said()[1].hash);
}

TEST_F(SaidOfItself, SiteThatDoesNotMeetWhatIsDemandedRefusesItself) {
  sandboxed_ = false;
  head_signed_ = site_.clock().Now() + absl::Hours(1);
  Replacements changes = kWithASteward;
  changes.emplace_back("  min_rows: 50\n",
                       "  min_rows: 50\n  posture: {sandbox: true, disk_encryption: true, clock_behind_s: 60}\n");
  site_.UseCharter(changes);
  Say();
  const absl::Status status = Ask().status();
  EXPECT_TRUE(absl::IsUnavailable(status)) << status;
  EXPECT_THAT(std::string(status.message()),
              AllOf(HasSubstr("without a sandbox"), HasSubstr("encrypted"), HasSubstr("3600 s or more behind")));
  EXPECT_THAT(Said(), IsEmpty());
  EXPECT_THAT(site_.Refusals(), SizeIs(1));
  EXPECT_FALSE(gate_->IsBound("job-1"));
}

TEST_F(SaidOfItself, WhatCannotBeWrittenDownIsNotWorkedUnder) {
  ASSERT_TRUE(WriteFileAtomically(site_.State().PostureFolder(), "a file where the folder should be").ok());
  const absl::Status status = Ask().status();
  EXPECT_TRUE(absl::IsUnavailable(status)) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr("its operator can read why"));
  EXPECT_THAT(gate_->RefusedInFull(), HasSubstr("could not be written down"));
}

}  // namespace
}  // namespace accord
