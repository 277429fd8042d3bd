#include "client/daemon/state/kept_store.h"

#include <stdio.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <set>
#include <system_error>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "aggregation/secure/messages/fields.h"
#include "base/status.h"
#include "spdlog/spdlog.h"

namespace accord {
namespace {

constexpr char kPending[] = "pending";
constexpr char kCounted[] = "counted";
constexpr char kModel[] = "model";

struct StoredFile {
  std::string job_id, kind, path;
  uint64_t bytes = 0;
  std::filesystem::file_time_type written;
};

std::vector<StoredFile> FilesIn(const std::string& folder) {
  std::vector<StoredFile> files;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    StoredFile file;
    file.path = entry.path().string();
    const std::string name = entry.path().filename().string();
    const size_t dot = name.find('.');
    if (dot == std::string::npos) continue;
    file.job_id = name.substr(0, dot);
    file.kind = name.substr(dot + 1);
    std::error_code gone;
    file.bytes = entry.file_size(gone);
    if (gone) continue;
    file.written = entry.last_write_time(gone);
    if (!gone) files.push_back(std::move(file));
  }
  return files;
}

absl::Status AsUnavailable(const absl::Status& status) {
  if (status.ok()) return status;
  return absl::UnavailableError(absl::StrCat("what this site keeps between rounds: ", status.message()));
}

absl::Status Rename(const std::string& from, const std::string& to) {
  if (rename(from.c_str(), to.c_str()) != 0) return ErrnoError("rename", from);
  return SyncParentFolder(to);
}

}  // namespace

std::string KeptStore::PathOf(absl::string_view job_id, absl::string_view kind) const {
  return absl::StrCat(folder_, "/", job_id, ".", kind);
}

absl::StatusOr<std::unique_ptr<KeptStore>> KeptStore::Open(std::string folder, uint64_t max_bytes) {
  ACCORD_RETURN_IF_ERROR(MakeFolders(folder, 0700));
  for (const StoredFile& file : FilesIn(folder)) {
    const bool whole = file.kind == kPending || file.kind == kCounted || file.kind == kModel;
    if (!whole) unlink(file.path.c_str());
  }
  return std::unique_ptr<KeptStore>(new KeptStore(std::move(folder), max_bytes));
}

absl::Status KeptStore::Reserve(const std::string& job_id, uint64_t num_numbers) {
  constexpr uint64_t kFrame = uint64_t{1} << 20;  // heads, generously
  absl::MutexLock lock(&mutex_);
  // Both files, and a third while one is being written.
  const uint64_t wanted = num_numbers > max_bytes_ ? max_bytes_ + 1 : 3 * (num_numbers * sizeof(float)) + kFrame;
  std::map<std::string, uint64_t> used;
  std::vector<StoredFile> models;
  for (StoredFile& file : FilesIn(folder_)) {
    if (file.job_id == job_id) continue;
    used[file.job_id] += file.bytes;
    if (file.kind == kModel) models.push_back(std::move(file));
  }
  for (const auto& [job, bytes] : reserved_) {
    if (job != job_id) used[job] = std::max(used[job], bytes);
  }
  uint64_t others = 0;
  for (const auto& [job, bytes] : used) others += bytes;
  std::sort(models.begin(), models.end(),
            [](const StoredFile& a, const StoredFile& b) { return a.written < b.written; });
  for (const StoredFile& model : models) {
    if (wanted > max_bytes_ || others + wanted <= max_bytes_) break;
    spdlog::warn("this site's own model of job {}, which is over, is deleted to make room (max_kept_mib)",
                 model.job_id);
    if (unlink(model.path.c_str()) == 0) others -= std::min(others, model.bytes);
  }
  if (wanted <= max_bytes_ && others + wanted <= max_bytes_) {
    reserved_[job_id] = wanted;
    return absl::OkStatus();
  }
  return absl::FailedPreconditionError(absl::StrCat(
      "the job's strategy has this site keep ", (wanted >> 20) + 1, " MiB between rounds, and it keeps at most ",
      max_bytes_ >> 20, " MiB for all jobs (max_kept_mib in client.yaml), of which others have ", others >> 20));
}

