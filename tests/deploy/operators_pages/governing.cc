#include <filesystem>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "nlohmann/json.hpp"
#include "tests/deploy/operators_pages/operators_pages.h"

namespace accord::operators_pages {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

std::string OperatorsPages::CharterText(int version, const std::string& former_sha256) {
  const absl::Time hour = absl::FromUnixSeconds(absl::ToUnixSeconds(begin_) - 3600);
  const auto utc = [](absl::Time time) { return absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", time, absl::UTCTimeZone()); };
  std::string people;
  for (const auto& [person, role, organisation] : std::vector<std::tuple<std::string, std::string, std::string>>{
           {"ada", "engineer", "Cleveland Clinic"},
           {"bela", "lead", "V.A. Medical Center"},
           {"clara", "steward", "V.A. Medical Center"},
           {"dora", "ombudsman", "Hungarian Institute of Cardiology"}}) {
    absl::StrAppend(&people, "  - {id: ", person, ", name: ", person, ", organisation: ", organisation, ", roles: [",
                    role, "], key: ", keys_[person], "}\n");
  }
  return absl::StrCat("name: heart-network\nversion: ", version, "\n",
                      former_sha256.empty() ? "" : "former_sha256: " + former_sha256 + "\n", "not_before: ", utc(hour),
                      "\nexpires: ", utc(hour + absl::Hours(24 * 300)), R"(
purposes:
  - {name: risk-of-disease, words: Estimate the risk of heart disease., tags: [research]}
  - {name: false-claims, words: Find claims for treatments that nobody had., tags: [fraud]}
organisations:
  - {name: V.A. Medical Center}
  - {name: Cleveland Clinic}
  - {name: Hungarian Institute of Cardiology}
  - {name: University Hospital Zurich}
  - {name: Inselspital}
  - {name: University Hospital Basel}
people:
)",
                      people, R"(data_sets:
  - {name: heart, words: Patients of four hospitals., purposes: [risk-of-disease, false-claims]}
floors:
  min_sites: 3
  min_organisations: 3
  min_colluding_organisations: 1
  secure_sum: true
  minimum_cell: 10
  min_rows: )",
                      version == 1 ? 50 : 20, R"(
job_orders: {defined_by: [engineer], longest_days: 60}
approvals:
  by: [{role: lead, count: 1}, {role: steward, count: 1}]
  each_site: true
  longest_days: 30
may_see:
  - {what: status, roles: [engineer, lead, steward]}
  - {what: sites, roles: [engineer, lead, steward]}
  - {what: reports, roles: [engineer, lead]}
  - {what: models, roles: [engineer]}
retention: {uploads_days: 0, models_days: 365, reports_days: 3650}
co_signers: [{tag: fraud, role: ombudsman, count: 1}]
site_policies: {people: 2, roles: [lead, steward]}
)");
}

void OperatorsPages::TheCharterIsSigned() {
  const std::string section = "From nothing to an approved job";
  EachDoes({std::begin(kPeople), std::end(kPeople)}, governance_, section, "accord charter person");
  for (const char* person : kPeople) keys_[person] = Field(Type(person, "accord charter person --json"), "key");
  Do("ada", governance_, section, "accord charter draft");
  EXPECT_THAT(ReadAt("ada", "charter.yaml"), HasSubstr("V.A. Medical Center"));
  WriteAt("ada", "charter.yaml", CharterText(1, ""));
  EXPECT_THAT(Do("ada", governance_, section, "accord charter show"), HasSubstr("risk-of-disease"));
  MailToAll("ada", "charter.yaml", {"dora", "va", "cleveland", "hungarian", "switzerland"});
  Do("dora", governance_, section, "accord charter sign");
  Mail("dora", "charter-dora.signed", "ada");
  const std::string sign = governance_.Take(section, "accord-client charter sign");
  for (const char* site : kSites) {
    Enter(site, sign, {{"charter-va", absl::StrCat("charter-", site)}});
    Mail(site, absl::StrCat("charter-", site, ".signed"), "ada");
  }
  Do("ada", governance_, section, "accord charter merge");
  Do("ada", governance_, section, "accord charter merge");
  EXPECT_THAT(Do("ada", governance_, section, "accord charter status"), HasSubstr("active"));
  MailToAll("ada", "charter.signed", {"lead", "bela", "clara", "dora", "va", "cleveland", "hungarian", "switzerland"});
}

void OperatorsPages::TheOrderIsApproved() {
  const std::string section = "From nothing to an approved job";
  WriteAt("ada", "heart-risk.yaml", Job("heart-risk", 2));
  order_ = HashIn(Do("ada", governance_, section, "accord order write"));
  for (const char* person : {"bela", "clara"}) {
    Mail("ada", "heart-risk.yaml", person);
    Mail("ada", "risk.order", person);
  }
  EXPECT_THAT(Do("bela", governance_, section, "accord order show"), HasSubstr("risk-of-disease"));
  Do("bela", governance_, section, "accord order approve");
  Do("clara", governance_, section, "accord order approve");
  Do("clara", governance_, section, "accord order refuse");
  Mail("bela", "risk-bela.approval", "ada");
  Mail("clara", "risk-clara.approval", "ada");
  EXPECT_THAT(Do("va", governance_, section, "accord policy check"), HasSubstr("100"));
}

