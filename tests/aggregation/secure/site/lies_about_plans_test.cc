// A coordinator that plans what it must not, or plans one thing to one site and another to the next.
#include <gtest/gtest.h>

#include <functional>

#include "aggregation/secure/evidence/evidence.h"
#include "tests/aggregation/secure/testing/test_federation.h"

namespace accord::secure::testing {
namespace {

using State = SecureParticipant::State;

class LiesAboutPlans : public ::testing::Test {
 protected:
  LiesAboutPlans() { federation_.OpenEpoch(1, federation_.All()); }

  void ExpectRefused(const AttemptPlanned& plan, SiteRefusal refusal, size_t site = 0) {
    const State before = federation_[site].state();
    const Outbox outbox = federation_[site].Send(plan);
    EXPECT_TRUE(outbox.Refused(refusal)) << outbox;
    EXPECT_FALSE(outbox.computes || outbox.masks || outbox.header.has_value());
    EXPECT_EQ(federation_[site].state(), before);
  }

  TestFederation federation_{{.num_sites = 5}};
};

struct UnequalCase {
  std::string name;
  std::function<void(AttemptTerms&)> alter;
  std::string words;  // in which the difference is told
};

class UnequalPlans : public LiesAboutPlans, public ::testing::WithParamInterface<UnequalCase> {};

TEST_P(UnequalPlans, AreFoundOutNamedAndProvenBeforeAnythingOpens) {
  AttemptTerms other = federation_.Terms(1);
  GetParam().alter(other);
  PlayedAttempt attempt = federation_.Upload(1, {0, 1, 2, 3});
  PlayedAttempt elsewhere = federation_.Upload(federation_.Plan(other), {4});
  attempt.headers[4] = elsewhere.headers.at(4);
  attempt.offers[4] = elsewhere.offers.at(4);
  for (const size_t site : federation_.All()) {
    const Outbox outbox = federation_[site].Send(federation_.List(attempt, federation_.All(), site));
    ASSERT_TRUE(outbox.Refused(SiteRefusal::kOtherTranscript)) << outbox;
    EXPECT_TRUE(outbox.refusals[0].permanent);
    EXPECT_NE(outbox.refusals[0].reason.find(GetParam().words), std::string::npos) << outbox;
    ASSERT_EQ(outbox.evidence.size(), 1u);
    EXPECT_EQ(outbox.evidence[0].kind, EvidenceKind::kUnequalTranscripts);
    EXPECT_EQ(outbox.evidence[0].messages.size(), 2u);  // both signed: its own and the other's
    EXPECT_EQ(federation_[site].state(), State::kStopped);
    EXPECT_TRUE(federation_[site].Send(federation_.Plan(2)).Refused(SiteRefusal::kStopped));
  }
}

INSTANTIATE_TEST_SUITE_P(
    EachParameter, UnequalPlans,
    ::testing::Values(
        UnequalCase{"Model", [](AttemptTerms& terms) { terms.model_digest = Sha256("a bit differs"); }, "model"},
        UnequalCase{"Statistics", [](AttemptTerms& terms) { terms.statistics_sha256 = Sha256("other"); }, "statistics"},
        UnequalCase{"Bounds", [](AttemptTerms& terms) { terms.schema_hash = Sha256("wider bounds"); },
                    "layout or scale"},
        UnequalCase{"Collaborators", [](AttemptTerms& terms) { terms.colluding_organisations = 2; }, "agreement"},
        UnequalCase{"RingBits", [](AttemptTerms& terms) { terms.ring_bits = 64; }, "layout or scale"},
        UnequalCase{"WeightCap", [](AttemptTerms& terms) { terms.weight_cap = 1; }, "layout or scale"},
        UnequalCase{"JobFloor", [](AttemptTerms& terms) { terms.min_sites = 5; }, "agreement"},
        UnequalCase{"Step", [](AttemptTerms& terms) { terms.step = 9; }, "step"},
        UnequalCase{"Kind", [](AttemptTerms& terms) { terms.kind = 3; }, "layout or scale"},
        UnequalCase{"Round", [](AttemptTerms& terms) { terms.round = 9; }, "round"},
        UnequalCase{"Attempt", [](AttemptTerms& terms) { terms.attempt = 2; }, "attempt"},
        UnequalCase{"Charter", [](AttemptTerms& terms) { terms.charter_hash = Sha256("another charter"); },
                    "agreement"},
        UnequalCase{"LogHead", [](AttemptTerms& terms) { terms.log_head = "another head"; }, "log"}),
    [](const auto& info) { return info.param.name; });

TEST_F(LiesAboutPlans, CohortsThatDifferBetweenSitesAreFoundOut) {
  // Site 4 is told of an epoch without site 3, the others of the whole one.
  PlayedAttempt attempt = federation_.Upload(1, {0, 1, 2, 3});
  const std::vector<SignedBytes> keys = federation_.CollectKeys(2, federation_.All());
  std::vector<SignedBytes> without = keys;
  without.erase(without.begin() + 3);
  for (const size_t site : {0, 1, 2, 3}) ASSERT_TRUE(federation_[site].Send(EpochListed{2, keys}).nonce.has_value());
  ASSERT_TRUE(federation_[4].Send(EpochListed{2, without}).nonce.has_value());
  AttemptTerms terms = federation_.Terms(2);
  attempt = federation_.Upload(federation_.Plan(terms), federation_.All());
  const Outbox outbox = federation_[0].Send(federation_.List(attempt, federation_.All(), 0));
  ASSERT_TRUE(outbox.Refused(SiteRefusal::kOtherTranscript)) << outbox;
  EXPECT_NE(outbox.refusals[0].reason.find("cohort"), std::string::npos) << outbox;
}

TEST_F(LiesAboutPlans, PlanForAnotherJobOrEpochIsRefused) {
  AttemptTerms terms = federation_.Terms(1);
  terms.job_sha256 = Sha256("other bytes");
  ExpectRefused(federation_.Plan(terms), SiteRefusal::kOtherJob);
  terms = federation_.Terms(1);
  terms.job_id = "job-2";
  ExpectRefused(federation_.Plan(terms), SiteRefusal::kOtherJob);
  terms = federation_.Terms(1);
  terms.epoch = 2;
  ExpectRefused(federation_.Plan(terms), SiteRefusal::kOtherEpoch);
}

TEST_F(LiesAboutPlans, OldAttemptIsRefused) {
  federation_.Upload(5, federation_.All());
  ExpectRefused(federation_.Plan(4), SiteRefusal::kReplayedAttempt);
  AttemptTerms terms = federation_.Terms(5);
  terms.model_digest = Sha256("another model");
  ExpectRefused(federation_.Plan(terms), SiteRefusal::kReplayedAttempt);
  federation_[0].Send(AttemptEnded{5, AttemptOutcome::kAbandoned});
  ExpectRefused(federation_.Plan(5), SiteRefusal::kReplayedAttempt);
}

TEST_F(LiesAboutPlans, AttemptBelowItsEpochsNumberIsRefused) {
  federation_.OpenEpoch(4, federation_.All());
  ExpectRefused(federation_.Plan(3), SiteRefusal::kReplayedAttempt);
}

TEST_F(LiesAboutPlans, PlanBeforeTheListOfTheEpochIsOutOfOrder) {
  const AttemptPlanned plan = federation_.Plan(2);
  federation_.CollectKeys(2, federation_.All());
  EXPECT_TRUE(federation_[0].Send(plan).Refused(SiteRefusal::kOutOfOrder));
}

TEST_F(LiesAboutPlans, EncodingForFewerSitesThanTheCohortOrMoreThanTheRosterIsRefused) {
  AttemptTerms terms = federation_.Terms(1);
  terms.encoding_sites = 4;
  ExpectRefused(federation_.Plan(terms), SiteRefusal::kBadTerms);
  terms.encoding_sites = 6;  // everybody's update would be rounded away
  ExpectRefused(federation_.Plan(terms), SiteRefusal::kBadTerms);
}

TEST_F(LiesAboutPlans, RingsThatDoNotExistAreRefused) {
  AttemptTerms terms = federation_.Terms(1);
  terms.ring_bits = 8;
  ExpectRefused(federation_.Plan(terms), SiteRefusal::kBadTerms);
}

TEST_F(LiesAboutPlans, MoreCollaboratorsThanTheRulesBearAreRefused) {
  AttemptTerms terms = federation_.Terms(1);
  terms.colluding_organisations = 3;  // 2t = 8 = n + C
  ExpectRefused(federation_.Plan(terms), SiteRefusal::kBadTerms);
}

TEST(LiesAboutPlansToStrictSites, FewerDeclaredCollaboratorsThanTheSiteAssumesAreRefused) {
  TestFederation federation({.num_sites = 5});
  federation.OpenEpoch(1, federation.All());
  AttemptTerms terms = federation.Terms(1);
  terms.colluding_organisations = 0;
  EXPECT_TRUE(federation[0].Send(federation.Plan(terms)).Refused(SiteRefusal::kCohortBelowFloor));
}

TEST(LiesAboutPlansToStrictSites, TwoSitesNeedTheJobsWordToo) {
  Floors floors;
  floors.two_sites = true;
  TestFederation federation({.num_sites = 2, .floors = floors});
  federation.colluding_organisations = 0;
  federation.OpenEpoch(1, federation.All());
  EXPECT_TRUE(federation[0].Send(federation.Plan(1)).Refused(SiteRefusal::kCohortBelowFloor));
}

TEST(LiesAboutPlansToStrictSites, TwoSitesNeedTheSitesWordBeforeTheyShowAnything) {
  TestFederation federation({.num_sites = 2});
  const EpochListed list{1, federation.CollectKeys(1, federation.All())};
  const Outbox outbox = federation[0].Send(list);
  EXPECT_TRUE(outbox.Refused(SiteRefusal::kCohortBelowFloor)) << outbox;
  EXPECT_NE(outbox.refusals.at(0).reason.find("allow_two_sites: true"), std::string::npos) << outbox;
}

TEST_F(LiesAboutPlans, LastSignedAttemptMustBeShown) {
  federation_.Run(1);
  AttemptPlanned plan = federation_.Plan(2);
  plan.previous.clear();
  ExpectRefused(plan, SiteRefusal::kPreviousSkipped);
}

TEST_F(LiesAboutPlans, OlderAttemptIsNoProofOfTheLast) {
  federation_.Run(1);
  const std::vector<SignedBytes> first = federation_.previous;
  federation_.Run(2);
  AttemptPlanned plan = federation_.Plan(3);
  plan.previous = first;
  ExpectRefused(plan, SiteRefusal::kPreviousSkipped);
  // Nor after a restart: that it revealed is in the record.
  federation_.OpenEpoch(4, federation_.All());
  federation_[0].Restart();
  federation_.OpenEpoch(5, federation_.All());
  plan = federation_.Plan(5);
  plan.previous = first;
  ExpectRefused(plan, SiteRefusal::kPreviousSkipped);
}

TEST_F(LiesAboutPlans, AttemptThatThisSiteRevealedForIsNotSkippedThoughItDied) {
  PlayedAttempt dead = federation_.Upload(1, federation_.All());
  federation_.Sign(dead, federation_.All(), federation_.All());
  federation_.Reveal(dead, federation_.All(), {0});  // then the others were gone
  federation_.End(dead, AttemptOutcome::kAbandoned);
  AttemptPlanned plan = federation_.Plan(2);
  plan.previous.clear();
  ExpectRefused(plan, SiteRefusal::kPreviousSkipped);
}

TEST_F(LiesAboutPlans, TooFewOrRepeatedOrForeignStatementsProveNothing) {
  federation_.OpenEpoch(2, {0, 1, 2, 3});
  federation_.Run(2);
  federation_.OpenEpoch(3, federation_.All());
  const size_t absent = 4;
  AttemptPlanned plan = federation_.Plan(3);
  plan.previous.resize(2);
  ExpectRefused(plan, SiteRefusal::kPreviousNotProven, absent);
  plan.previous.push_back(plan.previous[1]);
  ExpectRefused(plan, SiteRefusal::kPreviousNotProven, absent);
  plan = federation_.Plan(3);
  plan.previous[1].signature = plan.previous[0].signature;
  ExpectRefused(plan, SiteRefusal::kPreviousNotProven, absent);
  plan = federation_.Plan(3);
  for (SignedBytes& message : plan.previous) {  // of another job
    SurvivorStatement statement = ParseSurvivorStatement(message.bytes).value();
    statement.set.job_id = "job-2";
    for (const size_t site : federation_.All()) {
      if (federation_[site].name() == statement.site) {
        message = secure::Sign(statement, federation_[site].signer()).value();
      }
    }
  }
  ExpectRefused(plan, SiteRefusal::kPreviousNotProven, absent);
  EXPECT_TRUE(federation_[absent].Send(federation_.Plan(3)).header.has_value());
}

TEST_F(LiesAboutPlans, ProofOfAnAttemptThatIsNotEarlierIsRefused) {
  PlayedAttempt first = federation_.Run(1);
  for (SignedBytes& message : federation_.previous) {
    SurvivorStatement statement = ParseSurvivorStatement(message.bytes).value();
    statement.set.attempt = 9;
    for (const size_t site : federation_.All()) {
      if (federation_[site].name() == statement.site) {
        message = secure::Sign(statement, federation_[site].signer()).value();
      }
    }
  }
  ExpectRefused(federation_.Plan(2), SiteRefusal::kPreviousNotProven);
}

TEST_F(LiesAboutPlans, AnotherOutcomeOfAnAttemptThatThisSiteTookPartInIsRefused) {
  federation_.Run(1);
  for (SignedBytes& message : federation_.previous) {  // all the others collude
    SurvivorStatement statement = ParseSurvivorStatement(message.bytes).value();
    statement.set.survivors_hash = Sha256("other survivors");
    for (const size_t site : federation_.All()) {
      if (federation_[site].name() == statement.site) {
        message = secure::Sign(statement, federation_[site].signer()).value();
      }
    }
  }
  ExpectRefused(federation_.Plan(2), SiteRefusal::kPreviousNotProven);
}

TEST(LiesAboutSparseGraphs, NoncesUnlikeTheirCommitmentsAreRefused) {
  TestFederation federation({.num_sites = 12});
  federation.OpenEpoch(1, federation.All());
  AttemptTerms terms = federation.Terms(1);
  terms.graph = GraphTerms{true, 6, 4, 2};
  AttemptPlanned plan = federation.Plan(terms);
  plan.graph_nonces[3][0] ^= 1;
  EXPECT_TRUE(federation[0].Send(plan).Refused(SiteRefusal::kNonceUnlikeCommitment));
  plan = federation.Plan(terms);
  plan.graph_nonces.pop_back();
  EXPECT_TRUE(federation[0].Send(plan).Refused(SiteRefusal::kNonceUnlikeCommitment));
  plan = federation.Plan(terms);
  plan.graph_nonces.clear();
  EXPECT_TRUE(federation[0].Send(plan).Refused(SiteRefusal::kNonceUnlikeCommitment));
}

TEST(LiesAboutSparseGraphs, GraphsThatCannotBeAreRefused) {
  TestFederation federation({.num_sites = 12});
  federation.OpenEpoch(1, federation.All());
  AttemptTerms terms = federation.Terms(1);
  for (const GraphTerms& graph : {GraphTerms{true, 12, 4, 2}, GraphTerms{true, 6, 0, 2}, GraphTerms{true, 6, 7, 2},
                                  GraphTerms{true, 6, 4, 4}, GraphTerms{true, 5, 4, 2}}) {
    terms.graph = graph;
    EXPECT_TRUE(federation[0].Send(federation.Plan(terms)).Refused(SiteRefusal::kBadTerms));
  }
}

}  // namespace
}  // namespace accord::secure::testing
