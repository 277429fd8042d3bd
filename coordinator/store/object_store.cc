#include "coordinator/store/object_store.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>
#include <vector>

#include "base/status.h"

namespace accord {
namespace {

// Asking the kernel to start writing early spreads the disk's work over the time in which the object is made, so that
// the fsync at the end waits for little.
constexpr uint64_t kWritebackBytes = 8 << 20;

// Disk that files for uploads may go on using while no upload does.
constexpr uint64_t kKeptScratchBytes = uint64_t{1} << 30;

std::string ObjectPath(const std::string& objects_dir, absl::string_view name) {
  return absl::StrCat(objects_dir, "/", name.substr(0, 2), "/", name);
}

// The folder that the object's name begins with, itself durable when this returns.
absl::Status MakeFolderOf(const std::string& object_path) {
  const std::string folder = object_path.substr(0, object_path.rfind('/'));
  if (mkdir(folder.c_str(), 0700) == 0) return SyncParentFolder(folder);
  return errno == EEXIST ? absl::OkStatus() : ErrnoError("make folder", folder);
}

absl::Status EmptyFolder(const std::string& path) {
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(path, error)) {
    if (unlink(entry.path().c_str()) != 0) return ErrnoError("delete", entry.path().string());
  }
  if (error) return absl::InternalError(absl::StrCat("cannot list ", path, ": ", error.message()));
  return absl::OkStatus();
}

}  // namespace

absl::Status ObjectReader::Read(uint64_t offset, absl::Span<char> out) const {
  if (offset > size_ || out.size() > size_ - offset) {
    return absl::OutOfRangeError(
        absl::StrCat("asked for ", out.size(), " bytes from ", offset, " on; the object has ", size_));
  }
  if (fd_.valid()) return ReadFully(fd_.get(), out.data(), out.size(), offset);
  bytes_.copy(out.data(), out.size(), offset);
  return absl::OkStatus();
}

void ObjectReader::Forget(uint64_t offset, uint64_t num_bytes) const {
  if (!fd_.valid()) return;
  posix_fadvise(fd_.get(), static_cast<off_t>(offset), static_cast<off_t>(num_bytes), POSIX_FADV_DONTNEED);
}

ObjectWriter::ObjectWriter(std::string objects_dir, std::string path, UniqueFd fd, NamedBy named_by)
    : objects_dir_(std::move(objects_dir)), path_(std::move(path)), fd_(std::move(fd)), hasher_(fd_.get(), named_by) {}

ObjectWriter::~ObjectWriter() {
  if (fd_.valid()) unlink(path_.c_str());
}

