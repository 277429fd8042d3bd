// A coordinator that asks the same thing again of other survivors, to subtract one sum from the other.
#include "aggregation/secure/site/another_attempt.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <vector>

#include "aggregation/secure/messages/void_statement.h"
#include "tests/aggregation/secure/testing/test_federation.h"

namespace accord::secure::testing {
namespace {

using State = SecureParticipant::State;

class AnotherAttempt : public ::testing::Test {
 protected:
  AnotherAttempt() { federation_.OpenEpoch(1, federation_.All()); }

  // The same question as attempt 1, as attempt `number` of the epoch that is open.
  AttemptTerms Again(uint32_t number) {
    AttemptTerms terms = federation_.Terms(number);
    terms.step = 1;
    terms.round = 1;
    terms.model_digest = Sha256("model after 0");
    terms.encoding_sites = 5;
    return terms;
  }

  // Attempt 1 over everybody is signed by `signers` and given up.
  void SignAndGiveUp(const Sites& signers) {
    PlayedAttempt attempt = federation_.Upload(1, federation_.All());
    transcript_ = federation_.Transcript(1);
    federation_.Sign(attempt, federation_.All(), signers);
    for (const size_t site : federation_.All()) {
      if (std::find(signers.begin(), signers.end(), site) == signers.end()) {
        voids_[site] = *federation_[site].Send(VoidRequested{transcript_}).void_statement;
      }
    }
    federation_.End(attempt, AttemptOutcome::kAbandoned);
  }

  void ExpectBound(const Outbox& outbox, SiteRefusal refusal) {
    ASSERT_TRUE(outbox.Refused(refusal)) << outbox;
    ASSERT_TRUE(outbox.refusals[0].bound.has_value());
    EXPECT_EQ(outbox.refusals[0].bound->sites, federation_.Names(federation_.All()));
    EXPECT_EQ(outbox.refusals[0].bound->encoding_sites, 5u);
    EXPECT_FALSE(outbox.refusals[0].permanent);
    EXPECT_FALSE(outbox.masks);
  }

