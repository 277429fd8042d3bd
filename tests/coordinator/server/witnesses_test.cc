// A site that has just started asks others what they have seen of it, over the wire.
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/coordinator/server/running_coordinator.h"

namespace accord {
namespace {

using ::testing::HasSubstr;

class Witnesses : public ::testing::Test {
 protected:
  static v1::SiteMessage RequestOf(const std::string& witness) {
    v1::SiteMessage message;
    message.mutable_witness_request()->set_nonce(std::string(32, 'n'));
    message.mutable_witness_request()->add_witnesses(witness);
    return message;
  }
  // Over whatever else comes before.
  template <typename Has>
  static v1::CoordinatorMessage Next(FakeSite& site, Has has) {
    while (const auto message = site.Next()) {
      if (((*message).*has)()) return *message;
    }
    ADD_FAILURE() << "the session ended";
    return {};
  }
  static v1::Readiness Waiting(const std::string& words) {
    v1::Readiness readiness;
    readiness.set_waiting_for(words);
    return readiness;
  }

  RunningCoordinator coordinator_;
};

TEST_F(Witnesses, AQuestionHasTheNameOfTheCertificateAndItsAnswerGoesBack) {
  FakeSite north(coordinator_, "north");
  FakeSite south(coordinator_, "south");
  north.NextWelcome();
  south.NextWelcome();
  north.Send(RequestOf("south"));
  const v1::WitnessQuestion question = Next(south, &v1::CoordinatorMessage::has_witness_question).witness_question();
  EXPECT_EQ(question.site(), "north");
  EXPECT_EQ(question.nonce(), std::string(32, 'n'));
  v1::SiteMessage answer;
  answer.mutable_witness_answer()->set_site("north");
  answer.mutable_witness_answer()->mutable_statement()->set_bytes("what south has seen");
  south.Send(answer);
  EXPECT_EQ(Next(north, &v1::CoordinatorMessage::has_witness_report).witness_report().statement().bytes(),
            "what south has seen");
}

TEST_F(Witnesses, OneThatComesLaterIsAskedRightAfterItsWelcome) {
  FakeSite north(coordinator_, "north");
  north.NextWelcome();
  north.Send(RequestOf("south"));
  north.Send(RequestOf("west"));  // in its place
  north.Send(RequestOf("south"));
  FakeSite south(coordinator_, "south");
  south.NextWelcome();
  EXPECT_EQ(Next(south, &v1::CoordinatorMessage::has_witness_question).witness_question().site(), "north");
}

// While it is paused it would answer nothing, and asking it would only use up how often it may be asked.
TEST_F(Witnesses, OneThatWasPausedIsAskedWhenItIsResumed) {
  v1::Readiness paused;
  paused.set_paused(true);
  FakeSite south(coordinator_, "south", paused);
  south.NextWelcome();
  FakeSite north(coordinator_, "north");
  north.NextWelcome();
  FakeSite west(coordinator_, "west");
  west.NextWelcome();
  v1::SiteMessage both = RequestOf("south");
  both.mutable_witness_request()->add_witnesses("west");
  north.Send(both);
  Next(west, &v1::CoordinatorMessage::has_witness_question);  // the request was dealt with
  v1::SiteMessage resumed;
  resumed.mutable_readiness();
  south.Send(resumed);
  EXPECT_EQ(Next(south, &v1::CoordinatorMessage::has_witness_question).witness_question().site(), "north");
}

// It has pinned a roster only now, and says that it waits for others itself.
TEST_F(Witnesses, OneThatSaysThatItWaitsItselfIsAskedAgain) {
  FakeSite south(coordinator_, "south");
  south.NextWelcome();
  FakeSite north(coordinator_, "north");
  north.NextWelcome();
  north.Send(RequestOf("south"));
  Next(south, &v1::CoordinatorMessage::has_witness_question);  // without a roster it is dropped
  v1::SiteMessage pinned;
  *pinned.mutable_readiness() = Waiting("asks others: 0 of 2 have answered");
  south.Send(pinned);
  EXPECT_EQ(Next(south, &v1::CoordinatorMessage::has_witness_question).witness_question().site(), "north");
}

TEST_F(Witnesses, ARequestThatIsNoneEndsTheSession) {
  FakeSite north(coordinator_, "north");
  north.NextWelcome();
  north.Send(RequestOf("north"));
  while (north.Next()) {
  }
  EXPECT_THAT(north.Finish().error_message(), HasSubstr("not other sites"));
}

TEST_F(Witnesses, ASiteThatWaitsGetsNoPlanAndTheReportSaysForWhat) {
  FakeSite north(coordinator_, "north", Waiting("asks others: 0 of 2 have answered"));
  north.NextWelcome();
  FakePerson ada(coordinator_, "ada");
  const std::string job = ada.SubmitDrill(DrillSpec(10, 1, 1));
  v1::JobReport report;
  do {
    ASSERT_TRUE(ada.Get(job, &report).ok());
  } while (report.waiting_for().empty());
  EXPECT_THAT(report.waiting_for(), HasSubstr("north: asks others: 0 of 2 have answered"));
  v1::SiteMessage ready;
  ready.mutable_readiness();
  north.Send(ready);
  EXPECT_EQ(north.NextPlan().id().job_id(), job);
}

}  // namespace
}  // namespace accord
