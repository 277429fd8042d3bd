// A coordinator that lies about who is there and with which keys.
#include <gtest/gtest.h>

#include "aggregation/secure/key_agreement.h"
#include "tests/aggregation/secure/testing/test_federation.h"

namespace accord::secure::testing {
namespace {

using State = SecureParticipant::State;

class LiesAboutKeys : public ::testing::Test {
 protected:
  // The honest list of everybody, for the test to alter.
  EpochListed List(uint32_t epoch = 1) { return {epoch, federation_.CollectKeys(epoch, federation_.All())}; }

  // A statement of `site` with another key, signed by `signer`.
  SignedBytes WithKey(const SignedBytes& honest, const PublicKey& key, size_t signer) {
    KeyStatement statement = ParseKeyStatement(honest.bytes).value();
    statement.public_key = key;
    return secure::Sign(statement, federation_[signer].signer()).value();
  }

  PublicKey FreshKey() { return EpochKeyPair::Generate(entropy_).value().public_key(); }

  void ExpectRefused(const EpochListed& list, SiteRefusal refusal, size_t site = 0) {
    const Outbox outbox = federation_[site].Send(list);
    EXPECT_TRUE(outbox.Refused(refusal)) << outbox;
    EXPECT_FALSE(outbox.nonce.has_value());
    EXPECT_EQ(federation_[site].state(), State::kKeyed);
  }

