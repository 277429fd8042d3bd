#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "tests/deploy/operators_pages/operators_pages.h"

namespace accord::operators_pages {

using ::testing::HasSubstr;

// The other federation, and the coordinator of the joint one.
void OperatorsPages::Found(const std::string& lead, const std::string& name, const std::vector<std::string>& sites,
                           const std::string& config, const std::string& state) {
  Enter(lead, "accord-coordinator init . --listen 127.0.0.1:0 --name localhost");
  Serve(lead, "accord-coordinator run --config coordinator.yaml", "listening");
  const std::string port = Type(lead, "cat state/port");
  for (const std::string& site : sites) {
    WriteAt(site, config,
            absl::StrCat("coordinator: localhost:", port, "\nsite: ", site, "\nstate_dir: ", state,
                         "\ndatasets:\n  - {name: heart, mapping: heart.yaml}\n"));
    WriteAt(site, "other-token",
            Enter(lead, absl::StrCat("accord-coordinator token site ", site, " --organisation \"", organisations_[site],
                                     "\" --config coordinator.yaml")));
    Enter(site, absl::StrCat("accord-client enroll --config ", config, " --token-file other-token"));
  }
  Enter(lead, absl::StrCat("rm -f roster.txt; accord-coordinator roster draft --out roster.txt --federation \"", name,
                           "\" --config coordinator.yaml"));
  for (const std::string& site : sites) {
    Mail(lead, "roster.txt", site, "other.roster");
    Enter(site, "accord-client roster sign other.roster --config " + config);
    Mail(site, "other.roster", lead, "roster.txt");
  }
}

void OperatorsPages::TwoFederationsWorkTogether() {
  for (const char* site : {"bern", "basel"}) {
    WriteAt(site, "heart.yaml", kMapping);
    WriteAt(site, "heart.csv", Rows(site[1], 200));
  }
  Found("lungs", "Lungs", {"bern", "basel"}, "client.yaml", "state");
  Found("both", "Hearts and Lungs", {"va", "cleveland", "bern"}, "joint.yaml", "joint-state");
  WriteAt("ada", "lungs.yaml",
          absl::StrReplaceAll(CharterText(1, ""),
                              {{"name: heart-network", "name: lungs"}, {"min_rows: 50", "min_rows: 70"}}));
  SignedBy("lungs.yaml", {"bern", "basel"}, "client.yaml");
  for (const char* site : {"bern", "basel"}) {
    Mail("ada", "lungs.charter", site);
    Enter(site, "accord-client charter pin lungs.charter --config client.yaml");
  }
  Mail("lungs", "roster.txt", "ada", "lungs.roster");
  Mail("lead", "roster.txt", "ada", "hearts.roster");
  Mail("ada", "charter.signed", "ada", "hearts.charter");
  const std::string section = "Two federations together";
  EXPECT_THAT(Do("ada", governance_, section, "accord charter join"), HasSubstr("floors.min_rows: 70"));

  const std::string write = governance_.Take(section, "accord-client anchor write");
  const std::string sign = governance_.Take(section, "accord-client anchor sign");
  for (const char* site : {"va", "bern"}) {
    Mail("both", "roster.txt", site, "joint.roster");
    Enter(site, write, {{"hearts", site == std::string("va") ? "hearts" : "lungs"}});
  }
  for (const char* site : {"cleveland", "hungarian"}) Mail("va", "hearts.anchor", site);
  Enter("va", sign);
  Enter("cleveland", sign);
  Enter("hungarian", sign, {{" --joint joint.yaml", ""}});
  Mail("hungarian", "hearts.anchor", "ada");
  for (const char* site : {"va", "cleveland"})
    Mail(site, "hearts.anchor", "ada", absl::StrCat("hearts-", site, ".anchor"));
  Do("ada", governance_, section, "accord-client anchor merge");
  Enter("bern", sign, {{"hearts", "lungs"}});
  Mail("bern", "lungs.anchor", "basel");
  Enter("basel", sign, {{"hearts", "lungs"}, {" --joint joint.yaml", ""}});
  Mail("basel", "lungs.anchor", "ada");
  EXPECT_THAT(Do("ada", governance_, section, "accord-client anchor show"), HasSubstr("bern"));

  for (const char* file : {"hearts.anchor", "lungs.anchor", "lungs.roster", "lungs.charter"}) Mail("ada", file, "va");
  EXPECT_THAT(Do("va", governance_, section, "accord-client joint pin"), HasSubstr("COMPARE BY TELEPHONE"));
  SignedBy("joint-charter.yaml", {"va", "cleveland", "bern"}, "joint.yaml");
  Mail("ada", "joint-charter.charter", "va", "joint.charter");
  Do("va", governance_, section, "accord-client charter pin joint.charter");
  EXPECT_THAT(Do("va", governance_, section, "accord-client joint show"), HasSubstr("Lungs"));
}

// Ada has a draft of hers signed by sites and the ombudsman: NAME.yaml becomes NAME.charter.
void OperatorsPages::SignedBy(const std::string& draft, const std::vector<std::string>& sites,
                              const std::string& config) {
  const std::string name = draft.substr(0, draft.find('.'));
  std::string merge = "accord charter merge";
  MailToAll("ada", draft, sites);
  Mail("ada", draft, "dora");
  Enter("dora", absl::StrCat("accord charter sign ", draft, " -o ", name, "-dora.signed"));
  Mail("dora", name + "-dora.signed", "ada");
  for (const std::string& site : sites) {
    const std::string file = absl::StrCat(name, "-", site, ".signed");
    Enter(site, absl::StrCat("accord-client charter sign ", draft, " --out ", file, " --config ", config));
    Mail(site, file, "ada");
    absl::StrAppend(&merge, " ", file);
  }
  Enter("ada", absl::StrCat(merge, " ", name, "-dora.signed -o ", name, ".charter"));
}

}  // namespace accord::operators_pages
