#include <filesystem>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "tests/deploy/operators_pages/operators_pages.h"

namespace accord::operators_pages {

using ::testing::AllOf;
using ::testing::HasSubstr;

void OperatorsPages::TheCoordinatorBegins() {
  // A log that a federation tree takes bears a project's name.
  const std::string init = operations_.Take("Coordinator", "accord-coordinator init");
  Enter("lead", init + " --project heart");
  WriteAt("lead", "tsa-root.pem", stamps_.roots_pem());
  WriteAt("lead", "coordinator.yaml",
          absl::StrCat(ReadAt("lead", "coordinator.yaml"),
                       absl::StrReplaceAll(YamlBehind("**Time stamps.**"),
                                           {{"http://tsa.example.org/stamp", stamp_server_.url()}})));
  const std::string run = operations_.Take("Coordinator", "accord-coordinator run");
  typed_.push_back(run);
  Serve("lead", Here(run, {}), "listening");
  Do("lead", operations_, "Coordinator", "accord-coordinator invite");
  EXPECT_THAT(ReadAt("lead", "invitations/cleveland.invitation"), HasSubstr("localhost"));
  WriteAt("cleveland", "token.txt", Do("lead", operations_, "Coordinator", "accord-coordinator token site cleveland"));
  WriteAt("ada", "ada.token", Do("lead", operations_, "Coordinator", "accord-coordinator token person ada"));
  Enter("lead",
        "accord-coordinator invite --site \"va=V.A. Medical Center\" --site \"switzerland=University Hospital Zurich\" "
        "--site north=North --person bela --person clara --person dora --config coordinator.yaml");
  WriteAt("hungarian", "token.txt",
          Enter("lead",
                "accord-coordinator token site hungarian --organisation \"Hungarian Institute of Cardiology\" --config "
                "coordinator.yaml"));
  Enter("lead", "accord-coordinator token site st-marys --config coordinator.yaml");
  Do("lead", operations_, "Upgrading", "accord-coordinator revoke site st-marys");
}

// The institution's, which makes its first tick within a minute.
void OperatorsPages::TheTreeBegins() {
  const std::string section = "A federation tree";
  const std::string made = Do("institution", operations_, section, "accord-coordinator federation-tree init",
                              {{"/var/lib/accord-tree", "tree"}, {"--cadence-s 3600", "--cadence-s 60"}});
  tree_id_ = HashIn(made);
  const std::string run = operations_.Take(section, "accord-coordinator federation-tree run");
  Do("lead", operations_, section, "accord-coordinator log head");
  Mail("lead", "heart.head", "institution");
  Do("institution", operations_, section, "accord-coordinator federation-tree add", {{"/var/lib/accord-tree", "tree"}});
  Mail("lead", "heart.head", "institution", "tree/in/heart/hand-in");
  Serve("institution", Here(run, {{"/var/lib/accord-tree", "tree"}}), "the next tick is at ");
}

void OperatorsPages::SitesEnrol() {
  for (const char* site : {"va", "cleveland", "hungarian", "switzerland", "north"}) {
    WriteAt(site, "heart.yaml", kMapping);
    WriteAt(site, "heart.csv", Rows(site[0], 200));
    WriteAt(site, "opt-out.txt", "p7\n");
  }
  for (const char* site : {"va", "switzerland", "north"}) {
    Mail("lead", absl::StrCat("invitations/", site, ".invitation"), site, "cleveland.invitation");
    Enter(site, "accord-client enroll --config client.yaml --token-file cleveland.invitation --data heart=heart.yaml");
  }
  WriteAt("north", "token.txt",
          Enter("lead", "accord-coordinator token site north --organisation North --config coordinator.yaml"));
  Enter("north", "accord-client enroll --force --config client.yaml --token-file token.txt");
  WriteAt("va", "policy-before.yaml", "data_sets:\n  - {name: heart, purposes: [risk-of-disease, false-claims]}\n");
  WriteAt("va", "policy.yaml", "data_sets:\n  - {name: heart, purposes: [risk-of-disease]}\nfloors: {min_rows: 100}\n");
  ASiteEnrolsWithAToken();
  ASiteEnrolsAsAService();
}

void OperatorsPages::ASiteEnrolsWithAToken() {
  const std::string section = "A signing key in a token";
  const std::string pin = SoftToken::kPin;
  const Changes answered = {{"--init-token", "--init-token --so-pin 31415926"},
                            {"--init-pin", "--init-pin --so-pin 31415926 --new-pin " + pin},
                            {"--login --keypairgen", "--login --pin " + pin + " --keypairgen"}};
  for (int i = 0; i < 4; ++i) Do("cleveland", operations_, section, "pkcs11-tool", answered);
  EXPECT_TRUE(WriteFileAtomically(At("cleveland", "token-pin"), pin + "\n", 0600).ok());
  WriteAt("cleveland", "client.yaml",
          Here(absl::StrReplaceAll(YamlBehind("**Describe the data.**"), {{":7443", absl::StrCat(":", port_)}}), {}) +
              YamlBehind("**Name it**"));
  // It is not enrolled, which is a fault, but its token is well.
  EXPECT_THAT(EnterAnyway("cleveland", operations_.Take(section, "accord-client check")),
              HasSubstr("ok       token: statements are signed by the key "));
  Do("cleveland", operations_, section, "accord-client enroll");
}

void OperatorsPages::ASiteEnrolsAsAService() {
  const std::string section = "Running as a service";
  const Changes folders = {{"/etc/accord-client", Desk("hungarian")},
                           {"/var/lib/accord-client", At("hungarian", "state")},
                           {"/var/lib/accord-coordinator", At("lead", "service")},
                           {"0.0.0.0:7443", "127.0.0.1:0"}};
  const std::string installed = "deploy/systemd/install.sh coordinator";
  const std::string programs = absl::StrCat(" --binaries " ACCORD_BINARY_DIR " --destdir ", Desk("installed"));
  Do("lead", operations_, section, "sudo " + installed, {{installed, ACCORD_SOURCE_DIR "/" + installed + programs}});
  EXPECT_TRUE(std::filesystem::exists(At("installed", "usr/local/bin/accord-coordinator")));
  Do("lead", operations_, section, "sudo -u accord-coordinator accord-coordinator init", folders);
  SkipHere(operations_, section);
  Do("lead", operations_, section, "sudo -u accord-coordinator accord-coordinator token", folders);
  WriteAt("hungarian", "client.yaml",
          absl::StrCat("coordinator: localhost:", port_, "\nsite: hungarian\nstate_dir: ", At("hungarian", "state"),
                       "\ndatasets:\n  - {name: heart, mapping: heart.yaml}\n"));
  Do("hungarian", operations_, section, "sudo -u accord-client accord-client enroll", folders);
  Do("hungarian", operations_, section, "sudo -u accord-client accord-client check", folders);
  Enter("hungarian", "printf secret | " + operations_.Take("Site", "install -m 0600"),
        {{"-o accord-client -g accord-client ", ""}, {"/etc/accord-client", Desk("hungarian")}});
  EXPECT_EQ(ReadAt("hungarian", "ward.password"), "secret");
}

void OperatorsPages::SignRosterInTurn(const std::string& from, const std::string& command,
                                      const std::vector<std::string>& sites) {
  std::string before = from;
  for (const std::string& site : sites) {
    Mail(before, "roster.txt", site);
    Enter(site, command);
    before = site;
  }
  Mail(before, "roster.txt", from);
}

void OperatorsPages::TheRosterIsSigned() {
  const std::string section = "The roster: who is in the federation";
  Do("lead", operations_, section, "accord-coordinator roster draft");
  MailToAll("lead", "roster.txt", Sites());
  const std::string shown = EachDoes(Sites(), operations_, section, "accord-client roster show");
  EXPECT_THAT(shown, AllOf(HasSubstr("V.A. Medical Center"), HasSubstr("Cleveland Clinic")));
  SignRosterInTurn("lead", operations_.Take(section, "accord-client roster sign"),
                   {"va", "cleveland", "switzerland", "north"});
  Mail("lead", "roster.txt", "hungarian");
  Do("hungarian", operations_, "Running as a service", "sudo -u accord-client accord-client roster sign",
     {{"/etc/accord-client", Desk("hungarian")}, {"/var/lib/accord-client", At("hungarian", "state")}});
  SkipHere(operations_, "Running as a service");
  Mail("hungarian", "state/signed.txt", "lead", "roster.txt");
  Do("lead", operations_, section, "accord-coordinator roster publish");
  EXPECT_THAT(Do("lead", operations_, section, "accord-coordinator roster show"), HasSubstr("Heart federation"));
}

void OperatorsPages::TheRosterIsFollowed() {
  const std::string section = "The roster: who is in the federation";
  std::filesystem::remove(At("lead", "roster.txt"));
  Do("lead", operations_, section, "accord-coordinator roster draft");
  EXPECT_THAT(EnterAnyway("lead", operations_.Take(section, "accord-coordinator roster status")), HasSubstr("north"));
  SignRosterInTurn("lead", "accord-client roster sign roster.txt --config client.yaml", Sites());
  Enter("lead", "accord-coordinator roster publish roster.txt --config coordinator.yaml");
  // Each goes over to it by itself, once it hears of it.
  for (const char* site : kSites) {
    typed_.push_back("accord-client run --config client.yaml");
    Serve(site, typed_.back(), "connected to ");
  }
  for (const char* site : kSites) {
    Await(site, "accord-client status --config client.yaml", "Heart federation, version 2");
  }
  Do("switzerland", operations_, section, "accord-client roster pin --replace");
  for (const char* person : kPeople) {
    Mail("lead", absl::StrCat("invitations/", person, ".invitation"), person, "my.invitation");
    Mail("lead", "roster.txt", person);
  }
  MailToAll("lead", "roster.txt", Sites());
  // The one that the token of a person's own command was given out for.
  Enter("ada", absl::StrCat("accord login --coordinator localhost:", port_, " --token-file ada.token"));
  for (const char* person : {"bela", "clara", "dora"}) Enter(person, "accord login --token-file my.invitation");
  EXPECT_THAT(Enter("ada", "accord site list"), HasSubstr("switzerland"));
}

}  // namespace accord::operators_pages
