#include "coordinator/engine/witness_desk.h"

#include <set>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace accord {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class WitnessDeskTest : public ::testing::Test {
 protected:
  static v1::WitnessRequest RequestOf(std::vector<std::string> witnesses, char nonce = 'n') {
    v1::WitnessRequest request;
    request.set_nonce(std::string(32, nonce));
    request.mutable_witnesses()->Assign(witnesses.begin(), witnesses.end());
    return request;
  }
  static v1::WitnessAnswer AnswerTo(const std::string& site, const std::string& words = "signed") {
    v1::WitnessAnswer answer;
    answer.set_site(site);
    answer.mutable_statement()->set_bytes(words);
    return answer;
  }
  // "b: question of a" and "a: report signed", since the last call.
  std::vector<std::string> Sent() { return std::exchange(sent_, {}); }

  std::set<std::string> connected_ = {"a", "b", "c"};
  ManualClock clock_;
  std::vector<std::string> sent_;
  WitnessDesk desk_{
      clock_, [this](const std::string& site, std::shared_ptr<const v1::CoordinatorMessage> message) {
        if (!connected_.contains(site)) return false;
        sent_.push_back(message->has_witness_question()
                            ? absl::StrCat(site, ": question of ", message->witness_question().site())
                            : absl::StrCat(site, ": report ", message->witness_report().statement().bytes()));
        return true;
      }};
};

TEST_F(WitnessDeskTest, CarriesQuestionsToWhoIsConnectedAndAnswersBackOnce) {
  ASSERT_TRUE(desk_.Ask("a", RequestOf({"b", "c", "d"})).ok());
  EXPECT_THAT(Sent(), ElementsAre("b: question of a", "c: question of a"));
  desk_.Answer("c", AnswerTo("a", "by c"));
  desk_.Answer("c", AnswerTo("a", "by c, again"));
  EXPECT_THAT(Sent(), ElementsAre("a: report by c"));
}

TEST_F(WitnessDeskTest, WhoComesLaterIsAskedThenAndWhoHasAnsweredIsNotAskedAgain) {
  ASSERT_TRUE(desk_.Ask("a", RequestOf({"b", "d"})).ok());
  desk_.Answer("b", AnswerTo("a"));
  Sent();
  connected_.insert("d");
  desk_.Connected("d");
  desk_.Connected("b");
  EXPECT_THAT(Sent(), ElementsAre("d: question of a"));
}

TEST_F(WitnessDeskTest, WhatNobodyAskedForIsDropped) {
  desk_.Answer("b", AnswerTo("a"));
  ASSERT_TRUE(desk_.Ask("a", RequestOf({"b"})).ok());
  Sent();
  desk_.Answer("c", AnswerTo("a"));  // c was not asked
  desk_.Answer("b", AnswerTo("c"));  // c has asked nothing
  desk_.Answer("b", AnswerTo("a", std::string(100 << 10, 'x')));
  EXPECT_THAT(Sent(), IsEmpty());
}

TEST_F(WitnessDeskTest, ASiteThatIsGoneIsForgottenUntilItAsksAgain) {
  ASSERT_TRUE(desk_.Ask("a", RequestOf({"b", "d"})).ok());
  desk_.Gone("a");
  Sent();
  desk_.Answer("b", AnswerTo("a"));
  connected_.insert("d");
  desk_.Connected("d");
  EXPECT_THAT(Sent(), IsEmpty());
  ASSERT_TRUE(desk_.Ask("a", RequestOf({"b", "d"})).ok());
  EXPECT_THAT(Sent(), ElementsAre("b: question of a", "d: question of a"));
}

