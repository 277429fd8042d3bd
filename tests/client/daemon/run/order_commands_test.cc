#include "client/daemon/run/order_commands.h"

#include <sstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "client/daemon/governance/order_store.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tests/client/daemon/governance/governed_site.h"
#include "trust/charter/approval.h"

namespace accord {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class OrderCommandsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(WriteFileAtomically(site_.folder().Path("client.yaml"),
                                    "coordinator: localhost:1\nsite: va\nstate_dir: state\n")
                    .ok());
    options_.config_path = site_.folder().Path("client.yaml");
    options_.clock = &site_.clock();
    options_.as_site = true;
    site_.Gate()->Take(site_.AllPapers());
    options_.order = HexDigest(site_.order_hash()).substr(0, 12);
  }
  // Words of what went wrong, or the output.
  std::string Run(absl::Status (*command)(const OrderOptions&, std::ostream&)) {
    std::ostringstream out;
    status_ = command(options_, out);
    return status_.ok() ? out.str() : std::string(status_.message());
  }
  std::optional<Approval> Own() {
    const auto kept = OrderStore(site_.State().OrderFolder()).Find(site_.order_hash());
    if (!kept.ok() || !kept->has_value() || !(*kept)->own.has_value()) return std::nullopt;
    return ParseApproval((*kept)->own->bytes).value();
  }
  // Another job, under an order of its own.
  void BringAnother() {
    site_.spec().mutable_rounds()->set_count(7);
    site_.order().nonce = "ff0102030405060708090a0b0c0d0e0f";
    site_.Order();
    site_.Gate()->Take(site_.AllPapers("job-2"));
    options_.order = HexDigest(site_.order_hash()).substr(0, 12);
  }

  GovernedSite site_;
  OrderOptions options_;
  absl::Status status_;
};

TEST_F(OrderCommandsTest, JobsListsWhatWaitsForThisSite) {
  EXPECT_THAT(Run(ListOrders), AllOf(HasSubstr(options_.order), HasSubstr("waits for this site"), HasSubstr("job-1"),
                                     HasSubstr("risk-of-disease"), HasSubstr("site va has not approved the order")));
  options_.json = true;
  const nlohmann::json list = nlohmann::json::parse(Run(ListOrders));
  ASSERT_EQ(list.size(), 1u);
  EXPECT_EQ(list[0]["state"], "waits for this site");
  EXPECT_EQ(list[0]["job"], "job-1");
}

TEST_F(OrderCommandsTest, ShowSaysWhoAsksForWhatAndWhatIsMissing) {
  const std::string text = Run(ShowOrder);
  EXPECT_THAT(text, AllOf(HasSubstr("Ada Byron (ada) of Cleveland Clinic"), HasSubstr("Estimate risks at admission."),
                          HasSubstr("no rows are read"), HasSubstr("5, of at least 3 sites"),
                          HasSubstr("PLAIN: the coordinator reads"), HasSubstr("this site has approved no other job"),
                          HasSubstr("verdict: waits for this site")));
  options_.order = "job-1";
  EXPECT_EQ(Run(ShowOrder), text) << "by the job";
  options_.order = "0000000";
  EXPECT_THAT(Run(ShowOrder), HasSubstr("no order or job 0000000"));
}

TEST_F(OrderCommandsTest, ShowAndApproveSayWhatHoldsWhoSignedAndWhatTheConfigRefuses) {
  for (const auto command : {ShowOrder, ApproveOrder}) {
    EXPECT_THAT(Run(command),
                AllOf(HasSubstr("the charter's floors: at least 3 sites of 3 organisations"),
                      HasSubstr("signed: person/bela approves as lead"), HasSubstr("signed: person/clara approves as"),
                      HasSubstr("This site's own floors: at least 3 sites of 3 organisations"),
                      HasSubstr("THIS SITE WILL REFUSE IT IN ANY CASE, approved or not:\n  the job's sums are plain")));
  }
  ASSERT_TRUE(WriteFileAtomically(options_.config_path,
                                  "coordinator: localhost:1\nsite: va\nstate_dir: state\n"
                                  "floors: {allow_plain_sums: true}\nsandbox: {threads: 2, memory_mib: 4096}\n")
                  .ok());
  EXPECT_THAT(Run(ShowOrder), Not(HasSubstr("IN ANY CASE")));
}

