// A secure drill over the wire: the coordinator is whole, the sites are real machines of the secure sum, and the test
// carries their messages and says who is there, who answers and what is lost on the way.
#pragma once

#include <cstring>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "aggregation/programs/attempt_terms.h"
#include "aggregation/programs/plan_terms.h"
#include "aggregation/secure/messages/signed_wire.h"
#include "base/hash.h"
#include "gtest/gtest.h"
#include "proto/validation/job_validation.h"
#include "tests/aggregation/secure/testing/test_federation.h"
#include "tests/coordinator/server/running_coordinator.h"
#include "trust/roster/signed_roster.h"

namespace accord {

class SecureDrill : public ::testing::Test {
 protected:
  using Sites = secure::testing::Sites;
  using Kind = v1::CoordinatorMessage;

  // One round over `members` sites of `num_sites`.
  SecureDrill(size_t num_sites, uint32_t members)
      : spec_(Spec(members)), sites_({.num_sites = num_sites}), links_(num_sites) {
    SignedRoster roster(Roster::Parse(sites_.roster()->bytes()).value());
    for (size_t i = 0; i < num_sites; ++i) {
      EXPECT_TRUE(roster.Sign(sites_[i].name(), sites_[i].signer()).ok());
      SetUpdate(i, 0, members);
    }
    EXPECT_TRUE(coordinator_.store().rosters().Publish(roster, absl::Now()).ok());
    coordinator_.Restart();
    engineer_ = std::make_unique<FakePerson>(coordinator_, "ada");
  }

  static v1::JobSpec Spec(uint32_t members) {
    v1::JobSpec spec = DrillSpec(10, 1, members);
    spec.mutable_rounds()->set_target_sites(members);
    spec.mutable_aggregation()->set_plain_sum(false);
    ApplyDefaults(spec);
    return spec;
  }
  // By how much every parameter changes at this site.
  void SetUpdate(size_t site, float update, uint32_t cohort_size) {
    const std::string bytes = DrillVector(spec_, cohort_size, update);
    std::vector<uint32_t>& vector = sites_[site].vector;
    vector.resize(bytes.size() / sizeof(uint32_t));
    std::memcpy(vector.data(), bytes.data(), bytes.size());
  }

  void Connect(const Sites& sites, const v1::Readiness& readiness = {}) {
    for (const size_t i : sites) {
      links_[i] = std::make_unique<FakeSite>(coordinator_, sites_[i].name(), readiness);
      links_[i]->NextWelcome();
    }
  }
  // As after a kill of the coordinator: every session is gone, and so is all that it had not stored.
  void RestartCoordinator() {
    for (auto& link : links_) link.reset();
    coordinator_.Restart();
    engineer_ = std::make_unique<FakePerson>(coordinator_, "ada");
  }

  // The next message of this kind, over whatever else comes before; what is asked about earlier attempts is answered.
  v1::CoordinatorMessage Await(size_t site, Kind::KindCase kind) {
    while (const auto message = links_[site]->Next()) {
      if (message->kind_case() == kind) return *message;
      if (message->has_void_request()) AnswerVoid(site, message->void_request());
    }
    ADD_FAILURE() << "the session of site " << site << " ended";
    return {};
  }
  // Whether it promised.
  bool AnswerVoid(size_t site, const v1::VoidRequest& request) {
    secure::VoidRequested event;
    std::memcpy(event.transcript.data(), request.transcript().data(), event.transcript.size());
    const secure::testing::Outbox outbox = sites_[site].Send(event);
    v1::SiteMessage message;
    if (outbox.void_statement.has_value()) {
      *message.mutable_void_answer()->mutable_plan() = request.plan();
      *message.mutable_void_answer()->mutable_statement() = secure::ToWire(*outbox.void_statement);
    } else {
      *message.mutable_refusal()->mutable_plan() = request.plan();
      message.mutable_refusal()->set_reason("signed");
    }
    links_[site]->Send(message);
    return outbox.void_statement.has_value();
  }

