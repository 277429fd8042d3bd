#include "aggregation/secure/messages/epoch_list.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "tests/aggregation/secure/messages/message_examples.h"

namespace accord::secure {
namespace {

using Kind = EpochFault::Kind;

EpochTerms Terms() { return {"job-1", Filled(0x21), Filled(0x22), 3}; }

GraphNonce NonceOf(size_t member) { return Filled(static_cast<uint8_t>(0xa0 + member)); }

KeyStatement StatementOf(const std::string& site, uint8_t key) {
  KeyStatement statement = ExampleKeyStatement();
  statement.site = site;
  statement.public_key = Filled(key);
  statement.seen.clear();
  return statement;
}

// site-a, site-b, site-c.
std::vector<SignedBytes> List() {
  std::vector<SignedBytes> list;
  for (size_t i = 0; i < 3; ++i) {
    const std::string site = absl::StrCat("site-", std::string(1, static_cast<char>('a' + i)));
    KeyStatement statement = StatementOf(site, static_cast<uint8_t>(i + 1));
    statement.nonce_commitment = NonceCommitment(NonceOf(i));
    list.push_back(SignedBy(site, statement));
  }
  return list;
}

EpochFault FaultOf(const std::vector<SignedBytes>& list, const SignedBytes* own = nullptr,
                   const EpochTerms& terms = Terms()) {
  auto outcome = VerifyEpochList(list, terms, own, TestKey);
  EXPECT_TRUE(std::holds_alternative<EpochFault>(outcome));
  return std::holds_alternative<EpochFault>(outcome) ? std::get<EpochFault>(outcome) : EpochFault{};
}

TEST(EpochList, OfVerifiedStatementsGivesMembersAndHash) {
  const std::vector<SignedBytes> list = List();
  const auto outcome = VerifyEpochList(list, Terms(), &list[1], TestKey);
  ASSERT_TRUE(std::holds_alternative<EpochList>(outcome)) << std::get<EpochFault>(outcome).words;
  const auto& epoch = std::get<EpochList>(outcome);
  EXPECT_EQ(epoch.epoch_hash, HashEpoch(list));
  EXPECT_THAT(epoch.Sites(), testing::ElementsAre("site-a", "site-b", "site-c"));
  ASSERT_NE(epoch.Find("site-b"), nullptr);
  EXPECT_EQ(epoch.Find("site-b")->public_key, Filled(2));
  EXPECT_EQ(epoch.Find("site-bb"), nullptr);
  EXPECT_EQ(epoch.Find("site-d"), nullptr);
}

// Otherwise the coordinator could split two members with two valid signatures of one statement.
TEST(EpochList, AnotherValidSignatureOfTheSameStatementGivesTheSameEpoch) {
  const std::vector<SignedBytes> list = List();
  std::vector<SignedBytes> again = list;
  again[0] = *SignBytes(list[0].bytes, "accord/v1/epoch-key", TestSites::Get().signer("site-a"));
  ASSERT_NE(again[0].signature, list[0].signature);
  const auto outcome = VerifyEpochList(again, Terms(), &list[0], TestKey);
  ASSERT_TRUE(std::holds_alternative<EpochList>(outcome)) << std::get<EpochFault>(outcome).words;
  EXPECT_EQ(std::get<EpochList>(outcome).epoch_hash, HashEpoch(list));
}

TEST(EpochList, NeedsTwoMembers) {
  EXPECT_EQ(FaultOf({}).kind, Kind::kTooFew);
  EXPECT_EQ(FaultOf({List()[0]}).kind, Kind::kTooFew);
}

TEST(EpochList, RefusesMoreMembersThanAnyCohortBeforeItReadsOne) {
  EXPECT_EQ(FaultOf(std::vector<SignedBytes>((1 << 14) + 1)).kind, Kind::kTooMany);
}

TEST(EpochList, NamesTheStatementThatCannotBeRead) {
  std::vector<SignedBytes> list = List();
  list[1].bytes.pop_back();
  EXPECT_EQ(FaultOf(list).kind, Kind::kMalformed);
  EXPECT_EQ(FaultOf(list).index, 1u);
}

TEST(EpochList, RefusesAKeyThatTheCoordinatorPutIn) {
  std::vector<SignedBytes> list = List();
  // The coordinator can sign with any key but the site's.
  list[1] = SignedBy("site-d", StatementOf("site-b", 9));
  const EpochFault fault = FaultOf(list);
  EXPECT_EQ(fault.kind, Kind::kBadSignature);
  EXPECT_EQ(fault.site, "site-b");
}

TEST(EpochList, RefusesASiteThatIsNotInTheRoster) {
  std::vector<SignedBytes> list = List();
  list.push_back(SignedBy("site-a", StatementOf("stranger", 9)));
  EXPECT_EQ(FaultOf(list).kind, Kind::kNotInRoster);
}

TEST(EpochList, RefusesAStatementOfAnotherJobRosterOrEpoch) {
  EpochTerms job = Terms(), bytes = Terms(), roster = Terms(), epoch = Terms();
  job.job_id = "job-2";
  bytes.job_sha256 = Filled(1);
  roster.roster_hash = Filled(1);
  epoch.epoch = 4;
  for (const EpochTerms& terms : {job, bytes, roster, epoch}) {
    EXPECT_EQ(FaultOf(List(), nullptr, terms).kind, Kind::kOtherTerms);
  }
}

TEST(EpochList, RefusesASiteTwiceAndAnotherOrder) {
  std::vector<SignedBytes> twice = List();
  twice.insert(twice.begin(), twice[0]);
  EXPECT_EQ(FaultOf(twice).kind, Kind::kUnsorted);
  std::vector<SignedBytes> swapped = List();
  std::swap(swapped[0], swapped[1]);
  EXPECT_EQ(FaultOf(swapped).kind, Kind::kUnsorted);
}

TEST(EpochList, RefusesOneKeyAtTwoSites) {
  std::vector<SignedBytes> list = List();
  list[2] = SignedBy("site-c", StatementOf("site-c", 1));
  const EpochFault fault = FaultOf(list);
  EXPECT_EQ(fault.kind, Kind::kKeyTwice);
  EXPECT_THAT(fault.words, testing::HasSubstr("site-a and site-c"));
}

TEST(EpochList, RefusesToLeaveOutOrChangeTheOwnStatement) {
  const std::vector<SignedBytes> list = List();
  const SignedBytes own = SignedBy("site-d", StatementOf("site-d", 4));
  EXPECT_EQ(FaultOf(list, &own).kind, Kind::kOwnMissing);
  // Validly signed with the own key, perhaps by a second daemon that holds it: still not what was sent.
  const SignedBytes sent = SignedBy("site-b", StatementOf("site-b", 9));
  const EpochFault fault = FaultOf(list, &sent);
  EXPECT_EQ(fault.kind, Kind::kOwnAltered);
  EXPECT_EQ(fault.index, 1u);
}

TEST(GraphSeed, IsBoundToEpochAndEveryNonce) {
  const std::vector<SignedBytes> statements = List();
  EpochList list = std::get<EpochList>(VerifyEpochList(statements, Terms(), nullptr, TestKey));
  std::vector<GraphNonce> nonces = {NonceOf(0), NonceOf(1), NonceOf(2)};
  const auto seed = GraphSeed(list, nonces);
  ASSERT_TRUE(seed.ok()) << seed.status();
  std::string preimage = std::string("accord/v1/graph-seed") + '\0';
  for (const Sha256Digest& digest : {list.epoch_hash, nonces[0], nonces[1], nonces[2]}) {
    preimage.append(reinterpret_cast<const char*>(digest.data()), digest.size());
  }
  EXPECT_EQ(*seed, Sha256(preimage));
  list.epoch_hash = Filled(1);
  EXPECT_NE(*GraphSeed(list, nonces), *seed);
}

TEST(GraphSeed, NamesTheMemberWhoseNonceIsNotItsCommitment) {
  const std::vector<SignedBytes> statements = List();
  const EpochList list = std::get<EpochList>(VerifyEpochList(statements, Terms(), nullptr, TestKey));
  const auto wrong = GraphSeed(list, {NonceOf(0), NonceOf(2), NonceOf(2)});
  EXPECT_THAT(std::string(wrong.status().message()), testing::HasSubstr("site-b"));
  EXPECT_FALSE(GraphSeed(list, {NonceOf(0), NonceOf(1)}).ok());
}

}  // namespace
}  // namespace accord::secure