TEST_F(OrderCommandsTest, ApproveSignsAnApprovalThatTheJudgeTakes) {
  EXPECT_THAT(Run(ApproveOrder), AllOf(HasSubstr("approved as site va, until 2027-03-31T10:00:00Z"),
                                       HasSubstr("no daemon runs here now")));
  ASSERT_TRUE(status_.ok()) << status_;
  EXPECT_TRUE(Own()->approves);
  EXPECT_EQ(Own()->by, "site/va");
  EXPECT_THAT(Run(ListOrders), HasSubstr("allowed"));
  EXPECT_THAT(Run(ShowOrder), HasSubstr("in rounds of 3 sites of 3 organisations or more"));
}

TEST_F(OrderCommandsTest, AnApprovalHoldsNoLongerThanOrderAndCharterLetIt) {
  options_.days = 31;
  EXPECT_THAT(Run(ApproveOrder), HasSubstr("the charter's approvals.longest_days"));
  EXPECT_FALSE(Own().has_value());
  site_.clock().Advance(absl::Hours(24 * 11));  // the order ends before 30 days are over
  options_.days = 0;
  Run(ApproveOrder);
  EXPECT_EQ(Own()->expires, site_.order().expires);
}

TEST_F(OrderCommandsTest, WhoDoesNotSayThatTheSiteIsMeantSignsNothing) {
  options_.as_site = false;
  EXPECT_THAT(Run(ApproveOrder), HasSubstr("say --as-site"));
  EXPECT_THAT(Run(DenyOrder), HasSubstr("say --as-site"));
  EXPECT_FALSE(Own().has_value());
}

TEST_F(OrderCommandsTest, ARefusalIsForGood) {
  EXPECT_THAT(Run(DenyOrder), HasSubstr("REFUSED, for good"));
  EXPECT_THAT(Run(ListOrders), AllOf(HasSubstr("refused"), HasSubstr("site/va refused this order")));
  EXPECT_THAT(Run(ApproveOrder), HasSubstr("this site refused the order before"));
  EXPECT_FALSE(Own()->approves);
}

TEST_F(OrderCommandsTest, WhatCanNeverRunIsNotApproved) {
  site_.clock().Advance(absl::Hours(24 * 60));
  EXPECT_THAT(Run(ApproveOrder), AllOf(HasSubstr("nothing was signed"), HasSubstr("the order expired")));
  EXPECT_FALSE(Own().has_value());
}

TEST_F(OrderCommandsTest, ShowTellsWhatChangedSinceTheLastApprovedJob) {
  Run(ApproveOrder);
  BringAnother();
  EXPECT_THAT(Run(ShowOrder), AllOf(HasSubstr("rounds.count: 7, before 5"), Not(HasSubstr("model.drill"))));
  options_.json = true;
  EXPECT_EQ(nlohmann::json::parse(Run(ShowOrder))["changes_since_last_approved"][0], "rounds.count: 7, before 5");
}

TEST_F(OrderCommandsTest, ShowNamesTheSignedFilesOfWhatWasRefused) {
  EXPECT_FALSE(site_.Gate()->Permit("job-1", "").ok());
  const auto gate = site_.Gate();
  gate->Take(site_.AllPapers());
  EXPECT_FALSE(gate->Permit("job-1", "").ok());
  EXPECT_THAT(Run(ShowOrder), AllOf(HasSubstr("in signed files"), HasSubstr(".refusal"), HasSubstr("for now")));
}

TEST_F(OrderCommandsTest, WithoutACharterThereIsNothingToDecide) {
  ASSERT_TRUE(ForgetCharterPin(site_.State()).ok());
  EXPECT_THAT(Run(ListOrders), HasSubstr("has pinned no charter"));
}

}  // namespace
}  // namespace accord
