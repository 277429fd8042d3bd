// How a job's vector leaves the site: held against what is released, written down first, masked where sums are secure.
#include <optional>
#include <string>
#include <utility>

#include "aggregation/programs/attempt_terms.h"
#include "aggregation/programs/step_schema.h"
#include "base/hash.h"
#include "client/daemon/work/job_work.h"

namespace accord {
namespace {

// A ledger that cannot be written any more lets nothing else leave; what has left it cannot call back.
void WriteDownEnd(EgressLedger& ledger, const v1::PlanId& plan, const UploadResult& result) {
  v1::EgressUploadEnd end;
  switch (result.outcome) {
    case UploadResult::Outcome::kVerified:
      end.set_outcome(v1::EgressUploadEnd::TAKEN);
      break;
    case UploadResult::Outcome::kRefused:
      end.set_outcome(v1::EgressUploadEnd::REFUSED);
      break;
    case UploadResult::Outcome::kBroken:
      end.set_outcome(v1::EgressUploadEnd::BROKEN);
      break;
  }
  end.set_bytes(result.bytes_sent);
  end.set_reason(result.reason);
  ledger.UploadEnds(plan, std::move(end)).IgnoreError();
}

}  // namespace

void JobWork::Do(const StartUpload& action) {
  upload_.reset();
  if (!vector_.has_value()) return Handle(TransferBroken{action.plan.id()});
  if (!MayGoOn(action.plan)) return;
  if (!RowsMayLeave(action.plan.id())) return;
  const bool secure = HasSecureSum(inputs_.spec());
  const bool resumes = source_ != nullptr && (masked_ != nullptr) == secure;
  if (resumes) return OpenUpload(action.plan.id());
  DropSource();
  if (secure) return secure_.OnVector(vector_->name());
  source_ = std::make_unique<BytesSource>(vector_->bytes());
  OpenUpload(action.plan.id());
}

void JobWork::OpenUpload(const v1::PlanId& plan) {
  const uint64_t serial = ++serial_;
  const std::shared_ptr<grpc::Channel> channel = surroundings_.channel();
  if (channel == nullptr) return Handle(TransferBroken{plan});
  v1::UploadOpen open;
  *open.mutable_plan() = plan;
  open.set_num_bytes(vector_->bytes().size());
  if (masked_ == nullptr) open.set_vector_name(vector_->name());
  if (permit_.posture.has_value()) open.set_posture_sha256(HexDigest(*permit_.posture));
  if (!WriteDownUpload(plan)) return Handle(TransferBroken{plan});
  const auto post = surroundings_.post;
  EgressLedger* const ledger = surroundings_.ledger;
  upload_ = std::make_unique<Upload>(
      channel, open, *source_,
      Upload::Callbacks{[post, serial, plan](uint64_t done) {
                          post([=](JobWork& work) { work.Report(serial, plan, v1::Progress::UPLOADING, done); });
                        },
                        [post, serial] { post([serial](JobWork& work) { work.OnProduced(serial); }); },
                        [post, serial, plan, ledger](const UploadResult& result) {
                          // Also of an upload that was stopped, when nobody waits for its result any more.
                          if (ledger != nullptr) WriteDownEnd(*ledger, plan, result);
                          post([=](JobWork& work) { work.OnUploaded(serial, plan, result); });
                        }});
}

bool JobWork::WriteDownUpload(const v1::PlanId& plan) {
  if (surroundings_.ledger == nullptr) return true;
  v1::EgressUpload upload;
  const v1::JobSpec& spec = inputs_.spec();
  upload.set_job_name(spec.name());
  if (!spec.model().has_drill()) upload.set_dataset(spec.data().name());
  upload.set_job_sha256(plan_.job_sha256());
  upload.set_step_kind(plan_.kind());
  upload.set_round(plan_.round());
  upload.set_cohort_size(static_cast<uint32_t>(plan_.cohort_size()));
  upload.set_protection(masked_ == nullptr ? v1::EgressUpload::PLAIN : v1::EgressUpload::MASKED);
  upload.set_bytes(vector_->bytes().size());
  upload.set_vector_name(vector_->name());
  if (permit_.charter != nullptr) {
    upload.set_purpose(permit_.purpose);
    upload.set_order_sha256(HexDigest(permit_.order));
    const auto hex = [](const std::optional<Sha256Digest>& hash) { return hash ? HexDigest(*hash) : std::string(); };
    upload.set_release_sha256(hex(permit_.terms.release));
    upload.set_data_version_sha256(hex(permit_.terms.data_version));
    upload.set_posture_sha256(hex(permit_.posture));
  }
  const auto schema = StepSchema(spec, plan_.kind(), plan_.num_parameters(), plan_.encoding_sites());
  if (schema.ok()) {
    upload.set_ring_bits(BitsOf(schema->ring()));
    for (const auto& placed : schema->blocks()) {
      v1::EgressBlock& block = *upload.add_blocks();
      block.set_name(placed.block.name);
      block.set_numbers(placed.block.num_elements);
    }
  }
  const absl::Status written = surroundings_.ledger->UploadBegins(plan, std::move(upload));
  if (!written.ok()) surroundings_.tell_operator(std::string(written.message()));
  return written.ok();
}

// The masked bytes exist whole, once: the header can name their hash.
void JobWork::OnProduced(uint64_t serial) {
  if (serial != serial_ || masked_ == nullptr || upload_ == nullptr) return;
  if (surroundings_.ledger != nullptr) surroundings_.ledger->PayloadIs(plan_.id(), masked_->payload_digest());
  if (close_.has_value()) return upload_->Close(*close_);
  secure_.OnMasked(masked_->payload_digest());
}

void JobWork::OnUploaded(uint64_t serial, const v1::PlanId& plan, const UploadResult& result) {
  if (serial != serial_) return;
  upload_.reset();
  switch (result.outcome) {
    case UploadResult::Outcome::kVerified:
      return Handle(UploadFinished{plan});
    case UploadResult::Outcome::kRefused:
      return Handle(UploadRefused{plan, result.reason});
    case UploadResult::Outcome::kBroken:
      return Handle(TransferBroken{plan});
  }
}

void JobWork::DropSource() {
  upload_.reset();
  source_.reset();
  masked_ = nullptr;
  close_.reset();
}

}  // namespace accord
