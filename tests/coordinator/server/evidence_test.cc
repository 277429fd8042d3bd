// What proves that a site lied to the coordinator is kept, and the report names it.
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "aggregation/programs/attempt_terms.h"
#include "aggregation/programs/plan_terms.h"
#include "aggregation/secure/evidence/verdict.h"
#include "aggregation/secure/messages/signed_wire.h"
#include "aggregation/secure/messages/survivor_statement.h"
#include "base/file.h"
#include "base/hash.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "proto/validation/job_validation.h"
#include "tests/aggregation/secure/testing/test_federation.h"
#include "tests/coordinator/server/running_coordinator.h"
#include "trust/roster/signed_roster.h"

namespace accord {
namespace {

using ::testing::HasSubstr;

constexpr size_t kSites = 3;

v1::JobSpec SecureDrill() {
  v1::JobSpec spec = DrillSpec(10, 1, kSites);
  spec.mutable_aggregation()->set_plain_sum(false);
  ApplyDefaults(spec);
  return spec;
}

// Three real sites of the secure sum, one of which lies as the test says.
class EvidenceOfALie : public ::testing::Test {
 protected:
  EvidenceOfALie()
      : spec_(SecureDrill()),
        sites_({.num_sites = kSites,
                .vector_length = static_cast<uint32_t>(DrillVector(spec_, kSites, 0).size() / sizeof(uint32_t))}) {
    SignedRoster roster(Roster::Parse(sites_.roster()->bytes()).value());
    for (size_t i = 0; i < kSites; ++i) EXPECT_TRUE(roster.Sign(sites_[i].name(), sites_[i].signer()).ok());
    EXPECT_TRUE(coordinator_.store().rosters().Publish(roster, absl::Now()).ok());
    coordinator_.Restart();
    engineer_ = std::make_unique<FakePerson>(coordinator_, "ada");
    job_id_ = engineer_->SubmitDrill(spec_);
    for (size_t i = 0; i < kSites; ++i) {
      links_.push_back(std::make_unique<FakeSite>(coordinator_, sites_[i].name()));
    }
  }

  // The next message of this kind, over whatever else comes before.
  v1::CoordinatorMessage Await(size_t site, v1::CoordinatorMessage::KindCase kind) {
    while (const auto message = links_[site]->Next()) {
      if (message->kind_case() == kind) return *message;
    }
    ADD_FAILURE() << "the session of site " << site << " ended";
    return {};
  }

  void GiveKeys() {
    v1::KeyRequest request;
    for (size_t i = 0; i < kSites; ++i) request = Await(i, v1::CoordinatorMessage::kKeyRequest).key_request();
    sites_.job_id = request.plan().job_id();
    sites_.job_sha256 = ParseHexDigest(request.job_sha256()).value();
    const std::vector<secure::SignedBytes> keys = sites_.CollectKeys(request.plan().attempt(), sites_.All());
    for (size_t i = 0; i < kSites; ++i) {
      v1::SiteMessage message;
      *message.mutable_key_answer()->mutable_plan() = request.plan();
      *message.mutable_key_answer()->mutable_statement() = secure::ToWire(keys[i]);
      links_[i]->Send(message);
    }
    for (size_t i = 0; i < kSites; ++i) {
      Await(i, v1::CoordinatorMessage::kEpochList);
      EXPECT_TRUE(sites_[i].Send(secure::EpochListed{request.plan().attempt(), keys}).nonce.has_value());
    }
  }

  void UploadAll() {
    v1::Plan plan;
    for (size_t i = 0; i < kSites; ++i) plan = links_[i]->NextPlan();
    plan_ = plan.id();
    const auto terms = AttemptTermsOf(spec_, PlannedBy(plan));
    ASSERT_TRUE(terms.ok()) << terms.status();
    attempt_ = sites_.Upload(secure::AttemptPlanned{*terms, {}, {}, {}}, sites_.All());
    for (size_t i = 0; i < kSites; ++i) {
      const v1::UploadReply reply = Upload(i);
      EXPECT_TRUE(reply.has_verified()) << reply.refused();
    }
  }

  v1::UploadReply Upload(size_t site) {
    grpc::ClientContext context;
    SetDeadline(context);
    const auto stream = links_[site]->stub().Upload(&context);
    const std::vector<uint32_t>& payload = attempt_.payloads.at(site);
    const std::string bytes(reinterpret_cast<const char*>(payload.data()), payload.size() * sizeof(uint32_t));
    v1::UploadMessage message;
    *message.mutable_open()->mutable_plan() = plan_;
    message.mutable_open()->set_num_bytes(bytes.size());
    stream->Write(message);
    stream->Write(ChunkMessage(bytes, 0, bytes.size()));
    *message.mutable_close()->mutable_header() = secure::ToWire(attempt_.headers.at(site));
    message.mutable_close()->set_offers(attempt_.offers.at(site));
    stream->Write(message);
    stream->WritesDone();
    v1::UploadReply reply;
    while (stream->Read(&reply) && reply.kind_case() == v1::UploadReply::kReceived) {
    }
    return reply;
  }

  void Answer(size_t site, const secure::SignedBytes& statement) {
    v1::SiteMessage message;
    *message.mutable_survivor_answer()->mutable_plan() = plan_;
    *message.mutable_survivor_answer()->mutable_statement() = secure::ToWire(statement);
    links_[site]->Send(message);
  }

  const v1::JobSpec spec_;
  secure::testing::TestFederation sites_;
  RunningCoordinator coordinator_;
  std::unique_ptr<FakePerson> engineer_;
  std::string job_id_;
  std::vector<std::unique_ptr<FakeSite>> links_;
  v1::PlanId plan_;
  secure::testing::PlayedAttempt attempt_;
};

TEST_F(EvidenceOfALie, IsAFileThatProvesItAndThatTheReportNames) {
  GiveKeys();
  UploadAll();
  for (size_t i = 0; i < kSites; ++i) Await(i, v1::CoordinatorMessage::kSurvivors);
  sites_.Sign(attempt_, sites_.All(), {0});
  Answer(0, attempt_.statements.at(0));
  secure::SurvivorStatement other = secure::ParseSurvivorStatement(attempt_.statements.at(0).bytes).value();
  other.set.survivors_hash[0] ^= 1;
  Answer(0, secure::Sign(other, sites_[0].signer()).value());
  // With three sites all must sign, and a convicted one does not count: the attempt is dead.
  Await(1, v1::CoordinatorMessage::kVoidRequest);

  v1::JobReport report;
  ASSERT_TRUE(engineer_->Get(job_id_, &report).ok());
  ASSERT_EQ(report.rounds_size(), 1);
  ASSERT_EQ(report.rounds(0).findings_size(), 1);
  const std::string finding = report.rounds(0).findings(0);
  EXPECT_THAT(finding, HasSubstr(sites_[0].name()));
  const std::filesystem::directory_iterator files(absl::StrCat(coordinator_.state_dir(), "/evidence"));
  EXPECT_THAT(finding, HasSubstr(absl::StrCat("evidence/", files->path().filename().string())));
  const auto verdict = secure::CheckEvidence(ReadFile(files->path().string()).value());
  ASSERT_TRUE(verdict.ok()) << verdict.status();
  EXPECT_EQ(verdict->claimed, secure::EvidenceKind::kTwoSurvivorSets);
  EXPECT_TRUE(verdict->claim_holds);
  EXPECT_EQ(verdict->roster_hash, sites_.roster()->hash());
}

}  // namespace
}  // namespace accord
