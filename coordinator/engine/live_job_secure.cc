// A job's secure sums: what SecureSums asks of the job around it, and what the job's machine asks of SecureSums.
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "aggregation/programs/attempt_terms.h"
#include "aggregation/programs/step_schema.h"
#include "aggregation/secure/site/another_attempt.h"
#include "base/hash.h"
#include "base/status.h"
#include "coordinator/engine/live_job.h"
#include "spdlog/spdlog.h"

namespace accord {

absl::Status LiveJob::PrepareSecureSums() {
  if (!HasSecureSum(spec_)) return absl::OkStatus();
  ACCORD_ASSIGN_OR_RETURN(std::vector<secure::SignedBytes> proof, around_.store.jobs().LoadProof(id()));
  SecureSums::Surroundings surroundings;
  surroundings.job_id = id();
  surroundings.job_sha256 = job_sha256_;
  surroundings.spec = &spec_;
  if (papers_ != nullptr) surroundings.charter_hash = papers_->charter_hash();
  surroundings.roster = around_.roster;
  surroundings.send = [this](const std::string& site, std::shared_ptr<const v1::CoordinatorMessage> message) {
    Send(site, std::move(message));
  };
  surroundings.tell = [this](const JobEvent& event) { Handle(event); };
  surroundings.unfold = [this](const std::string& site) { return Unfold(site); };
  surroundings.remove_masks = [this](std::vector<secure::SignedMaskSeed> seeds) {
    return RemoveMasks(std::move(seeds));
  };
  surroundings.failure = FailureOf;
  surroundings.keep_proof = [this](const std::vector<secure::SignedBytes>& statements) {
    return around_.store.jobs().KeepProof(id(), statements);
  };
  surroundings.keep_survivors = [this](const StoredShownSet& shown) { return around_.store.shown().Keep(shown); };
  surroundings.release_survivors = [this](const StoredShownSet& shown) { return around_.store.shown().Release(shown); };
  surroundings.note = [this](const std::string& words, const secure::Evidence* proof, const Roster& roster) {
    findings_.Add(words, proof, roster);
  };
  secure_ = std::make_unique<SecureSums>(std::move(surroundings), std::move(proof));
  // What is damaged of this job's own is found now, and not when its turn comes.
  return around_.store.shown().At(PlaceOfStep(), id()).status();
}

// The same as the sites compute it for the step's attempts.
Sha256Digest LiveJob::PlaceOfStep() const {
  secure::AttemptTerms terms;
  terms.job_id = id();
  terms.kind = program_.KindOf(record_.step);
  if (!spec_.model().has_drill()) terms.data_set = spec_.data().name();
  if (ReadsModel(program_.KindOf(record_.step))) {
    const auto digest = ParseHexDigest(record_.model_digest);
    if (digest.ok()) terms.model_digest = *digest;
  }
  return secure::PlaceOf(terms).place;
}

void LiveJob::LookForShownSets() {
  sets_known_ = true;
  auto sets = around_.store.shown().At(PlaceOfStep(), id());
  if (!sets.ok()) return spdlog::error("job {}: {}", id(), std::string(sets.status().message()));
  if (!sets->empty()) {
    spdlog::info("job {}: sites were shown survivors of {} before, in {} attempts", id(),
                 program_.Describe(record_.step), sets->size());
  }
  secure_->HoldTo(*std::move(sets));
}

void LiveJob::Do(const OpenSum&) {
  if (!attempt_.has_value()) return;
  attempt_->CloseUploads("the round takes no more uploads; this site joins the next one");
  secure_->OpenSum();
}

void LiveJob::Do(const MemberLost& action) {
  spdlog::warn("job {}: {} is lost while the sum is opened: {}", id(), action.site, action.reason);
  hangs_ = true;
  secure_->LoseMember(action);
  TellWhoIsAwaited();
}

void LiveJob::Do(const MemberBack& action) {
  secure_->TakeBackMember(action);
  TellWhoIsAwaited();
}

void LiveJob::Do(const GiveUpOpening& action) { secure_->GiveUp(action.reason); }

void LiveJob::TakeSecure(const std::string& site, const v1::SiteMessage& message) {
  if (secure_ == nullptr) return;
  // Whoever was left out of the epoch stays out: builder and machine must have the same members.
  if (message.has_key_answer() && !machine_.AwaitsKey(site, message.key_answer().plan())) return;
  secure_->Take(site, message);
  if (hangs_) TellWhoIsAwaited();
}

void LiveJob::TellWhoIsAwaited() {
  const std::string words = attempt_.has_value() ? secure_->WaitingWords() : "";
  if (words.empty() || over_) return;
  report_.set_waiting_for(absl::StrCat(program_.Describe(attempt_->plan().step()), " ", words));
  changed_ = true;
}

absl::Status LiveJob::Unfold(const std::string& site) {
  std::shared_ptr<StagedUpload> upload = attempt_.has_value() ? attempt_->Find(site) : nullptr;
  if (upload == nullptr) return absl::OkStatus();
  return WorkOnSum([upload](RoundSum& sum) {
    absl::Status unfolded = sum.Unfold(*upload);
    upload->ReleaseBytes();
    return unfolded;
  });
}

absl::Status LiveJob::RemoveMasks(std::vector<secure::SignedMaskSeed> seeds) {
  if (!attempt_.has_value()) return absl::OkStatus();
  return WorkOnSum([seeds = std::move(seeds), threads = around_.workers.num_threads()](RoundSum& sum) {
    return sum.RemoveMasks(seeds, threads);
  });
}

}  // namespace accord