TEST_F(WitnessDeskTest, RefusesRequestsThatAreNone) {
  EXPECT_FALSE(desk_.Ask("a", RequestOf({})).ok());
  EXPECT_FALSE(desk_.Ask("a", RequestOf({"a", "b"})).ok()) << "itself";
  EXPECT_FALSE(desk_.Ask("a", RequestOf({"c", "b"})).ok());
  EXPECT_FALSE(desk_.Ask("a", RequestOf({"b", "b"})).ok());
  EXPECT_FALSE(desk_.Ask("a", RequestOf({"not a site!"})).ok());
  v1::WitnessRequest short_nonce = RequestOf({"b"});
  short_nonce.set_nonce("short");
  EXPECT_FALSE(desk_.Ask("a", short_nonce).ok());
  std::vector<std::string> many;
  for (int i = 10; i < 43; ++i) many.push_back(absl::StrCat("s", i));
  EXPECT_FALSE(desk_.Ask("a", RequestOf(many)).ok()) << "33";
  many.pop_back();
  EXPECT_TRUE(desk_.Ask("a", RequestOf(many)).ok());
  EXPECT_THAT(Sent(), IsEmpty()) << "nobody of those is connected";
}

TEST_F(WitnessDeskTest, NobodyMakesItAskWithoutEnd) {
  std::vector<std::string> many;
  for (int i = 10; i < 42; ++i) many.push_back(absl::StrCat("s", i));
  connected_.insert(many.begin(), many.end());
  size_t questions = 0;
  for (int i = 0; i < 1'000; ++i) {
    EXPECT_TRUE(desk_.Ask("a", RequestOf(many, static_cast<char>(i))).ok()) << "its session goes on";
    questions += Sent().size();
  }
  EXPECT_EQ(questions, WitnessDesk::kMostQuestions);
  ASSERT_TRUE(desk_.Ask("b", RequestOf({"c"})).ok());
  EXPECT_THAT(Sent(), ElementsAre("c: question of b")) << "another site may still ask";
  clock_.Advance(WitnessDesk::kWindow);
  ASSERT_TRUE(desk_.Ask("a", RequestOf({"b"})).ok());
  EXPECT_THAT(Sent(), ElementsAre("b: question of a"));
}

// Else a site that asks again and again would have a witness spend on it all that it answers.
TEST_F(WitnessDeskTest, OneWitnessIsNotAskedAnewWithEachRequestOfASite) {
  for (int i = 0; i < 100; ++i) {
    ASSERT_TRUE(desk_.Ask("a", RequestOf({"b"}, static_cast<char>(i))).ok());
    if (i % 10 == 9) desk_.Gone("a");
  }
  EXPECT_EQ(Sent().size(), WitnessDesk::kMostRepeats);
  ASSERT_TRUE(desk_.Ask("a", RequestOf({"b", "c"})).ok());
  EXPECT_THAT(Sent(), ElementsAre("c: question of a"));
  clock_.Advance(WitnessDesk::kWindow);
  desk_.Connected("b");
  EXPECT_THAT(Sent(), ElementsAre("b: question of a")) << "what was not put stays open";
}

TEST_F(WitnessDeskTest, AnAnswerCountsThoughTheSiteHasAskedAgainMeanwhile) {
  for (uint32_t i = 0; i <= WitnessDesk::kMostRepeats; ++i) ASSERT_TRUE(desk_.Ask("a", RequestOf({"b"})).ok());
  Sent();
  desk_.Answer("b", AnswerTo("a", "by b"));
  desk_.Answer("b", AnswerTo("a", "by b, again"));
  EXPECT_THAT(Sent(), ElementsAre("a: report by b"));
}

TEST_F(WitnessDeskTest, AWitnessThatComesAndGoesIsNotAskedEachTime) {
  ASSERT_TRUE(desk_.Ask("a", RequestOf({"b", "c"})).ok());
  Sent();
  for (int i = 0; i < 100; ++i) desk_.Connected("b");
  EXPECT_EQ(Sent().size(), WitnessDesk::kMostRepeats - 1);
  EXPECT_TRUE(desk_.Ask("a", RequestOf({"c"})).ok()) << "it does not use up what the other site may ask";
}

}  // namespace
}  // namespace accord
