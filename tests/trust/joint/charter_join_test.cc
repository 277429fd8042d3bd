#include "trust/joint/charter_join.h"

#include <cstdint>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "gmock/gmock.h"
#include "google/protobuf/descriptor.h"
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
using ::testing::Not;

// ---- a table: each field of a charter ----

// Two charters that differ in one clause, and the text that the joint one has, whichever of the two comes first.
struct ClausePair {
  std::string fields;  // of the schema, one blank between them
  Replacements first;
  Replacements second;
  std::string expected;  // in the draft; "!": not in it
};

Replacements Before(const std::string& section, const std::string& line) {
  return {{absl::StrCat("\n", section), absl::StrCat("\n", line, "\n", section)}};
}

const std::string kOneHash(64, 'a');
const std::string kOtherHash(64, 'b');

std::string Script(const std::string& hash) { return absl::StrCat("{sha256: ", hash, ", words: Seen by Clara.}"); }

std::vector<ClausePair> EveryClause() {
  const auto privacy = [](const std::string& epsilon, const std::string& delta) {
    return Replacements{{"  min_rows: 50\n",
                         absl::StrCat("  min_rows: 50\n  privacy: {epsilon: ", epsilon, ", delta: ", delta, "}\n")}};
  };
  const auto posture = [](const std::string& terms) {
    return Replacements{{"  min_rows: 50\n", absl::StrCat("  min_rows: 50\n  posture: {", terms, "}\n")}};
  };
  const auto code = [](const std::string& terms) { return Before("job_orders:", absl::StrCat("code: {", terms, "}")); };
  const auto before_retention = [](const std::string& line) { return Before("retention:", line); };
  return {
      {"not_before", {}, {{"not_before: 2027-01", "not_before: 2027-02"}}, "not_before: \"2027-02-01T00:00:00Z\""},
      {"expires", {}, {{"expires: 2028-01", "expires: 2027-09"}}, "expires: \"2027-09-01T00:00:00Z\""},
      {"purposes.name data_sets.name",
       {},
       {{"  - {name: billing-audit, words: Find bills without a treatment., tags: [fraud]}\n", ""},
        {"  - {name: bills, words: Bills since 2010., purposes: [billing-audit], sites: [va]}\n", ""}},
       "!name: \"bil"},
      {"purposes.words", {}, {{"words: Find bills", "words: Find all bills"}}, "!name: \"billing-audit\""},
      {"purposes.tags", {}, {{"tags: [care]", "tags: [care, research]"}}, "tags: [care, research]"},
      {"people.id",
       {},
       {{"  - {id: ada, name: Ada Byron, organisation: Cleveland Clinic, roles: [engineer], key: $ada}\n", ""}},
       "!id: \"ada\""},
      {"people.organisation",
       {},
       {{"name: Ada Byron, organisation: Cleveland Clinic", "name: Ada Byron, organisation: V.A. Medical Center"}},
       "!id: \"ada\""},
      {"people.roles",
       {},
       {{"roles: [engineer, lead, steward]", "roles: [engineer, lead]"}},
       "roles: [engineer, lead]"},
      {"data_sets.purposes",
       {},
       {{"purposes: [risk-of-disease]", "purposes: [risk-of-disease, billing-audit]"}},
       "purposes: [\"risk-of-disease\"]"},
      {"data_sets.sites", {}, {{"sites: [va]", "sites: [va, cleveland]"}}, "sites: [\"va\"]"},
      {"data_sets.sites", {}, {{", sites: [va]", ""}}, "sites: [\"va\"]"},
      {"data_sets.signed_release",
       {},
       {{"purposes: [risk-of-disease]}", "purposes: [risk-of-disease], signed_release: true}"}},
       "signed_release: true"},
      {"floors.min_sites", {}, {{"min_sites: 3", "min_sites: 4"}}, "\n  min_sites: 4"},
      {"floors.min_organisations",
       {{"min_sites: 3", "min_sites: 4"}},
       {{"min_sites: 3", "min_sites: 4"}, {"min_organisations: 3", "min_organisations: 4"}},
       "\n  min_organisations: 4"},
      {"floors.min_colluding_organisations",
       {},
       {{"min_colluding_organisations: 1", "min_colluding_organisations: 2"}},
       "\n  min_colluding_organisations: 2"},
      {"floors.secure_sum", {}, {{"secure_sum: true", "secure_sum: false"}}, "\n  secure_sum: true"},
      {"floors.minimum_cell", {}, {{"minimum_cell: 10", "minimum_cell: 11"}}, "\n  minimum_cell: 11"},
      {"floors.min_rows", {}, {{"min_rows: 50", "min_rows: 60"}}, "\n  min_rows: 60"},
      {"floors.privacy.epsilon floors.privacy.delta", {}, privacy("2", "0.001"), "epsilon: 2\n    delta: 0.001\n"},
      {"floors.privacy.epsilon floors.privacy.delta", privacy("3", "0.000001"), privacy("2", "0.00001"),
       "epsilon: 2\n    delta: 1e-06\n"},
      {"floors.posture.sandbox floors.posture.disk_encryption floors.posture.clock_behind_s",
       {},
       posture("sandbox: true, disk_encryption: false, clock_behind_s: 60"),
       "sandbox: true\n    disk_encryption: false\n    clock_behind_s: 60\n"},
      {"floors.posture.sandbox floors.posture.disk_encryption floors.posture.clock_behind_s",
       posture("sandbox: true, disk_encryption: false, clock_behind_s: 60"),
       posture("sandbox: false, disk_encryption: true, clock_behind_s: 30"),
       "sandbox: true\n    disk_encryption: true\n    clock_behind_s: 30\n"},
      {"code.models", {}, code("models: [mlp]"), "models: [\"mlp\"]"},
      {"code.models", code("models: [logistic_regression, mlp]"), code("models: [mlp]"), "models: [\"mlp\"]"},
      {"code.torchscript.sha256", code(absl::StrCat("torchscript: [", Script(kOneHash), "]")),
       code(absl::StrCat("torchscript: [", Script(kOneHash), ", ", Script(kOtherHash), "]")),
       absl::StrCat("!sha256: \"", kOtherHash)},
      {"job_orders.defined_by",
       {},
       {{"defined_by: [engineer]", "defined_by: [engineer, lead]"}},
       "defined_by: [engineer]"},
      {"job_orders.longest_days", {}, {{"longest_days: 60", "longest_days: 20"}}, "longest_days: 20\n"},
      {"approvals.by.role approvals.by.count",
       {},
       {{"{role: lead, count: 1}\n", "{role: lead, count: 2}\n"}},
       "- role: lead\n      count: 2\n"},
      {"approvals.by.role approvals.by.tags",
       {},
       {{"    - {role: steward, count: 1}\n",
         "    - {role: steward, count: 1}\n    - {role: auditor, count: 1, tags: "
         "[care]}\n"}},
       "- role: auditor\n      count: 1\n      tags: [care]\n"},
      {"approvals.each_site", {}, {{"each_site: true", "each_site: false"}}, "each_site: true"},
      {"approvals.longest_days", {}, {{"longest_days: 30", "longest_days: 10"}}, "longest_days: 10\n"},
      {"may_see.what may_see.roles", before_retention("may_see: [{what: reports, roles: [engineer, lead]}]"),
       before_retention("may_see: [{what: reports, roles: [lead]}, {what: models, roles: [lead]}]"),
       "may_see:\n  - what: reports\n    roles: [lead]\nhours:"},
      {"hours.from", {}, {{"from: '08:00'", "from: '10:00'"}}, "from: \"10:00\""},
      {"hours.until", {}, {{"until: '24:00'", "until: '20:00'"}}, "until: \"20:00\""},
      {"hours.days",
       {},
       {{"days: [monday, tuesday, wednesday, thursday, friday]", "days: [friday, saturday]"}},
       "days: [friday]"},
      {"hours.days",
       {},
       {{"hours:\n  - {days: [monday, tuesday, wednesday, thursday, friday], from: '08:00', until: '24:00'}\n", ""}},
       "days: [monday, tuesday, wednesday, thursday, friday]"},
      {"retention.uploads_days", {}, {{"uploads_days: 0", "uploads_days: 3"}}, "uploads_days: 0\n"},
      {"retention.models_days", {}, {{"models_days: 365", "models_days: 100"}}, "models_days: 100\n"},
      {"retention.reports_days", {}, {{"reports_days: 3650", "reports_days: 900"}}, "reports_days: 900\n"},
      {"service.promise service.consequence",
       {},
       before_retention("service: [{promise: Answers come in a week., consequence: A letter.}]"),
       "promise: \"Answers come in a week.\"\n    consequence: \"A letter.\""},
      {"co_signers.tag co_signers.role co_signers.count",
       {},
       {{"role: ombudsman, count: 1}\namendments",
         "role: ombudsman, count: 1}\n  - {tag: care, role: lead, count: "
         "2}\namendments"}},
       "- tag: care\n    role: lead\n    count: 2\n"},
      {"signatures.sites signatures.people.role signatures.people.count",
       {},
       before_retention("signatures: {sites: 3, people: [{role: lead, count: 1}]}"),
       "signatures:\n  sites: 0\n  people:\n    - role: lead\n      count: 1\n"},
      {"amendments.sites amendments.people.role amendments.people.count",
       {},
       {{"amendments: {sites: 3, people: [{role: steward, count: 1}]}",
         "amendments: {sites: 4, people: [{role: steward, count: 2}]}"}},
       "amendments:\n  sites: 0\n  people:\n    - role: steward\n      count: 2\n"},
      {"loosening.least",
       {{"min_sites: 3", "min_sites: 5"}},
       {{"min_sites: 3", "min_sites: 5"}, {"least: 2", "least: 3"}},
       "least: 3\n"},
      {"loosening.by",
       {},
       {{"{rule: hours, by: [lead, steward]}", "{rule: hours, by: [lead]}"}},
       "rule: hours\n    by: [lead]\n"},
      {"loosening.rule", {}, {{"  - {rule: hours, by: [lead, steward]}\n", ""}}, "!rule: hours"},
      {"complaints.answer_days", {}, Before("job_orders:", "complaints: {answer_days: 7}"), "answer_days: 7\n"},
  };
}

