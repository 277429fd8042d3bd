#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/cli/order_fixture.h"
#include "tests/trust/joint/two_federations.h"

namespace accord {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class CharterJoins : public CliTest {
 protected:
  void SetUp() override {
    CliTest::SetUp();
    first_ = WriteFile("a.charter", federations_.HeartCharter().bytes());
    second_ = WriteFile("b.charter", federations_.LungCharter({{"min_rows: 50", "min_rows: 70"}}).bytes());
  }

  TwoFederations federations_;
  std::string first_;
  std::string second_;
};

TEST_F(CharterJoins, DraftHasTheStricterOfEachFieldAndSaysWhose) {
  const std::string hearts = WriteFile("a.roster", federations_.hearts().sites().SignedByAll().Text());
  const std::string lungs = WriteFile("b.roster", federations_.SignedLungRoster().Text());
  const std::string out = Path("joint.yaml");
  EXPECT_EQ(Run({"charter", "join", first_, second_, "--rosters", hearts, lungs, "--name", "a-with-b", "-o", out}),
            kExitOk)
      << Errors() << Output();
  EXPECT_THAT(Output(), HasSubstr("floors.min_rows: 70, of " + second_ + "; the other has 50"));
  EXPECT_THAT(ReadBack("joint.yaml"), AllOf(HasSubstr("name: \"a-with-b\"\nversion: 1\n"),
                                            HasSubstr("  min_rows: 70\n"), HasSubstr("sites: [\"charite\", \"va\"]")));
  EXPECT_EQ(Run({"charter", "show", out}), kExitOk) << Errors();
  EXPECT_EQ(Run({"charter", "join", first_, second_, "-o", out}), kExitFailed) << "not written over";
}

TEST_F(CharterJoins, WithoutRostersListsOfSitesAreAnybodys) {
  EXPECT_EQ(Run({"charter", "join", first_, second_, "-o", Path("joint.yaml"), "--json"}), kExitOk)
      << Errors() << Output();
  EXPECT_THAT(Output(), HasSubstr("bills is left out: no site may release it by both"));
  EXPECT_THAT(ReadBack("joint.yaml"), Not(HasSubstr("name: \"bills\"")));
}

TEST_F(CharterJoins, WhereNothingIsCommonItSaysWhatToTalkAbout) {
  const std::string other =
      WriteFile("c.charter", federations_.LungCharter({{"defined_by: [engineer]", "defined_by: [lead]"}}).bytes());
  EXPECT_EQ(Run({"charter", "join", first_, other, "-o", Path("joint.yaml")}), kExitFailed);
  EXPECT_THAT(Output(), AllOf(HasSubstr("have to talk about:\n  job_orders.defined_by: no role"),
                              HasSubstr("Nothing was written")));
  EXPECT_EQ(Run({"charter", "show", Path("joint.yaml")}), kExitFailed);
}

}  // namespace
}  // namespace accord
