// Names that are paths and sizes that are lies, from a coordinator to daemons and from a site to the coordinator.
// Nobody writes a file where the other side says, nobody reserves what it says, and the next honest round comes.
#include <algorithm>
#include <filesystem>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "aggregation/secure/messages/domains.h"
#include "aggregation/secure/messages/key_statement.h"
#include "aggregation/secure/messages/signed_bytes.h"
#include "aggregation/secure/messages/signed_wire.h"
#include "gmock/gmock.h"
#include "grpcpp/create_channel.h"
#include "tests/integration/lied_to_federation.h"
#include "trust/identity/key_pair.h"
#include "trust/identity/signing.h"
#include "trust/roster/signed_roster.h"
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
    // Where it waited too long it has ended by itself.
    governance_->As("engineer", {"job", "cancel", lied_about}).IgnoreError();
    Finish(SubmitApproved(Order(JobYaml(2, "afterwards"), charter_)));
  }
  void SendOfTheJob(const v1::Plan& honest, const std::string& name);
  void SendOfNoJob(const v1::Plan& honest, const std::string& name);
  void ExpectEachNameRefusedAndSigned(const std::string& job_id);
  void ExpectNothingSaidUnderAHostileName();

 private:
  void SendEpochList(const v1::Plan& honest, const std::string& name);

  uint32_t num_lies_ = 0;
};

// Each message in which a coordinator says the name of something that is not the job: it is about the job, and the site
// refuses it by its signature.
void HostileNamesAndSizes::SendOfTheJob(const v1::Plan& honest, const std::string& name) {
  v1::Plan plan = honest;
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
  SendEpochList(honest, name);
  v1::CoordinatorMessage message;
  *message.mutable_share_request()->mutable_plan() = honest.id();
  message.mutable_share_request()->add_gone(name);
  EXPECT_TRUE(liar_->Send(federation_->site_name(0), message));
  *message.mutable_pair_seed_request()->mutable_plan() = honest.id();
  message.mutable_pair_seed_request()->add_gone(name);
  EXPECT_TRUE(liar_->Send(federation_->site_name(0), message));
}

// Each message whose job has this name, or whose site: of no job that there is, so that there is nothing that a paper
// of the site's could refuse. It is dropped.
void HostileNamesAndSizes::SendOfNoJob(const v1::Plan& honest, const std::string& name) {
  v1::Plan plan = honest;
  plan.mutable_id()->set_job_id(name);
  SendPlan(plan);
  const std::string& victim = federation_->site_name(0);
  v1::CoordinatorMessage message;
  const auto send = [&] { EXPECT_TRUE(liar_->Send(victim, message)); };
  message.mutable_job_papers()->set_job_id(name);
  send();
  message.mutable_key_request()->mutable_plan()->set_job_id(name);
  send();
  message.mutable_epoch_list()->mutable_plan()->set_job_id(name);
  send();
  message.mutable_survivors()->mutable_plan()->set_job_id(name);
  send();
  message.mutable_signatures()->mutable_plan()->set_job_id(name);
  send();
  message.mutable_share_request()->mutable_plan()->set_job_id(name);
  message.mutable_share_request()->add_gone(federation_->site_name(1));
  send();
  message.mutable_pair_seed_request()->mutable_plan()->set_job_id(name);
  message.mutable_pair_seed_request()->add_gone(federation_->site_name(1));
  send();
  message.mutable_void_request()->mutable_plan()->set_job_id(name);
  send();
  message.mutable_plan_end()->mutable_plan()->set_job_id(name);
  message.mutable_plan_end()->set_outcome(v1::PlanEnd::JOB_OVER);
  send();
  message.mutable_witness_question()->set_site(name);
  message.mutable_witness_question()->set_nonce(std::string(32, 'n'));
  send();
}

// Of an epoch that the site has just given a key for.
void HostileNamesAndSizes::SendEpochList(const v1::Plan& honest, const std::string& name) {
  const std::string& victim = federation_->site_name(0);
  v1::CoordinatorMessage message;
  v1::KeyRequest& request = *message.mutable_key_request();
  *request.mutable_plan() = honest.id();
  const uint32_t epoch = honest.id().attempt() + ++num_lies_;
  request.mutable_plan()->set_attempt(epoch);
  request.set_job_sha256(honest.job_sha256());
  const auto roster = SignedRoster::Parse(ReadWhole(Path("roster")));
  ASSERT_TRUE(roster.ok()) << roster.status();
  request.set_roster_hash(roster->roster()->hash().data(), roster->roster()->hash().size());
  EXPECT_TRUE(liar_->Send(victim, message));
  const absl::Time deadline = absl::Now() + absl::Seconds(60) * kSlowdown;
  std::optional<v1::SignedBytes> key;
  while (!key.has_value() && absl::Now() < deadline) {
    for (const v1::SiteMessage& said : liar_->SaidBy(victim)) {
      if (said.has_key_answer() && said.key_answer().plan().attempt() == epoch) key = said.key_answer().statement();
    }
    absl::SleepFor(absl::Milliseconds(10));
  }
  ASSERT_TRUE(key.has_value()) << "it gave no key for epoch " << epoch;
  auto statement = secure::ParseKeyStatement(key->bytes());
  ASSERT_TRUE(statement.ok()) << statement.status();
  statement->site = name;
  statement->seen.clear();
  const auto signer = KeyPairSigner::Create(*KeyPair::Generate());
  const auto hostile = secure::SignBytes(secure::Serialize(*statement), secure::kKeyStatementDomain, *signer);
  ASSERT_TRUE(hostile.ok()) << hostile.status();
  v1::EpochList& list = *message.mutable_epoch_list();
  *list.mutable_plan() = honest.id();
  list.mutable_plan()->set_attempt(epoch);
  *list.add_statements() = *key;
  *list.add_statements() = secure::ToWire(*hostile);
  EXPECT_TRUE(liar_->Send(victim, message));
}