bool KeptStore::IsOf(const v1::KeptHead& head, const v1::KeptHead& job, uint32_t next_step) const {
  return head.job_id() == job.job_id() && head.job_sha256() == job.job_sha256() && head.strategy() == job.strategy() &&
         head.num_numbers() == job.num_numbers() && head.next_step() == next_step;
}

absl::StatusOr<KeptStore::Found> KeptStore::Find(const v1::KeptHead& job, uint32_t counted_step) {
  Found found;
  if (counted_step == 0) return found;
  const std::string counted = PathOf(job.job_id(), kCounted);
  const std::string pending = PathOf(job.job_id(), kPending);
  const auto pending_head = ReadKeptHead(pending);
  if (pending_head.ok() && IsOf(*pending_head, job, counted_step)) {
    ACCORD_RETURN_IF_ERROR(AsUnavailable(Rename(pending, counted)));
  }
  auto content = ReadKeptFile(counted);
  if (content.ok() && IsOf(content->head, job, counted_step)) {
    found.content = *std::move(content);
    return found;
  }
  if (!content.ok() && !absl::IsNotFound(content.status()) && !absl::IsDataLoss(content.status())) {
    return AsUnavailable(content.status());
  }
  found.lost = content.ok() ? absl::StrCat("what is there is of step ", content->head.next_step(),
                                           ", and the last that counted is ", counted_step)
                            : std::string(content.status().message());
  return found;
}

absl::Status KeptStore::Keep(const v1::KeptHead& head, absl::Span<const uint8_t> numbers) {
  return AsUnavailable(WriteKeptFile(PathOf(head.job_id(), kPending), head, numbers));
}

void KeptStore::Count(const std::string& job_id, uint32_t next_step) {
  const std::string pending = PathOf(job_id, kPending);
  const auto head = ReadKeptHead(pending);
  if (!head.ok() || head->next_step() != next_step) return;
  if (const absl::Status renamed = Rename(pending, PathOf(job_id, kCounted)); !renamed.ok()) {
    spdlog::error("job {}: what this site keeps: {}", job_id, std::string(renamed.message()));
  }
}

void KeptStore::JobOver(const std::string& job_id) {
  if (!secure::IsJobId(job_id)) return;
  const std::string counted = PathOf(job_id, kCounted);
  const std::string pending = PathOf(job_id, kPending);
  // The evaluation at the end changes no layer of this site's own: whether its sum counted is all one.
  const auto last = ReadKeptHead(pending);
  if (last.ok() && last->round() == 0) Rename(pending, counted).IgnoreError();
  unlink(pending.c_str());
  const auto head = ReadKeptHead(counted);
  if (head.ok() && head->has_layout()) Rename(counted, PathOf(job_id, kModel)).IgnoreError();
  unlink(counted.c_str());
  absl::MutexLock lock(&mutex_);
  reserved_.erase(job_id);
}

std::vector<std::string> KeptStore::OpenJobs() const {
  std::set<std::string> jobs;
  for (const StoredFile& file : FilesIn(folder_)) {
    if (file.kind != kModel && secure::IsJobId(file.job_id)) jobs.insert(file.job_id);
  }
  return {jobs.begin(), jobs.end()};
}

absl::StatusOr<std::string> KeptModelFile(const std::string& folder, const std::string& job_id) {
  for (const char* kind : {kModel, kCounted}) {
    const std::string path = absl::StrCat(folder, "/", job_id, ".", kind);
    const auto head = ReadKeptHead(path);
    if (head.ok() && head->has_layout()) return path;
    if (!head.ok() && !absl::IsNotFound(head.status())) return head.status();
  }
  return absl::NotFoundError(absl::StrCat("this site keeps no model of its own of job ", job_id,
                                          " (only fedbn, fedper, fedrep and ditto make one)"));
}

std::vector<std::string> KeptModelFiles(const std::string& folder) {
  std::vector<std::string> paths;
  for (const StoredFile& file : FilesIn(folder)) {
    if (file.kind == kModel || file.kind == kCounted) paths.push_back(file.path);
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

bool IsOfJobThatIsOver(const std::string& path) { return absl::EndsWith(path, absl::StrCat(".", kModel)); }

}  // namespace accord
