// A property: whatever the two charters are, the joint one loosens neither.
#include <cstdint>
#include <random>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/trust/charter/example_charter.h"
#include "trust/charter/charter_words.h"
#include "trust/joint/charter_join.h"
#include "trust/joint/charter_yaml.h"

namespace accord {
namespace {

using ::testing::IsEmpty;

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
    if (Chance(0.5)) floors.set_roster_days(Number(1, 400));
  }

  void Code(v1::Charter& terms) {
    for (const char* model : {"logistic_regression", "mlp"}) {
      if (Chance(0.4)) terms.mutable_code()->add_models(model);
    }
    for (const char* name : {"aten::linear", "aten::relu"}) {
      if (Chance(0.4)) terms.mutable_code()->add_operators(name);
    }
    for (const std::string& hash : {std::string(64, 'a'), std::string(64, 'b')}) {
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
    if (!Chance(0.5)) return;
    terms.mutable_site_policies()->set_people(Number(2, 4));
    terms.mutable_site_policies()->add_roles(v1::ROLE_STEWARD);
    if (Chance(0.5)) terms.mutable_site_policies()->add_roles(v1::ROLE_OPERATOR);
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

}  // namespace
}  // namespace accord
