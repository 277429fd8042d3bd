// Content-addressed bytes (models, TorchScript files): named by what they are (object_name.h), written once, never
// changed. Those that nothing refers to any more (server_state.h) are deleted.
//
// Large ones are files state_dir/objects/ab/<name>: written to state_dir/staging, fsync, rename, fsync of the folder.
// Those of at most kInlineBytes lie in the database, so that a round of a small model costs no file.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "base/file.h"
#include "base/object_name.h"
#include "coordinator/store/database.h"
#include "coordinator/store/file_hasher.h"
#include "coordinator/store/scratch_files.h"

namespace accord {

// The bytes of one object. Thread-safe: reads name their offset. Shared by every transfer of the object, because one
// that is on its way must outlast the round that began it.
class ObjectReader {
 public:
  explicit ObjectReader(std::string bytes) : size_(bytes.size()), bytes_(std::move(bytes)) {}
  ObjectReader(UniqueFd fd, uint64_t size) : size_(size), fd_(std::move(fd)) {}

  uint64_t size() const { return size_; }
  // Fills `out` from `offset` on. OUT_OF_RANGE beyond the end.
  absl::Status Read(uint64_t offset, absl::Span<char> out) const;
  // These bytes will hardly be read again soon: the memory that caches them can serve others at once.
  void Forget(uint64_t offset, uint64_t num_bytes) const;

 private:
  uint64_t size_ = 0;
  std::string bytes_;  // used when there is no file
  UniqueFd fd_;
};

// Writes one object file. The file goes away unless Finish succeeds. Not thread-safe.
class ObjectWriter {
 public:
  ~ObjectWriter();
  ObjectWriter(const ObjectWriter&) = delete;
  ObjectWriter& operator=(const ObjectWriter&) = delete;

  absl::Status Append(absl::string_view bytes);
  uint64_t size() const { return size_; }
  // The name of what was appended, 64 lower-case hexadecimal digits; durable when this returns. With `expected`,
  // INVALID_ARGUMENT and no file if the name is another.
  absl::StatusOr<std::string> Finish(absl::string_view expected = "");

 private:
  friend class ObjectStore;
  ObjectWriter(std::string objects_dir, std::string path, UniqueFd fd, NamedBy named_by);

  const std::string objects_dir_;
  const std::string path_;
  UniqueFd fd_;
  FileHasher hasher_;
  uint64_t size_ = 0;
  uint64_t writeback_started_ = 0;
};

// Thread-safe.
class ObjectStore {
 public:
  static constexpr uint64_t kInlineBytes = 64 << 10;

  // Makes the folders, deletes what an earlier run left in staging and the files that are noted down as discarded.
  // `database` must outlive the store.
  static absl::StatusOr<std::unique_ptr<ObjectStore>> Open(const std::string& state_dir, Database& database);

  // NOT_FOUND: no such object. `name` need not be trusted.
  absl::StatusOr<std::shared_ptr<const ObjectReader>> Find(absl::string_view name);
  absl::StatusOr<std::unique_ptr<ObjectWriter>> NewFile(NamedBy named_by);
  // Deletes an object file that nothing refers to, if there is one. Whoever reads it goes on. Best effort: what is left
  // is deleted at the next start, if it is noted down as discarded.
  void Delete(absl::string_view name);
  // A file on the same disk for an upload on its way.
  absl::StatusOr<ScratchFile> NewScratchFile() { return scratch_->Take(); }
  // When uploads end for a while: what sites sent stays on no disk any longer.
  void DropUnusedScratchFiles() { scratch_->DropUnused(); }
  const std::string& staging_dir() const { return staging_dir_; }

 private:
  ObjectStore(const std::string& state_dir, Database& database);
  absl::Status DeleteDiscarded();
  Database& database_;
  const std::string objects_dir_;
  const std::string staging_dir_;
  const std::shared_ptr<ScratchFiles> scratch_;
};

// Puts a small object into the database, as part of a transaction; one that is there already stays. May throw.
void InsertInlineObject(soci::session& sql, const std::string& name, absl::string_view bytes);

}  // namespace accord
