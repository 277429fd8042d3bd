#include "trust/charter/viewing.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/trust/charter/example_charter.h"

namespace accord {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class Viewing : public ::testing::Test {
 protected:
  // `may_see`: the items of the list, as YAML; empty: no such section.
  absl::Status Check(const std::string& may_see, const std::string& person, v1::Viewing::What what) {
    if (may_see.empty()) return CheckMaySee(federation_.Written(), person, what);
    return CheckMaySee(federation_.Written({{"\nretention:", "\nmay_see: [" + may_see + "]\nretention:"}}), person,
                       what);
  }
  ExampleFederation federation_;
};

TEST_F(Viewing, IsOfTheRolesThatTheCharterNames) {
  const std::string clause = "{what: reports, roles: [engineer, lead]}, {what: models, roles: [engineer]}";
  EXPECT_TRUE(Check(clause, "ada", v1::Viewing::REPORTS).ok());
  EXPECT_TRUE(Check(clause, "ada", v1::Viewing::MODELS).ok());
  EXPECT_TRUE(Check(clause, "bela", v1::Viewing::REPORTS).ok());
  EXPECT_FALSE(Check(clause, "bela", v1::Viewing::MODELS).ok());
  EXPECT_FALSE(Check(clause, "clara", v1::Viewing::REPORTS).ok());
  EXPECT_TRUE(Check(clause, "emil", v1::Viewing::MODELS).ok()) << "one of three roles";
}

TEST_F(Viewing, OfSeveralEntriesOfOneKindEachCounts) {
  const std::string clause = "{what: status, roles: [engineer]}, {what: status, roles: [steward]}";
  EXPECT_TRUE(Check(clause, "ada", v1::Viewing::STATUS).ok());
  EXPECT_TRUE(Check(clause, "clara", v1::Viewing::STATUS).ok());
  EXPECT_FALSE(Check(clause, "bela", v1::Viewing::STATUS).ok());
}

TEST_F(Viewing, WhatIsNotListedIsSeenByThoseAloneWhoWatch) {
  for (const auto what : {v1::Viewing::REPORTS, v1::Viewing::MODELS, v1::Viewing::STATUS, v1::Viewing::SITES}) {
    for (const char* person : {"ada", "bela", "clara", "emil"}) {
      EXPECT_EQ(Check("", person, what).code(), absl::StatusCode::kPermissionDenied) << person;
    }
    EXPECT_TRUE(Check("", "dora", what).ok()) << "ombudsman";
    EXPECT_TRUE(Check("", "fritz", what).ok()) << "auditor";
    EXPECT_FALSE(Check("", "mallory", what).ok()) << "not in the charter";
  }
}

TEST_F(Viewing, ARefusalSaysWhatAndWhereItStandsAndWhoSeesIt) {
  const std::string clause = "{what: reports, roles: [engineer, lead]}, {what: models, roles: [engineer]}";
  EXPECT_THAT(
      std::string(Check(clause, "clara", v1::Viewing::MODELS).message()),
      AllOf(HasSubstr("the charter's may_see[1] (line "), HasSubstr("gives models to people whom it lists"),
            HasSubstr("as engineer (auditors and ombudsmen see everything)"), HasSubstr("clara is none of these")));
  EXPECT_THAT(std::string(Check(clause, "clara", v1::Viewing::REPORTS).message()),
              AllOf(HasSubstr("may_see[0]"), HasSubstr("engineer or lead")));
  EXPECT_THAT(std::string(Check(clause, "ada", v1::Viewing::SITES).message()),
              AllOf(HasSubstr("the charter's may_see gives sites to no role"), Not(HasSubstr("line"))));
  EXPECT_THAT(std::string(Check(clause, "mallory", v1::Viewing::MODELS).message()),
              HasSubstr("mallory is not listed in it"));
}

}  // namespace
}  // namespace accord
