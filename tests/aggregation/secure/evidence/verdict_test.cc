#include "aggregation/secure/evidence/verdict.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "aggregation/secure/messages/domains.h"
#include "base/domain_hash.h"
#include "tests/aggregation/secure/evidence/example_attempt.h"
#include "tests/trust/log/example_log.h"

namespace accord::secure {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;
using Kind = EvidenceKind;

EvidenceVerdict Judge(const EvidenceBuilder& builder) {
  auto verdict = CheckEvidence(builder.Write());
  EXPECT_TRUE(verdict.ok()) << verdict.status();
  return verdict.ok() ? *std::move(verdict) : EvidenceVerdict{};
}

MATCHER_P3(Is, kind, weight, sites, "") {
  return arg.kind == kind && arg.weight == weight && arg.sites == std::vector<std::string>(sites) &&
         !arg.proves.empty() && !arg.does_not_prove.empty();
}

using Sites = std::vector<std::string>;
const Sites kSurvivors = {"site-a", "site-b", "site-c"};

// Everything that one honest attempt signs: nothing is proven against anybody.
EvidenceBuilder Honest(const ExampleAttempt& attempt, Kind kind = Kind::kTwoUploads) {
  EvidenceBuilder builder(kind);
  builder.Terms(attempt.fields());
  for (const std::string& site : kSurvivors) builder.Add(site, attempt.Header(site));
  for (const std::string& site : kSurvivors) builder.Add(site, attempt.Statement(site, kSurvivors));
  builder.Add("site-d", VoidStatement{attempt.transcript(), "site-d", 9, Filled(1)});
  builder.Add("site-a", attempt.Reveal());
  for (const std::string& site : kSurvivors) {
    for (const std::string& peer : attempt.NeighboursOf(site)) builder.Offer(attempt.Show(site, peer));
  }
  return builder;
}

TEST(Verdict, OfAnHonestAttemptAccusesNobodyWhateverTheWriterClaims) {
  const ExampleAttempt attempt;
  for (int kind = 0; kind < kNumEvidenceKinds; ++kind) {
    const EvidenceVerdict verdict = Judge(Honest(attempt, static_cast<Kind>(kind)));
    EXPECT_THAT(verdict.findings, IsEmpty())
        << EvidenceKindName(static_cast<Kind>(kind)) << ": " << verdict.findings[0].proves;
    EXPECT_FALSE(verdict.claim_holds);
    EXPECT_THAT(verdict.signed_messages, SizeIs(8));
    EXPECT_THAT(verdict.warnings, IsEmpty());
  }
}

TEST(Verdict, NamesFederationRosterAndWriter) {
  const EvidenceVerdict verdict = Judge(EvidenceBuilder(Kind::kTwoUploads));
  EXPECT_EQ(verdict.federation, "Test federation");
  EXPECT_EQ(verdict.roster_hash, Roster::Parse(ExampleRosterBytes())->hash());
  EXPECT_EQ(verdict.witness, "site-a");
  EXPECT_EQ(verdict.claim, "what the writer says");
}

TEST(Verdict, TwoUploadsOfOneSiteConvictIt) {
  const ExampleAttempt attempt;
  UploadHeader second = attempt.Header("site-b");
  second.payload_digest = Filled(1);
  second.ledger_sequence = 22;
  const EvidenceVerdict same =
      Judge(EvidenceBuilder(Kind::kTwoUploads).Add("site-b", attempt.Header("site-b")).Add("site-b", second));
  EXPECT_THAT(same.findings, ElementsAre(Is(Kind::kTwoUploads, Weight::kConvicts, Sites{"site-b"})));
  EXPECT_THAT(same.findings[0].proves, HasSubstr("under the same masks"));
  EXPECT_TRUE(same.claim_holds);
  second.parts.model = Filled(2);
  const EvidenceVerdict other =
      Judge(EvidenceBuilder(Kind::kTwoUploads).Add("site-b", attempt.Header("site-b")).Add("site-b", second));
  EXPECT_THAT(other.findings[0].proves, HasSubstr("under different terms"));
}

TEST(Verdict, OneUploadThatWasSignedTwiceIsOneUpload) {
  const ExampleAttempt attempt;
  const EvidenceVerdict verdict = Judge(EvidenceBuilder(Kind::kTwoUploads)
                                            .Add("site-b", attempt.Header("site-b"))
                                            .Add("site-b", attempt.Header("site-b")));
  EXPECT_THAT(verdict.findings, IsEmpty());
}

TEST(Verdict, UnequalTranscriptsSayInWhatAndAccuseNoOneSite) {
  const ExampleAttempt attempt;
  UploadHeader other = attempt.Header("site-b");
  other.parts.model = Filled(0xdd);
  const EvidenceVerdict verdict =
      Judge(EvidenceBuilder(Kind::kUnequalTranscripts).Add("site-a", attempt.Header("site-a")).Add("site-b", other));
  ASSERT_THAT(verdict.findings, SizeIs(1));
  EXPECT_EQ(verdict.findings[0].weight, Weight::kTold);
  EXPECT_THAT(verdict.findings[0].sites, testing::UnorderedElementsAre("site-a", "site-b"));
  EXPECT_THAT(verdict.findings[0].proves, HasSubstr("the bytes of the model"));
  EXPECT_THAT(verdict.findings[0].proves, HasSubstr(HexDigest(Filled(0xdd))));
  EXPECT_THAT(verdict.findings[0].does_not_prove, HasSubstr("the coordinator signs nothing"));
  EXPECT_TRUE(verdict.claim_holds);
}

TEST(Verdict, HeadersOfDifferentAttemptsMayDiffer) {
  const ExampleAttempt attempt;
  UploadHeader next = attempt.Header("site-b");
  next.parts.attempt = 6;
  next.parts.model = Filled(0xdd);
  EXPECT_THAT(
      Judge(EvidenceBuilder(Kind::kUnequalTranscripts).Add("site-a", attempt.Header("site-a")).Add("site-b", next))
          .findings,
      IsEmpty());
}

TEST(Verdict, TheWritersUnsignedTermsProveNothing) {
  const ExampleAttempt attempt;
  TranscriptFields own = attempt.fields();
  own.model_digest = Filled(1);
  const EvidenceVerdict verdict =
      Judge(EvidenceBuilder(Kind::kUnequalTranscripts).Terms(own).Add("site-b", attempt.Header("site-b")));
  EXPECT_THAT(verdict.findings, ElementsAre(Is(Kind::kUnequalTranscripts, Weight::kNothing, Sites{"site-b"})));
  EXPECT_FALSE(verdict.claim_holds);
}

TEST(Verdict, TwoSetsSignedByOneSiteConvictIt) {
  const ExampleAttempt attempt;
  const EvidenceVerdict verdict = Judge(EvidenceBuilder(Kind::kTwoSurvivorSets)
                                            .Add("site-b", attempt.Statement("site-b", kSurvivors))
                                            .Add("site-b", attempt.Statement("site-b", attempt.fields().cohort)));
  ASSERT_FALSE(verdict.findings.empty());
  EXPECT_THAT(verdict.findings[0], Is(Kind::kTwoSurvivorSets, Weight::kConvicts, Sites{"site-b"}));
  EXPECT_TRUE(verdict.claim_holds);
}

TEST(Verdict, TwoSetsUnderOneAttemptNumberConvictTheirSignerAlsoWithOtherTerms) {
  const ExampleAttempt attempt;
  SurvivorStatement first = attempt.Statement("site-b", kSurvivors);
  first.set.attempt = 4;  // another one before, so that the pair is not the first two
  first.set.transcript = Filled(4);
  SurvivorStatement third = attempt.Statement("site-b", kSurvivors);
  third.set.transcript = Filled(5);
  third.ledger_sequence = 23;
  first.ledger_sequence = 19;
  const EvidenceVerdict verdict = Judge(EvidenceBuilder(Kind::kTwoSurvivorSets)
                                            .Add("site-b", first)
                                            .Add("site-b", attempt.Statement("site-b", kSurvivors))
                                            .Add("site-b", third));
  EXPECT_THAT(verdict.findings, ElementsAre(Is(Kind::kTwoSurvivorSets, Weight::kConvicts, Sites{"site-b"})));
}

TEST(Verdict, TwoSetsSignedByTwoSitesSayWhoIsInEach) {
  const ExampleAttempt attempt;
  EvidenceBuilder builder(Kind::kTwoSurvivorSets);
  builder.Add("site-a", attempt.Statement("site-a", kSurvivors));
  builder.Add("site-b", attempt.Statement("site-b", attempt.fields().cohort));
  for (const std::string& site : kSurvivors) builder.Add(site, attempt.Header(site));
  for (const std::string& site : attempt.fields().cohort) builder.Add(site, attempt.Header(site));
  const EvidenceVerdict verdict = Judge(builder);
  ASSERT_THAT(verdict.findings, SizeIs(1));
  EXPECT_EQ(verdict.findings[0].weight, Weight::kTold);
  EXPECT_THAT(verdict.findings[0].proves, HasSubstr("site-a, site-b and site-c"));
  EXPECT_THAT(verdict.findings[0].proves, HasSubstr("site-a, site-b, site-c and site-d"));
  EXPECT_THAT(verdict.findings[0].does_not_prove, HasSubstr("coordinator signs nothing"));
}

TEST(Verdict, TwoKeysOfOneSiteForOneEpochConvictIt) {
  KeyStatement first = ExampleKeyStatement();
  KeyStatement second = first;
  second.public_key = Filled(9);
  EXPECT_THAT(Judge(EvidenceBuilder(Kind::kTwoKeys).Add("site-a", first).Add("site-a", second)).findings,
              ElementsAre(Is(Kind::kTwoKeys, Weight::kConvicts, Sites{"site-a"})));
  const EvidenceVerdict own = Judge(EvidenceBuilder(Kind::kOwnKeyAltered).Add("site-a", first).Add("site-a", second));
  EXPECT_THAT(own.findings, ElementsAre(Is(Kind::kOwnKeyAltered, Weight::kConvicts, Sites{"site-a"})));
  EXPECT_THAT(own.findings[0].proves, HasSubstr("somebody else holds its identity key"));
  EXPECT_TRUE(own.claim_holds);
  second.epoch = 4;
  EXPECT_THAT(Judge(EvidenceBuilder(Kind::kTwoKeys).Add("site-a", first).Add("site-a", second)).findings, IsEmpty());
}

TEST(Verdict, ASwappedKeyWithoutTheSitesSignatureProvesNothing) {
  KeyStatement swapped = ExampleKeyStatement();
  swapped.public_key = Filled(9);
  const EvidenceVerdict verdict =
      Judge(EvidenceBuilder(Kind::kOwnKeyAltered).Add("site-a", ExampleKeyStatement()).Add("site-b", swapped));
  EXPECT_THAT(verdict.findings, ElementsAre(Is(Kind::kBadSignature, Weight::kNothing, Sites{"site-a"})));
  EXPECT_FALSE(verdict.claim_holds);
  EXPECT_THAT(verdict.signed_messages[1], HasSubstr("NOT SIGNED"));
}

TEST(Verdict, SigningAfterAPromiseNeverToSignConvicts) {
  const ExampleAttempt attempt;
  const VoidStatement voided{attempt.transcript(), "site-b", 30, Filled(1)};
  const EvidenceVerdict verdict = Judge(EvidenceBuilder(Kind::kSignedAndVoided)
                                            .Add("site-b", voided)
                                            .Add("site-b", attempt.Statement("site-b", kSurvivors)));
  EXPECT_THAT(verdict.findings, ElementsAre(Is(Kind::kSignedAndVoided, Weight::kConvicts, Sites{"site-b"})));
  const VoidStatement other{Filled(1), "site-b", 30, Filled(1)};
  EXPECT_THAT(Judge(EvidenceBuilder(Kind::kSignedAndVoided)
                        .Add("site-b", other)
                        .Add("site-b", attempt.Statement("site-b", kSurvivors)))
                  .findings,
              IsEmpty());
}

TEST(Verdict, TwoHeadsOfOneRecordShowTwoPasts) {
  const ExampleAttempt attempt;
  VoidStatement forked{Filled(1), "site-b", 20, Filled(9)};
  const EvidenceVerdict verdict =
      Judge(EvidenceBuilder(Kind::kRecordForked).Add("site-b", attempt.Header("site-b")).Add("site-b", forked));
  EXPECT_THAT(verdict.findings, ElementsAre(Is(Kind::kRecordForked, Weight::kConvicts, Sites{"site-b"})));
  EXPECT_THAT(verdict.findings[0].does_not_prove, HasSubstr("Intent"));
}

TEST(Verdict, ARecordThatWentBackwardsInOneJobConvictsIt) {
  const ExampleAttempt attempt;
  UploadHeader later = attempt.Header("site-b");
  later.parts.attempt += 1;
  later.ledger_sequence -= 4;
  const EvidenceVerdict verdict =
      Judge(EvidenceBuilder(Kind::kRecordForked).Add("site-b", attempt.Header("site-b")).Add("site-b", later));
  EXPECT_THAT(verdict.findings, ElementsAre(Is(Kind::kRecordForked, Weight::kConvicts, Sites{"site-b"})));
  EXPECT_THAT(verdict.findings[0].proves, HasSubstr("went backwards"));
  // Of two jobs, whose rounds run side by side, an order proves nothing.
  later.parts.job_id = "job-2";
  EXPECT_THAT(
      Judge(EvidenceBuilder(Kind::kRecordForked).Add("site-b", attempt.Header("site-b")).Add("site-b", later)).findings,
      IsEmpty());
}

TEST(Verdict, TheWritersOwnWordSaysHowLongItsRecordWas) {
  const ExampleAttempt attempt;
  const EvidenceVerdict verdict = Judge(EvidenceBuilder(Kind::kRecordForked).Add("site-a", attempt.Header("site-a")));
  EXPECT_THAT(verdict.findings, ElementsAre(Is(Kind::kRecordForked, Weight::kOneOf, Sites{"site-a"})));
  EXPECT_THAT(verdict.findings[0].proves, HasSubstr("had 20 entries"));
  EXPECT_TRUE(verdict.claim_holds);
}

TEST(Verdict, AnotherSitesWordAboutARecordAccusesOneOfTwo) {
  const ExampleAttempt attempt;
  KeyStatement report = ExampleKeyStatement();
  report.site = "site-c";
  report.seen = {{"site-a", 20, Filled(9)}};
  const EvidenceVerdict contradicted =
      Judge(EvidenceBuilder(Kind::kRecordForked).Add("site-a", attempt.Header("site-a")).Add("site-c", report));
  EXPECT_THAT(contradicted.findings, ElementsAre(Is(Kind::kRecordForked, Weight::kOneOf, Sites{"site-c", "site-a"})));
  EXPECT_THAT(contradicted.findings[0].proves, HasSubstr("another head"));
  // The writer's record is shorter than what site-c saw: nothing in the file says how long it is.
  const EvidenceVerdict alone = Judge(EvidenceBuilder(Kind::kRecordForked).Add("site-c", report));
  EXPECT_THAT(alone.findings, ElementsAre(Is(Kind::kRecordForked, Weight::kOneOf, Sites{"site-c", "site-a"})));
  EXPECT_THAT(alone.findings[0].does_not_prove, HasSubstr("How many entries"));
  report.seen[0].head = attempt.Header("site-a").ledger_head;
  EXPECT_THAT(Judge(EvidenceBuilder(Kind::kRecordForked).Add("site-a", attempt.Header("site-a")).Add("site-c", report))
                  .findings,
              IsEmpty());
}

TEST(Verdict, ASelfSeedUnlikeItsCommitmentConvictsTheRevealer) {
  const ExampleAttempt attempt;
  RevealStatement reveal = attempt.Reveal();
  reveal.self = Filled(1);
  const EvidenceVerdict verdict = Judge(
      EvidenceBuilder(Kind::kRevealUnlikeCommitment).Add("site-a", attempt.Header("site-a")).Add("site-a", reveal));
  EXPECT_THAT(verdict.findings, ElementsAre(Is(Kind::kRevealUnlikeCommitment, Weight::kConvicts, Sites{"site-a"})));
  EXPECT_TRUE(verdict.claim_holds);
}

TEST(Verdict, APairSeedUnlikeItsOwnCommitmentConvictsTheRevealer) {
  const ExampleAttempt attempt;
  RevealStatement reveal = attempt.Reveal();
  reveal.pairs[0].commitment = Filled(1);
  EvidenceBuilder builder(Kind::kRevealUnlikeCommitment);
  builder.Add("site-a", attempt.Header("site-a")).Add("site-a", reveal).Offer(attempt.Show("site-a", "site-d"));
  EXPECT_THAT(Judge(builder).findings,
              ElementsAre(Is(Kind::kRevealUnlikeCommitment, Weight::kConvicts, Sites{"site-a"})));
}

TEST(Verdict, APairSeedUnlikeTheOtherSitesCommitmentAccusesOneOfTwo) {
  const ExampleAttempt attempt;
  RevealStatement reveal = attempt.Reveal();
  reveal.pairs[0].commitment = Filled(1);
  EvidenceBuilder builder(Kind::kRevealUnlikeCommitment);
  builder.Add("site-d", attempt.Header("site-d")).Add("site-a", reveal).Offer(attempt.Show("site-d", "site-a"));
  EXPECT_THAT(Judge(builder).findings,
              ElementsAre(Is(Kind::kRevealUnlikeCommitment, Weight::kOneOf, Sites{"site-a", "site-d"})));
}

TEST(Verdict, AShareUnlikeItsCommitmentConvictsTheRevealerOnlyUnderTheSetThatItNames) {
  const ExampleAttempt attempt;
  RevealStatement reveal = attempt.Reveal();
  reveal.shares[0].commitment = Filled(1);
  EvidenceBuilder with_set(Kind::kRevealUnlikeCommitment);
  for (const std::string& site : kSurvivors) with_set.Add(site, attempt.Header(site));
  with_set.Add("site-a", reveal).Offer(attempt.Show("site-c", "site-a"));
  EXPECT_THAT(Judge(with_set).findings,
              ElementsAre(Is(Kind::kRevealUnlikeCommitment, Weight::kConvicts, Sites{"site-a"})));
  EvidenceBuilder without(Kind::kRevealUnlikeCommitment);
  without.Add("site-c", attempt.Header("site-c")).Add("site-a", reveal).Offer(attempt.Show("site-c", "site-a"));
  EXPECT_THAT(Judge(without).findings,
              ElementsAre(Is(Kind::kRevealUnlikeCommitment, Weight::kOneOf, Sites{"site-a", "site-c"})));
}

// site-c signs a second header with other commitments and shows it afterwards.
TEST(Verdict, AMakerWithTwoHeadersCannotFrameAnHonestRevealer) {
  ExampleAttempt attempt;
  EvidenceBuilder builder(Kind::kRevealUnlikeCommitment);
  for (const std::string& site : kSurvivors) builder.Add(site, attempt.Header(site));
  builder.Add("site-a", attempt.Reveal());
  attempt.offers("site-c").offers[0].share->commitment = Filled(1);
  UploadHeader second = attempt.Header("site-c");
  second.ledger_sequence = 25;
  builder.Add("site-c", second).Offer(attempt.Show("site-c", "site-a"));
  const EvidenceVerdict verdict = Judge(builder);
  EXPECT_THAT(verdict.findings,
              ElementsAre(Is(Kind::kTwoUploads, Weight::kConvicts, Sites{"site-c"}),
                          Is(Kind::kRevealUnlikeCommitment, Weight::kOneOf, Sites{"site-a", "site-c"})));
}

// The shares of site-c with their offers, the first `count`; `seed` is what site-c commits to.
EvidenceBuilder SharesOf(const ExampleAttempt& attempt, const UploadHeader& header, size_t count) {
  EvidenceBuilder builder(Kind::kBadShares);
  builder.Terms(attempt.fields()).Add("site-c", header);
  const Sites holders = attempt.NeighboursOf("site-c");
  for (size_t i = 0; i < count; ++i) {
    builder.Offer(attempt.Show("site-c", holders[i])).Share("site-c", holders[i], attempt.ShareAt("site-c", i + 1));
  }
  return builder;
}

UploadHeader HeaderWithAnotherSeed(const ExampleAttempt& attempt) {
  UploadHeader header = attempt.Header("site-c");
  header.self_commitment = SelfCommitment(attempt.transcript(), "site-c", SeedOf(1));
  return header;
}

TEST(Verdict, SharesThatRebuildAnotherSeedConvictTheirMaker) {
  const ExampleAttempt attempt;
  const EvidenceVerdict verdict = Judge(SharesOf(attempt, HeaderWithAnotherSeed(attempt), 3));
  EXPECT_THAT(verdict.findings, ElementsAre(Is(Kind::kBadShares, Weight::kConvicts, Sites{"site-c"})));
  EXPECT_THAT(verdict.warnings, IsEmpty());
}

TEST(Verdict, GoodSharesConvictNobodyAndTheFileMustBeKeptSecret) {
  const ExampleAttempt attempt;
  const EvidenceVerdict verdict = Judge(SharesOf(attempt, attempt.Header("site-c"), 3));
  EXPECT_THAT(verdict.findings, IsEmpty());
  EXPECT_THAT(verdict.warnings, ElementsAre(HasSubstr("keep the file secret")));
}

// With fewer shares than the threshold an honest maker's seed does not come out either.
TEST(Verdict, TooFewSharesConvictNobody) {
  const ExampleAttempt attempt;
  EXPECT_THAT(Judge(SharesOf(attempt, attempt.Header("site-c"), 2)).findings, IsEmpty());
  EXPECT_THAT(Judge(SharesOf(attempt, HeaderWithAnotherSeed(attempt), 2)).findings, IsEmpty());
}

TEST(Verdict, AThresholdThatTheMakerDidNotSignConvictsNobody) {
  const ExampleAttempt attempt;
  TranscriptFields lower = attempt.fields();
  lower.share_threshold = 2;
  EvidenceBuilder builder = SharesOf(attempt, attempt.Header("site-c"), 2);
  builder.Terms(lower);
  EXPECT_THAT(Judge(builder).findings, IsEmpty());
}

TEST(Verdict, SharesThatTheMakerDidNotCommitToConvictNobody) {
  const ExampleAttempt attempt;
  EvidenceBuilder builder(Kind::kBadShares);
  builder.Terms(attempt.fields()).Add("site-c", attempt.Header("site-c"));
  const Sites holders = attempt.NeighboursOf("site-c");
  for (size_t i = 0; i < 3; ++i) {
    builder.Offer(attempt.Show("site-c", holders[i])).Share("site-c", holders[i], SeedOf(static_cast<uint8_t>(i)));
  }
  EXPECT_THAT(Judge(builder).findings, IsEmpty());
}

TEST(Verdict, UnequalPairCommitmentsAccuseOneOfThePair) {
  ExampleAttempt attempt;
  attempt.offers("site-b").offers[0].pair_commitment = Filled(1);  // to site-a
  EvidenceBuilder builder(Kind::kPairDisagreement);
  builder.Add("site-a", attempt.Header("site-a")).Add("site-b", attempt.Header("site-b"));
  builder.Offer(attempt.Show("site-a", "site-b")).Offer(attempt.Show("site-b", "site-a"));
  EXPECT_THAT(Judge(builder).findings,
              ElementsAre(Is(Kind::kPairDisagreement, Weight::kOneOf, Sites{"site-a", "site-b"})));
}

TEST(Verdict, AnOfferThatNoHeaderBindsCountsForNothing) {
  ExampleAttempt attempt;
  const UploadHeader header = attempt.Header("site-b");
  attempt.offers("site-b").offers[0].pair_commitment = Filled(1);
  EvidenceBuilder builder(Kind::kPairDisagreement);
  builder.Add("site-a", attempt.Header("site-a")).Add("site-b", header);
  builder.Offer(attempt.Show("site-a", "site-b")).Offer(attempt.Show("site-b", "site-a"));
  EXPECT_THAT(Judge(builder).findings, IsEmpty());
}

TEST(Verdict, AFloorAboveTheCohortConvictsItsSigner) {
  const ExampleAttempt attempt;
  UploadHeader header = attempt.Header("site-b");
  header.floor_survivors = 5;
  const auto judge = [&](const TranscriptFields& fields) {
    return Judge(EvidenceBuilder(Kind::kImpossibleTerms).Terms(fields).Add("site-b", header)).findings;
  };
  EXPECT_THAT(judge(attempt.fields()), ElementsAre(Is(Kind::kImpossibleTerms, Weight::kConvicts, Sites{"site-b"})));
  TranscriptFields others = attempt.fields();
  others.cohort.pop_back();
  EXPECT_THAT(judge(others), IsEmpty()) << "these are not the terms that site-b signed";
  header.floor_survivors = 4;
  EXPECT_THAT(judge(attempt.fields()), IsEmpty());
}

TEST(Verdict, CountsThatNoAttemptHasConvictTheirSigner) {
  const ExampleAttempt attempt;
  SurvivorStatement statement = attempt.Statement("site-b", kSurvivors);
  statement.set.required_signatures = 2;
  EXPECT_THAT(Judge(EvidenceBuilder(Kind::kImpossibleTerms).Add("site-b", statement)).findings,
              ElementsAre(Is(Kind::kImpossibleTerms, Weight::kConvicts, Sites{"site-b"})));
  // Possible in itself, but not in this attempt.
  SurvivorStatement smaller = attempt.Statement("site-b", kSurvivors);
  smaller.set.cohort_size = 3;
  EXPECT_THAT(Judge(EvidenceBuilder(Kind::kImpossibleTerms).Add("site-b", smaller)).findings, IsEmpty());
  EXPECT_THAT(Judge(EvidenceBuilder(Kind::kImpossibleTerms).Terms(attempt.fields()).Add("site-b", smaller)).findings,
              ElementsAre(Is(Kind::kImpossibleTerms, Weight::kConvicts, Sites{"site-b"})));
}

// One file of every kind that convicts or accuses: with any of its messages' signatures broken it must not.
TEST(Verdict, NoFindingRestsOnABrokenSignature) {
  const ExampleAttempt attempt;
  UploadHeader second = attempt.Header("site-b");
  second.payload_digest = Filled(1);
  second.ledger_sequence = 22;
  UploadHeader other_model = attempt.Header("site-b");
  other_model.parts.model = Filled(0xdd);
  RevealStatement reveal = attempt.Reveal();
  reveal.self = Filled(1);
  const std::vector<EvidenceBuilder> files = {
      EvidenceBuilder(Kind::kTwoUploads).Add("site-b", attempt.Header("site-b")).Add("site-b", second),
      EvidenceBuilder(Kind::kUnequalTranscripts).Add("site-a", attempt.Header("site-a")).Add("site-b", other_model),
      EvidenceBuilder(Kind::kRevealUnlikeCommitment).Add("site-a", attempt.Header("site-a")).Add("site-a", reveal),
      EvidenceBuilder(Kind::kTwoSurvivorSets)
          .Add("site-a", attempt.Statement("site-a", kSurvivors))
          .Add("site-b", attempt.Statement("site-b", attempt.fields().cohort)),
  };
  for (const EvidenceBuilder& file : files) {
    EXPECT_TRUE(Judge(file).claim_holds);
    for (size_t i = 0; i < file.evidence().messages.size(); ++i) {
      Evidence tampered = file.evidence();
      tampered.messages[i].message.signature[40] ^= 1;
      const auto verdict = CheckEvidence(WriteEvidence(tampered, ExampleRosterBytes()));
      ASSERT_TRUE(verdict.ok()) << verdict.status();
      EXPECT_FALSE(verdict->claim_holds) << EvidenceKindName(tampered.kind) << " without message " << i;
      EXPECT_THAT(verdict->findings, testing::Each(testing::Field(&Finding::weight, Weight::kNothing)));
    }
  }
}

// A file changed in any one character: unreadable, or it proves nothing that the honest messages do not prove.
TEST(Verdict, AFileChangedInAnyCharacterNeverAccusesMore) {
  const ExampleAttempt attempt;
  const std::string text = Honest(attempt, Kind::kTwoUploads).Write();
  int readable = 0;
  for (size_t i = 0; i < text.size(); i += 11) {
    std::string changed = text;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    const auto verdict = CheckEvidence(changed);
    if (!verdict.ok()) continue;
    ++readable;
    EXPECT_FALSE(verdict->claim_holds) << i;
    EXPECT_THAT(verdict->findings, testing::Each(testing::Field(&Finding::weight, Weight::kNothing))) << i;
  }
  EXPECT_GT(readable, 100);
}

TEST(Verdict, ARosterThatIsNotTheOneOfTheTermsIsPointedOut) {
  const ExampleAttempt attempt;
  TranscriptFields fields = attempt.fields();
  fields.roster_hash = Filled(1);
  EXPECT_THAT(Judge(EvidenceBuilder(Kind::kTwoUploads).Terms(fields)).warnings, ElementsAre(HasSubstr("roster")));
}

TEST(Verdict, AFileWithoutAReadableRosterIsAnError) {
  EXPECT_FALSE(CheckEvidence(WriteEvidence(EvidenceBuilder(Kind::kTwoKeys).evidence(), "noise")).ok());
  EXPECT_FALSE(CheckEvidence("").ok());
}

TEST(Verdict, TellsWhoSignedWhat) {
  const ExampleAttempt attempt;
  const EvidenceVerdict verdict = Judge(Honest(attempt));
  EXPECT_THAT(verdict.signed_messages[0], HasSubstr("site-a signed an upload for attempt 5 (round 2) of job job-1"));
  EXPECT_THAT(verdict.signed_messages[3], HasSubstr("site-a signed a set of 3 survivors of 4"));
  EXPECT_THAT(verdict.signed_messages, Not(testing::Contains(HasSubstr("NOT SIGNED"))));
}

// ---- the federation's log ----

// Sites a and b were shown different heads of as many entries.
struct TwoHeads {
  const ExampleLog log{"federation", 9};
  ExampleLog fork = log.Fork(5);
  const ExampleAttempt attempt;
  UploadHeader here = attempt.Header("site-a"), there = attempt.Header("site-b");