void OperatorsPages::SitesPinTheCharter() {
  Do("lead", operations_, "The charter: what jobs may run", "accord-coordinator charter publish");
  EXPECT_THAT(Do("lead", operations_, "The charter: what jobs may run", "accord-coordinator charter show"),
              HasSubstr("heart-network"));
  EachDoes(Sites(), governance_, "At a site", "accord-client charter show");
  EachDoes(Sites(), governance_, "At a site", "accord-client charter pin");
  // A policy is named in the config once there is a charter that it tightens, and holds once it was taken.
  Serving("va").Stop();
  WriteAt("va", "client.yaml", ReadAt("va", "client.yaml") + "policy: policy.yaml\n");
}

void OperatorsPages::TwoPeopleSignAPolicy() {
  const std::string section = "Two people sign it";
  for (const char* person : {"bela", "clara", "ada"}) {
    Mail("va", "policy.yaml", person);
    Mail("va", "policy-before.yaml", person);
  }
  Do("bela", governance_, section, "accord policy sign");
  Mail("bela", "first.policy", "clara");
  EXPECT_THAT(Do("clara", governance_, section, "accord policy sign"), HasSubstr("false-claims"));
  Enter("clara", "accord policy sign --none --charter charter.signed --roster roster.txt --site va -o none.policy");
  Mail("clara", "va.policy", "va");
  Mail("clara", "va.policy", "ada");
  Do("va", governance_, section, "accord-client policy take");
  Serve("va", "accord-client run --config client.yaml", "connected to ");
  EXPECT_THAT(Do("va", governance_, section, "accord-client policy show"), Not(HasSubstr("NO JOB RUNS HERE")));
  EXPECT_THAT(Do("ada", governance_, section, "accord policy show"), AllOf(HasSubstr("bela"), HasSubstr("clara")));
}

void OperatorsPages::TheOwnerReleasesRows() {
  const std::string said = Do("va", governance_, "Releases", "accord-client release version");
  const std::string version = HashIn(said);
  EXPECT_THAT(version, Not(IsEmpty()));
  Do("clara", governance_, "Releases", "accord release write", {{"HEX", version}});
  Mail("clara", "heart.release", "va");
  Mail("clara", "heart.release", "ada");
  Do("va", governance_, "Releases", "accord-client release take");
  EXPECT_THAT(Do("va", governance_, "Releases", "accord-client release show"), HasSubstr("risk-of-disease"));
}

std::string OperatorsPages::JobId() {
  const auto list = nlohmann::json::parse(Enter("ada", "accord job list --json"), nullptr, /*allow_exceptions=*/false);
  std::string id;
  const std::function<void(const nlohmann::json&)> look = [&](const nlohmann::json& json) {
    if (json.is_object() && json.contains("job_id") && id.empty()) id = json.value("job_id", "");
    if (json.is_structured()) {
      for (const nlohmann::json& inner : json) look(inner);
    }
  };
  look(list);  // the newest is the first
  EXPECT_NE(id, "");
  return id;
}

void OperatorsPages::ApproveAt(const std::string& site) {
  Await(site, "accord-client jobs --json --config client.yaml", order_);
  // The job's own bytes may come a moment after its order.
  Await(site, absl::StrCat("accord-client approve ", order_, " --as-site --config client.yaml"), "approv");
}

void OperatorsPages::TheJobIsSubmitted() {
  // The rows are others than those that the owner released.
  WriteAt("va", "heart.csv", Rows('v' + 1, 220));
  const std::string section = "The charter: what jobs may run";
  std::filesystem::remove(At("ada", "charter.signed"));
  Do("ada", operations_, section, "accord charter fetch");
  Do("ada", operations_, section, "accord job submit");
  job_ = JobId();
  Do("ada", operations_, section, "accord job hand-in");
  EXPECT_THAT(Do("ada", operations_, section, "accord job show"), HasSubstr("sites 0 of"));
  Await("va", "accord-client jobs --config client.yaml", order_.substr(0, 12));
  Do("va", governance_, "At a site", "accord-client jobs");
  Await("va", "accord-client show " + order_ + " --config client.yaml", "ada");
  EXPECT_THAT(Do("va", governance_, "At a site", "accord-client show", {{"9f86d081884c", order_.substr(0, 12)}}),
              HasSubstr("risk-of-disease"));
  Do("va", governance_, "At a site", "accord-client approve", {{"9f86d081884c", order_.substr(0, 12)}});
  for (const char* site : {"cleveland", "hungarian", "switzerland"}) ApproveAt(site);
}

