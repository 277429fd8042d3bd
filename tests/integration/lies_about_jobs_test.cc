// What a coordinator may make of a job and its model once everybody has approved, over real daemons: other bytes than
// those that were signed for, and a second use of what was signed once. Each ends as lies about papers do.
#include <functional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/hash.h"
#include "gmock/gmock.h"
#include "tests/integration/lied_to_federation.h"

namespace accord {
namespace {

class LiesAboutJobs : public LiedToFederation {
 protected:
  struct JobLie {
    const char* name;
    std::function<void(v1::CoordinatorMessage&)> change;
    const char* words;  // of the sites' refusals
  };

  // Each about a job of its own.
  void ExpectEachRefused(const std::vector<JobLie>& lies) {
    for (const JobLie& lie : lies) {
      SCOPED_TRACE(lie.name);
      Lie(lie.change);
      ExpectRefusedByAll(SubmitWithPeople(Order(JobYaml(), charter_)), lie.words);
      liar_->TellTheTruth();
      if (HasFailure()) return;
    }
    ExpectNothingLeftAnywhere();
  }
  void ExpectNothingLeftAnywhere() {
    for (size_t site = 0; site < kSites; ++site) ExpectNothingLeft(site);
  }
  static void ChangeLastByteOf(std::string& bytes) {
    ASSERT_FALSE(bytes.empty());
    bytes.back() = static_cast<char>(bytes.back() ^ 1);
  }
};

TEST_F(LiesAboutJobs, OneChangedByteOfTheJobIsFoundInItsPapersAndInThePlan) {
  StartBehindTheLiar(kPeopleDecide);
  ASSERT_FALSE(HasFailure());
  ExpectEachRefused({
      {"in the papers, which name the job that was signed for",
       [](v1::CoordinatorMessage& message) {
         if (message.has_job_papers()) ChangeLastByteOf(*message.mutable_job_papers()->mutable_job_inline());
       },
       "the job inside the papers is not the one that they name"},
      {"in the papers, which name the changed one",
       [](v1::CoordinatorMessage& message) {
         if (!message.has_job_papers()) return;
         v1::JobPapers& papers = *message.mutable_job_papers();
         ChangeLastByteOf(*papers.mutable_job_inline());
         papers.set_job_sha256(Sha256Hex(papers.job_inline()));
       },
       "these are not the bytes that were signed for"},
      {"in the plan, which names the job that was signed for",
       [](v1::CoordinatorMessage& message) {
         if (message.has_plan()) ChangeLastByteOf(*message.mutable_plan()->mutable_job_inline());
       },
       "the job inside the coordinator's plan is not the one that the plan names"},
      {"in the plan, which names the changed one",
       [](v1::CoordinatorMessage& message) {
         if (!message.has_plan()) return;
         v1::Plan& plan = *message.mutable_plan();
         ChangeLastByteOf(*plan.mutable_job_inline());
         plan.set_job_sha256(Sha256Hex(plan.job_inline()));
       },
       "the coordinator asks for the job"},
  });
}

TEST_F(LiesAboutJobs, OneChangedByteOfTheModelIsFoundInThePlanAndInWhatIsFetched) {
  StartBehindTheLiar(kPeopleDecide);
  ASSERT_FALSE(HasFailure());
  ExpectEachRefused({{"in the plan",
                      [](v1::CoordinatorMessage& message) {
                        if (message.has_plan()) ChangeLastByteOf(*message.mutable_plan()->mutable_model_inline());
                      },
                      "the model inside the coordinator's plan is not the one that the plan names"}});

  bench::DrillJob large;
  large.num_parameters = 20'000;  // more than what a plan carries itself
  large.sites = kSites;
  Lie([](v1::CoordinatorMessage& /*message*/) {});
  liar_->TellOfObjects([](const std::string& /*site*/, const v1::DownloadRequest& /*request*/, v1::Chunk& chunk) {
    ChangeLastByteOf(*chunk.mutable_data());
    chunk.set_crc32c(Crc32c(0, chunk.data().data(), chunk.data().size()));
  });
  ExpectRefusedByAll(SubmitWithPeople(Order(large.Yaml(), charter_)),
                     "the 80000 bytes that the coordinator sent are not the object");
  ExpectNothingLeftAnywhere();
}

TEST_F(LiesAboutJobs, AnOrderThatServedOnceIsNotSpentOnASecondJob) {
  StartBehindTheLiar(kPeopleDecide);
  ASSERT_FALSE(HasFailure());
  v1::JobPapers served;
  liar_->Tell([&served](const std::string& /*site*/, v1::CoordinatorMessage& message) {
    if (message.has_job_papers()) served = message.job_papers();
    return true;
  });
  const std::string first = SubmitWithPeople(Order(JobYaml(), charter_));
  EXPECT_EQ(Finish(first).rounds_done(), 2u);
  liar_->TellTheTruth();  // from here on nobody else has `served` in hand
  ASSERT_EQ(served.job_id(), first);

  Lie([served](v1::CoordinatorMessage& message) {
    if (message.has_job_papers()) {
      const std::string second = message.job_papers().job_id();
      *message.mutable_job_papers() = served;
      message.mutable_job_papers()->set_job_id(second);
    }
    if (message.has_key_request()) message.mutable_key_request()->set_job_sha256(served.job_sha256());
  });
  const std::string second = SubmitWithPeople(Order(JobYaml(2, "second"), charter_));
  ExpectRefusedByAll(second, absl::StrCat("the order served the job ", first, " already"));
}

}  // namespace
}  // namespace accord
