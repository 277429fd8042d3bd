// Names that are paths and sizes that are lies, from a site to the coordinator: it writes no file where the site says,
// reserves nothing that it says, and the next honest round comes.
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
};

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