  TestFederation federation_{{.num_sites = 4}};
  SeededEntropy entropy_{77};
};

TEST_F(LiesAboutKeys, KeyOfAPeerSwappedForTheCoordinatorsIsRefused) {
  EpochListed list = List();
  KeyStatement statement = ParseKeyStatement(list.statements[2].bytes).value();
  statement.public_key = FreshKey();
  list.statements[2].bytes = Serialize(statement);
  ExpectRefused(list, SiteRefusal::kBadSignature);
}

TEST_F(LiesAboutKeys, KeysOfAllPeersSwappedAndSignedByACollaboratorAreRefused) {
  EpochListed list = List();
  for (const size_t site : {1, 2, 3}) list.statements[site] = WithKey(list.statements[site], FreshKey(), 3);
  ExpectRefused(list, SiteRefusal::kBadSignature);
}

TEST_F(LiesAboutKeys, OwnKeySwappedIsRefusedEvenIfThisSiteSignedTheOther) {
  const std::vector<SignedBytes> older = federation_.CollectKeys(1, federation_.All());
  EpochListed list = List(2);
  list.statements[0] = WithKey(list.statements[0], ParseKeyStatement(older[0].bytes).value().public_key, 0);
  ExpectRefused(list, SiteRefusal::kOwnKeyAltered);
}

TEST_F(LiesAboutKeys, OwnKeyLeftOutIsRefused) {
  EpochListed list = List();
  list.statements.erase(list.statements.begin());
  ExpectRefused(list, SiteRefusal::kOwnKeyAltered);
}

TEST_F(LiesAboutKeys, KeysOfAnOlderEpochAreRefused) {
  const EpochListed older = List(1);
  EpochListed list = List(2);
  list.statements[1] = older.statements[1];
  ExpectRefused(list, SiteRefusal::kOtherEpoch);
  ExpectRefused(older, SiteRefusal::kOtherEpoch);
}

TEST_F(LiesAboutKeys, KeysForAnotherJobOrRosterAreRefused) {
  EpochListed list = List();
  KeyStatement statement = ParseKeyStatement(list.statements[1].bytes).value();
  statement.job_sha256 = Sha256("other bytes");
  list.statements[1] = secure::Sign(statement, federation_[1].signer()).value();
  ExpectRefused(list, SiteRefusal::kOtherEpoch);
  statement = ParseKeyStatement(list.statements[2].bytes).value();
  statement.roster_hash = Sha256("other roster");
  list = List(2);
  list.statements[2] = secure::Sign(statement, federation_[2].signer()).value();
  ExpectRefused(list, SiteRefusal::kOtherEpoch);
}

TEST_F(LiesAboutKeys, OneKeyAtTwoSitesIsRefused) {
  EpochListed list = List();
  list.statements[3] = WithKey(list.statements[3], ParseKeyStatement(list.statements[1].bytes).value().public_key, 3);
  ExpectRefused(list, SiteRefusal::kRepeatedKey);
}

TEST_F(LiesAboutKeys, OwnKeyReflectedByAPeerIsRefused) {
  EpochListed list = List();
  list.statements[3] = WithKey(list.statements[3], ParseKeyStatement(list.statements[0].bytes).value().public_key, 3);
  ExpectRefused(list, SiteRefusal::kRepeatedKey);
}

TEST_F(LiesAboutKeys, KeysOfSmallOrderAreRefused) {
  PublicKey zero{};
  PublicKey one{};
  one[0] = 1;
  PublicKey minus_one;  // p - 1
  minus_one.fill(0xff);
  minus_one[0] = 0xec;
  minus_one[31] = 0x7f;
  uint32_t epoch = 1;
  for (const PublicKey& key : {zero, one, minus_one}) {
    EpochListed list = List(epoch++);
    list.statements[3] = WithKey(list.statements[3], key, 3);
    ExpectRefused(list, SiteRefusal::kWeakKey);
  }
}

TEST_F(LiesAboutKeys, MadeUpSitesAreRefused) {
  EpochListed list = List();
  KeyStatement statement = ParseKeyStatement(list.statements[3].bytes).value();
  statement.site = "site-9999";
  statement.public_key = FreshKey();
  list.statements.push_back(secure::Sign(statement, federation_[3].signer()).value());
  ExpectRefused(list, SiteRefusal::kUnknownSite);
}

TEST_F(LiesAboutKeys, SiteTwiceOrOutOfOrderIsRefused) {
  EpochListed list = List();
  std::swap(list.statements[1], list.statements[2]);
  ExpectRefused(list, SiteRefusal::kListOutOfOrder);
  list = List(2);
  list.statements.insert(list.statements.begin() + 1, list.statements[1]);
  ExpectRefused(list, SiteRefusal::kListOutOfOrder);
}

TEST_F(LiesAboutKeys, CohortBelowTheSitesFloorIsRefused) {
  const Sites two = {0, 1};
  EpochListed list{1, federation_.CollectKeys(1, two)};
  ExpectRefused(list, SiteRefusal::kCohortBelowFloor);
  EpochListed alone{2, federation_.CollectKeys(2, {0})};
  ExpectRefused(alone, SiteRefusal::kCohortBelowFloor);
}

TEST(LiesAboutKeysOfOneOrganisation, SitesOfOneOrganisationAreNoCohort) {
  TestFederation federation({.num_sites = 4, .organisations = {"A", "B", "B", "B"}});
  const EpochListed list{1, federation.CollectKeys(1, federation.All())};
  EXPECT_TRUE(federation[0].Send(list).Refused(SiteRefusal::kCohortBelowFloor));
}

TEST(LiesAboutKeysOfOneOrganisation, TooManyCollaboratorsAreRefused) {
  TestFederation federation({.num_sites = 5, .organisations = {"A", "B", "C", "C", "C"}});
  const EpochListed list{1, federation.CollectKeys(1, federation.All())};  // 2t = 8 = n + C
  EXPECT_TRUE(federation[0].Send(list).Refused(SiteRefusal::kCohortBelowFloor));
}

TEST_F(LiesAboutKeys, EpochNumberIsNeverUsedForAnotherKey) {
  federation_.CollectKeys(3, federation_.All());
  EXPECT_TRUE(federation_[0].Send(federation_.EpochRequest(2)).Refused(SiteRefusal::kReplayedEpoch));
  federation_.CollectKeys(4, federation_.All());
  EXPECT_TRUE(federation_[0].Send(federation_.EpochRequest(3)).Refused(SiteRefusal::kReplayedEpoch));
  federation_[0].Restart();
  EXPECT_TRUE(federation_[0].Send(federation_.EpochRequest(4)).Refused(SiteRefusal::kReplayedEpoch));
  EXPECT_TRUE(federation_[0].Send(federation_.EpochRequest(5)).key_statement.has_value());
}

TEST_F(LiesAboutKeys, EpochMustBeAboveEveryAttemptThatThisSiteUploadedFor) {
  federation_.OpenEpoch(1, federation_.All());
  federation_.Upload(7, federation_.All());
  federation_[0].Restart();
  EXPECT_TRUE(federation_[0].Send(federation_.EpochRequest(7)).Refused(SiteRefusal::kReplayedEpoch));
}

TEST_F(LiesAboutKeys, OtherJobBytesUnderTheSameIdAreRefused) {
  federation_.CollectKeys(1, federation_.All());
  EpochRequested request = federation_.EpochRequest(2);
  request.job_sha256 = Sha256("other bytes");
  EXPECT_TRUE(federation_[0].Send(request).Refused(SiteRefusal::kOtherJob));
  request = federation_.EpochRequest(2);
  request.job_id = "job-2";
  EXPECT_TRUE(federation_[0].Send(request).Refused(SiteRefusal::kOtherJob));
  request.job_id = "no job: \n";
  EXPECT_TRUE(federation_[1].Send(request).Refused(SiteRefusal::kOtherJob));
}

TEST_F(LiesAboutKeys, AnotherRosterIsRefused) {
  EpochRequested request = federation_.EpochRequest(1);
  request.roster_hash = Sha256("another roster");
  EXPECT_TRUE(federation_[0].Send(request).Refused(SiteRefusal::kOtherRoster));
}

TEST_F(LiesAboutKeys, RosterThatListsAnotherKeyForThisSiteIsRefused) {
  TestSite stranger("site-0000", "Elsewhere", 5);
  stranger.Start(federation_.roster(), Floors());
  EXPECT_TRUE(stranger.Send(federation_.EpochRequest(1)).Refused(SiteRefusal::kUnknownSite));
}

TEST_F(LiesAboutKeys, SecondListForAnAcceptedEpochIsRefused) {
  EpochListed list = List();
  ASSERT_TRUE(federation_[0].Send(list).nonce.has_value());
  list.statements.pop_back();
  const Outbox outbox = federation_[0].Send(list);
  EXPECT_TRUE(outbox.Refused(SiteRefusal::kOtherEpoch)) << outbox;
  EXPECT_EQ(federation_[0].state(), State::kReady);
}

}  // namespace
}  // namespace accord::secure::testing
