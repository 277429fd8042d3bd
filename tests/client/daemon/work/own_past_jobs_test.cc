// A daemon that asks others what they have seen of it before it takes part in anything.
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "aggregation/secure/messages/signed_wire.h"
#include "aggregation/secure/messages/witness_statement.h"
#include "base/file.h"
#include "client/daemon/federation/own_past.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/client/daemon/secure/played_federation.h"
#include "tests/client/daemon/work/engine_fixture.h"

namespace accord {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class OwnPastOfADaemon : public SiteEngineTest {
 protected:
  void Configure(SiteEngine::Options& options) override {
    past_.reset();
    record_.reset();
    record_ = RecordFile::Open(RecordPath(), federation_.site()).value();
    options.secure = federation_.Daemon(*record_);
    options.config.set_site(federation_.site());
    past_ = std::make_unique<OwnPast>(OwnPast::Surroundings{.site = federation_.site(),
                                                            .signer = *options.secure.signer,
                                                            .record = *record_,
                                                            .roster = [this] { return federation_.roster(); },
                                                            .evidence_folder = folder_ + "/evidence",
                                                            .clock = clock_});
    options.past = past_.get();
  }
  std::string RecordPath() const { return folder_ + "/secure-record"; }
  template <typename Has>
  v1::SiteMessage Await(Has has) {
    return coordinator_.AwaitMessage([has](const v1::SiteMessage& message) { return (message.*has)(); });
  }
  v1::WitnessRequest AwaitRequest() { return Await(&v1::SiteMessage::has_witness_request).witness_request(); }
  void Settle() {
    coordinator_.Send(federation_.Witness(1, AwaitRequest()));
    EXPECT_EQ(Await(&v1::SiteMessage::has_readiness).readiness().waiting_for(), "");
  }
  void OpenEpoch(uint32_t epoch) {
    coordinator_.Send(federation_.KeyRequest(epoch));
    coordinator_.Send(federation_.EpochList(Await(&v1::SiteMessage::has_key_answer).key_answer()));
    Await(&v1::SiteMessage::has_nonce_answer);
  }
  // Its header, as the others have seen it.
  secure::SignedPosition UploadOnce() {
    OpenEpoch(1);
    Send(federation_.Plan(1));
    return {secure::PositionKind::kUploadHeader, secure::FromWire(coordinator_.AwaitMaskedUpload().header())};
  }

  PlayedFederation federation_;
  std::unique_ptr<RecordFile> record_;
  std::unique_ptr<OwnPast> past_;
};

TEST_F(OwnPastOfADaemon, NothingIsDoneBeforeHalfOfTheOthersHaveAnsweredAndThenEverythingIs) {
  const v1::Hello hello = AwaitHello();
  EXPECT_THAT(hello.readiness().waiting_for(), HasSubstr("0 of 2 have answered, 1 must"));
  const v1::WitnessRequest request = AwaitRequest();
  EXPECT_THAT(request.witnesses(), ElementsAre(federation_.NameOf(1), federation_.NameOf(2)));
  coordinator_.Send(federation_.KeyRequest(1));
  const v1::Refusal refusal = AwaitRefusal();
  EXPECT_FALSE(refusal.permanent()) << "it only waits";
  EXPECT_THAT(refusal.reason(), HasSubstr("lest its state is an older copy"));
  EXPECT_THAT(engine_->Status().waiting_for(), HasSubstr("0 of 2 have answered"));
  coordinator_.Send(federation_.Witness(2, request));
  EXPECT_EQ(Await(&v1::SiteMessage::has_readiness).readiness().waiting_for(), "");
  UploadOnce();
  EXPECT_EQ(trainers_.computations(), 1);
}

TEST_F(OwnPastOfADaemon, AFolderOfYesterdayTrainsNothingAndSendsNothing) {
  Settle();
  const std::string yesterday = *ReadFile(RecordPath());
  const secure::SignedPosition header = UploadOnce();
  const uint64_t seen = secure::ParsePosition(header)->sequence;
  engine_.reset();
  ASSERT_TRUE(WriteFileAtomically(RecordPath(), yesterday, 0600).ok());
  Restart();
  coordinator_.Send(federation_.Witness(1, AwaitRequest(), header));
  const std::string words =
      absl::StrCat("has this site's own signature on entry ", seen, " of its record, and the record has 0 entries");
  EXPECT_THAT(Await(&v1::SiteMessage::has_readiness).readiness().waiting_for(), HasSubstr(words));
  coordinator_.Send(federation_.KeyRequest(2));
  const v1::Refusal refusal = AwaitRefusal();
  EXPECT_TRUE(refusal.permanent());
  EXPECT_THAT(refusal.reason(), HasSubstr(words));
  Send(federation_.Plan(2));
  EXPECT_THAT(AwaitRefusal().reason(), HasSubstr(words));
  EXPECT_EQ(trainers_.computations(), 1) << "that of yesterday";
  EXPECT_EQ(coordinator_.uploads_opened(), 1) << "likewise";
  EXPECT_THAT(engine_->Status().latest_events(), ::testing::Contains(HasSubstr("egress settle")));
}

TEST_F(OwnPastOfADaemon, IsAskedForAgainInEachSessionUntilAllHaveAnsweredAndNotAfterwards) {
  const v1::WitnessRequest first = AwaitRequest();
  coordinator_.Send(federation_.Witness(1, first));
  Await(&v1::SiteMessage::has_readiness);
  coordinator_.DropSession();
  EXPECT_EQ(AwaitHello().readiness().waiting_for(), "") << "settled for as long as the daemon lasts";
  const v1::WitnessRequest again = AwaitRequest();
  EXPECT_EQ(again.nonce(), first.nonce());
  coordinator_.Send(federation_.Witness(2, again));
  OpenEpoch(1);
}

TEST_F(OwnPastOfADaemon, AnswersAnotherSiteWhileItWaitsItself) {
  AwaitRequest();
  v1::CoordinatorMessage question;
  question.mutable_witness_question()->set_site(federation_.NameOf(1));
  question.mutable_witness_question()->set_nonce(std::string(32, 'n'));
  coordinator_.Send(question);
  const v1::WitnessAnswer answer = Await(&v1::SiteMessage::has_witness_answer).witness_answer();
  EXPECT_EQ(answer.site(), federation_.NameOf(1));
  const auto statement = secure::ParseWitnessStatement(answer.statement().bytes());
  ASSERT_TRUE(statement.ok()) << statement.status();
  EXPECT_EQ(statement->witness, federation_.site());
  EXPECT_FALSE(statement->seen.has_value());
}

TEST_F(OwnPastOfADaemon, WhilePausedNeitherAsksNorAnswers) {
  AwaitRequest();
  ASSERT_TRUE(engine_->Pause().ok());
  v1::CoordinatorMessage question;
  question.mutable_witness_question()->set_site(federation_.NameOf(1));
  question.mutable_witness_question()->set_nonce(std::string(32, 'n'));
  coordinator_.AwaitSessions(2);
  coordinator_.Send(question);
  ASSERT_TRUE(engine_->Resume().ok());
  const v1::SiteMessage next = coordinator_.AwaitMessage(
      [](const v1::SiteMessage& message) { return message.has_witness_request() || message.has_witness_answer(); });
  EXPECT_TRUE(next.has_witness_request());
}

}  // namespace
}  // namespace accord
