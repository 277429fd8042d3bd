// Orders at people's desks.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "absl/strings/str_replace.h"
#include "cli/operations/submission.h"
#include "tests/cli/order_fixture.h"
#include "trust/charter/job_order.h"

namespace accord {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using Json = nlohmann::json;

TEST_F(OrderFiles, OrderNamesTheBytesThatSubmitWouldSend) {
  ASSERT_EQ(Order("ada", "order"), kExitOk) << Errors();
  EXPECT_THAT(Output(), AllOf(HasSubstr("Ada Byron (ada) of Cleveland Clinic, engineer"),
                              HasSubstr("risk-of-disease (care): Estimate risks at admission."),
                              HasSubstr("1 as lead, 1 as steward, each site for itself"),
                              HasSubstr("the order has 0 of 1 approvals as steward")));
  const auto statement = SignedStatement::Parse(ReadBack("order"));
  ASSERT_TRUE(statement.ok()) << statement.status();
  const auto order = ParseJobOrder(statement->bytes);
  const auto submission = PrepareSubmission(job_);
  ASSERT_TRUE(order.ok() && submission.ok()) << order.status() << submission.status();
  EXPECT_EQ(order->job, Sha256(submission->open.job_spec()));
  EXPECT_EQ(order->charter, federation_.Written().hash());
  EXPECT_EQ(order->data_set, "heart");
  EXPECT_EQ(order->expires - order->not_before, absl::Hours(24 * 14));
}

TEST_F(OrderFiles, OrderNamesWhatTheJobStartsFromAndSitesMappings) {
  job_ = WriteFile("job.yaml", absl::StrReplaceAll(kExampleJob, {{"model: {logistic_regression: {}}",
                                                                  "model: {logistic_regression: {}, start_from: "
                                                                  "{file: first.bin}}"}}));
  WriteFile("first.bin", std::string(8, '\0'));
  const std::string mapping = WriteFile("va.yaml", "mapping");
  ASSERT_EQ(Order("ada", "order", {"--mapping", "va=" + mapping, "--days", "3"}), kExitOk) << Errors();
  const auto order = ParseJobOrder(SignedStatement::Parse(ReadBack("order"))->bytes);
  ASSERT_TRUE(order.ok()) << order.status();
  const auto submission = PrepareSubmission(job_);
  EXPECT_EQ(HexDigest(order->start.value()), submission->spec.model().start_from().model_digest());
  EXPECT_EQ(order->mappings.at("va"), Sha256("mapping"));
  EXPECT_EQ(order->expires - order->not_before, absl::Hours(72));
}

TEST_F(OrderFiles, OrderThatNoSiteWouldRunIsNotSignedAndTellsAllReasons) {
  job_ =
      WriteFile("job.yaml", absl::StrReplaceAll(kExampleJob, {{"name: heart\n", "name: bills\n"},
                                                              {"rounds:", "evaluation: {minimum_cell: 5}\nrounds:"}}));
  EXPECT_EQ(Order("fritz", "order", {"--days", "90"}), kExitFailed);
  EXPECT_THAT(Errors(),
              AllOf(HasSubstr("fritz has the role auditor"),
                    HasSubstr("the data set bills may not be read for the purpose risk-of-disease"),
                    HasSubstr("evaluation.minimum_cell is 5, and the charter's floors.minimum_cell (line 28) is 10"),
                    HasSubstr("longer than 60 days")));
  EXPECT_EQ(ReadBack("order"), "(no such file)");
}

TEST_F(OrderFiles, StrangerAndWrongRuleAndWrongMappingAreTold) {
  EXPECT_EQ(Order("ada", "order", {"--loosens", "min_site", "--loosens", "color"}), kExitFailed);
  EXPECT_THAT(Errors(),
              AllOf(HasSubstr("--loosens min_site: expected one of min_sites,"), HasSubstr("--loosens color")));
  EXPECT_EQ(Order("ada", "order", {"--mapping", "va", "--mapping", "va=" + Path("none")}), kExitFailed);
  EXPECT_THAT(Errors(), AllOf(HasSubstr("--mapping va: write SITE=FILE"), HasSubstr("No such file")));
}

TEST_F(OrderFiles, WhatWasSignedIsNotWrittenOver) {
  ASSERT_EQ(Order("ada", "order"), kExitOk) << Errors();
  const std::string first = ReadBack("order");
  EXPECT_EQ(Order("ada", "order"), kExitFailed);
  EXPECT_THAT(Errors(), HasSubstr("is there already and is not written over"));
  EXPECT_EQ(ReadBack("order"), first);
}

TEST_F(OrderFiles, RuleThatIsToBeLoosenedIsTakenForLoosened) {
  job_ = WriteFile("job.yaml", absl::StrReplaceAll(kExampleJob, {{"min_sites: 3", "min_sites: 2"},
                                                                 {"aggregation: {",
                                                                  "aggregation: {secure_sum: "
                                                                  "{two_sites: true}, "}}));
  EXPECT_EQ(Order("ada", "order", {"--loosens", "min_sites"}), kExitFailed);
  EXPECT_THAT(Errors(), AllOf(HasSubstr("colluding_organisations is 0"), Not(HasSubstr("rounds.min_sites"))));
}

TEST_F(OrderFiles, ShownWithoutACharterSaysThatNobodyCheckedIt) {
  ASSERT_EQ(Order("ada", "order"), kExitOk) << Errors();
  EXPECT_EQ(Run({"order", "show", Path("order")}), kExitOk) << Errors();
  EXPECT_THAT(Output(), AllOf(HasSubstr("NOBODY CHECKED WHO SIGNED"), HasSubstr("WHICH IS NOT AT HAND")));
}

TEST_F(OrderFiles, CharterThatNobodySignedIsToldToBeADraft) {
  charter_ = WriteFile("charter.yaml", federation_.Yaml());
  ASSERT_EQ(Order("ada", "order"), kExitOk) << Errors();
  EXPECT_THAT(Output(), HasSubstr("NOBODY HAS SIGNED THIS CHARTER YET"));
}

TEST_F(OrderFiles, FileThatIsNoJobIsToldWithWhatWasExpected) {
  job_ = WriteFile("job.txt", kExampleJob);
  EXPECT_EQ(Order("ada", "order"), kExitFailed);
  EXPECT_THAT(Errors(), AllOf(HasSubstr("job.txt: "), HasSubstr("ends with .yaml or .yml")));
}

TEST_F(OrderFiles, AnotherJobThanTheOrdersIsSeen) {
  ASSERT_EQ(Order("ada", "order"), kExitOk) << Errors();
  const std::string other = WriteFile("other.yaml", absl::StrReplaceAll(kExampleJob, {{"count: 20", "count: 2000"}}));
  EXPECT_EQ(Run({"order", "show", Path("order"), "--job", other}), kExitFailed);
  EXPECT_THAT(Output(), HasSubstr("THIS IS NOT THE JOB OF THE ORDER"));
  LogIn("bela");
  EXPECT_EQ(Run({"order", "approve", Path("order"), "--charter", charter_, "--job", other, "--as", "lead", "-o",
                 Path("lead.approval")}),
            kExitFailed);
  EXPECT_THAT(Errors(), HasSubstr("the job's bytes are not those that ada signed for"));
  EXPECT_EQ(ReadBack("lead.approval"), "(no such file)");
}

TEST_F(OrderFiles, ChangedByteOfTheOrderIsSeen) {
  ASSERT_EQ(Order("ada", "order"), kExitOk) << Errors();
  WriteFile("order", absl::StrReplaceAll(ReadBack("order"), {{"data set: heart", "data set: haert"}}));
  EXPECT_EQ(Run({"order", "show", Path("order"), "--charter", charter_, "--json"}), kExitFailed);
  const Json shown = Json::parse(Output());
  EXPECT_EQ(shown["sound"], false);
  EXPECT_THAT(shown["reasons"].dump(), HasSubstr("not signed with the key of ada"));
}

TEST_F(OrderFiles, ShowsWhatChangedSinceTheLastOrder) {
  ASSERT_EQ(Order("ada", "first"), kExitOk) << Errors();
  const std::string first_job = job_;
  job_ = WriteFile("second.yaml", absl::StrReplaceAll(kExampleJob, {{"learning_rate: 0.1", "learning_rate: 0.05"},
                                                                    {"  target:",
                                                                     "    - {name: smokes, category: {levels: [\"no\", "
                                                                     "\"yes\"]}}\n  target:"}}));
  ASSERT_EQ(Order("ada", "order", {"--loosens", "hours"}), kExitOk) << Errors();
  EXPECT_EQ(Run({"order", "show", Path("order"), "--charter", charter_, "--job", job_, "--last", Path("first"),
                 "--last-job", first_job, "--json"}),
            kExitOk)
      << Errors();
  EXPECT_THAT(Json::parse(Output())["changes"].get<std::vector<std::string>>(),
              ElementsAre("loosens: hours, before none", "data.features: ['age', 'smokes'], before ['age']",
                          "data.features['smokes'].name: 'smokes', before nothing",
                          "data.features['smokes'].category.levels: ['no', 'yes'], before nothing",
                          "training.sgd.learning_rate: 0.05, before 0.1"));
  EXPECT_EQ(Run({"order", "show", Path("order"), "--last", Path("first"), "--job", job_, "--last-job", job_}),
            kExitFailed);
  EXPECT_THAT(Errors(), HasSubstr("is not the job of"));
}

TEST_F(OrderFiles, TextsOfTheJobCannotMakeLinesOfTheSummary) {
  job_ = WriteFile("job.yaml", absl::StrReplaceAll(kExampleJob, {{"purpose: Estimate risks at admission.",
                                                                  "purpose: \"Care.\\n  Approvals    of nobody\""}}));
  ASSERT_EQ(Order("ada", "order"), kExitOk) << Errors();
  EXPECT_THAT(Output(), AllOf(HasSubstr("heart-risk: Care.?  Approvals    of nobody"),
                              Not(HasSubstr("\n  Approvals    of nobody"))));
}

}  // namespace
}  // namespace accord
