#include "trust/charter/policy_check.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_replace.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/trust/charter/example_policy.h"

namespace accord {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class SignedPoliciesTest : public ::testing::Test {
 protected:
  absl::Status Check(const SignedPolicy& signed_policy, const std::string& site = "cleveland") const {
    return CheckSignedPolicy(charter_, roster_, site, signed_policy).status();
  }
  SignedPolicy By(const std::vector<std::string>& people,
                  const PolicyStatement& statement = PolicyOfCleveland()) const {
    return SignedBy(federation_, statement, people);
  }

  const ExampleFederation federation_;
  const Charter charter_ = federation_.Written(SignedPolicies());
  const Roster roster_ = *federation_.Listed();
};

TEST_F(SignedPoliciesTest, OfTwoPeopleOfTheSitesOrganisationHold) {
  const auto statement = CheckSignedPolicy(charter_, roster_, "cleveland", By({"ada", "emil"}));
  ASSERT_TRUE(statement.ok()) << statement.status();
  EXPECT_EQ(*statement, PolicyOfCleveland());
  PolicyStatement none = PolicyOfCleveland();
  none.policy = std::nullopt;
  EXPECT_TRUE(Check(By({"ada", "emil"}, none)).ok());
}

TEST_F(SignedPoliciesTest, OfOnePersonDoNotAndTheOthersWhoMaySignAreNamed) {
  const absl::Status status = Check(By({"emil"}));
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()),
              AllOf(HasSubstr("is signed by emil of those who may, and the charter's site_policies (line"),
                    HasSubstr("asks for 2 people of Cleveland Clinic"), HasSubstr("by 1 more"),
                    HasSubstr("(accord policy sign) of ada")));
  EXPECT_THAT(std::string(Check(By({})).message()), HasSubstr("signed by nobody"));
}

TEST_F(SignedPoliciesTest, OfPeopleOfAnotherOrganisationOrRoleCountForNothing) {
  // clara is a steward, of Zürich; bela is of Budapest.
  EXPECT_THAT(std::string(Check(By({"emil", "clara", "bela", "dora"})).message()), HasSubstr("is signed by emil of"));
  const Charter stewards = federation_.Written(SignedPolicies("{people: 2, roles: [steward]}"));
  EXPECT_THAT(
      std::string(CheckSignedPolicy(stewards, roster_, "cleveland", By({"ada", "emil"})).status().message()),
      AllOf(HasSubstr("is signed by emil of"), HasSubstr("nobody else may sign it, so the charter has to list more")))
      << "ada is engineer alone";
}

TEST_F(SignedPoliciesTest, TheSecondSignatureOfOnePersonIsTheFirst) {
  SignedPolicy twice = By({"emil"});
  ASSERT_TRUE(twice.Sign("site/cleveland", federation_.person("emil")).ok());
  EXPECT_THAT(std::string(Check(twice).message()), HasSubstr("is signed by emil of"));
  // As ada, with emil's key.
  ASSERT_TRUE(twice.Sign("person/ada", federation_.person("emil")).ok());
  EXPECT_THAT(std::string(Check(twice).message()),
              HasSubstr("a signature of ada that is not made with that person's key"));
}

TEST_F(SignedPoliciesTest, NameThoseAloneWhoseSignaturesCount) {
  SignedPolicy signed_policy = By({"ada", "emil"});
  signed_policy.signatures["person/director"] = signed_policy.signatures["person/ada"];
  signed_policy.signatures["site/cleveland"] = signed_policy.signatures["person/ada"];
  EXPECT_TRUE(Check(signed_policy).ok());
  EXPECT_THAT(SignersOfPolicy(charter_, roster_, "cleveland", signed_policy), ElementsAre("person/ada", "person/emil"));
  std::swap(signed_policy.signatures["person/ada"], signed_policy.signatures["person/emil"]);
  EXPECT_THAT(SignersOfPolicy(charter_, roster_, "cleveland", signed_policy), IsEmpty());
  EXPECT_THAT(SignersOfPolicy(charter_, roster_, "nowhere", By({"ada", "emil"})), IsEmpty());
}

// As after an amendment by which one of three got another key.
TEST_F(SignedPoliciesTest, ThatAreNotGoodDoNoHarmWhereEnoughOthersAre) {
  Replacements three = SignedPolicies();
  three.emplace_back("Dora Maar, organisation: V.A. Medical Center, roles: [ombudsman]",
                     "Dora Maar, organisation: Cleveland Clinic, roles: [ombudsman, engineer]");
  const Charter charter = federation_.Written(three);
  SignedPolicy signed_policy = By({"ada", "dora", "emil"});
  signed_policy.signatures["person/dora"] = signed_policy.signatures["person/emil"];
  EXPECT_TRUE(CheckSignedPolicy(charter, roster_, "cleveland", signed_policy).ok());
  EXPECT_THAT(SignersOfPolicy(charter, roster_, "cleveland", signed_policy), ElementsAre("person/ada", "person/emil"));
  signed_policy.signatures["person/ada"] = signed_policy.signatures["person/emil"];
  const absl::Status too_few = CheckSignedPolicy(charter, roster_, "cleveland", signed_policy).status();
  EXPECT_THAT(std::string(too_few.message()), HasSubstr("a signature of ada that is not made with that person's key"));
}