absl::Status ObjectWriter::Append(absl::string_view bytes) {
  ACCORD_RETURN_IF_ERROR(Annotate(WriteFully(fd_.get(), bytes.data(), bytes.size(), size_), path_));
  size_ += bytes.size();
  hasher_.Advance(size_);
  if (size_ - writeback_started_ >= kWritebackBytes) {
    sync_file_range(fd_.get(), static_cast<off64_t>(writeback_started_),
                    static_cast<off64_t>(size_ - writeback_started_),
                    SYNC_FILE_RANGE_WRITE);  // a hint: the fsync below reports errors
    writeback_started_ = size_;
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> ObjectWriter::Finish(absl::string_view expected) {
  // While the rest is hashed; bytes that nobody wanted are synced for nothing, once.
  if (fsync(fd_.get()) != 0) return ErrnoError("fsync", path_);
  ACCORD_ASSIGN_OR_RETURN(const Sha256Digest hash, hasher_.Finish());
  std::string digest = HexDigest(hash);
  if (!expected.empty() && digest != expected) {
    return absl::InvalidArgumentError(absl::StrCat("the bytes have digest ", digest, ", announced was ", expected));
  }
  const std::string target = ObjectPath(objects_dir_, digest);
  ACCORD_RETURN_IF_ERROR(MakeFolderOf(target));
  if (rename(path_.c_str(), target.c_str()) != 0) return ErrnoError("rename", path_);
  fd_.Reset();
  ACCORD_RETURN_IF_ERROR(SyncParentFolder(target));
  return digest;
}

ObjectStore::ObjectStore(const std::string& state_dir, Database& database)
    : database_(database),
      objects_dir_(absl::StrCat(state_dir, "/objects")),
      staging_dir_(absl::StrCat(state_dir, "/staging")),
      scratch_(ScratchFiles::Create(staging_dir_, kKeptScratchBytes)) {}

absl::StatusOr<std::unique_ptr<ObjectStore>> ObjectStore::Open(const std::string& state_dir, Database& database) {
  auto store = std::unique_ptr<ObjectStore>(new ObjectStore(state_dir, database));
  ACCORD_RETURN_IF_ERROR(MakeFolders(store->staging_dir_, 0700));
  ACCORD_RETURN_IF_ERROR(EmptyFolder(store->staging_dir_));
  ACCORD_RETURN_IF_ERROR(MakeFolders(store->objects_dir_, 0700));
  ACCORD_RETURN_IF_ERROR(SyncParentFolder(store->objects_dir_));
  ACCORD_RETURN_IF_ERROR(store->DeleteDiscarded());
  return store;
}

absl::Status ObjectStore::DeleteDiscarded() {
  std::vector<std::string> names;
  ACCORD_RETURN_IF_ERROR(database_.Read("read what is discarded from", [&](soci::session& sql) {
    std::string name;
    soci::statement rows =
        (sql.prepare << "SELECT name FROM discarded WHERE name NOT IN (SELECT server_state FROM jobs)",
         soci::into(name));
    rows.execute();
    while (rows.fetch()) names.push_back(name);
    return absl::OkStatus();
  }));
  if (names.empty()) return absl::OkStatus();
  for (const std::string& name : names) Delete(name);
  return database_.Write("forget what is discarded in", [](soci::session& sql) {
    sql << "DELETE FROM discarded";
    return absl::OkStatus();
  });
}

void ObjectStore::Delete(absl::string_view name) {
  if (IsHexDigest(name)) unlink(ObjectPath(objects_dir_, name).c_str());
}

absl::StatusOr<std::shared_ptr<const ObjectReader>> ObjectStore::Find(absl::string_view name) {
  if (!IsHexDigest(name)) return absl::InvalidArgumentError("an object's name is 64 lower-case hexadecimal digits");
  std::string bytes;
  bool found = false;
  const std::string key(name);
  ACCORD_RETURN_IF_ERROR(database_.Read("read an object from", [&](soci::session& sql) {
    soci::blob blob(sql);
    sql << "SELECT bytes FROM objects WHERE sha256 = :name", soci::into(blob), soci::use(key);
    found = sql.got_data();
    if (found) bytes = BlobBytes(blob);
    return absl::OkStatus();
  }));
  if (found) return std::make_shared<const ObjectReader>(std::move(bytes));
  const std::string path = ObjectPath(objects_dir_, name);
  UniqueFd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.valid()) return ErrnoError("open", path);
  struct stat status;
  if (fstat(fd.get(), &status) != 0) return ErrnoError("stat", path);
  return std::make_shared<const ObjectReader>(std::move(fd), static_cast<uint64_t>(status.st_size));
}

absl::StatusOr<std::unique_ptr<ObjectWriter>> ObjectStore::NewFile(NamedBy named_by) {
  std::string path = absl::StrCat(staging_dir_, "/object-XXXXXX");
  UniqueFd fd(mkostemp(path.data(), O_CLOEXEC));
  if (!fd.valid()) return ErrnoError("create", path);
  return std::unique_ptr<ObjectWriter>(new ObjectWriter(objects_dir_, std::move(path), std::move(fd), named_by));
}

void InsertInlineObject(soci::session& sql, const std::string& name, absl::string_view bytes) {
  BlobParameter blob(sql, bytes);
  sql << "INSERT OR IGNORE INTO objects (sha256, bytes) VALUES (:name, :bytes)", soci::use(name), soci::use(blob.get());
}

}  // namespace accord