void OperatorsPages::TheOrderIsJudged() {
  Do("ada", operations_, "The charter: what jobs may run", "accord job papers");
  for (int i = 1; std::filesystem::exists(At("ada", absl::StrCat("papers-of-", job_, "/approval-", i, ".signed")));
       ++i) {
    const std::string name = absl::StrCat("papers-of-", job_, "/approval-", i, ".signed");
    if (absl::StrContains(ReadAt("ada", name), "by: site/va")) Mail("ada", name, "ada", "va.approval");
  }
  EXPECT_THAT(Do("ada", governance_, "From nothing to an approved job", "accord order judge"),
              AllOf(HasSubstr("Site va would run this job"), HasSubstr("100 rows")));
}

void OperatorsPages::TheJobWaitsForItsRows() {
  Await("va", "cat state/refusals/*.refusal", "is another version than clara released");
  const std::string refusal =
      Type("va", "grep -l 'is another version than clara released' state/refusals/*.refusal | head -n 1");
  Mail("va", refusal.substr(0, refusal.find('\n')), "ada", "3b1f00c2a97d4e56.refusal");
  EXPECT_THAT(Do("ada", governance_, "Releases", "accord release show"),
              HasSubstr("the refusal is what the owner's release demands"));
  Enter("ada", "accord audit refusal 3b1f00c2a97d4e56.refusal --roster roster.txt");
  const std::string version = HashIn(Enter("va", "accord-client release version heart --config client.yaml"));
  Enter("clara",
        absl::StrCat("accord release write --charter charter.signed --roster roster.txt --site va --data-set heart "
                     "--data-version ",
                     version, " --purpose risk-of-disease --days 180 -o heart-now.release"));
  Mail("clara", "heart-now.release", "va");
  Enter("va", "accord-client release take heart-now.release --config client.yaml");
  EXPECT_THAT(Enter("ada", "accord job watch " + job_), HasSubstr("finished"));
}

void OperatorsPages::Submit(const std::string& job, const std::string& order) {
  if (!std::filesystem::exists(At("ada", order))) {
    Enter("ada",
          absl::StrCat("accord order write ", job, " --charter charter.signed --purpose risk-of-disease -o ", order));
  }
  std::string approvals;
  for (const auto& [person, role] : {std::pair("bela", "lead"), {"clara", "steward"}}) {
    Mail("ada", job, person);
    Mail("ada", order, person);
    const std::string approval = absl::StrCat(order, "-", person);
    Enter(person, absl::StrCat("accord order approve ", order, " --charter charter.signed --job ", job, " --as ", role,
                               " -o ", approval));
    Mail(person, approval, "ada");
    absl::StrAppend(&approvals, " --approval ", approval);
  }
  job_ =
      Field(Enter("ada", absl::StrCat("accord job submit ", job, " --order ", order, approvals, " --json")), "job_id");
  order_ =
      Field(Enter("ada", absl::StrCat("accord order show ", order, " --charter charter.signed --job ", job, " --json")),
            "order");
}

void OperatorsPages::TheNextOrderAndCharter() {
  const std::string section = "From nothing to an approved job";
  WriteAt("ada", "heart-risk-2.yaml", Job("heart-risk", 3));
  Do("ada", governance_, section, "accord order write");
  for (const char* file : {"heart-risk-2.yaml", "risk-2.order"}) Mail("ada", file, "bela");
  EXPECT_THAT(Do("bela", governance_, section, "accord order show"), HasSubstr("rounds.count"));
  const std::string former = Field(Enter("ada", "accord charter show charter.signed --json"), "hash");
  WriteAt("ada", "charter-2.yaml", CharterText(2, former));
  EXPECT_THAT(Do("ada", governance_, section, "accord charter diff"), HasSubstr("floors.min_rows"));

  MailToAll("ada", "charter-2.yaml", {"dora", "va", "cleveland", "hungarian", "switzerland"});
  Enter("dora", "accord charter sign charter-2.yaml -o charter-2-dora.signed");
  Mail("dora", "charter-2-dora.signed", "ada");
  for (const char* site : kSites) {
    const std::string signed_there = absl::StrCat("charter-2-", site, ".signed");
    Enter(site,
          absl::StrCat("accord-client charter sign charter-2.yaml --out ", signed_there, " --config client.yaml"));
    Mail(site, signed_there, "ada");
  }
  Enter("ada", "accord charter merge charter-2-*.signed -o charter-2.signed");
  for (const char* who : {"clara", "va"}) Mail("ada", "charter-2.signed", who);
  Enter("clara",
        "accord release write --charter charter-2.signed --roster roster.txt --site va --data-set heart "
        "--data-version any --purpose risk-of-disease -o heart-2.release");
  Mail("clara", "heart-2.release", "va");
  Do("va", governance_, "Releases", "accord-client release take heart-2.release");
  EXPECT_THAT(Enter("va", "accord-client charter show charter-2.signed --config client.yaml"), HasSubstr("heart"));
  const std::string said = Enter("va", "accord-client release version heart --config client.yaml");
  // Anybody finds the hashes of the version.
  Type("va", "mkdir images && echo 'made up' > images/1.png");
  EXPECT_THAT(said, HasSubstr(HashIn(Do("va", governance_, "Releases", "sha256sum heart.csv"))));
  HashIn(Do("va", governance_, "Releases", "cd images && find"));
}

}  // namespace accord::operators_pages
