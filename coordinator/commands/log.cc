#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/status.h"
#include "coordinator/commands/commands.h"
#include "coordinator/commands/opened_log.h"
#include "coordinator/store/federation_log.h"
#include "trust/timestamp/log_stamp.h"

namespace accord {
namespace {

constexpr int kNamesMode = 0600;

absl::StatusOr<LogHead> LastHead(FederationLog& log) {
  ACCORD_ASSIGN_OR_RETURN(const SignedLogHead head, log.rows().LastHead(kFederationProject));
  return log.identity().CheckHead(head);
}

// Whose it is only a checker says who knows the authority.
absl::Status ShowNewestStamp(FederationLog& log, std::ostream& out) {
  ACCORD_ASSIGN_OR_RETURN(const std::optional<KeptStamp> newest, log.rows().NewestStamp(kFederationProject));
  if (!newest.has_value()) {
    out << "no time stamp\n";
    return absl::OkStatus();
  }
  ACCORD_ASSIGN_OR_RETURN(const LogHead head, log.identity().CheckHead(newest->head));
  ACCORD_ASSIGN_OR_RETURN(const TimeStamp stamp, ReadLogStamp(newest->head, newest->token));
  out << "last time stamp " << StampInWords(stamp) << ", on the head of " << head.tree_size
      << (head.tree_size == 1 ? " entry" : " entries") << "\n";
  return absl::OkStatus();
}

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

absl::Status ShowLog(const LogOptions& options, std::ostream& out) {
  ACCORD_ASSIGN_OR_RETURN(const OpenedLog opened, OpenFederationLog(options.config));
  ACCORD_ASSIGN_OR_RETURN(const LogHead head, LastHead(*opened.log));
  out << "id " << HexDigest(head.log_id) << "\nproject " << head.project << "\n"
      << head.tree_size << (head.tree_size == 1 ? " entry" : " entries") << ", the last head signed "
      << absl::FormatTime("%Y-%m-%d %H:%M:%S UTC", absl::FromUnixMicros(static_cast<int64_t>(head.unix_us)),
                          absl::UTCTimeZone())
      << "\nroot " << HexDigest(head.root) << "\n";
  return ShowNewestStamp(*opened.log, out);
}

absl::Status ExportLog(const LogOptions& options, std::ostream& out) {
  ACCORD_ASSIGN_OR_RETURN(const OpenedLog opened, OpenFederationLog(options.config));
  ACCORD_ASSIGN_OR_RETURN(NewFile file, NewFile::Create(options.out));
  ACCORD_RETURN_IF_ERROR(
      opened.log->rows().Export(kFederationProject, [&file](absl::string_view line) { return file.Append(line); }));
  ACCORD_RETURN_IF_ERROR(file.Finish());
  out << "wrote " << options.out << ". Whoever wants to check it needs no network and believes nobody:\n"
      << "  accord audit verify " << options.out << " --log-id " << HexDigest(opened.log->identity().id()) << "\n";
  return absl::OkStatus();
}

absl::Status ExportLogNames(const LogOptions& options, std::ostream& out) {
  ACCORD_ASSIGN_OR_RETURN(const OpenedLog opened, OpenFederationLog(options.config));
  ACCORD_ASSIGN_OR_RETURN(const NameOpenings openings,
                          opened.log->rows().Openings(kFederationProject, 0, std::numeric_limits<uint64_t>::max()));
  ACCORD_RETURN_IF_ERROR(WriteFileAtomically(options.out, WriteNameOpenings(openings), kNamesMode));
  out << "wrote " << options.out << ", the names in the log. It is for those who may know them:\n"
      << "  accord audit verify LOG --names " << options.out << "\n";
  return absl::OkStatus();
}

}  // namespace accord