  void GiveKeys(const Sites& members) {
    v1::KeyRequest request;
    for (const size_t i : members) request = Await(i, Kind::kKeyRequest).key_request();
    sites_.job_id = request.plan().job_id();
    sites_.job_sha256 = ParseHexDigest(request.job_sha256()).value();
    const std::vector<secure::SignedBytes> keys = sites_.CollectKeys(request.plan().attempt(), members);
    for (size_t k = 0; k < members.size(); ++k) {
      v1::SiteMessage message;
      *message.mutable_key_answer()->mutable_plan() = request.plan();
      *message.mutable_key_answer()->mutable_statement() = secure::ToWire(keys[k]);
      links_[members[k]]->Send(message);
    }
    for (const size_t i : members) {
      Await(i, Kind::kEpochList);
      EXPECT_TRUE(sites_[i].Send(secure::EpochListed{request.plan().attempt(), keys}).nonce.has_value());
    }
  }

  void UploadAll(const Sites& members) {
    v1::Plan plan;
    for (const size_t i : members) plan = Await(i, Kind::kPlan).plan();
    plan_ = plan.id();
    const auto terms = AttemptTermsOf(spec_, PlannedBy(plan));
    ASSERT_TRUE(terms.ok()) << terms.status();
    attempt_ = sites_.Upload(
        secure::AttemptPlanned{
            *terms, secure::FromWire(plan.secure().previous()), secure::FromWire(plan.secure().voids()), {}},
        members);
    for (const size_t i : members) {
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

  // Until the survivors are on their way: everybody's upload is in.
  void Collect(const Sites& members) {
    GiveKeys(members);
    UploadAll(members);
  }
  // Shows the site the survivors that came. It signs, durably; nobody hears of it.
  void SignInSilence(size_t site) {
    const v1::Survivors shown = Await(site, Kind::kSurvivors).survivors();
    const secure::testing::Outbox outbox = sites_[site].Send(
        secure::SurvivorsListed{secure::FromWire(shown.headers()), {shown.offers().begin(), shown.offers().end()}});
    ASSERT_TRUE(outbox.statement.has_value()) << outbox;
    attempt_.statements[site] = *outbox.statement;
  }
  void SendStatement(size_t site, const secure::SignedBytes& statement) {
    v1::SiteMessage message;
    *message.mutable_survivor_answer()->mutable_plan() = plan_;
    *message.mutable_survivor_answer()->mutable_statement() = secure::ToWire(statement);
    links_[site]->Send(message);
  }
  // From the survivors to the end of the round.
  void SignAndReveal(const Sites& members) {
    for (const size_t i : members) {
      SignInSilence(i);
      SendStatement(i, attempt_.statements.at(i));
    }
    for (const size_t i : members) {
      const v1::Signatures shown = Await(i, Kind::kSignatures).signatures();
      const secure::testing::Outbox outbox =
          sites_[i].Send(secure::SignaturesShown{secure::FromWire(shown.statements())});
      ASSERT_TRUE(outbox.reveal.has_value()) << outbox;
      v1::SiteMessage message;
      v1::RevealAnswer& answer = *message.mutable_reveal_answer();
      *answer.mutable_plan() = plan_;
      *answer.mutable_statement() = secure::ToWire(*outbox.reveal);
      answer.set_seeds(outbox.seeds);
      links_[i]->Send(message);
    }
  }

  v1::JobReport Report(const std::string& job_id) {
    v1::JobReport report;
    EXPECT_TRUE(engineer_->Get(job_id, &report).ok());
    return report;
  }

  const v1::JobSpec spec_;
  secure::testing::TestFederation sites_;
  RunningCoordinator coordinator_;
  std::unique_ptr<FakePerson> engineer_;
  std::vector<std::unique_ptr<FakeSite>> links_;
  v1::PlanId plan_;
  secure::testing::PlayedAttempt attempt_;
};

}  // namespace accord
