// A job's secure sums with real sites around them: the test is the job, the network and the disk, and says what fails.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "aggregation/programs/plan_terms.h"
#include "aggregation/secure/messages/signed_wire.h"
#include "coordinator/engine/secure_sums.h"
#include "coordinator/programs/job_program.h"
#include "coordinator/store/store.h"
#include "coordinator/transfer/chunk.h"
#include "gtest/gtest.h"
#include "proto/validation/job_validation.h"
#include "tests/aggregation/secure/testing/test_federation.h"
#include "tests/coordinator/server/running_coordinator.h"
#include "tests/temporary_folder.h"

namespace accord {

class SecureSumsTest : public ::testing::Test {
 protected:
  using Sites = secure::testing::Sites;

  explicit SecureSumsTest(size_t num_sites = 4) : federation_({.num_sites = num_sites}) {
    federation_.job_sha256 = Sha256(spec_.SerializeAsString());
    sums_ = std::make_unique<SecureSums>(MakeSurroundings(), std::vector<secure::SignedBytes>());
  }

  static v1::JobSpec Spec() {
    v1::JobSpec spec = DrillSpec(10, 1, 3);
    spec.mutable_aggregation()->set_plain_sum(false);
    spec.mutable_aggregation()->mutable_secure_sum();
    ApplyDefaults(spec);
    return spec;
  }
  static v1::PlanId IdOf(uint32_t attempt) {
    v1::PlanId id;
    id.set_job_id("job-1");
    id.set_attempt(attempt);
    return id;
  }

  // ---- the protocol, step by step ----
  void OpenEpoch(uint32_t epoch) {
    ASSERT_TRUE(sums_->BeginEpoch({IdOf(epoch), federation_.Names(federation_.All())}).ok());
    federation_.OpenEpoch(epoch, federation_.All());
    for (const size_t site : federation_.All()) {
      sums_->RequestKey({federation_[site].name(), IdOf(epoch)});
      sums_->Take(federation_[site].name(), KeyAnswerOf(site, epoch));
    }
  }
  // An attempt for which these upload.
  void Collect(uint32_t attempt, const Sites& uploaders) {
    plan_ = MakePlanOf(attempt);
    ASSERT_TRUE(sums_->BeginAttempt(plan_).ok());
    const secure::AttemptTerms terms = AttemptTermsOf(spec_, PlannedBy(plan_)).value();
    attempt_ = federation_.Upload(secure::AttemptPlanned{terms, federation_.previous, {}, {}}, uploaders);
    for (const size_t site : uploaders) {
      const std::shared_ptr<StagedUpload> upload = Stage(attempt_.payloads[site]);
      v1::UploadClose close;
      *close.mutable_header() = secure::ToWire(attempt_.headers[site]);
      close.set_offers(attempt_.offers[site]);
      ASSERT_TRUE(sums_->CloseUpload(federation_[site].name(), *upload, close).ok());
    }
    log_.clear();
    told_.clear();
  }
  v1::SiteMessage Statement(const Sites& survivors, size_t site) {
    federation_.Sign(attempt_, survivors, {site});
    v1::SiteMessage message;
    *message.mutable_survivor_answer()->mutable_plan() = plan_.id();
    *message.mutable_survivor_answer()->mutable_statement() = secure::ToWire(attempt_.statements[site]);
    return message;
  }
  v1::SiteMessage Reveal(const Sites& signers, size_t site) {
    const secure::testing::Outbox outbox = federation_[site].Send(federation_.Signatures(attempt_, signers));
    v1::SiteMessage message;
    v1::RevealAnswer& answer = *message.mutable_reveal_answer();
    *answer.mutable_plan() = plan_.id();
    *answer.mutable_statement() = secure::ToWire(outbox.reveal.value());
    answer.set_seeds(outbox.seeds);
    return message;
  }
  void Take(size_t site, const v1::SiteMessage& message) { sums_->Take(federation_[site].name(), message); }
  void OpenSumAndSign(const Sites& survivors) {
    sums_->OpenSum();
    for (const size_t site : survivors) Take(site, Statement(survivors, site));
  }

