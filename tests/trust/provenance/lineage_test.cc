// Which data went into a model's rounds, and every posture that does not belong to it.
#include "trust/provenance/lineage.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_replace.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/trust/provenance/example_provenance.h"
#include "trust/charter/job_order.h"
#include "trust/provenance/provenance_check.h"

namespace accord {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::Pair;
using ::testing::SizeIs;

// Two rounds of north and south under an order. North said one thing for both, south another one for each.
class LineageOfAModel : public ::testing::Test {
 protected:
  LineageOfAModel() {
    auto& rounds = example_.statement().rounds;
    rounds[0].postures = {Commitment(Said("north", "v1")), Commitment(Said("south", "v1"))};
    rounds[1].postures = {Commitment(Said("north", "v1")), Commitment(Said("south", "v2"))};
  }

  Posture Said(const std::string& site, const std::string& version) const {
    Posture posture;
    posture.site = site;
    posture.charter = Sha256("a charter");
    posture.order = JobOrderHash(example_.order().bytes);
    posture.data_set = "heart";
    posture.data_version = Sha256(version);
    posture.software = "0.9.0";
    posture.time = absl::FromUnixSeconds(1'700'000'000);
    posture.nonce = std::string(32, '0');
    return posture;
  }
  static Sha256Digest Commitment(const Posture& posture) { return PostureHash(WritePosture(posture).value()); }
  static absl::Status Open(Lineage& lineage, const Posture& posture) {
    return lineage.Open(posture, Commitment(posture));
  }
  Lineage Closed() { return Lineage(example_.statement(), *OrderOfStatement(example_.statement(), example_.order())); }
  std::string Refused(const Posture& posture) {
    Lineage lineage = Closed();
    const absl::Status opens = Open(lineage, posture);
    EXPECT_EQ(opens.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(lineage.opened(), IsEmpty());
    return std::string(opens.message());
  }

  ExampleProvenance example_{"a model", "job-1", "the job", /*is_governed=*/true};
};

TEST_F(LineageOfAModel, CommitmentsAreReadBackAsTheyWere) {
  ProvenanceRound& second = example_.statement().rounds[1];
  second.postures[0].reset();
  second.sum_of_job = "job-0";
  const auto read = ModelProvenance::Parse(example_.Signed().payload);
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(*read, example_.statement());
  const auto verdict = CheckProvenance(example_.File());
  ASSERT_TRUE(verdict.ok()) << verdict.status();
  EXPECT_THAT(verdict->faults, IsEmpty());
  EXPECT_THAT(verdict->words, Contains(HasSubstr("which commitment a site gave")));
  EXPECT_THAT(verdict->words, Contains(HasSubstr("is an earlier one, of job job-0")));
}

TEST_F(LineageOfAModel, StatementsOfBeforeThereWereCommitmentsAreSpelledAsTheyWere) {
  for (ProvenanceRound& round : example_.statement().rounds) round.postures.clear();
  const std::string text = example_.Signed().payload;
  EXPECT_THAT(text, Not(HasSubstr("postures")));
  EXPECT_THAT(text, Not(HasSubstr("sumOfJob")));
  const auto read = ModelProvenance::Parse(text);
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_FALSE(ListsPostures(*read));
  EXPECT_THAT(Closed().Closed(), IsEmpty());
  EXPECT_THAT(Closed().Without(), ElementsAre(Pair("north", 2), Pair("south", 2)));
}

TEST_F(LineageOfAModel, AListThatIsNotOneForEachSiteIsRefused) {
  const std::string good = example_.Signed().payload;
  const std::string first = HexDigest(*example_.statement().rounds[1].postures[1]);
  for (const std::string& other : {std::string("x"), std::string(64, 'A')}) {
    EXPECT_FALSE(ModelProvenance::Parse(absl::StrReplaceAll(good, {{first, other}})).ok()) << other;
  }
  example_.statement().rounds[0].postures.pop_back();
  EXPECT_THAT(std::string(ModelProvenance::Parse(example_.Signed().payload).status().message()),
              HasSubstr("expected one for each of its sites"));
}

TEST_F(LineageOfAModel, PosturesOpenTheCommitmentsOfTheirSitesAndTheOthersStayClosed) {
  Lineage lineage = Closed();
  EXPECT_THAT(lineage.Closed(), ElementsAre(Pair("north", 1), Pair("south", 2)));
  EXPECT_TRUE(Open(lineage, Said("north", "v1")).ok());
  EXPECT_TRUE(Open(lineage, Said("south", "v2")).ok());
  EXPECT_TRUE(Open(lineage, Said("south", "v2")).ok()) << "the same file twice";
  ASSERT_THAT(lineage.opened(), SizeIs(2));
  EXPECT_THAT(lineage.opened().begin()->second.rounds, ElementsAre(0, 1));
  EXPECT_THAT(lineage.opened().rbegin()->second.rounds, ElementsAre(1));
  EXPECT_EQ(lineage.opened().rbegin()->second.posture.data_version, Sha256("v2"));
  EXPECT_THAT(lineage.Closed(), ElementsAre(Pair("south", 1)));
  EXPECT_THAT(lineage.Without(), IsEmpty());
}

TEST_F(LineageOfAModel, APostureThatNoRoundNamesIsRefused) {
  EXPECT_THAT(Refused(Said("north", "v3")), HasSubstr("no sum lists its commitment"));
  Posture other = Said("north", "v1");
  other.order = Sha256("another order");
  EXPECT_THAT(Refused(other), HasSubstr("under another order than the job's"));
}

TEST_F(LineageOfAModel, APostureOfAnotherOrderThanTheJobsIsRefusedThoughARoundNamesIt) {
  Posture other = Said("north", "v1");
  other.order = Sha256("another order");
  example_.statement().rounds[1].postures[0] = Commitment(other);
  EXPECT_THAT(Refused(other), HasSubstr("which was made under " + HexDigest(JobOrderHash(example_.order().bytes))));
}

TEST_F(LineageOfAModel, ASumThatServesAgainIsOfItsOwnJobsOrder) {
  Posture other = Said("north", "v1");
  other.order = Sha256("another order");
  example_.statement().rounds[0].postures[0] = Commitment(other);
  example_.statement().rounds[0].sum_of_job = "job-0";
  Lineage lineage = Closed();
  EXPECT_TRUE(Open(lineage, other).ok());
  EXPECT_THAT(Refused(Said("south", "v1")), HasSubstr("made under that of job job-0"));
}

TEST_F(LineageOfAModel, APostureOfAnotherSiteThanTheRoundListsItForIsRefused) {
  example_.statement().rounds[1].postures[1] = Commitment(Said("north", "v1"));
  EXPECT_THAT(Refused(Said("north", "v1")), HasSubstr("lists it for site south"));
}

TEST_F(LineageOfAModel, OnlyTheOrderThatTheLogNamesIsTaken) {
  const auto other = SignedStatement::Sign(example_.order().bytes, kJobOrderDomain, example_.person());
  EXPECT_THAT(std::string(OrderOfStatement(example_.statement(), *other).status().message()),
              HasSubstr("the order by which the job ran has"))
      << "the same order, signed anew, is another file";
  ExampleProvenance free;
  EXPECT_EQ(OrderOfStatement(free.statement(), example_.order()).status().code(),
            absl::StatusCode::kFailedPrecondition);
}

}  // namespace
}  // namespace accord
