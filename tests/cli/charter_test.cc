#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "absl/strings/str_replace.h"
#include "base/hash.h"
#include "tests/cli/order_fixture.h"
#include "trust/charter/charter_draft.h"

namespace accord {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;
using Json = nlohmann::json;

class CharterFiles : public OrderFiles {
 protected:
  void SetUp() override {
    OrderFiles::SetUp();
    charter_ = WriteFile("charter.yaml", federation_.Yaml());
  }
};

TEST_F(CharterFiles, AreShownInWordsWithoutALogin) {
  EXPECT_EQ(Run({"charter", "show", charter_}), kExitOk) << Errors();
  EXPECT_THAT(Output(), AllOf(StartsWith("Charter heart-network, version 1\n"), HasSubstr("Floors: at least 3 sites")));
  EXPECT_EQ(Run({"charter", "show", charter_, "--json"}), kExitOk);
  EXPECT_EQ(Json::parse(Output())["hash"], HexDigest(federation_.Written().hash()));
}

TEST_F(CharterFiles, WithFaultsNameThemAll) {
  const std::string file = WriteFile(
      "bad.yaml", federation_.Yaml({{"min_sites: 3\n", "min_sites: 1\n"}, {"roles: [auditor]", "roles: [king]"}}));
  EXPECT_EQ(Run({"charter", "show", file}), kExitFailed);
  EXPECT_THAT(Errors(),
              AllOf(HasSubstr("bad.yaml:24: floors.min_sites: is 1"), HasSubstr("bad.yaml:19: people[5].roles")));
}

TEST_F(CharterFiles, AreSignedMergedAndActive) {
  SignedCharter sites(federation_.Written());
  for (const RosterEntry& site : federation_.sites().entries()) federation_.Sign(sites, site.site);
  const std::string by_sites = WriteFile("sites.signed", sites.Text());
  EXPECT_EQ(Run({"charter", "status", by_sites, "--roster", roster_}), kExitFailed);
  EXPECT_THAT(Output(), AllOf(HasSubstr("lacking: the charter's co_signers[0]"), HasSubstr("It is NOT active.")));
  LogIn("dora");
  EXPECT_EQ(Run({"charter", "sign", charter_, "-o", Path("dora.signed")}), kExitOk) << Errors();
  EXPECT_THAT(Output(), HasSubstr("person/dora signed the charter " + HexDigest(federation_.Written().hash())));
  EXPECT_EQ(ReadBack("charter.yaml"), federation_.Yaml());
  EXPECT_EQ(Run({"charter", "merge", by_sites, Path("dora.signed")}), kExitOk) << Errors();
  EXPECT_EQ(Run({"charter", "status", by_sites, "--roster", roster_, "--json"}), kExitOk) << Errors() << Output();
  const Json status = Json::parse(Output());
  EXPECT_EQ(status["active"], true);
  EXPECT_EQ(status["signed_by"].size(), 5u);
}

TEST_F(CharterFiles, AreNotSignedByWhomTheyListWithAnotherKey) {
  LogIn("dora");
  const std::string file = WriteFile("other.yaml", ExampleFederation().Yaml());
  EXPECT_EQ(Run({"charter", "sign", file}), kExitFailed);
  EXPECT_THAT(Errors(), HasSubstr("lists dora with another key"));
}

TEST_F(CharterFiles, DifferencesSayWhatBecomesWeaker) {
  const std::string after = WriteFile("after.yaml", federation_.Yaml({{"min_rows: 50", "min_rows: 20"}}));
  EXPECT_EQ(Run({"charter", "diff", charter_, after}), kExitOk) << Errors();
  EXPECT_EQ(Output(),
            "BECOMES WEAKER:\n  floors.min_rows is 20, before 50\nLines that differ:\n-   min_rows: 50\n+   min_rows: "
            "20\n");
  EXPECT_EQ(Run({"charter", "diff", charter_, charter_}), kExitOk);
  EXPECT_THAT(Output(), HasSubstr("The two are the same."));
}

TEST_F(CharterFiles, DraftHoldsAndCanBeSigned) {
  LogIn("ada");
  const std::string draft = Path("draft.yaml");
  EXPECT_EQ(Run({"charter", "draft", "--roster", roster_, "--name", "heart", "--out", draft}), kExitOk) << Errors();
  EXPECT_THAT(ReadBack("draft.yaml"), AllOf(HasSubstr("name: heart\nversion: 1\n"), HasSubstr("'Cleveland Clinic'")));
  EXPECT_EQ(Run({"charter", "sign", draft}), kExitOk) << Errors();
  EXPECT_EQ(Run({"charter", "status", draft, "--roster", roster_}), kExitFailed);
  EXPECT_THAT(Output(), HasSubstr("person/ada has signed"));
}

TEST_F(CharterFiles, DraftIsNotWrittenOver) {
  LogIn("ada");
  EXPECT_EQ(Run({"charter", "draft", "--roster", roster_, "--out", charter_}), kExitFailed);
  EXPECT_THAT(Errors(), HasSubstr("is there already and is not written over"));
  EXPECT_EQ(ReadBack("charter.yaml"), federation_.Yaml());
}

TEST_F(CharterFiles, PersonsEntryHasTheKeyOfTheLogin) {
  LogIn("bela");
  EXPECT_EQ(Run({"charter", "person"}), kExitOk) << Errors();
  EXPECT_THAT(Output(), AllOf(HasSubstr("  - id: bela\n"), HasSubstr("key: " + federation_.KeyText("bela") + "\n")));
}

TEST_F(CharterFiles, RosterThatNotAllHaveSignedIsNotUsed) {
  const std::string draft = WriteFile("draft", federation_.sites().Draft().Text());
  EXPECT_EQ(Run({"charter", "status", charter_, "--roster", draft}), kExitFailed);
  EXPECT_THAT(Errors(), HasSubstr("is not signed by all its sites"));
}

}  // namespace
}  // namespace accord
