#include "coordinator/commands/log_export_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstdio>

#include "absl/strings/str_cat.h"
#include "base/file.h"
#include "base/status.h"

namespace accord {
namespace {

// A file of any length, which is there when it is whole.
class NewFile {
 public:
  static absl::StatusOr<NewFile> Create(const std::string& path) {
    NewFile file;
    file.path_ = path;
    file.fd_.Reset(open(file.PartPath().c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
    if (!file.fd_.valid()) return ErrnoError("write", file.PartPath());
    return file;
  }
  NewFile(NewFile&&) = default;
  ~NewFile() {
    if (fd_.valid()) unlink(PartPath().c_str());
  }

  absl::Status Append(absl::string_view bytes) {
    absl::StrAppend(&buffer_, bytes);
    return buffer_.size() < kBufferBytes ? absl::OkStatus() : Flush();
  }
  absl::Status Finish() {
    ACCORD_RETURN_IF_ERROR(Flush());
    if (fsync(fd_.get()) != 0) return ErrnoError("write", PartPath());
    if (std::rename(PartPath().c_str(), path_.c_str()) != 0) return ErrnoError("write", path_);
    fd_.Reset();
    return SyncParentFolder(path_);
  }

 private:
  static constexpr size_t kBufferBytes = size_t{1} << 20;
  NewFile() = default;
  std::string PartPath() const { return path_ + ".part"; }
  absl::Status Flush() {
    ACCORD_RETURN_IF_ERROR(WriteFully(fd_.get(), buffer_.data(), buffer_.size(), written_));
    written_ += buffer_.size();
    buffer_.clear();
    return absl::OkStatus();
  }

  std::string path_;
  UniqueFd fd_;
  std::string buffer_;
  uint64_t written_ = 0;
};

}  // namespace

absl::Status WriteLogFile(FederationLog& log, const std::string& path) {
  ACCORD_ASSIGN_OR_RETURN(NewFile file, NewFile::Create(path));
  ACCORD_RETURN_IF_ERROR(
      log.rows().Export(log.project(), [&file](absl::string_view line) { return file.Append(line); }));
  return file.Finish();
}

}  // namespace accord
