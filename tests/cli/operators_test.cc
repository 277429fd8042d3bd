// accord operators: what a file of others calls, before members let it into their charter.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "base/hash.h"
#include "models/export.h"
#include "models/model.h"
#include "tests/cli/order_fixture.h"
#include "trust/charter/charter.h"

namespace accord {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class OperatorsCommand : public OrderFiles {
 protected:
  void SetUp() override {
    OrderFiles::SetUp();
    v1::JobSpec spec;
    v1::Feature& age = *spec.mutable_data()->add_features();
    age.set_name("age");
    age.mutable_numeric()->set_max(100);
    spec.mutable_data()->mutable_target()->set_name("ill");
    for (const char* level : {"no", "yes"})
      spec.mutable_data()->mutable_target()->mutable_category()->add_levels(level);
    spec.mutable_model()->mutable_logistic_regression();
    const auto model = Model::Create(spec, "");
    ASSERT_TRUE(model.ok()) << model.status();
    ASSERT_TRUE(ExportTorchScript(spec, {}, **model, Path("model.pt")).ok());
  }
};

TEST_F(OperatorsCommand, PrintsOneALineAndTheSameAsJson) {
  ASSERT_EQ(Run({"operators", Path("model.pt")}), kExitOk) << Errors();
  EXPECT_THAT(Output(), HasSubstr("aten::linear\n"));
  const std::string lines = Output();
  ASSERT_EQ(Run({"operators", Path("model.pt"), "--json"}), kExitOk) << Errors();
  const auto json = nlohmann::json::parse(Output());
  std::string joined;
  for (const std::string& name : json.at("operators").get<std::vector<std::string>>()) {
    absl::StrAppend(&joined, name, "\n");
  }
  EXPECT_EQ(joined, lines);
  EXPECT_EQ(json.at("sha256"), Sha256Hex(ReadBack("model.pt")));
}

TEST_F(OperatorsCommand, HasHelpWithAnExampleAndJson) {
  ASSERT_EQ(Run({"operators", "--help"}), kExitOk);
  EXPECT_THAT(Output(), HasSubstr("Example:\n  accord operators model.pt"));
  EXPECT_THAT(Output(), HasSubstr("--json"));
}

TEST_F(OperatorsCommand, PrintsASectionThatACharterTakes) {
  ASSERT_EQ(Run({"operators", Path("model.pt"), "--yaml"}), kExitOk) << Errors();
  EXPECT_THAT(Output(), StartsWith("code:\n  operators:\n"));
  const auto charter =
      Charter::Parse(federation_.Yaml({{"retention:", absl::StrCat(Output(), "retention:")}}), "c.yaml");
  ASSERT_TRUE(charter.ok()) << charter.status();
  EXPECT_THAT(charter->terms().code().operators(), Contains("aten::linear"));
}

TEST_F(OperatorsCommand, ThatTheCharterDoesNotListAreToldToTheEngineerWhoWritesTheOrder) {
  job_ = WriteFile("script.yaml", absl::StrReplaceAll(
                                      kExampleJob, {{"{logistic_regression: {}}", "{torchscript: {file: model.pt}}"}}));
  const std::string file = absl::StrCat("torchscript: [{sha256: ", Sha256Hex(ReadBack("model.pt")), ", words: Seen.}]");
  const auto under = [&](const std::string& operators) {
    return WriteFile("listed.signed",
                     federation_
                         .SignedByAll(federation_.Written(
                             {{"retention:", absl::StrCat("code: {", file, operators, "}\nretention:")}}))
                         .Text());
  };
  charter_ = under(", operators: ['aten::relu']");
  EXPECT_EQ(Order("ada", "order"), kExitFailed);
  EXPECT_THAT(Errors(), HasSubstr("its code calls what the charter's code.operators (line "));
  EXPECT_THAT(Errors(), HasSubstr("aten::linear"));
  EXPECT_EQ(ReadBack("order"), "(no such file)") << "nothing is signed";
  ASSERT_EQ(Run({"operators", Path("model.pt"), "--json"}), kExitOk) << Errors();
  const auto all = nlohmann::json::parse(Output()).at("operators").get<std::vector<std::string>>();
  charter_ = under(absl::StrCat(", operators: ['", absl::StrJoin(all, "', '"), "']"));
  EXPECT_EQ(Order("ada", "order"), kExitOk) << Errors();
  EXPECT_THAT(Output(), HasSubstr(absl::StrCat("it may call ", all.size(), " operators of the charter's list")));
}

TEST_F(OperatorsCommand, OfAFileThatIsNoneIsAnErrorWithItsName) {
  EXPECT_EQ(Run({"operators", WriteFile("no.pt", "nothing")}), kExitFailed);
  EXPECT_THAT(Errors(), HasSubstr("no.pt: model.torchscript: not in the format of torch.jit.save"));
}

}  // namespace
}  // namespace accord
