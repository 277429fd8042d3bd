// Four hospitals with people and a charter, and a job under it.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/time/time.h"
#include "base/config/yaml_reader.h"
#include "base/hash.h"
#include "gtest/gtest.h"
#include "proto/validation/job_validation.h"
#include "tests/trust/roster/example_roster.h"
#include "trust/charter/active_charter.h"
#include "trust/charter/approval.h"
#include "trust/charter/charter.h"
#include "trust/charter/job_order.h"
#include "trust/charter/judge.h"
#include "trust/charter/signed_charter.h"
#include "trust/charter/site_policy.h"
#include "trust/charter/utc_time.h"

namespace accord {

// Keys stand in it as $ada and so on.
inline constexpr char kCharterForm[] = R"(name: heart-network
version: 1
not_before: 2027-01-01T00:00:00Z
expires: 2028-01-01T00:00:00Z
purposes:
  - {name: risk-of-disease, words: Estimate risks at admission., tags: [care]}
  - {name: billing-audit, words: Find bills without a treatment., tags: [fraud]}
organisations:
  - {name: Cleveland Clinic}
  - {name: Magyar Kardiológiai Intézet}
  - {name: Universitätsspital Zürich}
  - {name: V.A. Medical Center}
people:
  - {id: ada, name: Ada Byron, organisation: Cleveland Clinic, roles: [engineer], key: $ada}
  - {id: bela, name: Béla Bartók, organisation: Magyar Kardiológiai Intézet, roles: [lead], key: $bela}
  - {id: clara, name: Clara Immerwahr, organisation: Universitätsspital Zürich, roles: [steward], key: $clara}
  - {id: dora, name: Dora Maar, organisation: V.A. Medical Center, roles: [ombudsman], key: $dora}
  - {id: emil, name: Emil Noether, organisation: Cleveland Clinic, roles: [engineer, lead, steward], key: $emil}
  - {id: fritz, name: Fritz Haber, organisation: V.A. Medical Center, roles: [auditor], key: $fritz}
data_sets:
  - {name: heart, words: Admissions since 2010., purposes: [risk-of-disease]}
  - {name: bills, words: Bills since 2010., purposes: [billing-audit], sites: [va]}
floors:
  min_sites: 3
  min_organisations: 3
  min_colluding_organisations: 1
  secure_sum: true
  minimum_cell: 10
  min_rows: 50
job_orders: {defined_by: [engineer], longest_days: 60}
approvals:
  by:
    - {role: lead, count: 1}
    - {role: steward, count: 1}
    - {role: ombudsman, count: 1, tags: [fraud]}
  each_site: true
  longest_days: 30
hours:
  - {days: [monday, tuesday, wednesday, thursday, friday], from: '08:00', until: '24:00'}
retention: {uploads_days: 0, models_days: 365, reports_days: 3650}
co_signers:
  - {tag: fraud, role: ombudsman, count: 1}
amendments: {sites: 3, people: [{role: steward, count: 1}]}
loosening:
  - {rule: min_sites, least: 2, by: [lead, steward]}
  - {rule: hours, by: [lead, steward]}
)";

inline constexpr char kExampleJob[] = R"(name: heart-risk
purpose: Estimate risks at admission.
data:
  name: heart
  features:
    - {name: age, numeric: {unit: years, min: 18, max: 110}}
  target: {name: disease, category: {levels: [absent, present]}}
model: {logistic_regression: {}}
training: {sgd: {learning_rate: 0.1}, local_epochs: 1}
aggregation: {fedavg: {}, update_bound: 1, max_rows_per_site: 1000}
rounds: {count: 20, min_sites: 3}
)";

using Replacements = std::vector<std::pair<std::string, std::string>>;

class ExampleFederation {
 public:
  ExampleFederation() {
    for (const char* id : {"ada", "bela", "clara", "dora", "emil", "fritz"}) {
      auto key = KeyPair::Generate();
      keys_.emplace(id, std::make_shared<const KeyPair>(*std::move(key)));
      auto signer = KeyPairSigner::Create(*keys_.at(id));
      EXPECT_TRUE(signer.ok()) << signer.status();
      signers_.emplace(id, *std::move(signer));
    }
  }

  ExampleSites& sites() { return sites_; }
  const KeyPairSigner& person(const std::string& id) const { return signers_.at(id); }
  const KeyPair& key(const std::string& id) const { return *keys_.at(id); }
  std::string KeyText(const std::string& id) const { return absl::Base64Escape(person(id).public_key_der()); }

  // The charter with each first text replaced by its second; a text that is not there is a fault of the test.
  std::string Yaml(const Replacements& changes = {}) const {
    std::string yaml = kCharterForm;
    for (const auto& [from, to] : changes) {
      EXPECT_NE(yaml.find(from), std::string::npos) << from;
      yaml = absl::StrReplaceAll(yaml, {{from, to}});
    }
    for (const auto& [id, signer] : signers_) yaml = absl::StrReplaceAll(yaml, {{absl::StrCat("$", id), KeyText(id)}});
    return yaml;
  }
  Charter Written(const Replacements& changes = {}) const {
    auto charter = Charter::Parse(Yaml(changes), "charter.yaml");
    EXPECT_TRUE(charter.ok()) << charter.status();
    return *std::move(charter);
  }
  // By all sites and the ombudsman.
  SignedCharter SignedByAll(Charter charter) const {
    SignedCharter result(std::move(charter));
    for (const RosterEntry& site : sites_.entries()) Sign(result, site.site);
    SignAs(result, "dora");
    return result;
  }
  void Sign(SignedCharter& charter, const std::string& site) const {
    const absl::Status status = charter.Sign(absl::StrCat("site/", site), sites_.signer(site));
    EXPECT_TRUE(status.ok()) << status;
  }
  void SignAs(SignedCharter& charter, const std::string& person_id) const {
    const absl::Status status = charter.Sign(absl::StrCat("person/", person_id), person(person_id));
    EXPECT_TRUE(status.ok()) << status;
  }
  std::shared_ptr<const Roster> Listed() const { return std::make_shared<const Roster>(sites_.Listed()); }
  ActiveCharter Active(const Replacements& changes = {}) const {
    auto active = ActiveCharter::Create(SignedByAll(Written(changes)), Listed(), nullptr);
    EXPECT_TRUE(active.ok()) << active.status();
    return *std::move(active);
  }

 private:
  ExampleSites sites_ = FourHospitals();
  std::map<std::string, std::shared_ptr<const KeyPair>> keys_;  // copies share them
  std::map<std::string, KeyPairSigner> signers_;
};

inline absl::Time At(const std::string& utc) {
  const auto time = ParseUtc(utc);
  EXPECT_TRUE(time.ok()) << utc;
  return time.value_or(absl::UnixEpoch());
}

inline v1::JobSpec ExampleSpec() {
  v1::JobSpec spec;
  FieldPlaces places;
  const absl::Status status = ReadYamlText(kExampleJob, "job.yaml", spec, &places);
  EXPECT_TRUE(status.ok()) << status;
  ApplyDefaults(spec, &places);
  return spec;
}

}  // namespace accord
