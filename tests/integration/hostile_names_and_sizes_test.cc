// Names that are paths and sizes that are lies, from a coordinator to daemons and from a site to the coordinator.
// Nobody writes a file where the other side says, nobody reserves what it says, and the next honest round comes.
#include <algorithm>
#include <filesystem>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "grpcpp/create_channel.h"
#include "tests/integration/lied_to_federation.h"
#include "trust/tls/credentials.h"

namespace accord {
namespace {

using ::testing::Not;

// Job ids, digests and sites' names; a program that believes one of them writes outside of its folder, or fails.
std::vector<std::string> HostileNames() {
  return {"../../hostile", "/tmp/hostile", "hostile\n1", std::string("hostile\0.1", 10), std::string(5000, 'j'), ""};
}

std::vector<uint64_t> HostileSizes() { return {0, uint64_t{1} << 40, UINT64_MAX}; }

class HostileNamesAndSizes : public LiedToFederation {
 protected:
  // Paths of all files but those that the programs themselves keep, where they may.
  std::set<std::string> FilesOutsideOfState() const {
    std::set<std::string> files;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(federation_->folder())) {
      const std::string path = entry.path().string();
      if (!absl::StrContains(path, "/state/")) files.insert(path);
    }
    return files;
  }
  void ExpectNoHostileFile(const std::set<std::string>& before) {
    EXPECT_EQ(FilesOutsideOfState(), before);
    for (const auto& entry : std::filesystem::recursive_directory_iterator(federation_->folder())) {
      EXPECT_FALSE(absl::StrContains(entry.path().string(), "hostile")) << entry.path();
    }
    EXPECT_FALSE(std::filesystem::exists("/tmp/hostile"));
  }
  void ExpectAllAlive() {
    EXPECT_TRUE(federation_->coordinator().running());
    for (size_t site = 0; site < kSites; ++site) EXPECT_TRUE(federation_->site(site).running()) << site;
  }
  // The honest plan of the moment, kept back on its way to the first site.
  v1::Plan KeepBackPlan() {
    absl::Mutex mutex;
    std::optional<v1::Plan> kept;
    const std::string& victim = federation_->site_name(0);
    liar_->Tell([&](const std::string& site, v1::CoordinatorMessage& message) {
      if (site != victim || !message.has_plan()) return true;
      absl::MutexLock lock(&mutex);
      if (!kept.has_value()) kept = message.plan();
      return false;
    });
    const auto have = [&kept] { return kept.has_value(); };
    {
      absl::MutexLock lock(&mutex);
      EXPECT_TRUE(mutex.AwaitWithTimeout(absl::Condition(&have), absl::Seconds(60) * kSlowdown)) << "no plan came";
    }
    liar_->Tell([victim](const std::string& site, v1::CoordinatorMessage& message) {
      return site != victim || !message.has_plan();
    });
    return kept.value_or(v1::Plan());
  }
  // Each as an attempt of its own: what is said again of one attempt is not answered.
  void SendPlan(const v1::Plan& plan) {
    v1::CoordinatorMessage message;
    *message.mutable_plan() = plan;
    message.mutable_plan()->mutable_id()->set_attempt(plan.id().attempt() + ++num_lies_);
    EXPECT_TRUE(liar_->Send(federation_->site_name(0), message));
  }
  // The lies were about this one, which the site refuses for good.
  void ExpectTheNextJobFinishes(const std::string& lied_about) {
    liar_->TellTheTruth();
    As("engineer", {"job", "cancel", lied_about});
    Finish(SubmitApproved(Order(JobYaml(2, "afterwards"), charter_)));
  }
  void SendUnderName(const v1::Plan& honest, const std::string& name);
  size_t RefusalsOf(const std::string& words) const;
  void AwaitRefusals(size_t count, const std::string& words);

