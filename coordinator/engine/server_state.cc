#include "coordinator/engine/server_state.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "base/content_digest.h"
#include "base/status.h"

namespace accord {
namespace {

constexpr uint64_t kHeadBytes = 128;

uint64_t NumBytes(const ServerOptimizer& optimizer, uint64_t num_parameters) {
  return kHeadBytes + num_parameters * optimizer.state_values() * sizeof(float);
}

}  // namespace

absl::StatusOr<ServerStateReader> ServerStateReader::Create(const ServerOptimizer& optimizer, uint64_t num_parameters,
                                                            std::shared_ptr<const ObjectReader> object) {
  if (object != nullptr && object->size() != NumBytes(optimizer, num_parameters)) {
    return absl::DataLossError(absl::StrCat("the stored state of the server's rule has ", object->size(),
                                            " bytes, expected ", NumBytes(optimizer, num_parameters),
                                            "; restore state_dir from a backup"));
  }
  return ServerStateReader(optimizer, std::move(object));
}

absl::Status ServerStateReader::Read(uint64_t first, absl::Span<float> state) const {
  if (state.empty()) return absl::OkStatus();
  if (object_ == nullptr) {
    optimizer_.InitialState(state);
    return absl::OkStatus();
  }
  const uint64_t offset = kHeadBytes + first * optimizer_.state_values() * sizeof(float);
  const uint64_t size = state.size() * sizeof(float);
  ACCORD_RETURN_IF_ERROR(object_->Read(offset, absl::MakeSpan(reinterpret_cast<char*>(state.data()), size)));
  object_->Forget(offset, size);
  return absl::OkStatus();
}

absl::StatusOr<ServerStateWriter> ServerStateWriter::Create(const ServerOptimizer& optimizer, uint64_t num_parameters,
                                                            const std::string& job_id, uint32_t next_step,
                                                            ObjectStore& objects) {
  ServerStateWriter writer;
  writer.keeps_ = optimizer.state_values() > 0;
  if (!writer.keeps_) return writer;
  std::string head = absl::StrCat("accord server state 1\n", job_id, "\n", next_step, "\n");
  if (head.size() > kHeadBytes) return absl::InternalError(absl::StrCat("the job's id ", job_id, " is too long"));
  head.resize(kHeadBytes, '\0');
  if (NumBytes(optimizer, num_parameters) <= ObjectStore::kInlineBytes) {
    writer.bytes_ = std::move(head);
    return writer;
  }
  ACCORD_ASSIGN_OR_RETURN(writer.file_, objects.NewFile(NamedBy::kContentDigest));
  ACCORD_RETURN_IF_ERROR(writer.file_->Append(head));
  return writer;
}

absl::Status ServerStateWriter::Append(absl::Span<const float> state) {
  if (!keeps_) return absl::OkStatus();
  const absl::string_view bytes(reinterpret_cast<const char*>(state.data()), state.size() * sizeof(float));
  if (file_ != nullptr) return file_->Append(bytes);
  bytes_.append(bytes.data(), bytes.size());
  return absl::OkStatus();
}

absl::StatusOr<ServerStateWriter::Written> ServerStateWriter::Finish() {
  Written written;
  if (!keeps_) return written;
  if (file_ != nullptr) {
    ACCORD_ASSIGN_OR_RETURN(written.name, file_->Finish());
    return written;
  }
  written.name = HexDigest(ContentDigest(bytes_));
  written.bytes = std::move(bytes_);
  return written;
}

}  // namespace accord
