// The coordinator's one SQLite file, through SOCI: a single connection behind a mutex, WAL, synchronous=FULL.
//
// What Write() reports as done is on the disk (one fsync a call). Other processes (`accord-coordinator token`) may have
// the file open at the same time; they wait for each other for up to ten seconds. No exception of SOCI leaves this
// class. Errors: RESOURCE_EXHAUSTED the disk is full, DATA_LOSS the file is damaged, UNAVAILABLE another process holds
// it, INTERNAL anything else; each names the file and what to do.
#pragma once

#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "base/soci_headers.h"

namespace accord {

// Thread-safe.
class Database {
 public:
  // Creates the file and its tables where missing and checks what is there. FAILED_PRECONDITION: written by a newer
  // version of Accord.
  static absl::StatusOr<std::unique_ptr<Database>> Open(const std::string& path);

  // Runs `body` inside one durable transaction; nothing of it stays if it fails. `purpose` is for error messages
  // ("close a round").
  absl::Status Write(absl::string_view purpose, absl::FunctionRef<absl::Status(soci::session&)> body);
  // Runs `body`, which only reads.
  absl::Status Read(absl::string_view purpose, absl::FunctionRef<absl::Status(soci::session&)> body);

 private:
  explicit Database(std::string path) : path_(std::move(path)) {}
  absl::Status Explain(absl::string_view purpose, const std::exception& error) const;
  absl::Status Guard(absl::string_view purpose, absl::FunctionRef<absl::Status()> body) const;

  const std::string path_;
  absl::Mutex mutex_;
  soci::session session_ ABSL_GUARDED_BY(mutex_);
};

// Bytes as a column of type BLOB. The session must outlive the blob.
class BlobParameter {
 public:
  BlobParameter(soci::session& session, absl::string_view bytes);
  soci::blob& get() { return blob_; }

 private:
  soci::blob blob_;
};
// The bytes that a query put into `blob`.
std::string BlobBytes(soci::blob& blob);

}  // namespace accord