// Of each kind of message by a paper that a third party checks, in which the name is what can be read of it.
void HostileNamesAndSizes::ExpectEachNameRefusedAndSigned(const std::string& job_id) {
  const size_t all = HostileNames().size();
  for (const std::string words :
       {"model_digest is no digest", ", which the roster that this site has pinned does not list",
        "key statement: site ", "asked for shares without having seen enough signatures",
        "a request for pair seeds came out of order"}) {
    AwaitRefusals(0, all, words, job_id);
    ExpectRefused(0, words, job_id);
  }
  ExpectRefused(0, "job_sha256 is not a SHA-256", job_id);
  for (const std::string shown : {"../../hostile", "/tmp/hostile", "hostile 1", "hostile?.1", "jjjjjjjj"}) {
    ExpectRefused(0, absl::StrCat("the coordinator asks for the job ", shown), job_id);
    ExpectRefused(0, absl::StrCat("the plan names the site ", shown), job_id);
  }
  ExpectRefused(0, "key statement: site is not a site's id", job_id);
  ExpectRefused(0, "key statement: site says it has 5000 bytes; at most 63 are allowed", job_id);
}

// The operator reads of plans and papers that they were dropped; nobody gets an answer in which such a name stands.
void HostileNamesAndSizes::ExpectNothingSaidUnderAHostileName() {
  for (const std::string words : {"the coordinator sent a plan without a proper job id; it was dropped",
                                  "the coordinator brought papers without a proper job id; they were dropped"}) {
    EXPECT_TRUE(absl::StrContains(federation_->site(0).Output(), words)) << words;
  }
  const std::vector<std::string> names = HostileNames();
  const auto is_hostile = [&](const std::string& name) {
    return !name.empty() && std::find(names.begin(), names.end(), name) != names.end();
  };
  for (const v1::SiteMessage& said : liar_->SaidBy(federation_->site_name(0))) {
    EXPECT_FALSE(is_hostile(said.key_answer().plan().job_id()) || is_hostile(said.refusal().plan().job_id()) ||
                 is_hostile(said.void_answer().plan().job_id()) || is_hostile(said.reveal_answer().plan().job_id()) ||
                 is_hostile(said.survivor_answer().plan().job_id()) || is_hostile(said.progress().plan().job_id()) ||
                 is_hostile(said.witness_answer().site()))
        << said.ShortDebugString();
    EXPECT_FALSE(said.has_witness_answer() && said.witness_answer().site().empty());
  }
}

TEST_F(HostileNamesAndSizes, OfACoordinatorReachNoFileOfASiteAreRefusedBySignatureAndTheNextJobFinishes) {
  StartBehindTheLiar();
  ASSERT_FALSE(HasFailure());
  const std::string id = SubmitApproved(Order(JobYaml(), charter_));
  const std::set<std::string> before = FilesOutsideOfState();
  const v1::Plan honest = KeepBackPlan();
  ASSERT_FALSE(HasFailure());
  for (const std::string& name : HostileNames()) {
    SendOfTheJob(honest, name);
    SendOfNoJob(honest, name);
  }
  // What comes last is answered last: all before it was taken.
  v1::Plan last = honest;
  last.set_num_parameters(0);
  SendPlan(last);
  AwaitRefusals(0, 1, "a model of 0 parameters");
  ExpectNoHostileFile(before);
  ExpectEachNameRefusedAndSigned(id);
  ExpectNothingSaidUnderAHostileName();
  ExpectAllAlive();
  ExpectNothingLeft(0);
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
    AwaitRefusals(0, 1, absl::StrCat("a model of ", size, " parameters"));
    plan = honest;
    plan.clear_model_inline();
    plan.set_model_bytes(size);
    SendPlan(plan);
    AwaitRefusals(0, 1, absl::StrCat("parameters in ", size, " bytes"));
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
