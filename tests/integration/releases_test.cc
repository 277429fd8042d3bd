// What the owner of a site's rows released, over whole processes: for which purposes, in which version, and what a
// third party reads of it in files alone.
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/file.h"
#include "gmock/gmock.h"
#include "nlohmann/json.hpp"
#include "tests/integration/lied_to_federation.h"

namespace accord {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

// clara is steward of the organisation of site-1, whose rows are hers to release; nobody releases those of the others.
// The coordinator tells the truth until a test has it lie.
class ReleasesOfASite : public LiedToFederation {
 protected:
  void SetUp() override {
    SetUpPeople();
    if (HasFatalFailure()) return;
    charter_ = SignedCharterWith(
        {{"each_site: true", "each_site: false"},
         {"tags: [quality]}\n",
          "tags: [quality]}\n  - {name: plan-beds, words: Plan beds from made-up rows., tags: [administration]}\n"},
         {"purposes: [measure-rounds]}", "purposes: [measure-rounds, plan-beds]}"}});
    PinAtSites(charter_);
    if (HasFatalFailure()) return;
    StartSitesBehindTheLiar();
  }
  std::string Version() {
    const auto json = nlohmann::json::parse(AtSite(0, {"release", "version", "trivial", "--json"}), nullptr, false);
    return json.is_object() ? json.value("version", "") : "";
  }
  // Signed at clara's desk and taken by the site's operator; its file.
  std::string Released(const std::string& version, const std::string& purpose) {
    const std::string file = Path(absl::StrCat("trivial-", ++releases_, ".release"));
    As("clara", {"release", "write", "--charter", charter_, "--roster", Path("roster"), "--site", "site-1",
                 "--data-set", "trivial", "--data-version", version, "--purpose", purpose, "-o", file});
    AtSite(0, {"release", "take", file});
    return file;
  }
  OrderedJob OrderFor(const std::string& purpose) {
    const std::string name = Path(absl::StrCat("job-", purpose, "-", ++orders_));
    bench::TrivialJob job;
    job.name = absl::StrCat("job-", orders_);
    job.rounds = 2;
    job.min_sites = job.target_sites = kSites;
    OrderedJob ordered{name + ".yaml", name + ".order", ""};
    EXPECT_TRUE(WriteFileAtomically(ordered.yaml, job.Yaml()).ok());
    const auto json = nlohmann::json::parse(As("engineer", {"order", "write", ordered.yaml, "--charter", charter_,
                                                            "--purpose", purpose, "-o", ordered.order, "--json"}),
                                            nullptr, false);
    ordered.hash = json.is_object() ? json.value("order", "") : "";
    return ordered;
  }
  // By somebody who has the files, and nothing else.
  absl::StatusOr<std::string> Shown(const std::string& release, const OrderedJob& job, const std::string& refusal) {
    std::vector<std::string> words = {"release",  "show",         release,   "--charter", charter_,
                                      "--roster", Path("roster"), "--order", job.order};
    if (!refusal.empty()) words.insert(words.end(), {"--refusal", refusal});
    return governance_->As("a-third-party", words);
  }

