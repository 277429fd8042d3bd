#include "coordinator/server/model_stream.h"

#include <limits>
#include <memory>
#include <utility>

#include "aggregation/evaluation/best_round.h"
#include "aggregation/programs/step_schema.h"
#include "base/status.h"
#include "coordinator/programs/job_program.h"
#include "coordinator/server/caller.h"
#include "coordinator/transfer/chunk.h"

namespace accord {
namespace {

struct StoredModel {
  v1::FetchModelReply header;
  std::shared_ptr<const ObjectReader> bytes;
};

// The model after a training round.
absl::StatusOr<std::string> ModelOfRound(const std::string& job_id, uint32_t round, Store& store) {
  ACCORD_ASSIGN_OR_RETURN(const std::vector<v1::RoundReport> rounds,
                          store.jobs().Rounds(job_id, std::numeric_limits<int>::max()));
  for (const v1::RoundReport& report : rounds) {
    if (IsRound(report.kind()) && report.outcome() == v1::ROUND_FINISHED && report.round() == round) {
      return report.model_digest();
    }
  }
  return absl::NotFoundError(
      absl::StrCat("round ", round, " of job ", job_id, " is not done; 0 means the latest model"));
}

// The round that made the job's model: not the last one where an earlier round's is kept, or later ones were left out.
absl::StatusOr<uint32_t> RoundOfModel(const JobRecord& record, const v1::JobSpec& spec, Store& store) {
  const uint32_t by_step = JobProgram(spec).RoundsDone(record.step);
  if (!ChoosesByMetric(spec)) return by_step;
  ACCORD_ASSIGN_OR_RETURN(const std::vector<v1::RoundReport> rounds,
                          store.jobs().Rounds(record.id, std::numeric_limits<int>::max()));
  for (auto report = rounds.rbegin(); report != rounds.rend(); ++report) {
    const bool made = IsRound(report->kind()) && report->outcome() == v1::ROUND_FINISHED;
    if (made && report->model_digest() == record.model_digest) return report->round();
  }
  return by_step;
}

absl::StatusOr<StoredModel> FindModel(const std::string& job_id, uint32_t round, Store& store) {
  ACCORD_ASSIGN_OR_RETURN(JobRecord record, store.jobs().Get(job_id));
  StoredModel model;
  v1::ModelHeader& header = *model.header.mutable_header();
  header.set_job_id(job_id);
  if (!header.mutable_spec()->ParseFromString(record.spec_bytes)) {
    return absl::DataLossError(absl::StrCat("the stored job ", job_id, " is damaged; restore state_dir from a backup"));
  }
  std::string name = record.model_digest;
  header.set_round(round);
  if (round != 0) {
    ACCORD_ASSIGN_OR_RETURN(name, ModelOfRound(job_id, round, store));
  } else {
    ACCORD_ASSIGN_OR_RETURN(const uint32_t of_model, RoundOfModel(record, header.spec(), store));
    header.set_round(of_model);
  }
  ACCORD_ASSIGN_OR_RETURN(model.bytes, store.objects().Find(name));
  record.models_by_sha256 ? header.set_sha256(name) : header.set_model_digest(name);
  header.set_num_bytes(model.bytes->size());
  *header.mutable_layout() = std::move(record.layout);
  if (record.statistics.has_value()) *header.mutable_statistics() = *std::move(record.statistics);
  if (!record.torchscript_sha256.empty()) {
    ACCORD_ASSIGN_OR_RETURN(const auto script, store.objects().Find(record.torchscript_sha256));
    header.mutable_torchscript()->resize(script->size());
    ACCORD_RETURN_IF_ERROR(script->Read(0, absl::MakeSpan(*header.mutable_torchscript())));
  }
  return model;
}

// The header first, then chunks, each when the one before is on its way. Memory: one chunk.
class ModelStream final : public grpc::ServerWriteReactor<v1::FetchModelReply> {
 public:
  ModelStream(const std::string& job_id, uint32_t round, Store& store) {
    auto model = FindModel(job_id, round, store);
    if (!model.ok()) {
      Finish(ToGrpc(model.status()));
      return;
    }
    model_ = *std::move(model);
    StartWrite(&model_.header);
  }

  void OnWriteDone(bool ok) override {
    if (!ok) return Finish(grpc::Status(grpc::StatusCode::CANCELLED, "the connection was lost"));
    if (offset_ == model_.bytes->size()) return Finish(grpc::Status::OK);
    v1::Chunk& chunk = *reply_.mutable_chunk();
    if (absl::Status filled = FillChunk(*model_.bytes, offset_, chunk); !filled.ok()) return Finish(ToGrpc(filled));
    offset_ += chunk.data().size();
    StartWrite(&reply_);
  }

  void OnDone() override { delete this; }

 private:
  StoredModel model_;
  uint64_t offset_ = 0;
  v1::FetchModelReply reply_;
};

}  // namespace

grpc::ServerWriteReactor<v1::FetchModelReply>* NewModelStream(const std::string& job_id, uint32_t round, Store& store) {
  return new ModelStream(job_id, round, store);
}

}  // namespace accord