  TwoHeads() {
    while (fork.entries().size() < 9) fork.AppendJob("another");
    here.parts.log_head = HashUnder(kLogHeadDomain, log.SignedHead(9).bytes);
    there.parts.log_head = HashUnder(kLogHeadDomain, fork.SignedHead(9).bytes);
  }
  EvidenceVerdict JudgeWith(const HeadOfLog& head) const {
    Evidence evidence = EvidenceBuilder(Kind::kUnequalTranscripts).Add("site-a", here).Add("site-b", there).evidence();
    evidence.log_head = head;
    return CheckEvidence(WriteEvidence(evidence, ExampleRosterBytes())).value();
  }
};

TEST(Verdict, UnequalHeadsOfTheLogSayWhatWouldConvictItsKeeper) {
  const TwoHeads heads;
  const EvidenceVerdict of_a = heads.JudgeWith(heads.log.HeadFile(9)), of_b = heads.JudgeWith(heads.fork.HeadFile(9));
  ASSERT_THAT(of_a.findings, SizeIs(1));
  EXPECT_THAT(of_a.findings[0].proves, HasSubstr("the head of the log"));
  EXPECT_THAT(of_a.findings[0].proves, HasSubstr("The head that site-a was shown, of 9 entries"));
  EXPECT_THAT(of_a.findings[0].proves, HasSubstr("accord audit compare"));
  EXPECT_THAT(of_b.findings[0].proves, HasSubstr("The head that site-b was shown"));
  EXPECT_THAT(of_a.signed_messages, testing::Contains(HasSubstr("signed a head of 9 entries")));
}

TEST(Verdict, AHeadThatTheLogsKeyDidNotSignOrThatNobodyWasShownSaysNothing) {
  const TwoHeads heads;
  HeadOfLog forged = heads.log.HeadFile(9);
  forged.head.signature = heads.log.HeadFile(8).head.signature;
  EXPECT_THAT(heads.JudgeWith(forged).findings[0].proves, testing::Not(HasSubstr("was shown, of")));
  EXPECT_THAT(heads.JudgeWith(forged).signed_messages, testing::Contains(HasSubstr("NOT SIGNED: a head")));
  EXPECT_THAT(heads.JudgeWith(heads.log.HeadFile(8)).findings[0].proves, testing::Not(HasSubstr("was shown, of")));
}

}  // namespace
}  // namespace accord::secure