  int releases_ = 0;
  int orders_ = 0;
};

TEST_F(ReleasesOfASite, AJobForAnotherPurposeIsRefusedByTheSiteAndAThirdPartySeesThatTheReleaseDemandsIt) {
  ASSERT_FALSE(HasFailure());
  const std::string release = Released("any", "measure-rounds");
  EXPECT_EQ(Finish(SubmitWithPeople(OrderFor("measure-rounds"))).mandate().purpose(), "measure-rounds");

  const OrderedJob job = OrderFor("plan-beds");
  const std::string id = SubmitWithPeople(job);
  const std::string refusal = AwaitRefusalFile(0, "released trivial for measure-rounds alone", id);
  EXPECT_THAT(CheckedOffline(refusal), AllOf(HasSubstr("Site site-1 signed"), HasSubstr(id), HasSubstr("for good")));
  const auto shown = Shown(release, job, refusal);
  ASSERT_TRUE(shown.ok()) << shown.status().message();
  EXPECT_THAT(*shown, AllOf(HasSubstr("is for the purpose plan-beds, which is NOT RELEASED"),
                            HasSubstr("the refusal is what the owner's release demands")));
  EXPECT_FALSE(Shown(release, job, "").ok()) << "a job that was not released, and nobody refused it";
  // The other sites have no release, and three are needed.
  As("engineer", {"job", "cancel", id});
  EXPECT_EQ(Await(id, bench::IsFinal).rounds_done(), 0u);
  EXPECT_THAT(AtSite(0, {"egress"}), Not(HasSubstr("for the purpose plan-beds; only")));
}

TEST_F(ReleasesOfASite, APurposeThatIsChangedAfterTheReleaseIsRefusedAlsoWhereEverybodyElseSignsForIt) {
  ASSERT_FALSE(HasFailure());
  const std::string release = Released("any", "measure-rounds");
  OrderedJob job = OrderFor("measure-rounds");
  const std::string brought = Path("brought.order");
  Lie([this, brought](v1::CoordinatorMessage& message) {
    if (!message.has_job_papers()) return;
    OrderAnew(*message.mutable_job_papers(), [](JobOrder& order) { order.purpose = "plan-beds"; });
    EXPECT_TRUE(WriteFileAtomically(brought, message.job_papers().order()).ok());
  });
  const std::string id = SubmitWithPeople(job);
  const std::string refusal = AwaitRefusalFile(0, "released trivial for measure-rounds alone", id);
  EXPECT_THAT(CheckedOffline(refusal), AllOf(HasSubstr("Site site-1 signed"), HasSubstr(id), HasSubstr("for good")));
  job.order = brought;
  const auto shown = Shown(release, job, refusal);
  ASSERT_TRUE(shown.ok()) << shown.status().message();
  EXPECT_THAT(*shown, AllOf(HasSubstr("is for the purpose plan-beds, which is NOT RELEASED"),
                            HasSubstr("the refusal is what the owner's release demands")));
  // Of the others nobody released anything, but without the first there are too few for a sum.
  for (size_t site = 0; site < kSites; ++site) ExpectNothingLeft(site);
  governance_->As("engineer", {"job", "cancel", id}).IgnoreError();
  EXPECT_EQ(Await(id, bench::IsFinal).rounds_done(), 0u);
  liar_->TellTheTruth();
}

TEST_F(ReleasesOfASite, RowsOfAnotherVersionThanTheReleasedOneWaitUntilTheOwnerReleasesThem) {
  ASSERT_FALSE(HasFailure());
  const std::string first = Version();
  ASSERT_EQ(first.size(), 64u);
  const std::string release = Released(first, "measure-rounds");
  Finish(SubmitWithPeople(OrderFor("measure-rounds")));

  const std::string rows = Path("sites/site-1/trivial/rows.csv");
  const std::string before = ReadWhole(rows);
  ASSERT_TRUE(WriteFileAtomically(rows, before + before.substr(before.find('\n') + 1)).ok());
  const OrderedJob job = OrderFor("measure-rounds");
  const std::string id = SubmitWithPeople(job);
  const std::string refusal = AwaitRefusalFile(0, "is another version than clara released", id);
  EXPECT_THAT(CheckedOffline(refusal), AllOf(HasSubstr("for now"), HasSubstr(id)));
  const auto shown = Shown(release, job, refusal);
  ASSERT_TRUE(shown.ok()) << shown.status().message();
  EXPECT_THAT(*shown, HasSubstr("the refusal is what the owner's release demands"));

  const std::string second = Version();
  EXPECT_NE(second, first);
  Released(second, "measure-rounds");
  EXPECT_EQ(Finish(id).rounds_done(), 2u);
  EXPECT_THAT(AtSite(0, {"release", "show"}), HasSubstr("holds now"));
}

}  // namespace
}  // namespace accord