TEST_F(SignedPoliciesTest, OfOtherBytesAreNotGood) {
  SignedPolicy changed = By({"ada", "emil"});
  changed.bytes = absl::StrReplaceAll(changed.bytes, {{"2027-02-25", "2027-02-26"}});
  EXPECT_EQ(Check(changed).code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(Check(changed).message()), HasSubstr("or a byte of it was changed"));
}

TEST_F(SignedPoliciesTest, OfAnotherSiteCharterOrOrganisationAreRefused) {
  EXPECT_THAT(std::string(Check(By({"ada", "emil"}), "va").message()),
              HasSubstr("is of the site cleveland, and this is va"));
  PolicyStatement statement = PolicyOfCleveland();
  statement.charter = "lung-network";
  EXPECT_THAT(std::string(Check(By({"ada", "emil"}, statement)).message()),
              HasSubstr("under the charter lung-network"));
  statement = PolicyOfCleveland();
  statement.organisation = "V.A. Medical Center";
  EXPECT_THAT(std::string(Check(By({"ada", "emil"}, statement)).message()), HasSubstr("the roster lists Cleveland"));
  EXPECT_THAT(std::string(Check(By({"ada", "emil"}), "nowhere").message()), HasSubstr("lists no site nowhere"));
}

TEST_F(SignedPoliciesTest, HoldUnderAnAmendmentUnlessOneWhoSignedIsGone) {
  const std::string hash(64, 'a');
  Replacements amended = SignedPolicies();
  amended.emplace_back("version: 1\n", "version: 2\nformer_sha256: " + hash + "\n");
  EXPECT_TRUE(CheckSignedPolicy(federation_.Written(amended), roster_, "cleveland", By({"ada", "emil"})).ok());
  amended.emplace_back("  - {id: ada, name: Ada Byron, organisation: Cleveland Clinic,",
                       "  - {id: anna, name: Anna Freud, organisation: Cleveland Clinic,");
  const auto gone = CheckSignedPolicy(federation_.Written(amended), roster_, "cleveland", By({"ada", "emil"}));
  EXPECT_THAT(std::string(gone.status().message()),
              AllOf(HasSubstr("is signed by emil of"), HasSubstr("(accord policy sign) of anna")));
}

TEST_F(SignedPoliciesTest, AreNotAskedForWithoutTheClause) {
  const auto status = CheckSignedPolicy(federation_.Written(), roster_, "cleveland", By({"ada", "emil"})).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()), HasSubstr("has no site_policies"));
}

TEST_F(SignedPoliciesTest, AreSignedByNobodyWhoseSignatureCountsForNothing) {
  EXPECT_TRUE(CheckMaySignPolicy(charter_, roster_, "cleveland", "ada").ok());
  EXPECT_THAT(std::string(CheckMaySignPolicy(charter_, roster_, "cleveland", "clara").message()),
              AllOf(HasSubstr("clara is of Universitätsspital Zürich"), HasSubstr("ada, emil")));
  EXPECT_THAT(std::string(CheckMaySignPolicy(charter_, roster_, "va", "fritz").message()),
              AllOf(HasSubstr("fritz has none of the roles"), HasSubstr("may sign the policy of va: nobody")));
  EXPECT_THAT(std::string(CheckMaySignPolicy(charter_, roster_, "cleveland", "olga").message()),
              HasSubstr("olga is not in the charter's people"));
}

TEST_F(SignedPoliciesTest, FileHasOneSpelling) {
  const SignedPolicy signed_policy = By({"ada", "emil"});
  const std::string text = signed_policy.Text();
  const auto again = SignedPolicy::Parse(text);
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(*again, signed_policy);
  EXPECT_EQ(again->Text(), text);
  for (size_t length = 0; length < text.size(); ++length) {
    const auto cut = SignedPolicy::Parse(text.substr(0, length));
    EXPECT_FALSE(cut.ok() && cut->signatures == signed_policy.signatures) << length;
  }
  EXPECT_THAT(std::string(SignedPolicy::Parse(kPolicyOfCleveland).status().message()),
              HasSubstr("no line 'signatures'"));
  EXPECT_FALSE(SignedPolicy::Parse(std::string(kMaxSignedPolicyBytes + 1, 'a')).ok());
  for (const auto& [from, to] : Replacements{{"policy: ", "policy: A"},
                                             {"accord-policy-v1", "accord-policy-v2"},
                                             {"site: cleveland", "site: Cleveland"},
                                             {"\ntime", "\ntime: 2027-02-25T00:00:00Z\ntime"},
                                             {"Cleveland Clinic", "\xff"},
                                             {"person/ada", "person/zoe"}}) {
    EXPECT_FALSE(SignedPolicy::Parse(absl::StrReplaceAll(text, {{from, to}})).ok()) << to;
  }
}

TEST_F(SignedPoliciesTest, ClauseNamesNobodyWhoWatchesAndNoRoleTwice) {
  const std::string fault(
      Charter::Parse(federation_.Yaml(SignedPolicies("{people: 1, roles: [auditor, lead, lead]}")), "c.yaml")
          .status()
          .message());
  EXPECT_THAT(fault, AllOf(HasSubstr("site_policies.people: is 1"),
                           HasSubstr("site_policies.roles[0]: is auditor, who watches"),
                           HasSubstr("site_policies.roles[2]: names a role a second time")));
}

}  // namespace
}  // namespace accord