  // ---- what came of it ----
  template <typename Kind>
  std::vector<Kind> Told() const {
    std::vector<Kind> found;
    for (const JobEvent& event : told_) {
      if (const Kind* one = std::get_if<Kind>(&event)) found.push_back(*one);
    }
    return found;
  }
  size_t NumSent(v1::CoordinatorMessage::KindCase kind) const {
    size_t count = 0;
    for (const auto& [site, message] : sent_) count += message->kind_case() == kind ? 1 : 0;
    return count;
  }

  v1::SiteMessage KeyAnswerOf(size_t site, uint32_t epoch) const {
    v1::SiteMessage message;
    *message.mutable_key_answer()->mutable_plan() = IdOf(epoch);
    *message.mutable_key_answer()->mutable_statement() = secure::ToWire(federation_.statements().at(site));
    return message;
  }
  v1::Plan MakePlanOf(uint32_t attempt) {
    const std::vector<std::string> cohort = federation_.Names(federation_.members());
    PlanInputs inputs;
    inputs.cohort = cohort;
    inputs.encoding_sites = static_cast<uint32_t>(cohort.size());
    inputs.job_sha256 = HexDigest(federation_.job_sha256);
    inputs.model_digest = Sha256Hex("model");
    inputs.model_bytes = 40;
    return MakePlan(JobProgram(spec_), IdOf(attempt), inputs);
  }
  std::shared_ptr<StagedUpload> Stage(const std::vector<uint32_t>& payload) {
    const std::string bytes(reinterpret_cast<const char*>(payload.data()), payload.size() * sizeof(uint32_t));
    const std::shared_ptr<StagedUpload> upload = StagedUpload::Create(store_->objects(), bytes.size(), "").value();
    EXPECT_TRUE(upload->Append(upload->Attach().stream, ViewOf(ChunkMessage(bytes, 0, bytes.size()).chunk())).ok());
    return upload;
  }

  const v1::JobSpec spec_ = Spec();
  secure::testing::TestFederation federation_;
  TemporaryFolder folder_;
  std::unique_ptr<Store> store_ = Store::Open(folder_.Path("state")).value();
  // What the job's part of the work comes to.
  absl::Status unfolded_, removed_, kept_, kept_survivors_;
  std::vector<StoredShownSet> shown_, released_;
  std::vector<std::string> log_;  // all calls, in order
  std::vector<std::pair<std::string, std::shared_ptr<const v1::CoordinatorMessage>>> sent_;
  std::vector<JobEvent> told_;
  std::vector<secure::SignedMaskSeed> seeds_;  // to be taken off the sum
  // What the job does when it is told.
  std::function<void(const JobEvent&)> react_ = [](const JobEvent&) {};
  std::unique_ptr<SecureSums> sums_;
  v1::Plan plan_;
  secure::testing::PlayedAttempt attempt_;

 private:
  SecureSums::Surroundings MakeSurroundings() {
    SecureSums::Surroundings around;
    around.job_id = "job-1";
    around.job_sha256 = HexDigest(federation_.job_sha256);
    around.spec = &spec_;
    around.roster = [this] { return federation_.roster(); };
    around.send = [this](const std::string& site, std::shared_ptr<const v1::CoordinatorMessage> message) {
      log_.push_back("send");
      sent_.emplace_back(site, std::move(message));
    };
    around.tell = [this](const JobEvent& event) {
      log_.push_back("tell");
      told_.push_back(event);
      react_(event);
    };
    around.unfold = [this](const std::string& site) {
      log_.push_back("unfold " + site);
      return unfolded_;
    };
    around.remove_masks = [this](std::vector<secure::SignedMaskSeed> seeds) {
      log_.push_back("remove masks");
      seeds_ = std::move(seeds);
      return removed_;
    };
    around.failure = [](const v1::PlanId& plan, const absl::Status& status) {
      return RoundFailed{plan, std::string(status.message()), /*final=*/false};
    };
    around.keep_proof = [this](const std::vector<secure::SignedBytes>&) {
      log_.push_back("keep proof");
      return kept_;
    };
    around.keep_survivors = [this](const StoredShownSet& shown) {
      log_.push_back("keep survivors");
      if (kept_survivors_.ok()) shown_.push_back(shown);
      return kept_survivors_;
    };
    around.release_survivors = [this](const StoredShownSet& shown) {
      log_.push_back("release survivors");
      released_.push_back(shown);
      return absl::OkStatus();
    };
    around.note = [](const std::string&, const secure::Evidence*, const Roster&) {};
    return around;
  }
};

}  // namespace accord