// What names, describes and orders, or is compared by its own tests below.
const std::set<std::string> kNothingToTighten = {
    "name",       "version",         "former_sha256",          "organisations.name", "people.name",
    "people.key", "data_sets.words", "code.torchscript.words", "retention.words",
};

void CollectFields(const google::protobuf::Descriptor& type, const std::string& before, std::set<std::string>& fields) {
  for (int i = 0; i < type.field_count(); ++i) {
    const std::string path = absl::StrCat(before, type.field(i)->name());
    if (type.field(i)->message_type() == nullptr) {
      fields.insert(path);
    } else {
      CollectFields(*type.field(i)->message_type(), absl::StrCat(path, "."), fields);
    }
  }
}

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

TEST_F(CharterJoinTest, EveryFieldOfACharterIsInTheTableOrHasNothingToTighten) {
  std::set<std::string> fields;
  CollectFields(*v1::Charter::descriptor(), "", fields);
  std::set<std::string> known = kNothingToTighten;
  for (const ClausePair& clause : EveryClause()) {
    for (const absl::string_view field : absl::StrSplit(clause.fields, ' ')) known.emplace(field);
  }
  EXPECT_EQ(known, fields);
}

TEST_F(CharterJoinTest, OfEachFieldTheStricterOneIsTaken) {
  const Roster members = federation_.sites().Listed();
  for (const ClausePair& clause : EveryClause()) {
    SCOPED_TRACE(clause.fields);
    const Charter first = federation_.Written(clause.first);
    const Charter second = federation_.Written(clause.second);
    const bool absent = clause.expected.front() == '!';
    const std::string expected = absent ? clause.expected.substr(1) : clause.expected;
    for (const bool swapped : {false, true}) {
      const std::string text = swapped ? Joined(second, first) : Joined(first, second);
      EXPECT_THAT(text, absent ? ::testing::Matcher<std::string>(Not(HasSubstr(expected)))
                               : ::testing::Matcher<std::string>(HasSubstr(expected)));
      EXPECT_EQ(Clashes(), "");
      const Charter joint = Draft(text);
      EXPECT_THAT(LoosenedFor(members, first, joint), IsEmpty());
      EXPECT_THAT(LoosenedFor(members, second, joint), IsEmpty());
    }
    EXPECT_FALSE(LoosenedBy(first, second).empty() && LoosenedBy(second, first).empty())
        << "a joint charter with the weaker of the two would pass";
  }
}

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
  EXPECT_THAT(clash(Before("job_orders:", "code: {models: [mlp]}"),
                    Before("job_orders:", "code: {models: [logistic_regression]}")),
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

// ---- a property: whatever the two are, the joint one loosens neither ----

class RandomCharters {
 public:
  RandomCharters(const ExampleFederation& federation, uint32_t seed)
      : base_(federation.Written().terms()), random_(seed) {}

  v1::Charter Next() {
    v1::Charter terms = base_;
    Times(terms);
    Purposes(terms);
    People(terms);
    DataSets(terms);
    Floors(*terms.mutable_floors());
    Code(terms);
    Orders(terms);
    Promises(terms);
    Demands(terms);
    LooseningOf(terms);
    return terms;
  }

 private:
  uint32_t Number(uint32_t least, uint32_t most) {
    return std::uniform_int_distribution<uint32_t>(least, most)(random_);
  }
  bool Chance(double probability) { return std::bernoulli_distribution(probability)(random_); }
  v1::Role SomeRole() { return static_cast<v1::Role>(Number(v1::ROLE_ENGINEER, v1::ROLE_OMBUDSMAN)); }
  template <typename Add>
  void SomeRoles(double probability, Add add) {
    for (int role = v1::ROLE_ENGINEER; role <= v1::ROLE_OMBUDSMAN; ++role) {
      if (Chance(probability)) add(static_cast<v1::Role>(role));
    }
  }

  void Times(v1::Charter& terms) {
    terms.set_not_before(absl::StrFormat("2027-%02d-01T00:00:00Z", Number(1, 6)));
    terms.set_expires(absl::StrFormat("2027-%02d-01T00:00:00Z", Number(7, 12)));
    terms.clear_hours();
    for (uint32_t i = Number(0, 3); i > 0; --i) {
      v1::OpenHours& open = *terms.add_hours();
      for (int day = 1; day <= 7; ++day) {
        if (Chance(0.7)) open.add_days(static_cast<v1::OpenHours::Day>(day));
      }
      if (open.days().empty()) open.add_days(v1::OpenHours::DAY_MONDAY);
      const uint32_t from = Number(0, 14 * 60);
      const uint32_t until = from + Number(1, 24 * 60 - from);
      open.set_from(absl::StrFormat("%02d:%02d", from / 60, from % 60));
      open.set_until(absl::StrFormat("%02d:%02d", until / 60, until % 60));
    }
  }

  void Purposes(v1::Charter& terms) {
    terms.clear_purposes();
    for (const char* name : {"one", "two", "three"}) {
      if (!Chance(0.85)) continue;
      v1::Purpose& purpose = *terms.add_purposes();
      purpose.set_name(name);
      purpose.set_words(Chance(0.9) ? "What for." : "What else for.");
      for (const v1::Tag tag : {v1::TAG_CARE, v1::TAG_RESEARCH, v1::TAG_FRAUD}) {
        if (Chance(0.4)) purpose.add_tags(tag);
      }
      if (purpose.tags().empty()) purpose.add_tags(v1::TAG_QUALITY);
    }
  }

  void People(v1::Charter& terms) {
    terms.clear_people();
    for (const v1::Person& person : base_.people()) {
      if (!Chance(0.9)) continue;
      v1::Person& kept = *terms.add_people();
      kept = person;
      kept.clear_roles();
      SomeRoles(0.85, [&](v1::Role role) { kept.add_roles(role); });
      if (kept.roles().empty()) kept.add_roles(v1::ROLE_AUDITOR);
    }
  }

  void DataSets(v1::Charter& terms) {
    terms.clear_data_sets();
    for (const char* name : {"heart", "lung"}) {
      v1::CharterDataSet& data_set = *terms.add_data_sets();
      data_set.set_name(name);
      data_set.set_words(Chance(0.5) ? "Whose rows." : "Rows.");
      for (const v1::Purpose& purpose : terms.purposes()) {
        if (Chance(0.8)) data_set.add_purposes(purpose.name());
      }
      for (const char* site : {"cleveland", "hungarian", "switzerland", "va"}) {
        if (Chance(0.4)) data_set.add_sites(site);
      }
      data_set.set_signed_release(Chance(0.5));
      if (data_set.purposes().empty()) terms.mutable_data_sets()->RemoveLast();
    }
  }

  void Floors(v1::CharterFloors& floors) {
    floors.set_min_sites(Number(3, 8));
    floors.set_min_organisations(Number(2, 3));
    floors.set_min_colluding_organisations(Number(0, 3));
    floors.set_secure_sum(Chance(0.5));
    floors.set_minimum_cell(Number(2, 20));
    floors.set_min_rows(Number(2, 100));
    if (Chance(0.5)) {
      floors.mutable_privacy()->set_epsilon(std::uniform_real_distribution<double>(0.01, 9)(random_));
      floors.mutable_privacy()->set_delta(std::uniform_real_distribution<double>(1e-9, 1e-3)(random_));
    }
    if (Chance(0.5)) {
      floors.mutable_posture()->set_sandbox(Chance(0.5));
      floors.mutable_posture()->set_disk_encryption(Chance(0.5));
      floors.mutable_posture()->set_clock_behind_s(Number(0, 1000));
    }
  }

  void Code(v1::Charter& terms) {
    for (const char* model : {"logistic_regression", "mlp"}) {
      if (Chance(0.4)) terms.mutable_code()->add_models(model);
    }
    for (const std::string& hash : {kOneHash, kOtherHash}) {
      if (!Chance(0.4)) continue;
      v1::TorchScriptFile& file = *terms.mutable_code()->add_torchscript();
      file.set_sha256(hash);
      file.set_words("Seen.");
    }
  }

  void Orders(v1::Charter& terms) {
    terms.mutable_job_orders()->clear_defined_by();
    SomeRoles(0.5, [&](v1::Role role) { terms.mutable_job_orders()->add_defined_by(role); });
    if (terms.job_orders().defined_by().empty()) terms.mutable_job_orders()->add_defined_by(v1::ROLE_ENGINEER);
    terms.mutable_job_orders()->set_longest_days(Number(1, 366));
    v1::Approvals& approvals = *terms.mutable_approvals();
    approvals.clear_by();
    for (uint32_t i = Number(0, 3); i > 0; --i) {
      v1::ApprovalRule& rule = *approvals.add_by();
      rule.set_role(SomeRole());
      rule.set_count(Number(1, 2));
      if (Chance(0.5)) rule.add_tags(Chance(0.5) ? v1::TAG_CARE : v1::TAG_FRAUD);
    }
    approvals.set_each_site(approvals.by().empty() || Chance(0.5));
    approvals.set_longest_days(Number(1, 366));
  }

  void Promises(v1::Charter& terms) {
    for (int what = v1::Viewing::REPORTS; what <= v1::Viewing::SITES; ++what) {
      v1::Viewing viewing;
      viewing.set_what(static_cast<v1::Viewing::What>(what));
      SomeRoles(0.5, [&](v1::Role role) { viewing.add_roles(role); });
      if (!viewing.roles().empty()) *terms.add_may_see() = viewing;
    }
    terms.mutable_retention()->set_uploads_days(Number(0, 9));
    terms.mutable_retention()->set_models_days(Number(0, 900));
    terms.mutable_retention()->set_reports_days(Number(0, 900));
    for (const char* promise : {"a", "b", "c"}) {
      if (!Chance(0.4)) continue;
      terms.add_service()->set_promise(promise);
      terms.mutable_service()->rbegin()->set_consequence(Chance(0.7) ? "x" : "y");
    }
    if (Chance(0.5)) terms.mutable_complaints()->set_answer_days(Number(1, 60));
  }

  void DemandOf(v1::SignaturesDemanded& demanded) {
    demanded.set_sites(Chance(0.5) ? 0 : Number(3, 4));
    for (uint32_t i = Number(0, 2); i > 0; --i) {
      v1::RoleCount& people = *demanded.add_people();
      people.set_role(SomeRole());
      people.set_count(Number(1, 2));
    }
  }

  void Demands(v1::Charter& terms) {
    terms.clear_co_signers();
    for (const v1::Tag tag : {v1::TAG_FRAUD, v1::TAG_CARE}) {
      if (tag != v1::TAG_FRAUD && Chance(0.5)) continue;  // a purpose may be tagged fraud
      v1::CoSigner& signer = *terms.add_co_signers();
      signer.set_tag(tag);
      signer.set_role(SomeRole());
      signer.set_count(Number(1, 2));
    }
    terms.clear_amendments();
    if (Chance(0.5)) DemandOf(*terms.mutable_signatures());
    if (Chance(0.5)) DemandOf(*terms.mutable_amendments());
  }

  void LooseningOf(v1::Charter& terms) {
    terms.clear_loosening();
    const v1::CharterFloors& floors = terms.floors();
    const auto add = [&](v1::Rule rule, uint32_t least) {
      if (!Chance(0.6)) return;
      v1::Loosening& entry = *terms.add_loosening();
      entry.set_rule(rule);
      entry.set_least(least);
      SomeRoles(0.6, [&](v1::Role role) { entry.add_by(role); });
      if (entry.by().empty()) entry.add_by(v1::ROLE_LEAD);
    };
    add(v1::RULE_MIN_SITES, Number(2, floors.min_sites() - 1));
    add(v1::RULE_MINIMUM_CELL, Number(1, floors.minimum_cell() - 1));
    add(v1::RULE_MIN_ROWS, Number(1, floors.min_rows() - 1));
    if (floors.secure_sum()) add(v1::RULE_SECURE_SUM, 0);
    add(v1::RULE_HOURS, 0);
  }

  const v1::Charter base_;
  std::mt19937 random_;
};

TEST(JointCharterOfAnyTwo, LoosensNeither) {
  constexpr uint32_t kPairs = 300;
  ExampleFederation federation;
  const Roster members = federation.sites().Listed();
  const auto first_seed = static_cast<uint32_t>(::testing::UnitTest::GetInstance()->random_seed());
  int joined = 0;
  for (uint32_t seed = first_seed; seed < first_seed + kPairs; ++seed) {
    SCOPED_TRACE(absl::StrCat("seed ", seed));
    RandomCharters random(federation, seed);
    const auto first = Charter::Parse(CharterYaml(random.Next()), "first.yaml");
    const auto second = Charter::Parse(CharterYaml(random.Next()), "second.yaml");
    if (!first.ok() || !second.ok()) continue;  // demands more people than it lists, for example
    const CharterJoin join = JoinCharters({*first, "first"}, {*second, "second"}, "joint");
    if (!join.clashes.empty()) continue;
    const auto joint = Charter::Parse(CharterYaml(join.terms), "joint.yaml");
    if (!joint.ok()) continue;
    ++joined;
    ASSERT_THAT(LoosenedFor(members, *first, *joint), IsEmpty()) << CharterYaml(first->terms()) << joint->bytes();
    ASSERT_THAT(LoosenedFor(members, *second, *joint), IsEmpty()) << CharterYaml(second->terms()) << joint->bytes();
  }
  EXPECT_GE(joined, 20) << "of " << kPairs << " pairs from seed " << first_seed << ": too few to say anything";
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