  TestFederation federation_{{.num_sites = 5}};
  Sha256Digest transcript_{};
  std::map<size_t, SignedBytes> voids_;
};

TEST_F(AnotherAttempt, CohortWithoutOneOfTheSignedSurvivorsIsRefused) {
  federation_.Run(1);
  federation_.OpenEpoch(2, {0, 1, 2, 3});
  ExpectBound(federation_[0].Send(federation_.Plan(Again(2))), SiteRefusal::kBoundToSurvivors);
}

TEST_F(AnotherAttempt, SetThatWasOnlySignedBindsLikeOneThatWasOpened) {
  SignAndGiveUp({0, 1});
  federation_.OpenEpoch(2, {0, 1, 2, 3});
  ExpectBound(federation_[0].Send(federation_.Plan(Again(2))), SiteRefusal::kBoundToSurvivors);
  // Sites 2 and 3 did not sign: they are free.
  EXPECT_TRUE(federation_[2].Send(federation_.Plan(Again(2))).header.has_value());
}

TEST_F(AnotherAttempt, SurvivorsWithoutOneOfTheSignedAreNotSignedThoughTheCohortHasIt) {
  federation_.Run(1);
  const PlayedAttempt attempt = federation_.Upload(federation_.Plan(Again(2)), federation_.All());
  ExpectBound(federation_[0].Send(federation_.List(attempt, {0, 1, 2, 3}, 0)), SiteRefusal::kBoundToSurvivors);
  EXPECT_TRUE(federation_[0].Send(federation_.List(attempt, federation_.All(), 0)).statement.has_value());
}

TEST_F(AnotherAttempt, CohortWithOneMoreThanTheSignedSurvivorsIsRefusedBeforeAnythingIsUploaded) {
  PlayedAttempt first = federation_.Upload(1, federation_.All());
  federation_.Sign(first, {0, 1, 2, 3}, {0, 1, 2, 3});
  federation_.End(first, AttemptOutcome::kAbandoned);
  const Outbox outbox = federation_[0].Send(federation_.Plan(Again(2)));
  ASSERT_TRUE(outbox.Refused(SiteRefusal::kBoundToSurvivors)) << outbox;
  EXPECT_EQ(outbox.refusals[0].bound->sites, federation_.Names({0, 1, 2, 3}));
}

// Two jobs that run side by side: both have their plan before either signs.
TEST_F(AnotherAttempt, WhatTheSiteSignsForAnotherJobAfterThePlanBindsToo) {
  const PlayedAttempt attempt = federation_.Upload(1, federation_.All());
  const AttemptPlace place = PlaceOf(attempt.terms);
  Signed other;
  other.job_id = "job-2";
  other.attempt = 1;
  other.transcript = Sha256("of the other job");
  other.place = place.place;
  other.question = Sha256("asked by the other job");
  other.encoding_sites = 5;
  other.required_signatures = 4;
  other.colluding_sites = 1;
  other.cohort = federation_.Names(federation_.All());
  other.survivors = federation_.Names({0, 1, 2, 3});
  federation_[0].record().Append(other);
  const Outbox outbox = federation_[0].Send(federation_.List(attempt, federation_.All(), 0));
  ASSERT_TRUE(outbox.Refused(SiteRefusal::kBoundToSurvivors)) << outbox;
  EXPECT_EQ(outbox.refusals[0].bound->sites, other.survivors);
  EXPECT_TRUE(federation_[1].Send(federation_.List(attempt, federation_.All(), 1)).statement.has_value());
}

// The same between plan and vector.
TEST_F(AnotherAttempt, VectorOfTheSameQuestionThatWasSignedAfterThePlanIsTheOnlyOne) {
  federation_[0].computes_at_once = false;
  ASSERT_TRUE(federation_[0].Send(federation_.Plan(1)).computes);
  const AttemptPlace place = PlaceOf(federation_.Terms(1));
  Signed other;
  other.job_id = "job-1";
  other.attempt = 7;
  other.transcript = Sha256("of the other attempt");
  other.place = place.place;
  other.question = place.question;
  other.vector_name = Sha256("another vector");
  other.encoding_sites = 5;
  other.required_signatures = 4;
  other.colluding_sites = 1;
  other.cohort = other.survivors = federation_.Names(federation_.All());
  federation_[0].record().Append(other);
  ExpectBound(federation_[0].Send(VectorComputed{Sha256("this vector")}), SiteRefusal::kBoundToVector);
}

TEST_F(AnotherAttempt, IdenticalSetAndVectorUnderFreshMasksIsAllowed) {
  PlayedAttempt first = federation_.Upload(1, federation_.All());
  federation_.Sign(first, {0, 1, 2, 3}, {0, 1, 2, 3});
  federation_.End(first, AttemptOutcome::kAbandoned);
  federation_.OpenEpoch(2, {0, 1, 2, 3});
  PlayedAttempt attempt = federation_.Upload(federation_.Plan(Again(2)), {0, 1, 2, 3});
  EXPECT_NE(attempt.payloads.at(0), first.payloads.at(0));
  federation_.Sign(attempt, {0, 1, 2, 3}, {0, 1, 2, 3});
  federation_.Reveal(attempt, {0, 1, 2, 3}, {0, 1, 2, 3});
  EXPECT_EQ(federation_.Unmask(attempt, {0, 1, 2, 3}), federation_.PlainSum({0, 1, 2, 3}));
}

TEST_F(AnotherAttempt, AnotherVectorForTheSameQuestionNeverLeaves) {
  SignAndGiveUp(federation_.All());
  ++federation_[0].vector[3];
  ExpectBound(federation_[0].Send(federation_.Plan(Again(2))), SiteRefusal::kBoundToVector);
}

TEST_F(AnotherAttempt, AnotherScaleForTheSameQuestionIsRefusedAtThePlan) {
  PlayedAttempt first = federation_.Upload(1, federation_.All());
  federation_.Sign(first, {0, 1, 2, 3}, {0});
  federation_.OpenEpoch(2, {0, 1, 2, 3});
  AttemptTerms terms = Again(2);
  terms.encoding_sites = 4;
  const Outbox outbox = federation_[0].Send(federation_.Plan(terms));
  ASSERT_TRUE(outbox.Refused(SiteRefusal::kBoundToVector)) << outbox;
  EXPECT_EQ(outbox.refusals[0].bound->encoding_sites, 5u);
  EXPECT_FALSE(outbox.computes);
}

TEST_F(AnotherAttempt, AnotherJobAtTheSameModelIsBoundToTheSameSurvivorsButMayAskOtherThings) {
  federation_.Run(1);
  federation_.previous.clear();
  for (const size_t site : federation_.All()) federation_[site].Restart();  // a machine for another job
  federation_.job_id = "job-2";
  federation_.job_sha256 = Sha256("another job");
  federation_.OpenEpoch(1, {0, 1, 2, 3});
  ExpectBound(federation_[0].Send(federation_.Plan(Again(1))), SiteRefusal::kBoundToSurvivors);
  federation_.OpenEpoch(2, federation_.All());
  ++federation_[0].vector[3];  // another question: its vector is another one
  EXPECT_TRUE(federation_[0].Send(federation_.Plan(Again(2))).header.has_value());
}

TEST_F(AnotherAttempt, OtherDataProgramOrModelIsAnotherPlace) {
  SignAndGiveUp(federation_.All());
  federation_.OpenEpoch(2, {0, 1, 2, 3});
  uint32_t attempt = 2;
  AttemptTerms terms = Again(attempt++);
  terms.data_set = "lungs";
  EXPECT_TRUE(federation_[0].Send(federation_.Plan(terms)).header.has_value());
  terms = Again(attempt++);
  terms.kind = 3;
  EXPECT_TRUE(federation_[0].Send(federation_.Plan(terms)).header.has_value());
  terms = Again(attempt++);
  terms.model_digest = Sha256("model after 1");
  EXPECT_TRUE(federation_[0].Send(federation_.Plan(terms)).header.has_value());
  ExpectBound(federation_[0].Send(federation_.Plan(Again(attempt))), SiteRefusal::kBoundToSurvivors);
}

TEST_F(AnotherAttempt, DrillsOfDifferentJobsAreNotBoundToEachOther) {
  AttemptTerms one = federation_.Terms(1);
  one.data_set = "";
  AttemptTerms other = one;
  other.job_id = "job-2";
  EXPECT_NE(PlaceOf(one).place, PlaceOf(other).place);
  one.data_set = other.data_set = "heart";
  EXPECT_EQ(PlaceOf(one).place, PlaceOf(other).place);
  other.job_sha256 = Sha256("another job");
  EXPECT_NE(PlaceOf(one).question, PlaceOf(other).question);
}

TEST_F(AnotherAttempt, SignatureBindsAfterARestartToo) {
  SignAndGiveUp({0});
  federation_[0].Restart();
  federation_.OpenEpoch(2, {0, 1, 2, 3});
  ExpectBound(federation_[0].Send(federation_.Plan(Again(2))), SiteRefusal::kBoundToSurvivors);
}

// ---- void statements: n = 5, t = 4, C = 1, so three of them ----

TEST_F(AnotherAttempt, EnoughPromisesNeverToSignSetEverybodyFree) {
  SignAndGiveUp({0, 1});
  federation_.OpenEpoch(2, {0, 1, 2, 3});
  federation_.voids = {voids_.at(2), voids_.at(3), voids_.at(4)};
  AttemptTerms terms = Again(2);
  terms.encoding_sites = 4;
  ++federation_[0].vector[3];
  PlayedAttempt attempt = federation_.Upload(federation_.Plan(terms), {0, 1, 2, 3});
  federation_.Sign(attempt, {0, 1, 2, 3}, {0, 1, 2, 3});
  federation_.Reveal(attempt, {0, 1, 2, 3}, {0, 1, 2, 3});
  EXPECT_EQ(federation_.Unmask(attempt, {0, 1, 2, 3}), federation_.PlainSum({0, 1, 2, 3}));
}

// The promises were shown to one job; a later one on the same data does not have them.
TEST_F(AnotherAttempt, OnceFreeASiteIsFreeForEveryJobAndAfterARestart) {
  SignAndGiveUp({0, 1});
  federation_.OpenEpoch(2, {0, 1, 2, 3});
  federation_.voids = {voids_.at(2), voids_.at(3), voids_.at(4)};
  AttemptTerms terms = Again(2);
  terms.encoding_sites = 4;
  const Outbox outbox = federation_[0].Send(federation_.Plan(terms));
  ASSERT_TRUE(outbox.header.has_value()) << outbox;
  EXPECT_EQ(outbox.order.front(), "append") << "in its record before anything else follows";
  federation_.voids.clear();
  federation_.previous.clear();
  for (const size_t site : federation_.All()) federation_[site].Restart();
  federation_.job_id = "job-2";
  federation_.job_sha256 = Sha256("another job");
  federation_.OpenEpoch(1, {0, 1, 2, 3});
  terms = Again(1);
  terms.encoding_sites = 4;
  EXPECT_TRUE(federation_[0].Send(federation_.Plan(terms)).header.has_value());
  // Site 1 was shown no promises.
  ExpectBound(federation_[1].Send(federation_.Plan(terms)), SiteRefusal::kBoundToSurvivors);
}

// With the cap one higher the same sites would give the row that only the largest of them has.
TEST_F(AnotherAttempt, AnotherCapOnRowsAtTheSamePlaceIsRefusedInAnotherJobToo) {
  federation_.Run(1);
  federation_.previous.clear();
  for (const size_t site : federation_.All()) federation_[site].Restart();
  federation_.job_id = "job-2";
  federation_.job_sha256 = Sha256("another job");
  federation_.OpenEpoch(1, federation_.All());
  AttemptTerms terms = Again(1);
  terms.weight_cap = 1001;
  const Outbox outbox = federation_[0].Send(federation_.Plan(terms));
  ExpectBound(outbox, SiteRefusal::kBoundToVector);
  EXPECT_FALSE(outbox.computes);
  EXPECT_TRUE(federation_[0].Send(federation_.Plan(Again(2))).header.has_value());
}

TEST_F(AnotherAttempt, TooFewPromisesSetNobodyFree) {
  SignAndGiveUp({0, 1});
  federation_.OpenEpoch(2, {0, 1, 2, 3});
  federation_.voids = {voids_.at(2), voids_.at(3)};
  ExpectBound(federation_[0].Send(federation_.Plan(Again(2))), SiteRefusal::kBoundToSurvivors);
  federation_.voids = {voids_.at(2), voids_.at(3), voids_.at(3)};
  ExpectBound(federation_[0].Send(federation_.Plan(Again(2))), SiteRefusal::kBoundToSurvivors);
}

TEST_F(AnotherAttempt, PromisesThatAreForgedForeignOrOfAnotherAttemptCountForNothing) {
  SignAndGiveUp({0, 1});
  const SignedBytes other = *federation_[4].Send(VoidRequested{Sha256("another attempt")}).void_statement;
  SignedBytes forged = voids_.at(4);
  forged.signature = other.signature;
  SignedBytes stranger = secure::Sign(VoidStatement{transcript_, "site-9999", 1, {}}, federation_[4].signer()).value();
  federation_.OpenEpoch(2, {0, 1, 2, 3});
  for (const SignedBytes& bad : {other, forged, stranger, SignedBytes{"rubbish", "rubbish"}}) {
    federation_.voids = {voids_.at(2), voids_.at(3), bad};
    ExpectBound(federation_[0].Send(federation_.Plan(Again(2))), SiteRefusal::kBoundToSurvivors);
  }
}

TEST_F(AnotherAttempt, SetThatWasOpenedCannotBeCalledVoid) {
  // Four sign and three of them reveal; the coordinator tells site 0 that the attempt was void. It has one honest
  // promise (site 4) and needs three.
  PlayedAttempt attempt = federation_.Upload(1, federation_.All());
  const Sha256Digest transcript = federation_.Transcript(1);
  federation_.Sign(attempt, federation_.All(), {0, 1, 2, 3});
  federation_.Reveal(attempt, {0, 1, 2, 3}, {1, 2, 3});
  for (const size_t site : {1, 2, 3}) {
    EXPECT_TRUE(federation_[site].Send(VoidRequested{transcript}).Refused(SiteRefusal::kSigned));
  }
  federation_.voids = {*federation_[4].Send(VoidRequested{transcript}).void_statement};
  federation_.OpenEpoch(2, {0, 1, 2, 3});
  ExpectBound(federation_[0].Send(federation_.Plan(Again(2))), SiteRefusal::kBoundToSurvivors);
}

TEST_F(AnotherAttempt, EveryEarlierSignatureMustBeReleasedNotOnlyTheLast) {
  SignAndGiveUp({0, 1});
  federation_.OpenEpoch(2, federation_.All());
  // It signs the same set in attempt 2, which is given up as well.
  PlayedAttempt second = federation_.Upload(federation_.Plan(Again(2)), federation_.All());
  federation_.Sign(second, federation_.All(), {0});
  const Sha256Digest transcript = federation_.AgreementOf(federation_.Plan(Again(2))).transcript;
  for (const size_t site : {2, 3, 4}) {
    federation_.voids.push_back(*federation_[site].Send(VoidRequested{transcript}).void_statement);
  }
  federation_.OpenEpoch(3, {0, 1, 2});
  EXPECT_TRUE(federation_[0].Send(federation_.Plan(Again(3))).Refused(SiteRefusal::kBoundToSurvivors));
  for (const size_t site : {2, 3, 4}) federation_.voids.push_back(voids_.at(site));
  EXPECT_TRUE(federation_[0].Send(federation_.Plan(Again(3))).header.has_value());
}

}  // namespace
}  // namespace accord::secure::testing
