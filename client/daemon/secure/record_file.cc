#include "client/daemon/secure/record_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <utility>

#include "base/status.h"

namespace accord {
namespace {

// Some hundred bytes a round: enough for decades.
constexpr size_t kMaxRecordBytes = size_t{4} << 30;

}  // namespace

RecordFile::RecordFile(std::string path, UniqueFd fd, secure::SiteRecord record)
    : path_(std::move(path)), fd_(std::move(fd)), end_(record.valid_bytes()), record_(std::move(record)) {}

absl::StatusOr<std::unique_ptr<RecordFile>> RecordFile::Open(const std::string& path, absl::string_view site) {
  UniqueFd fd(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!fd.valid()) return ErrnoError("open", path);
  ACCORD_ASSIGN_OR_RETURN(const std::string content, ReadFile(path, kMaxRecordBytes));
  auto record = secure::SiteRecord::Replay(site, content);
  if (!record.ok()) {
    return Annotate(record.status(),
                    absl::StrCat("the record of this site's secure sums, ", path,
                                 ", cannot be trusted, so this site takes no part. A copy counts only if it was made "
                                 "after the daemon last ran; otherwise enrol under a new site id and have the roster "
                                 "signed anew"));
  }
  if (ftruncate(fd.get(), static_cast<off_t>(record->valid_bytes())) != 0) return ErrnoError("truncate", path);
  if (fsync(fd.get()) != 0) return ErrnoError("sync", path);
  ACCORD_RETURN_IF_ERROR(SyncParentFolder(path));
  return std::unique_ptr<RecordFile>(new RecordFile(path, std::move(fd), *std::move(record)));
}

absl::Status RecordFile::Append(absl::string_view entry) {
  if (!broken_.ok()) return broken_;
  broken_ = Annotate(WriteFully(fd_.get(), entry.data(), entry.size(), end_), path_);
  if (broken_.ok() && fdatasync(fd_.get()) != 0) broken_ = ErrnoError("sync", path_);
  if (broken_.ok()) end_ += entry.size();
  return broken_;
}

}  // namespace accord
