#include "trust/joint/charter_join.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/trust/joint/two_federations.h"
#include "trust/charter/charter_words.h"
#include "trust/charter/week_hours.h"
#include "trust/joint/charter_yaml.h"
#include "trust/joint/joint_charter.h"

namespace accord {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

class CharterJoinTest : public ::testing::Test {
 protected:
  std::string Joined(const Charter& first, const Charter& second) {
    join_ = JoinCharters({first, "first"}, {second, "second"}, "joint");
    return CharterYaml(join_.terms);
  }
  static Charter Draft(const std::string& text) {
    auto charter = Charter::Parse(text, "joint.yaml");
    EXPECT_TRUE(charter.ok()) << charter.status() << "\n" << text;
    return *std::move(charter);
  }
  std::string Clashes() const {
    return absl::StrJoin(join_.clashes, "\n", [](std::string* out, const JoinWords& words) {
      absl::StrAppend(out, words.field, ": ", words.words);
    });
  }
  std::string Notes() const {
    return absl::StrJoin(join_.notes, "\n", [](std::string* out, const JoinWords& words) {
      absl::StrAppend(out, words.field, ": ", words.words);
    });
  }

  ExampleFederation federation_;
  CharterJoin join_;
};

TEST_F(CharterJoinTest, CharterJoinedWithItselfIsAsStrictAsBefore) {
  const Charter charter = federation_.Written();
  const Charter joint = Draft(Joined(charter, charter));
  EXPECT_THAT(LoosenedBy(charter, joint), IsEmpty());
  v1::Charter same = joint.terms();
  same.set_name(charter.terms().name());
  *same.mutable_amendments() = charter.terms().amendments();
  v1::Charter ordered = charter.terms();  // organisations stand by their bytes
  EXPECT_EQ(same.DebugString(), ordered.DebugString());
}

TEST_F(CharterJoinTest, WordsSayWhatCameFromWhich) {
  Joined(
      federation_.Written({{"min_rows: 50", "min_rows: 60"}}),
      federation_.Written({{"longest_days: 30", "longest_days: 10"}, {"words: Find bills", "words: Find all bills"}}));
  EXPECT_THAT(Notes(), HasSubstr("floors.min_rows: 60, of first; the other has 50\n"));
  EXPECT_THAT(Notes(), HasSubstr("approvals.longest_days: 10, of second; the other has 30\n"));
  EXPECT_THAT(Notes(), HasSubstr("floors.min_sites: 3, as in both\n"));
  EXPECT_THAT(Notes(), HasSubstr("purposes: billing-audit is left out: the two describe it in other words"));
}

TEST_F(CharterJoinTest, WhereNothingIsInBothTheFieldIsNamed) {
  const auto clash = [&](const Replacements& first, const Replacements& second) {
    Joined(federation_.Written(first), federation_.Written(second));
    return Clashes();
  };
  EXPECT_THAT(clash({{"expires: 2028-01", "expires: 2027-03"}}, {{"not_before: 2027-01", "not_before: 2027-06"}}),
              HasSubstr("expires: one ends at 2027-03-01T00:00:00Z, before the other begins at 2027-06-01"));
  EXPECT_THAT(clash({}, {{"from: '08:00', until: '24:00'", "from: '00:00', until: '08:00'"}}),
              HasSubstr("hours: there is no minute"));
  EXPECT_THAT(clash({{"\njob_orders:", "\ncode: {models: [mlp]}\njob_orders:"}},
                    {{"\njob_orders:", "\ncode: {models: [logistic_regression]}\njob_orders:"}}),
              HasSubstr("code.models: no model"));
  EXPECT_THAT(clash({}, {{"defined_by: [engineer]", "defined_by: [lead]"}}),
              HasSubstr("job_orders.defined_by: no role may define jobs by both: engineer in first, lead in second"));
  EXPECT_THAT(clash({}, {{"words: Estimate risks", "words: Estimate all risks"},
                         {"words: Find bills", "words: Find all bills"}}),
              HasSubstr("purposes: none is in both"));
}

TEST_F(CharterJoinTest, PeopleWithOtherKeysAreNobodyToBoth) {
  Joined(federation_.Written(), ExampleFederation().Written());
  EXPECT_THAT(Clashes(), HasSubstr("people: nobody is in both"));
  EXPECT_THAT(Notes(), HasSubstr("people: ada is left out: the two list ANOTHER KEY"));
}

const char kFritz[] =
    "  - {id: fritz, name: Fritz Haber, organisation: V.A. Medical Center, roles: [auditor], key: $fritz}\n";

TEST_F(CharterJoinTest, WhoWatchesForOneOfTheTwoWatchesOverBoth) {
  const Roster members = federation_.sites().Listed();
  const Charter first = federation_.Written(), second = federation_.Written({{kFritz, ""}});
  for (const bool swapped : {false, true}) {
    const Charter joint = Draft(swapped ? Joined(second, first) : Joined(first, second));
    EXPECT_EQ(Clashes(), "");
    ASSERT_NE(joint.FindPerson("fritz"), nullptr);
    EXPECT_THAT(LoosenedFor(members, first, joint), IsEmpty());
    EXPECT_THAT(LoosenedFor(members, second, joint), IsEmpty()) << "more eyes are no loosening";
  }
  EXPECT_THAT(Notes(), HasSubstr("people: fritz is auditor for second, and keeps watch over both"));
  EXPECT_THAT(LoosenedFor(members, first, Draft(Joined(second, second))),
              ::testing::ElementsAre(HasSubstr("fritz is no longer auditor")))
      << "a majority that drops the auditor";
}

// Attack: a majority puts somebody of its own in the place of one's auditor, and writes down one's own organisation.
TEST_F(CharterJoinTest, WhoWatchesIsNotReplacedByAStrangerWhoNamesTheSameOrganisation) {
  const Roster members = federation_.sites().Listed();
  const Charter own = federation_.Written();
  const std::string key = ExampleFederation().KeyText("fritz");
  const auto lost = ::testing::Contains(HasSubstr("fritz is no longer auditor, and nobody listed before"));
  const Charter swapped = federation_.Written({{"id: fritz", "id: mallory"}, {"$fritz", key}});
  EXPECT_THAT(LoosenedFor(members, own, swapped), ::testing::ElementsAre(HasSubstr("fritz is no longer auditor")));
  // Nor by one whom the charter before lists under another key, or for another organisation.
  EXPECT_THAT(
      LoosenedFor(members, own,
                  federation_.Written(
                      {{kFritz, ""}, {"roles: [ombudsman], key: $dora", "roles: [ombudsman, auditor], key: " + key}})),
      lost);
  EXPECT_THAT(LoosenedFor(members, own,
                          federation_.Written({{kFritz, ""},
                                               {"organisation: Universitätsspital Zürich, roles: [steward]",
                                                "organisation: V.A. Medical Center, roles: [steward, auditor]"}})),
              lost);
  const Charter known = federation_.Written({{kFritz, ""}, {"roles: [ombudsman]", "roles: [ombudsman, auditor]"}});
  EXPECT_THAT(LoosenedFor(members, own, known), IsEmpty()) << "dora is of fritz's organisation, and was known before";
}

// The example asks for the word of an ombudsman.
TEST_F(CharterJoinTest, NobodySitsOnTheSeatOfOnesOwnOmbudsman) {
  const Roster members = federation_.sites().Listed();
  const Charter first = federation_.Written();
  const Charter second = federation_.Written({{"roles: [auditor]", "roles: [ombudsman]"}});
  const Charter joint = Draft(Joined(first, second));
  EXPECT_FALSE(HasRole(*joint.FindPerson("fritz"), v1::ROLE_OMBUDSMAN));
  EXPECT_TRUE(HasRole(*joint.FindPerson("fritz"), v1::ROLE_AUDITOR));
  EXPECT_THAT(LoosenedFor(members, first, joint), IsEmpty());
  EXPECT_THAT(LoosenedFor(members, second, joint), IsEmpty()) << "dora is in both";
  EXPECT_THAT(LoosenedFor(members, first, second), ::testing::Contains(HasSubstr("fritz is ombudsman too")));
  Joined(first,
         federation_.Written({{"roles: [ombudsman]", "roles: [steward]"}, {"roles: [auditor]", "roles: [ombudsman]"}}));
  EXPECT_THAT(Clashes(), HasSubstr("people: no ombudsman is in both"));
}

TEST_F(CharterJoinTest, WhoWatchesUnderTwoKeysIsTalkedAbout) {
  Joined(federation_.Written(),
         federation_.Written({{"$fritz", "$bela"}, {"key: $bela}\n  - {id: clara", "key: $fritz}\n  - {id: clara"}}));
  EXPECT_THAT(Clashes(), HasSubstr("people: fritz keeps watch in one of the two, which must not end, and the two list "
                                   "ANOTHER KEY"));
}

TEST_F(CharterJoinTest, WhoIsMissingForADemandIsAFaultOfTheDraft) {
  const Charter without_leads = federation_.Written({{"roles: [lead]", "roles: [auditor]"},
                                                     {"roles: [engineer, lead, steward]", "roles: [engineer, steward]"},
                                                     {"    - {role: lead, count: 1}\n", ""},
                                                     {"  - {rule: min_sites, least: 2, by: [lead, steward]}\n", ""},
                                                     {"  - {rule: hours, by: [lead, steward]}\n", ""},
                                                     {"loosening:\n", ""}});
  const auto draft = Charter::Parse(Joined(federation_.Written(), without_leads), "joint.yaml");
  EXPECT_THAT(std::string(draft.status().message()), HasSubstr("asks for 1 of the role lead, and people lists 0"));
}

TEST(JointDataSets, AreReleasedByTheSitesThatTheirOwnFederationLets) {
  TwoFederations federations;
  const Charter hearts = federations.HeartCharter();
  const Charter lungs = federations.LungCharter({{"purposes: [risk-of-disease]}",
                                                  "purposes: [risk-of-disease], sites: "
                                                  "[oslo]}"}});
  const Charter joint = federations.JointCharter(hearts, lungs);
  EXPECT_THAT(joint.FindDataSet("bills")->sites(), ::testing::ElementsAre("charite", "va"));
  EXPECT_THAT(joint.FindDataSet("heart")->sites(),
              ::testing::ElementsAre("cleveland", "hungarian", "oslo", "switzerland", "va"));
  const Roster heart_roster = federations.HeartRoster();
  const Roster lung_roster = federations.LungRoster();
  EXPECT_TRUE(CheckJointCharter(joint, {hearts, heart_roster}, {lungs, lung_roster}).ok());
  const Charter open = federations.JointCharter(hearts, lungs, {{"[\"charite\", \"va\"]", "[\"charite\", \"oslo\"]"}});
  EXPECT_THAT(WeakerThanParent({hearts, heart_roster}, open), IsEmpty()) << "oslo is none of the hearts' sites";
  EXPECT_THAT(WeakerThanParent({lungs, lung_roster}, open),
              ::testing::ElementsAre("more sites may release the data set bills"));
}

TEST(CharterTextOfADraft, IsReadBackToTheSameTerms) {
  const ExampleFederation federation;
  v1::Charter terms = federation.Written().terms();
  terms.mutable_data_sets(0)->set_words("Quotes \" and \\ and\ntwo lines: # {no} comment");
  terms.mutable_floors()->mutable_privacy()->set_epsilon(0.1 + 0.2);
  terms.mutable_floors()->mutable_privacy()->set_delta(1.0 / 3e7);
  terms.mutable_retention()->set_words("true");
  const auto again = Charter::Parse(CharterYaml(terms), "draft.yaml");
  ASSERT_TRUE(again.ok()) << again.status() << "\n" << CharterYaml(terms);
  EXPECT_EQ(again->terms().SerializeAsString(), terms.SerializeAsString()) << CharterYaml(terms);
}

// ---- hours ----

TEST(MinutesOfAWeek, AreThoseOfTheEntriesAndBack) {
  google::protobuf::RepeatedPtrField<v1::OpenHours> hours;
  EXPECT_TRUE(OpenMinutes(hours).all());
  EXPECT_TRUE(HoursOf(OpenMinutes(hours)).empty());
  v1::OpenHours& open = *hours.Add();
  open.add_days(v1::OpenHours::DAY_MONDAY);
  open.add_days(v1::OpenHours::DAY_SUNDAY);
  open.set_from("22:30");
  open.set_until("24:00");
  EXPECT_EQ(OpenMinutes(hours).count(), 180u);
  const auto again = HoursOf(OpenMinutes(hours));
  ASSERT_EQ(again.size(), 1);
  EXPECT_EQ(again[0].SerializeAsString(), open.SerializeAsString());
  WeekMinutes one;
  one.set(WeekMinutes().size() - 1);  // Sunday's last
  ASSERT_EQ(HoursOf(one).size(), 1);
  EXPECT_EQ(HoursOf(one)[0].from(), "23:59");
  EXPECT_EQ(HoursOf(one)[0].until(), "24:00");
}

}  // namespace
}  // namespace accord
