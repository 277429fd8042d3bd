// What a daemon may still do after it was killed, restored from a backup or copied: nothing that needs an old key, and
// nothing twice.
#include <gtest/gtest.h>

#include "aggregation/secure/evidence/verdict.h"
#include "tests/aggregation/secure/testing/test_federation.h"

namespace accord::secure::testing {
namespace {

using State = SecureParticipant::State;

class Restart : public ::testing::Test {
 protected:
  Restart() { federation_.OpenEpoch(1, federation_.All()); }

  TestFederation federation_{{.num_sites = 5}};
};

TEST_F(Restart, NothingIsSentForAnAttemptWhoseKeysAreGone) {
  PlayedAttempt attempt = federation_.Upload(1, federation_.All());
  federation_.Sign(attempt, federation_.All(), federation_.All());
  const SignaturesShown shown = federation_.Signatures(attempt, federation_.All());
  const SurvivorsListed list = federation_.List(attempt, federation_.All(), 0);
  federation_[0].Restart();
  EXPECT_TRUE(federation_[0].Send(federation_.Plan(1)).Refused(SiteRefusal::kOutOfOrder));
  EXPECT_TRUE(federation_[0].Send(list).Refused(SiteRefusal::kOutOfOrder));
  EXPECT_TRUE(federation_[0].Send(shown).Refused(SiteRefusal::kNotSigned));
  EXPECT_TRUE(federation_[0].Send(SharesRequested{federation_.Names({1})}).Refused(SiteRefusal::kNotSigned));
  EXPECT_TRUE(federation_[0]
                  .Send(PairSeedsRequested{list.headers, shown.statements, federation_.Names({1})})
                  .Refused(SiteRefusal::kOutOfOrder));
}

TEST_F(Restart, BothKindsOfSeedForOnePeerAreNotToBeHadAroundARestart) {
  PlayedAttempt attempt = federation_.Upload(1, federation_.All());
  const Sites survivors = {0, 1, 2, 3};
  federation_.Sign(attempt, survivors, survivors);
  federation_.Reveal(attempt, survivors, {0});  // its pair seed with site 4
  federation_[0].Restart();
  EXPECT_TRUE(federation_[0].Send(SharesRequested{federation_.Names({4})}).Refused(SiteRefusal::kNotSigned));
  // A new epoch brings new keys: the old transcript cannot come again.
  federation_.OpenEpoch(2, federation_.All());
  EXPECT_TRUE(federation_[0].Send(SharesRequested{federation_.Names({4})}).Refused(SiteRefusal::kNotSigned));
  EXPECT_TRUE(federation_[0].Send(federation_.List(attempt, federation_.All(), 0)).Refused(SiteRefusal::kOutOfOrder));
}

TEST_F(Restart, UploadOfTheSameTranscriptIsRefusedOnceItsMasksAreLost) {
  // The keys of the epoch are still there in this test; the record alone says that an upload has been.
  const Uploaded entry{"job-1", 1, federation_.Transcript(2), Sha256("vector")};
  federation_[0].disk() += federation_[0].record().Append(entry);
  EXPECT_TRUE(federation_[0].Send(federation_.Plan(2)).Refused(SiteRefusal::kTranscriptLost));
}

TEST_F(Restart, LostUploadAskedForAgainIsTheSameOrNothing) {
  const PlayedAttempt attempt = federation_.Upload(1, federation_.All());
  const std::vector<uint32_t> payload = federation_[0].payload;
  EXPECT_EQ(federation_[0].Send(federation_.Plan(1)).header, attempt.headers.at(0));
  EXPECT_EQ(federation_[0].payload, payload);
  // The trainer computes something else this time.
  ++federation_[0].vector[0];
  const Outbox other = federation_[0].Send(VectorComputed{HashOfVector(federation_[0].vector)});
  EXPECT_TRUE(other.Refused(SiteRefusal::kOtherUpload)) << other;
  EXPECT_FALSE(other.masks);
  EXPECT_TRUE(federation_[0].Send(VectorMasked{Sha256("other bytes")}).Refused(SiteRefusal::kOtherUpload));
}

TEST_F(Restart, NewEpochGoesOnAfterARestart) {
  federation_.Run(1);
  federation_[0].Restart();
  federation_.OpenEpoch(2, federation_.All());
  const PlayedAttempt attempt = federation_.Run(2);
  EXPECT_EQ(federation_.Unmask(attempt, federation_.All()), federation_.PlainSum(federation_.All()));
}

TEST_F(Restart, TornLastEntryIsForgottenBecauseNothingWasSentAfterIt) {
  PlayedAttempt attempt = federation_.Upload(1, federation_.All());
  const size_t before = federation_[0].disk().size();
  federation_.Sign(attempt, federation_.All(), {0});
  federation_[0].disk().resize(before + 20);  // killed in the middle of the append: no statement left
  federation_[0].Restart();
  EXPECT_EQ(federation_[0].disk().size(), before);
  EXPECT_EQ(federation_[0].record().FindSigned(federation_.Transcript(1)), std::nullopt);
  EXPECT_TRUE(federation_[0].Send(VoidRequested{federation_.Transcript(1)}).void_statement.has_value());
}

class RestoredFromBackup : public Restart {
 protected:
  // That epoch alone: it is a member's word, which this site has not signed.
  void ExpectNotJoined(uint32_t epoch, const std::string& words) {
    const std::vector<SignedBytes> statements = federation_.CollectKeys(epoch, federation_.All());
    const Outbox outbox = federation_[0].Send(EpochListed{epoch, statements});
    ASSERT_TRUE(outbox.Refused(SiteRefusal::kRestoredFromBackup)) << outbox;
    EXPECT_FALSE(outbox.refusals[0].permanent);
    EXPECT_NE(outbox.refusals[0].reason.find(words), std::string::npos) << outbox;
    EXPECT_EQ(outbox.evidence.size(), 1u);
    EXPECT_EQ(federation_[0].state(), State::kKeyed);
    EXPECT_TRUE(federation_[0].record().distrusted().empty()) << "one liar must not stop a site for all jobs";
  }
};

TEST_F(RestoredFromBackup, JoinsNoEpochAndSaysWhoHasSeenWhat) {
  federation_.Run(1);
  const std::string backup = federation_[0].disk();
  federation_.Run(2);
  federation_[0].disk() = backup;
  federation_[0].Restart();
  ExpectNotJoined(3, "site-0001 has seen entry 6 of this site's record; the record has ");
}

TEST_F(RestoredFromBackup, IsFoundOutThoughTheRecordHasGrownPastTheBackupSince) {
  federation_.Run(1);
  const std::string backup = federation_[0].disk();
  federation_.Run(2);
  federation_[0].disk() = backup;
  federation_[0].Restart();
  for (int i = 0; i < 9; ++i) federation_[0].Send(VoidRequested{Sha256(std::to_string(i))});
  ExpectNotJoined(3, "and another one at that place");
}

TEST_F(RestoredFromBackup, IsFoundOutThoughTheOthersWereRestartedToo) {
  federation_.Run(1);
  const std::string backup = federation_[0].disk();
  federation_.Run(2);
  federation_[0].disk() = backup;
  for (const size_t site : federation_.All()) federation_[site].Restart();
  ExpectNotJoined(3, "has seen entry");
}

TEST_F(RestoredFromBackup, AnotherJobAndAnotherEpochAreNotStoppedByAMembersWordButByTheSitesOwnSignature) {
  federation_.Run(1);
  const std::string backup = federation_[0].disk();
  federation_.Run(2);
  federation_[0].disk() = backup;
  federation_[0].Restart();
  SeededEntropy entropy(9);
  SecureParticipant other_job({federation_[0].name(), federation_.roster(), Floors()}, federation_[0].signer(), entropy,
                              federation_[0].record());
  ExpectNotJoined(3, "has seen entry");
  EXPECT_TRUE(federation_[0].Send(federation_.EpochRequest(4)).refusals.empty());
  EpochRequested request = federation_.EpochRequest(1);
  request.job_id = "job-2";
  other_job.Handle(request);
  EXPECT_EQ(other_job.state(), State::kKeyed);
  // As the daemon does where a witness shows that signature.
  federation_[0].record().Distrust("this site's own signature is on more than the record has");
  request.epoch = 2;
  const std::vector<SiteAction> actions = other_job.Handle(request);
  ASSERT_FALSE(actions.empty());
  ASSERT_TRUE(std::holds_alternative<Refuse>(actions[0]));
  EXPECT_EQ(std::get<Refuse>(actions[0]).refusal, SiteRefusal::kRestoredFromBackup);
  EXPECT_EQ(other_job.state(), State::kStopped);
}

TEST_F(RestoredFromBackup, OnceItsLossIsSettledItTakesPartInOtherJobsAndNotInThatOne) {
  federation_.Run(1);
  const std::string backup = federation_[0].disk();
  federation_.Run(2);
  federation_[0].disk() = backup;
  federation_[0].Restart();
  const SignedPosition* shown = federation_[1].record().peers().Find(federation_[0].name());
  ASSERT_NE(shown, nullptr);
  const RecordPosition position = ParsePosition(*shown).value();
  EXPECT_FALSE(federation_[0].record().Knows(position.sequence, position.head));
  federation_[0].disk() += federation_[0].record().Append(Lost{position.job_id, position.sequence, position.head});
  federation_[0].Restart();
  EXPECT_TRUE(federation_[0].Send(federation_.EpochRequest(3)).Refused(SiteRefusal::kRestoredFromBackup));
  federation_.job_id = "job-2";
  for (const size_t site : federation_.All()) federation_[site].Restart();
  federation_.previous.clear();
  federation_.OpenEpoch(6, federation_.All());
  federation_.Run(7);
}

TEST_F(RestoredFromBackup, ASumWithAMemberWhoseRecordWentBackwardsIsNotSignedAndBothItsWordsAreKept) {
  federation_.Run(1);
  PlayedAttempt attempt = federation_.Upload(2, federation_.All());
  UploadHeader header = ParseUploadHeader(attempt.headers.at(0).bytes).value();
  header.ledger_sequence = 1;
  header.ledger_head = Sha256("of an older copy");
  attempt.headers[0] = Sign(header, federation_[0].signer()).value();
  const Outbox outbox = federation_[1].Send(federation_.List(attempt, federation_.All(), 1));
  EXPECT_TRUE(outbox.Refused(SiteRefusal::kPeerRecordForked)) << outbox;
  EXPECT_FALSE(outbox.statement.has_value());
  ASSERT_EQ(outbox.evidence.size(), 1u);
  const auto verdict = CheckEvidence(WriteEvidence(outbox.evidence[0], federation_.roster()->bytes()));
  ASSERT_TRUE(verdict.ok()) << verdict.status();
  EXPECT_TRUE(verdict->claim_holds);
  EXPECT_EQ(verdict->findings.at(0).weight, Weight::kConvicts);
  EXPECT_EQ(verdict->findings[0].sites, federation_.Names({0}));
}

TEST_F(RestoredFromBackup, WhatWasSeenOfOthersIsOnTheDiskBeforeTheSignatureLeaves) {
  PlayedAttempt attempt = federation_.Upload(1, federation_.All());
  const Outbox outbox = federation_[0].Send(federation_.List(attempt, federation_.All(), 0));
  EXPECT_EQ(outbox.order, (std::vector<std::string>{"append", "peers", "statement"})) << outbox;
  const auto kept = SeenPeers::Parse(federation_[0].name(), federation_[0].peers_disk());
  ASSERT_TRUE(kept.ok()) << kept.status();
  EXPECT_EQ(kept->size(), federation_.size() - 1);
  EXPECT_EQ(kept->Find(federation_[1].name())->message, attempt.headers.at(1));
}

TEST_F(RestoredFromBackup, WhatOthersSignedInTheLastRoundIsOnTheDiskAfterTheReveal) {
  const PlayedAttempt attempt = federation_.Run(1);
  const auto kept = SeenPeers::Parse(federation_[0].name(), federation_[0].peers_disk());
  ASSERT_TRUE(kept.ok()) << kept.status();
  EXPECT_EQ(kept->Find(federation_[1].name())->message, attempt.statements.at(1));
}

TEST_F(RestoredFromBackup, AnUnharmedSiteIsNotStoppedByWhatOthersHaveSeen) {
  federation_.Run(1);
  federation_.Run(2);
  federation_.OpenEpoch(3, federation_.All());
  EXPECT_EQ(federation_[0].state(), State::kReady);
  // Though they have seen its record: every statement reports all the others.
  for (const SignedBytes& statement : federation_.statements()) {
    EXPECT_EQ(ParseKeyStatement(statement.bytes).value().seen.size(), 4u);
  }
}

}  // namespace
}  // namespace accord::secure::testing
