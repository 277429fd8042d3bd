#include "coordinator/server/model_stream.h"

#include <memory>
#include <utility>

#include "base/status.h"
#include "coordinator/server/caller.h"
#include "coordinator/server/chosen_model.h"
#include "coordinator/transfer/chunk.h"

namespace accord {
namespace {

struct StoredModel {
  v1::FetchModelReply header;
  std::shared_ptr<const ObjectReader> bytes;
};

absl::StatusOr<StoredModel> FindModel(const std::string& job_id, uint32_t round, Store& store) {
  ACCORD_ASSIGN_OR_RETURN(JobRecord record, store.jobs().Get(job_id));
  StoredModel model;
  v1::ModelHeader& header = *model.header.mutable_header();
  header.set_job_id(job_id);
  if (!header.mutable_spec()->ParseFromString(record.spec_bytes)) {
    return absl::DataLossError(absl::StrCat("the stored job ", job_id, " is damaged; restore state_dir from a backup"));
  }
  ACCORD_ASSIGN_OR_RETURN(const ChosenModel chosen, ChooseModel(record, header.spec(), round, store));
  header.set_round(chosen.round);
  ACCORD_ASSIGN_OR_RETURN(model.bytes, store.objects().Find(chosen.name));
  record.models_by_sha256 ? header.set_sha256(chosen.name) : header.set_model_digest(chosen.name);
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
