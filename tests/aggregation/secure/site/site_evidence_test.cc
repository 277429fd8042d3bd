// The evidence that a site stores is checked by anybody who holds the file, and says what the site says.
#include <gtest/gtest.h>

#include "aggregation/secure/evidence/verdict.h"
#include "tests/aggregation/secure/testing/test_federation.h"

namespace accord::secure::testing {
namespace {

EvidenceVerdict Judge(const TestFederation& federation, const Outbox& outbox) {
  EXPECT_EQ(outbox.evidence.size(), 1u);
  return CheckEvidence(WriteEvidence(outbox.evidence.at(0), federation.roster()->bytes())).value();
}

TEST(SiteEvidence, OfUnequalModelsShowsThatTwoSitesWereToldDifferentThings) {
  TestFederation federation({.num_sites = 4});
  federation.OpenEpoch(1, federation.All());
  AttemptTerms other = federation.Terms(1);
  other.model_digest = Sha256("another model");
  PlayedAttempt attempt = federation.Upload(1, {0, 1, 2});
  PlayedAttempt elsewhere = federation.Upload(federation.Plan(other), {3});
  attempt.headers[3] = elsewhere.headers.at(3);
  attempt.offers[3] = elsewhere.offers.at(3);
  const EvidenceVerdict verdict = Judge(federation, federation[0].Send(federation.List(attempt, federation.All(), 0)));
  EXPECT_EQ(verdict.claimed, EvidenceKind::kUnequalTranscripts);
  EXPECT_TRUE(verdict.claim_holds);
  EXPECT_EQ(verdict.witness, federation[0].name());
  ASSERT_FALSE(verdict.findings.empty());
  EXPECT_EQ(verdict.findings[0].weight, Weight::kTold);
  EXPECT_EQ(verdict.findings[0].sites, federation.Names({0, 3}));
}

TEST(SiteEvidence, OfTwoSurvivorSetsHolds) {
  TestFederation federation({.num_sites = 5});
  federation.OpenEpoch(1, federation.All());
  PlayedAttempt attempt = federation.Upload(1, federation.All());
  federation.Sign(attempt, federation.AllBut({4}), {0, 1});
  federation.Sign(attempt, federation.All(), {2, 3, 4});
  const EvidenceVerdict verdict =
      Judge(federation, federation[0].Send(federation.Signatures(attempt, federation.All())));
  EXPECT_EQ(verdict.claimed, EvidenceKind::kTwoSurvivorSets);
  EXPECT_TRUE(verdict.claim_holds);
}

TEST(SiteEvidence, OfARestoredBackupNamesWhoSawTheNewerRecord) {
  TestFederation federation({.num_sites = 4});
  federation.OpenEpoch(1, federation.All());
  federation.Run(1);
  const std::string backup = federation[0].disk();
  federation.Run(2);
  federation[0].disk() = backup;
  federation[0].Restart();
  const std::vector<SignedBytes> statements = federation.CollectKeys(3, federation.All());
  const EvidenceVerdict verdict = Judge(federation, federation[0].Send(EpochListed{3, statements}));
  EXPECT_EQ(verdict.claimed, EvidenceKind::kRecordForked);
  ASSERT_EQ(verdict.signed_messages.size(), 1u);
  EXPECT_NE(verdict.signed_messages[0].find(federation[1].name()), std::string::npos) << verdict.signed_messages[0];
}

}  // namespace
}  // namespace accord::secure::testing
