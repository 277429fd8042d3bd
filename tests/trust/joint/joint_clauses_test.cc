// Each field of a charter, in a table: two charters that differ in it, and what their joint one has.
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "gmock/gmock.h"
#include "google/protobuf/descriptor.h"
#include "gtest/gtest.h"
#include "tests/trust/charter/example_charter.h"
#include "trust/charter/charter_words.h"
#include "trust/joint/charter_join.h"
#include "trust/joint/charter_yaml.h"

namespace accord {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

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
      {"floors.roster_days", {}, {{"  min_rows: 50\n", "  min_rows: 50\n  roster_days: 30\n"}}, "roster_days: 30\n"},
      {"floors.roster_days",
       {{"  min_rows: 50\n", "  min_rows: 50\n  roster_days: 30\n"}},
       {{"  min_rows: 50\n", "  min_rows: 50\n  roster_days: 7\n"}},
       "roster_days: 7\n"},
      {"code.models", {}, code("models: [mlp]"), "models: [\"mlp\"]"},
      {"code.models", code("models: [logistic_regression, mlp]"), code("models: [mlp]"), "models: [\"mlp\"]"},
      {"code.operators", {}, code("operators: ['aten::relu']"), "operators: [\"aten::relu\"]"},
      {"code.operators", code("operators: ['aten::linear', 'aten::relu']"), code("operators: ['aten::relu']"),
       "operators: [\"aten::relu\"]"},
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
      {"site_policies.people site_policies.roles",
       Before("job_orders:", "site_policies: {people: 2, roles: [operator, steward]}"),
       Before("job_orders:", "site_policies: {people: 3, roles: [steward, lead]}"),
       "site_policies:\n  people: 3\n  roles: [steward]\n"},
      {"site_policies.people",
       {},
       Before("job_orders:", "site_policies: {people: 2, roles: [operator, steward]}"),
       "site_policies:\n  people: 2\n  roles: [operator, steward]\n"},
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

TEST(JointClauses, EveryFieldOfACharterIsInTheTableOrHasNothingToTighten) {
  std::set<std::string> fields;
  CollectFields(*v1::Charter::descriptor(), "", fields);
  std::set<std::string> known = kNothingToTighten;
  for (const ClausePair& clause : EveryClause()) {
    for (const absl::string_view field : absl::StrSplit(clause.fields, ' ')) known.emplace(field);
  }
  EXPECT_EQ(known, fields);
}

TEST(JointClauses, OfEachFieldTheStricterOneIsTaken) {
  ExampleFederation federation;
  const Roster members = federation.sites().Listed();
  for (const ClausePair& clause : EveryClause()) {
    SCOPED_TRACE(clause.fields);
    const Charter first = federation.Written(clause.first);
    const Charter second = federation.Written(clause.second);
    const bool absent = clause.expected.front() == '!';
    const std::string expected = absent ? clause.expected.substr(1) : clause.expected;
    for (const bool swapped : {false, true}) {
      const CharterJoin join =
          JoinCharters({swapped ? second : first, "one"}, {swapped ? first : second, "other"}, "joint");
      const std::string text = CharterYaml(join.terms);
      EXPECT_THAT(text, absent ? ::testing::Matcher<std::string>(Not(HasSubstr(expected)))
                               : ::testing::Matcher<std::string>(HasSubstr(expected)));
      EXPECT_TRUE(join.clashes.empty()) << join.clashes.front().words;
      const auto joint = Charter::Parse(text, "joint.yaml");
      ASSERT_TRUE(joint.ok()) << joint.status() << "\n" << text;
      EXPECT_THAT(LoosenedFor(members, first, *joint), IsEmpty());
      EXPECT_THAT(LoosenedFor(members, second, *joint), IsEmpty());
    }
    EXPECT_FALSE(LoosenedBy(first, second).empty() && LoosenedBy(second, first).empty())
        << "a joint charter with the weaker of the two would pass";
  }
}

TEST(JointClauses, NoRoleThatSignsPoliciesInBothIsAClash) {
  ExampleFederation federation;
  const Charter first = federation.Written(Before("job_orders:", "site_policies: {people: 2, roles: [operator]}"));
  const Charter second = federation.Written(Before("job_orders:", "site_policies: {people: 2, roles: [steward]}"));
  const CharterJoin join = JoinCharters({first, "one"}, {second, "other"}, "joint");
  ASSERT_EQ(join.clashes.size(), 1u);
  EXPECT_EQ(join.clashes.front().field, "site_policies.roles");
  EXPECT_EQ(join.clashes.front().words, "no role may sign a site's policy by both: operator in one, steward in other");
}

}  // namespace
}  // namespace accord