 private:
  uint32_t num_lies_ = 0;
};

// Every message that a coordinator says a name in.
void HostileNamesAndSizes::SendUnderName(const v1::Plan& honest, const std::string& name) {
  v1::Plan plan = honest;
  plan.mutable_id()->set_job_id(name);
  SendPlan(plan);
  plan = honest;
  plan.set_job_sha256(name);
  plan.clear_job_inline();
  SendPlan(plan);
  plan = honest;
  plan.set_model_digest(name);
  plan.clear_model_inline();
  SendPlan(plan);
  plan = honest;
  plan.add_cohort(name);
  SendPlan(plan);
  v1::CoordinatorMessage message;
  message.mutable_job_papers()->set_job_id(name);
  EXPECT_TRUE(liar_->Send(federation_->site_name(0), message));
  message.mutable_key_request()->mutable_plan()->set_job_id(name);
  EXPECT_TRUE(liar_->Send(federation_->site_name(0), message));
  message.mutable_plan_end()->mutable_plan()->set_job_id(name);
  message.mutable_plan_end()->set_outcome(v1::PlanEnd::JOB_OVER);
  EXPECT_TRUE(liar_->Send(federation_->site_name(0), message));
}

size_t HostileNamesAndSizes::RefusalsOf(const std::string& words) const {
  const std::vector<v1::SiteMessage> said = liar_->SaidBy(federation_->site_name(0));
  return static_cast<size_t>(std::count_if(said.begin(), said.end(), [&words](const v1::SiteMessage& message) {
    return message.has_refusal() && absl::StrContains(message.refusal().reason(), words);
  }));
}

void HostileNamesAndSizes::AwaitRefusals(size_t count, const std::string& words) {
  const absl::Time deadline = absl::Now() + absl::Seconds(30) * kSlowdown;
  while (RefusalsOf(words) < count && absl::Now() < deadline) absl::SleepFor(absl::Milliseconds(20));
  EXPECT_GE(RefusalsOf(words), count) << words;
}

TEST_F(HostileNamesAndSizes, OfACoordinatorReachNoFileOfASiteAndTheNextJobFinishes) {
  StartBehindTheLiar();
  ASSERT_FALSE(HasFailure());
  const std::string id = SubmitApproved(Order(JobYaml(), charter_));
  const std::set<std::string> before = FilesOutsideOfState();
  const v1::Plan honest = KeepBackPlan();
  ASSERT_FALSE(HasFailure());
  for (const std::string& name : HostileNames()) SendUnderName(honest, name);
  // What comes last is answered last: all before it was taken.
  v1::Plan last = honest;
  last.set_num_parameters(0);
  SendPlan(last);
  AwaitRefusals(1, "a model of 0 parameters");
  ExpectAllAlive();
  ExpectNothingLeft(0);
  ExpectNoHostileFile(before);
  ExpectTheNextJobFinishes(id);
}

TEST_F(HostileNamesAndSizes, SizesThatACoordinatorLiesAboutAreRefusedAndSignedAndTheNextJobFinishes) {
  StartBehindTheLiar();
  ASSERT_FALSE(HasFailure());
  const std::string id = SubmitApproved(Order(JobYaml(), charter_));
  const v1::Plan honest = KeepBackPlan();
  ASSERT_FALSE(HasFailure());
  for (const uint64_t size : HostileSizes()) {
    v1::Plan plan = honest;
    plan.clear_model_inline();
    plan.set_num_parameters(size);
    SendPlan(plan);
    AwaitRefusals(1, absl::StrCat("a model of ", size, " parameters"));
    plan = honest;
    plan.clear_model_inline();
    plan.set_model_bytes(size);
    SendPlan(plan);
    AwaitRefusals(1, absl::StrCat("parameters in ", size, " bytes"));
  }
  ExpectRefused(0, "the coordinator's plan is not valid", id);
  ExpectAllAlive();
  ExpectNothingLeft(0);
  ExpectTheNextJobFinishes(id);
}

// A site that its attacker wrote: under the certificate of one that is enrolled.
class HostileSite : public HostileNamesAndSizes {
 protected:
  void SetUpCaller() {
    const auto credentials = MakeClientCredentials(federation_->SiteTls(0));
    ASSERT_TRUE(credentials.ok()) << credentials.status().message();
    stub_ = v1::SiteService::NewStub(grpc::CreateChannel(federation_->address(), *credentials));
  }
  // What the coordinator says to an upload that begins so; it refuses, or ends the call.
  void ExpectUploadRefused(const v1::UploadOpen& open, const std::string& case_name) {
    SCOPED_TRACE(case_name);
    grpc::ClientContext context;
    context.set_deadline(absl::ToChronoTime(absl::Now() + absl::Seconds(30) * kSlowdown));
    const auto stream = stub_->Upload(&context);
    v1::UploadMessage message;
    *message.mutable_open() = open;
    stream->Write(message);
    bool refused = false;
    for (v1::UploadReply reply; stream->Read(&reply);) {
      EXPECT_FALSE(reply.has_verified());
      refused = !reply.refused().empty();
      if (!refused) break;  // it was let in
    }
    context.TryCancel();
    const grpc::Status ended = stream->Finish();
    EXPECT_TRUE(refused || ended.error_code() == grpc::StatusCode::INVALID_ARGUMENT) << ended.error_message();
  }
  grpc::Status Download(const std::string& name, uint64_t offset) {
    grpc::ClientContext context;
    context.set_deadline(absl::ToChronoTime(absl::Now() + absl::Seconds(30) * kSlowdown));
    v1::DownloadRequest request;
    request.set_name(name);
    request.set_offset(offset);
    const auto reader = stub_->Download(&context, request);
    for (v1::Chunk chunk; reader->Read(&chunk);) ADD_FAILURE() << "something was given";
    return reader->Finish();
  }
  std::unique_ptr<v1::SiteService::Stub> stub_;
};

TEST_F(HostileSite, ReachesNoFileOfTheCoordinatorAndTheJobFinishes) {
  StartBehindTheLiar();
  ASSERT_FALSE(HasFailure());
  SetUpCaller();
  ASSERT_FALSE(HasFailure());
  const std::string id = SubmitApproved(Order(JobYaml(), charter_));
  const v1::Plan live = KeepBackPlan();
  ASSERT_FALSE(HasFailure());
  const std::set<std::string> before = FilesOutsideOfState();
  for (const std::string& name : HostileNames()) {
    v1::UploadOpen open;
    *open.mutable_plan() = live.id();
    open.mutable_plan()->set_job_id(name);
    open.set_num_bytes(live.model_bytes());
    ExpectUploadRefused(open, "of the job " + name.substr(0, 20));
    EXPECT_FALSE(Download(name, 0).ok());
    EXPECT_FALSE(Download(name, UINT64_MAX).ok());
  }
  for (const uint64_t size : HostileSizes()) {
    v1::UploadOpen open;
    *open.mutable_plan() = live.id();
    open.set_num_bytes(size);
    ExpectUploadRefused(open, absl::StrCat("of ", size, " bytes"));
    open.mutable_plan()->set_attempt(UINT32_MAX);
    ExpectUploadRefused(open, "of an attempt that there is not");
    open.mutable_plan()->set_step(UINT32_MAX);
    ExpectUploadRefused(open, "of a step that there is not");
  }
  v1::UploadOpen others;
  others.mutable_plan()->set_job_id("0123456789abcdef");
  others.set_num_bytes(live.model_bytes());
  ExpectUploadRefused(others, "of a job that there is not");
  ExpectAllAlive();
  ExpectNoHostileFile(before);
  liar_->TellTheTruth();
  Finish(id);
}

}  // namespace
}  // namespace accord
