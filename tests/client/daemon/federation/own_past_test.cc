// What a site finds out of its own past when it starts, and from whom.
#include "client/daemon/federation/own_past.h"

#include <algorithm>
#include <filesystem>

#include "aggregation/secure/evidence/verdict.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/client/daemon/federation/asked_federation.h"

namespace accord {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class OwnPastTest : public ::testing::Test {
 protected:
  std::string WhyNot() { return std::string(federation_.past().MayTakePart().message()); }
  bool Waits() { return absl::IsUnavailable(federation_.past().MayTakePart()); }
  bool IsRestored() { return absl::IsFailedPrecondition(federation_.past().MayTakePart()); }
  std::vector<std::filesystem::path> Evidence() {
    std::vector<std::filesystem::path> files;
    if (!std::filesystem::exists(federation_.Path("evidence"))) return files;
    for (const auto& file : std::filesystem::directory_iterator(federation_.Path("evidence"))) files.push_back(file);
    return files;
  }

  AskedFederation federation_{5};
};

TEST_F(OwnPastTest, ASiteWaitsUntilHalfOfTheOthersHaveAnsweredAndSaysForWhom) {
  OwnPast& past = federation_.Start("");
  EXPECT_TRUE(Waits());
  const auto request = past.Ask();
  ASSERT_TRUE(request.has_value());
  EXPECT_THAT(request->witnesses(),
              ElementsAre(federation_.Name(1), federation_.Name(2), federation_.Name(3), federation_.Name(4)));
  past.Take(federation_.Say(2, *request));
  EXPECT_TRUE(Waits());
  EXPECT_THAT(WhyNot(), HasSubstr("1 of 4 have answered, 2 must; not yet: site-0001, site-0003, site-0004"));
  past.Take(federation_.Say(2, *request));
  EXPECT_TRUE(Waits()) << "one site answers once";
  past.Take(federation_.Say(4, *request));
  EXPECT_TRUE(past.MayTakePart().ok());
  EXPECT_THAT(past.News(), SizeIs(1));
}

TEST_F(OwnPastTest, WhatTheRecordHasDoesNoHarm) {
  federation_.RunTwiceAndKeepABackup();
  OwnPast& past = federation_.Start(federation_.sites()[0].disk());
  const auto request = past.Ask();
  for (const size_t witness : {1, 2, 3, 4}) past.Take(federation_.Answer(witness, *request));
  EXPECT_TRUE(past.MayTakePart().ok()) << WhyNot();
  EXPECT_FALSE(past.Ask().has_value()) << "all have answered: nothing is left to ask in later sessions";
}

TEST_F(OwnPastTest, AStateOfYesterdayIsFoundOutWithBothNumbersAndTheSitesOwnWordIsKept) {
  OwnPast& past = federation_.Start(federation_.RunTwiceAndKeepABackup());
  const uint64_t length = federation_.record().record().sequence();
  const auto request = past.Ask();
  past.Take(federation_.Answer(3, *request));
  ASSERT_TRUE(IsRestored());
  const auto shown = secure::ParsePosition(*federation_.sites()[3].record().peers().Find(federation_.site()));
  EXPECT_THAT(WhyNot(), HasSubstr(absl::StrCat("site-0003 has this site's own signature on entry ", shown->sequence,
                                               " of its record, and the record has ", length, " entries")));
  EXPECT_THAT(past.News(), ElementsAre(HasSubstr("accord-client egress settle " + federation_.Path("evidence"))));
  // What others say afterwards changes nothing.
  past.Take(federation_.Say(1, *request));
  past.Take(federation_.Say(2, *request));
  EXPECT_TRUE(IsRestored());
  EXPECT_FALSE(federation_.record().record().distrusted().empty()) << "jobs that run already stop";
  ASSERT_THAT(Evidence(), SizeIs(1));
  const auto verdict = secure::CheckEvidence(*ReadFile(Evidence()[0]));
  ASSERT_TRUE(verdict.ok()) << verdict.status();
  EXPECT_TRUE(verdict->claim_holds);
}

TEST_F(OwnPastTest, IsFoundOutThoughTheRecordHasGrownOnWithAnotherPast) {
  OwnPast& past = federation_.Start(federation_.RunTwiceAndKeepABackup());
  for (int i = 0; i < 20; ++i) {
    const secure::Voided entry{Sha256(std::to_string(i))};
    ASSERT_TRUE(federation_.record().Append(federation_.record().record().Append(entry)).ok());
  }
  past.Take(federation_.Answer(1, *past.Ask()));
  EXPECT_TRUE(IsRestored());
  EXPECT_THAT(WhyNot(), HasSubstr("with another one at that place"));
}

TEST_F(OwnPastTest, AnAnswerThatComesAfterHalfHaveSpokenStillStopsIt) {
  OwnPast& past = federation_.Start(federation_.RunTwiceAndKeepABackup());
  const auto request = past.Ask();
  past.Take(federation_.Say(1, *request));
  past.Take(federation_.Say(2, *request));
  EXPECT_TRUE(past.MayTakePart().ok());
  past.Take(federation_.Answer(4, *request));
  EXPECT_TRUE(IsRestored());
}

// A coordinator passes on the answers of those alone that were in no cohort and have seen nothing.
TEST_F(OwnPastTest, HalfOfTheLastCohortMustBeAmongThoseThatHaveAnswered) {
  OwnPast& past = federation_.Start("");
  secure::Signed entry;
  entry.job_id = "job-1";
  entry.attempt = 1;
  entry.cohort = {federation_.Name(0), federation_.Name(1), federation_.Name(2), "site-9999"};
  entry.survivors = entry.cohort;
  ASSERT_TRUE(federation_.record().Append(federation_.record().record().Append(entry)).ok());
  const auto request = past.Ask();
  past.Take(federation_.Say(3, *request));
  past.Take(federation_.Say(4, *request));
  EXPECT_TRUE(Waits());
  EXPECT_THAT(WhyNot(), HasSubstr("half of those that this site last signed a sum with must be among them"));
  EXPECT_THAT(past.News(), IsEmpty());
  past.Take(federation_.Say(2, *request));
  EXPECT_TRUE(past.MayTakePart().ok()) << "one of two: nobody asks who is not in the roster any more";
  EXPECT_THAT(past.News(), SizeIs(1));
}

// What a coordinator could show instead of asking.
TEST_F(OwnPastTest, AnswersOfAnotherStartOrOfNobodyDoNotCount) {
  OwnPast& before = federation_.Start("");
  const auto yesterday = before.Ask();
  OwnPast& past = federation_.Start();
  const auto request = past.Ask();
  EXPECT_NE(yesterday->nonce(), request->nonce());
  past.Take(federation_.Say(1, *yesterday));
  past.Take(federation_.Say(2, *yesterday));
  v1::WitnessReport forged = federation_.Say(3, *request);
  forged.mutable_statement()->mutable_signature()->at(5) ^= 1;
  past.Take(forged);
  EXPECT_TRUE(Waits());
  EXPECT_THAT(WhyNot(), HasSubstr("0 of 4 have answered"));
}

TEST_F(OwnPastTest, AWitnessCannotMakeUpThisSitesWord) {
  OwnPast& past = federation_.Start("");
  const auto request = past.Ask();
  federation_.sites().Run(1);
  secure::SignedPosition made_up = *federation_.sites()[1].record().peers().Find(federation_.site());
  made_up.message.signature[9] ^= 1;
  past.Take(federation_.Say(1, *request, made_up));
  EXPECT_TRUE(Waits());
  EXPECT_THAT(WhyNot(), HasSubstr("0 of 4 have answered"));
  EXPECT_THAT(past.News(), ElementsAre(HasSubstr("does not count")));
}

TEST_F(OwnPastTest, WithoutAPinnedRosterNobodyIsAskedAndNobodyAnswered) {
  federation_.Pin(nullptr);
  OwnPast& past = federation_.Start("");
  EXPECT_FALSE(past.Ask().has_value());
  EXPECT_TRUE(past.MayTakePart().ok());
  v1::WitnessQuestion question;
  question.set_site(federation_.Name(1));
  question.set_nonce(std::string(32, 'n'));
  EXPECT_FALSE(past.Answer(question).has_value());
}

TEST_F(OwnPastTest, WhereTheRecordShowsThatThereWasARosterNothingIsDoneUntilOneIsPinnedAndItsSitesHaveAnswered) {
  const std::string yesterday = federation_.RunTwiceAndKeepABackup();
  federation_.Pin(nullptr);
  OwnPast& past = federation_.Start(yesterday);
  EXPECT_TRUE(Waits());
  EXPECT_THAT(WhyNot(), HasSubstr("none is pinned here"));
  EXPECT_FALSE(past.Ask().has_value());
  federation_.Pin(federation_.sites().roster());
  EXPECT_TRUE(Waits());
  const auto request = past.Ask();
  ASSERT_TRUE(request.has_value());
  past.Take(federation_.Answer(3, *request));
  EXPECT_TRUE(IsRestored());
}

TEST_F(OwnPastTest, ARosterThatIsPinnedWhileItRunsIsAskedFor) {
  federation_.Pin(nullptr);
  OwnPast& past = federation_.Start("");
  EXPECT_TRUE(past.MayTakePart().ok());
  federation_.Pin(federation_.sites().roster());
  EXPECT_TRUE(Waits());
  EXPECT_TRUE(past.Ask().has_value());
}

TEST_F(OwnPastTest, AnswersSitesOfItsRosterWithWhatItHasSeenAndNotWithoutEnd) {
  OwnPast& past = federation_.Start("");
  v1::WitnessQuestion question;
  question.set_site("site-9999");
  question.set_nonce(std::string(32, 'n'));
  EXPECT_FALSE(past.Answer(question).has_value());
  question.set_site(federation_.site());
  EXPECT_FALSE(past.Answer(question).has_value()) << "about itself it has its record";
  question.set_site(federation_.Name(1));
  question.set_nonce("short");
  EXPECT_FALSE(past.Answer(question).has_value());
  question.set_nonce(std::string(32, 'n'));
  int answers = 0;
  while (answers < 1000 && past.Answer(question).has_value()) ++answers;
  EXPECT_EQ(answers, 16);
  for (int i = 0; i < 1000; ++i) past.Answer(question);
  EXPECT_THAT(past.News(), ElementsAre(HasSubstr(federation_.Name(1) + " has asked this site more than 16 times")));
  v1::WitnessQuestion of_another = question;
  of_another.set_site(federation_.Name(2));
  EXPECT_TRUE(past.Answer(of_another).has_value()) << "one that asks without end does not mute it for the others";
  federation_.clock.Advance(absl::Minutes(10));
  EXPECT_TRUE(past.Answer(question).has_value());
}

TEST(OwnPast, ManyThatAskWithoutEndTogetherDoNotUseUpWhatAnotherSiteIsAnswered) {
  AskedFederation federation(21);
  OwnPast& past = federation.Start("");
  const auto is_answered = [&](size_t site) {
    v1::WitnessQuestion question;
    question.set_site(federation.Name(site));
    question.set_nonce(std::string(32, 'n'));
    return past.Answer(question).has_value();
  };
  int answers = 0;
  for (int i = 0; i < 100; ++i) {
    for (size_t site = 1; site < 20; ++site) answers += is_answered(site) ? 1 : 0;
  }
  EXPECT_EQ(answers, 19 * 12) << "256 by 20 others";
  EXPECT_THAT(past.News(), ElementsAre(HasSubstr("more than 12 times")));
  EXPECT_TRUE(is_answered(20));
  federation.clock.Advance(absl::Minutes(10));
  EXPECT_TRUE(is_answered(1));
}

// Of many sites a random part is asked, and the same in every session: else a coordinator would have it drawn anew
// until it is the part that has seen nothing.
TEST(OwnPast, AsksThirtyTwoOfManyAndDoesNotDrawThemAnew) {
  AskedFederation federation(40);
  OwnPast& past = federation.Start("");
  const auto request = past.Ask();
  ASSERT_TRUE(request.has_value());
  EXPECT_EQ(request->witnesses_size(), 32);
  EXPECT_EQ(past.Ask()->SerializeAsString(), request->SerializeAsString());
  for (size_t site = 1, said = 0; site < 40 && said < 16; ++site) {
    const auto& asked = request->witnesses();
    if (std::find(asked.begin(), asked.end(), federation.Name(site)) == asked.end()) {
      past.Take(federation.Say(site, *request));
      continue;  // it was not asked
    }
    EXPECT_TRUE(absl::IsUnavailable(past.MayTakePart()));
    past.Take(federation.Say(site, *request));
    ++said;
  }
  EXPECT_TRUE(past.MayTakePart().ok());
}

}  // namespace
}  // namespace accord
