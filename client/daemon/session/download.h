// Fetches one stored object into a memory file, continuing where an earlier stream broke.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/notification.h"
#include "base/file.h"
#include "base/object_name.h"
#include "grpcpp/channel.h"
#include "grpcpp/client_context.h"
#include "grpcpp/generic/generic_stub.h"
#include "proto/accord/v1/wire.grpc.pb.h"
#include "proto/transfer/chunk_bytes.h"

namespace accord {

// An object as far as it is here. Movable.
class PartialObject {
 public:
  // `name`: 64 hexadecimal digits, made as `named_by` says. `max_bytes`: a longer object is refused. `exact_bytes`:
  // whether it must have just `max_bytes`; memory is then set aside at once, else as bytes arrive.
  static absl::StatusOr<PartialObject> Create(const std::string& name, NamedBy named_by, uint64_t max_bytes,
                                              bool exact_bytes);

  // The next bytes. INVALID_ARGUMENT (and nothing taken) for a chunk that is not the next one, too large, too long for
  // the object, or whose checksum is wrong.
  absl::Status Append(const ChunkView& chunk);
  // Takes the whole content at once; DATA_LOSS when it is not what the name says.
  absl::Status Fill(absl::string_view content);
  // At the end of the stream. DATA_LOSS when the bytes are not what the name says; the object is then empty again.
  absl::Status Finish();
  // From now on nobody can change the complete object through its descriptor, nor map it for writing.
  absl::Status Seal();
  // Becomes the beginning of another object of the same size and kind of name, in the same memory: pages that are there
  // already cost a tenth of new ones. False where that cannot be: make a new object then. Whoever still reads the old
  // one must not care.
  bool StartOver(const std::string& name, uint64_t num_bytes);

  const std::string& name() const { return name_; }
  uint64_t num_bytes() const { return num_bytes_; }
  bool complete() const { return complete_; }
  int fd() const { return fd_.get(); }
  // The whole content in memory; for small objects.
  absl::StatusOr<std::string> Read() const;

 private:
  absl::Status Put(absl::Span<const absl::string_view> pieces);
  PartialObject(UniqueFd fd, std::string name, NamedBy named_by, uint64_t max_bytes, bool exact_bytes)
      : fd_(std::move(fd)),
        name_(std::move(name)),
        named_by_(named_by),
        max_bytes_(max_bytes),
        exact_bytes_(exact_bytes),
        hasher_(named_by) {}

  UniqueFd fd_;
  MappedFile memory_;  // of a large sealed object: the one way to write into it
  bool sealed_ = false;
  bool populated_ = false;  // every page of the mapping
  std::string name_;
  NamedBy named_by_;
  uint64_t max_bytes_;
  bool exact_bytes_;
  uint64_t num_bytes_ = 0;
  bool complete_ = false;
  NameHasher hasher_;
};

struct DownloadResult {
  enum class Outcome {
    kComplete,
    kRefused,  // the coordinator has no such object, or what it sends is not it
    kBroken,   // the stream ended before: start another one with the same object
  };
  Outcome outcome = Outcome::kBroken;
  std::string reason;
};

// The chunks come as bytes, which are written to the object from where they were received.
class Download : private grpc::ClientBidiReactor<v1::DownloadRequest, grpc::ByteBuffer> {
 public:
  struct Callbacks {
    // Both from gRPC's threads; must not block.
    std::function<void(uint64_t num_bytes)> progress;
    std::function<void(const DownloadResult&)> done;  // last, once
  };
  // Starts at once. `object` must outlive the download, which alone uses it meanwhile.
  Download(const std::shared_ptr<grpc::Channel>& channel, PartialObject& object, Callbacks callbacks);
  // Ends it and waits.
  ~Download() override;

 private:
  void OnReadDone(bool ok) override;
  absl::Status Take();
  void OnDone(const grpc::Status& status) override;

  PartialObject& object_;
  const Callbacks callbacks_;
  grpc::TemplatedGenericStub<v1::DownloadRequest, grpc::ByteBuffer> stub_;
  grpc::ClientContext context_;
  v1::DownloadRequest request_;
  grpc::ByteBuffer incoming_;
  absl::Status fault_;  // used by the reading callbacks, which come one at a time, and then by OnDone
  absl::Notification finished_;
};

}  // namespace accord
