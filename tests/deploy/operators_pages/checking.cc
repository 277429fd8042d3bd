#include <filesystem>
#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "nlohmann/json.hpp"
#include "tests/deploy/operators_pages/operators_pages.h"

namespace accord::operators_pages {

using ::testing::AllOf;
using ::testing::HasSubstr;

void OperatorsPages::TheLogIsChecked() {
  const std::string section = "The federation's log";
  log_id_ = HashIn(Do("lead", log_, section, "accord-coordinator log show"));
  Do("lead", log_, section, "accord-coordinator log export");
  Do("lead", log_, section, "accord-coordinator log names");
  for (const char* file : {"heart.log", "names.txt", "tsa-root.pem"}) Mail("lead", file, "ada");
  Mail("cleveland", "state/log.head", "ada", "head-of-north");
  EXPECT_THAT(Do("ada", log_, "Checking", "accord audit verify", {{kId, log_id_}}), HasSubstr("The log holds."));
  EXPECT_THAT(Do("ada", log_, "Checking", "accord audit verify"), HasSubstr("The log holds."));
  EXPECT_THAT(Do("ada", log_, "Checking", "accord audit verify"), HasSubstr("by CN=Test Stamps"));
  for (const char* copy : {"heart-of-north.log", "heart-of-south.log"}) Mail("lead", "heart.log", "ada", copy);
  Do("ada", log_, "Checking", "accord audit entry");
  EXPECT_THAT(Do("ada", log_, "Checking", "accord audit verify entry-17"), HasSubstr("\"index\": 17"));
  EXPECT_THAT(Do("ada", log_, "Checking", "accord audit compare"), HasSubstr("AGREE"));

  TheTreeIsChecked();

  const std::string kept = "What each site keeps of it";
  Mail("lead", "heart.log", "cleveland");
  EXPECT_THAT(Do("cleveland", log_, kept, "accord-client log show"), HasSubstr(log_id_));
  Do("cleveland", log_, kept, "accord-client log pin");
  Enter("cleveland", absl::StrCat("accord-client log pin ", log_id_, " --replace --config client.yaml"));
  const std::string forget = log_.Take(kept, "accord-client log forget");
  Do("cleveland", log_, kept, "accord audit verify");
  Serving("cleveland").Stop();
  Enter("cleveland", forget);
  Serve("cleveland", "accord-client run --config client.yaml", "connected to ");
}

void OperatorsPages::ExportLogFor(const std::string& reader) {
  Enter("lead", "rm heart.log && accord-coordinator log export --out heart.log --config coordinator.yaml");
  Mail("lead", "heart.log", reader);
}

void OperatorsPages::TheTreeIsChecked() {
  const std::string section = "A federation tree";
  const Changes tree = {{"/var/lib/accord-tree", "tree"}};
  const absl::Status ticked = Serving("institution").WaitForOutput(" committed to", {kLongestStep, nullptr});
  ASSERT_TRUE(ticked.ok()) << ticked;
  EnterAnyway("institution", "accord-coordinator federation-tree tick tree");
  std::string receipt;
  for (const auto& entry : std::filesystem::directory_iterator(At("institution", "tree/out/heart"))) {
    const std::string name = entry.path().filename().string();
    if (absl::StartsWith(name, "receipt-")) receipt = "tree/out/heart/" + name;
  }
  for (const char* who : {"lead", "ada"}) Mail("institution", receipt, who, kReceipt);
  Mail("institution", "tree/out/heart/taken.head", "lead");
  Do("lead", operations_, section, "accord-coordinator log receipt", {{kId, tree_id_}});
  Do("lead", operations_, section, "accord-coordinator log hand-in");
  Do("institution", operations_, section, "accord-coordinator federation-tree export", tree);
  EXPECT_THAT(Do("institution", operations_, section, "accord-coordinator federation-tree show", tree),
              HasSubstr("heart"));
  Do("institution", operations_, section, "accord-coordinator federation-tree remove", tree);
  Do("institution", operations_, section, "accord-coordinator federation-tree restore", tree);
  Do("institution", operations_, "Running as a service", "sudo -u accord-tree accord-coordinator federation-tree init",
     {{"/var/lib/accord-tree", "service"}});
  ExportLogFor("ada");
  Mail("institution", "tree.log", "ada");
  EXPECT_THAT(Do("ada", log_, "The federation tree", "accord audit federation-tree", {{kId, tree_id_}}),
              HasSubstr("heart"));
  Do("ada", log_, "The federation tree", "accord audit federation-tree");
  Do("ada", log_, "The federation tree", "accord audit verify receipt");
  Do("ada", log_, "The federation tree", "accord audit verify heart.log");
  Mail("ada", "head-of-north", "ada", "kept.head");
  Enter("ada", "accord audit compare kept.head heart.log");
}

void OperatorsPages::TheModelIsChecked() {
  const std::string section = "Where a model comes from";
  Do("ada", provenance_, section, "accord model export");
  EXPECT_THAT(Do("ada", provenance_, section, "accord audit verify", {{kId, log_id_}}),
              HasSubstr("The provenance holds."));
  ExportLogFor("ada");
  Do("ada", provenance_, section, "accord audit verify");
  Enter("ada", absl::StrCat("accord job papers ", job_, " -o papers"));
  EXPECT_THAT(Do("ada", provenance_, section, "accord audit verify"),
              AllOf(HasSubstr("By whose word, as they signed it:"), HasSubstr("approved by site/va, entry "),
                    HasSubstr("The provenance holds.")));
  // A file of code like that of others.
  EXPECT_THAT(Do("ada", governance_, "What the code of others may call", "accord operators"), HasSubstr("aten::"));
  Do("ada", governance_, "What the code of others may call", "accord operators");
  const auto provenance = nlohmann::json::parse(ReadAt("ada", "model.pt.provenance.json"), nullptr, false);
  ASSERT_TRUE(provenance.is_object());
  const nlohmann::json& envelope = provenance["federation"];
  std::string payload, signature;
  ASSERT_TRUE(absl::Base64Unescape(envelope["payload"].get<std::string>(), &payload));
  ASSERT_TRUE(absl::Base64Unescape(envelope["signatures"][0]["sig"].get<std::string>(), &signature));
  // Of its files, those to which a site committed itself in a round.
  std::string file, commitment;
  for (const char* site : {"cleveland", "va"}) {
    for (const auto& entry : std::filesystem::directory_iterator(At(site, "state/postures"))) {
      if (entry.path().extension() != ".posture") continue;
      Mail(site, "state/postures/" + entry.path().filename().string(), "ada", "one.posture");
      const std::string hash =
          Field(Enter("ada", "accord audit posture one.posture --roster roster.txt --json"), "commitment");
      if (!absl::StrContains(payload, hash)) continue;
      commitment = hash;
      Mail("ada", "one.posture", "ada", absl::StrCat(site, ".posture"));
    }
  }
  Mail("ada", "va.posture", "ada", "000000012.posture");
  Do("ada", governance_, "What a site says of itself", "accord audit posture", {{"HEX", commitment}});
  EXPECT_THAT(Do("ada", provenance_, section, "accord audit verify"),
              AllOf(HasSubstr("Data, as the sites signed it:"), HasSubstr("va: data set heart, version "),
                    HasSubstr("commitments that stay closed: hungarian ")));

  // Without Accord, as the page says where the key stands.
  std::string first;
  ASSERT_TRUE(absl::Base64Unescape(
      nlohmann::json::parse(payload)["predicate"]["accord_log"]["first"].get<std::string>(), &first));
  WriteAt("ada", "log-key.der", first.substr(first.size() - 4 - 91, 91));
  WriteAt("ada", "statement.sig", signature);
  WriteAt("ada", "statement.pae",
          absl::StrCat("DSSEv1 28 application/vnd.in-toto+json ", payload.size(), " ", payload));
  Do("ada", provenance_, "The file", "openssl pkey");
  EXPECT_THAT(Do("ada", provenance_, "The file", "openssl dgst"), HasSubstr("Verified OK"));
}

void OperatorsPages::WhatLeftIsLookedAt() {
  const std::string section = "The ledger of what left a site";
  EXPECT_THAT(Do("va", egress_, section, "accord-client egress"), HasSubstr("masked"));
  Do("va", egress_, section, "accord-client egress");
  Do("va", egress_, section, "accord-client egress");
  EXPECT_THAT(ReadAt("va", "egress.csv"), HasSubstr("risk-of-disease"));
  for (const char* command : {"status", "pause", "resume", "gain", "check", "release show"}) {
    Enter("va", absl::StrCat("accord-client ", command, " --config client.yaml"));
  }
}

void OperatorsPages::AnOlderCopyIsPutBack() {
  const std::string first = job_;
  Serving("va").Stop();
  Type("va", "cp -a state yesterday");
  Serve("va", "accord-client run --config client.yaml", "connected to ");
  Submit("heart-risk-2.yaml", "risk-2.order");
  for (const char* site : kSites) ApproveAt(site);
  EXPECT_THAT(Enter("ada", "accord job watch " + job_), HasSubstr("finished"));
  Serving("va").Stop();
  Type("va", "rm -rf state && cp -a yesterday state");
  Serve("va", "accord-client run --config client.yaml", "connected to ");
  Await("va", "accord-client status --config client.yaml", "put back from an older copy");
  Serving("va").Stop();
  const std::string evidence = Type("va", "ls state/evidence/*.evidence | head -n 1");
  EXPECT_THAT(Do("va", egress_, "After an older copy was put back", "accord-client egress settle",
                 {{"state/evidence/4f1d2c3b5a697887.evidence", evidence.substr(0, evidence.find('\n'))}}),
              HasSubstr("is lost, and says so"));
  Serve("va", "accord-client run --config client.yaml", "connected to ");
}

void OperatorsPages::TheOmbudsmanStopsAJob() {
  const std::string section = "Who watches";
  WriteAt("ada", "heart-risk-3.yaml", Job("heart-risk", 4));
  Submit("heart-risk-3.yaml", "risk-3.order");
  Await("va", "accord-client jobs --json --config client.yaml", order_);
  Do("va", governance_, "At a site", "accord-client deny", {{"9f86d081884c", order_.substr(0, 12)}});
  Do("dora", governance_, section, "accord job stop");
  Mail("dora", "heart-risk.stop", "va");
  Enter("va", "accord-client stop heart-risk.stop --config client.yaml");
  const std::string filed = Do("dora", governance_, section, "accord complaint file");
  Do("dora", governance_, section, "accord complaint file");
  const std::string complaint = HashIn(filed).substr(0, 8);
  Do("bela", governance_, section, "accord complaint answer", {{"9f86d081", complaint}});
  EXPECT_THAT(Do("ada", governance_, section, "accord complaint list"), HasSubstr("open until"));
  EXPECT_THAT(Do("ada", governance_, section, "accord complaint show", {{"9f86d081", complaint}}),
              HasSubstr("answered by bela"));
  EXPECT_THAT(Do("lead", governance_, section, "accord-coordinator complaints"), HasSubstr("open until"));
  Do("dora", governance_, section, "accord audit accesses");
  Do("dora", governance_, section, "accord audit fetch");
  EXPECT_THAT(Do("dora", governance_, section, "accord audit accesses"), HasSubstr("dora"));
}

}  // namespace accord::operators_pages
