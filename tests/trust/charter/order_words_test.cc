// What people read of an order before they sign.
#include "trust/charter/order_words.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/trust/charter/judging.h"
#include "trust/charter/readable_words.h"

namespace accord {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

class OrderWords : public Judging {
 protected:
  std::string Words() const {
    return DescribeOrder(order_, JobOrderHash(signed_order_.bytes), &spec_, &active_.charter());
  }
};

TEST_F(OrderWords, SayWhoWhatWhatForUnderWhichFloorsAndWhomItNeeds) {
  const std::string words = Words();
  EXPECT_THAT(words, StartsWith("Order " + HexDigest(JobOrderHash(signed_order_.bytes)) + "\n"));
  for (const char* line :
       {"Engineer     Ada Byron (ada) of Cleveland Clinic, engineer",
        "Purpose      risk-of-disease (care): Estimate risks at admission.",
        "Data set     heart: Admissions since 2010.", "Job          heart-risk: Estimate risks",
        "Reads        age; learns to tell disease", "Rounds       20, each of at least 3 sites",
        "Sums         secure: the coordinator learns the total alone, even with 1 organisation",
        "Model        logistic_regression, one of Accord's own", "Floors       at least 3 sites of 3",
        "Loosens      nothing", "Holds        from 2027-02-15T00:00:00Z until 2027-04-01T00:00:00Z",
        "Approvals    1 as lead, 1 as steward, each site for itself", "Charter      heart-network, version 1, "}) {
    EXPECT_THAT(words, HasSubstr(std::string("\n  ") + line));
  }
}

TEST_F(OrderWords, SayWhatShouldNotBeOverlooked) {
  spec_.mutable_aggregation()->set_plain_sum(true);
  order_.purpose = "policing";
  order_.engineer = "mallory";
  order_.torchscript = Sha256("code");
  order_.loosens = {v1::RULE_MIN_SITES, v1::RULE_MIN_ROWS};
  EXPECT_THAT(Words(), AllOf(HasSubstr("PLAIN: THE COORDINATOR READS EACH SITE'S NUMBERS"),
                             HasSubstr("policing, WHICH THE CHARTER DOES NOT KNOW"),
                             HasSubstr("mallory, WHOM THE CHARTER DOES NOT KNOW"),
                             HasSubstr(HexDigest(Sha256("code")) + ", WHICH THE CHARTER DOES NOT KNOW"),
                             HasSubstr("min_sites to 2; min_rows, WHICH THE CHARTER DOES NOT LET ANYBODY LOOSEN")));
}

TEST_F(OrderWords, SayWhatTheCodeOfOthersMayCall) {
  order_.torchscript = Sha256("code");
  EXPECT_THAT(Words(), HasSubstr("it may call every operator"));
  UseCharter({{"retention:", "code: {operators: ['aten::linear', 'aten::relu']}\nretention:"}});
  EXPECT_THAT(Words(), HasSubstr("it may call 2 operators of the charter's list and no other"));
}

TEST_F(OrderWords, OfAJobThatIsNotAtHandSaySo) {
  EXPECT_THAT(DescribeOrder(order_, Sha256(""), nullptr, nullptr),
              AllOf(HasSubstr("WHICH IS NOT AT HAND: what it does is not shown"), HasSubstr("which is not at hand\n")));
}

TEST_F(OrderWords, NoTextOfTheJobMakesALineOrTurnsOneAround) {
  spec_.set_purpose(
      "Care.\n  Approvals    of nobody\xe2\x80\xae"
      "evil");
  const std::string words = Words();
  EXPECT_THAT(words, AllOf(Not(HasSubstr("\n  Approvals    of nobody")), Not(HasSubstr("\xe2\x80\xae"))));
  EXPECT_EQ(OnOneLine("Zürich \xff!\xc3"), "Zürich ?!?");
}

TEST_F(OrderWords, DifferencesOfOrdersNameEachLine) {
  JobOrder after = order_;
  after.nonce = "ff0102030405060708090a0b0c0d0e0f";
  after.expires += absl::Hours(1);
  after.job = Sha256("other");
  EXPECT_THAT(OrderDifferences(order_, after), IsEmpty());
  after.purpose = "billing-audit";
  after.data_set = "";
  after.engineer = "emil";
  after.loosens = {v1::RULE_HOURS};
  after.mappings["va"] = Sha256("mapping");
  EXPECT_THAT(OrderDifferences(order_, after),
              ElementsAre("purpose: billing-audit, before risk-of-disease", "data set: none, before heart",
                          "engineer: emil, before ada", "loosens: hours, before none",
                          "mapping of va: " + HexDigest(Sha256("mapping")) + ", before none"));
  EXPECT_THAT(OrderDifferences(after, order_),
              testing::Contains("mapping of va: none, before " + HexDigest(Sha256("mapping"))));
}

TEST_F(OrderWords, DifferencesOfJobsNameEachField) {
  v1::JobSpec after = spec_;
  EXPECT_THAT(JobDifferences(spec_, after), IsEmpty());
  after.mutable_training()->mutable_sgd()->set_learning_rate(0.1 + 1e-15);
  after.mutable_rounds()->add_sites("va");
  after.mutable_data()->mutable_features(0)->mutable_numeric()->set_min(0);
  after.mutable_aggregation()->mutable_fedprox()->set_mu(0.5);
  EXPECT_THAT(JobDifferences(spec_, after),
              ElementsAre("training.sgd.learning_rate: 0.100000000000001, before 0.1",
                          "aggregation.fedprox.mu: 0.5, before nothing", "rounds.sites: ['va'], before nothing",
                          "data.features['age'].numeric.min: nothing, before 18",
                          HasSubstr("aggregation.fedavg.server_learning_rate: nothing, before 1")));
}

TEST_F(OrderWords, AnotherOrderOfColumnsIsADifference) {
  v1::Feature& sex = *spec_.mutable_data()->add_features();
  sex.set_name("sex");
  v1::JobSpec after = spec_;
  after.mutable_data()->mutable_features()->SwapElements(0, 1);
  EXPECT_THAT(JobDifferences(spec_, after), ElementsAre("data.features: ['sex', 'age'], before ['age', 'sex']"));
}

// Every field that a job can have is compared: two jobs of different bytes differ in words.
TEST_F(OrderWords, JobsOfDifferentBytesAlwaysDiffer) {
  v1::JobSpec after = spec_;
  after.mutable_evaluation()->add_subgroups()->set_column("age");
  EXPECT_THAT(JobDifferences(spec_, after), Not(IsEmpty()));
  after = spec_;
  after.mutable_model()->mutable_drill();
  EXPECT_THAT(JobDifferences(spec_, after),
              ElementsAre("model.drill: {}, before nothing", "model.logistic_regression: nothing, before {}"));
}

TEST_F(OrderWords, VerdictIsSaidWithItsReasonsOrItsFloors) {
  EXPECT_THAT(DescribeVerdict(Judged(All()), "va", At("2027-03-01T10:00:00Z")),
              AllOf(StartsWith("Site va would run this job at 2027-03-01T10:00:00Z.\n"), HasSubstr("cells of 10"),
                    HasSubstr("holds until 2027-03-20T00:00:00Z")));
  EXPECT_THAT(DescribeVerdict(Judged({Lead(), Steward()}), "va", At("2027-03-01T10:00:00Z")),
              StartsWith("Site va would NOT run this job at 2027-03-01T10:00:00Z:\n  site va has not approved"));
}

TEST_F(OrderWords, ApprovalIsOneLine) {
  Approval approval = By("person/bela", v1::ROLE_LEAD);
  approval.loosens = {v1::RULE_HOURS};
  EXPECT_EQ(DescribeApproval(approval),
            "person/bela approves as lead, also that hours is loosened, from 2027-02-20T00:00:00Z until "
            "2027-03-20T00:00:00Z");
  approval.approves = false;
  approval.loosens.clear();
  EXPECT_EQ(DescribeApproval(approval), "person/bela REFUSES as lead, for good");
}

}  // namespace
}  // namespace accord
