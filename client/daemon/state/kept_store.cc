#include "client/daemon/state/kept_store.h"

#include <stdio.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <set>
#include <system_error>
#include <utility>

#include "absl/functional/function_ref.h"
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

// There is none, or it is not as it was written: then it counts for nothing.
bool IsAbsent(const absl::Status& status) { return absl::IsNotFound(status) || absl::IsDataLoss(status); }

// Of a job that keeps so many: both files, and a third while one is being written. More than `max_bytes` where that is
// too much.
uint64_t BytesFor(uint64_t num_numbers, uint64_t max_bytes) {
  constexpr uint64_t kFrame = uint64_t{1} << 20;  // heads, generously
  return num_numbers > max_bytes ? max_bytes + 1 : 3 * (num_numbers * sizeof(float)) + kFrame;
}

struct RoomOfOthers {
  uint64_t fixed = 0;              // bytes of jobs that go on
  uint64_t in_models = 0;          // of jobs that are over
  std::vector<StoredFile> models;  // the oldest first
};

RoomOfOthers RoomBeside(const std::string& job_id, const std::string& folder,
                        const std::map<std::string, uint64_t>& reserved) {
  std::map<std::string, uint64_t> used;
  RoomOfOthers room;
  for (StoredFile& file : FilesIn(folder)) {
    if (file.job_id == job_id) continue;
    if (file.kind != kModel) {
      used[file.job_id] += file.bytes;
    } else {
      room.in_models += file.bytes;
      room.models.push_back(std::move(file));
    }
  }
  for (const auto& [job, bytes] : reserved) {
    if (job != job_id) used[job] = std::max(used[job], bytes);
  }
  for (const auto& [job, bytes] : used) room.fixed += bytes;
  std::sort(room.models.begin(), room.models.end(),
            [](const StoredFile& a, const StoredFile& b) { return a.written < b.written; });
  return room;
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
  std::map<std::string, uint64_t> reserved;
  for (const StoredFile& file : FilesIn(folder)) {
    const bool open = file.kind == kPending || file.kind == kCounted;
    if (!open && file.kind != kModel) unlink(file.path.c_str());
    if (!open) continue;
    // Of a damaged one its size alone counts.
    if (const auto head = ReadKeptHead(file.path); head.ok()) {
      reserved[file.job_id] = std::max(reserved[file.job_id], BytesFor(head->num_numbers(), max_bytes));
    }
  }
  auto store = std::unique_ptr<KeptStore>(new KeptStore(std::move(folder), max_bytes));
  absl::MutexLock lock(&store->mutex_);
  store->reserved_ = std::move(reserved);
  return store;
}

absl::Status KeptStore::Reserve(const std::string& job_id, uint64_t num_numbers, const std::optional<Bound>& bound) {
  absl::MutexLock lock(&mutex_);
  const bool bounded = bound.has_value() && bound->bytes < max_bytes_;
  most_bytes_ = bounded ? bound->bytes : max_bytes_;
  const uint64_t wanted = BytesFor(num_numbers, max_bytes_);
  const std::string words = absl::StrCat(
      "the job's strategy has this site keep ", (wanted >> 20) + 1, " MiB between rounds, and it keeps at most ",
      most_bytes_ >> 20, " MiB for all jobs (", bounded ? bound->clause : "max_kept_mib in client.yaml", ")");
  if (wanted > most_bytes_) return absl::FailedPreconditionError(words);
  if (const uint64_t others = RoomBeside(job_id, folder_, reserved_).fixed; others + wanted > most_bytes_) {
    return absl::UnavailableError(
        absl::StrCat(words, ", of which others that go on have ", others >> 20,
                     ": it can take part once one of them is over, or with ",
                     bounded ? "more in the policy" : "more max_kept_mib and the daemon started anew"));
  }
  reserved_[job_id] = wanted;
  return absl::OkStatus();
}

void KeptStore::Release(const std::string& job_id) {
  absl::MutexLock lock(&mutex_);
  if (access(PathOf(job_id, kPending).c_str(), F_OK) == 0 || access(PathOf(job_id, kCounted).c_str(), F_OK) == 0)
    return;
  reserved_.erase(job_id);
}

void KeptStore::MakeRoom(const std::string& job_id, uint64_t num_numbers) {
  absl::MutexLock lock(&mutex_);
  const uint64_t wanted = BytesFor(num_numbers, max_bytes_);
  RoomOfOthers room = RoomBeside(job_id, folder_, reserved_);
  if (room.fixed + wanted > most_bytes_) return;  // it would not suffice
  for (const StoredFile& model : room.models) {
    if (room.fixed + room.in_models + wanted <= most_bytes_) return;
    spdlog::warn(
        "this site's own model of job {}, which is over, is deleted to make room (max_kept_mib, limits.kept_mib)",
        model.job_id);
    if (unlink(model.path.c_str()) == 0) room.in_models -= model.bytes;
  }
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
  } else if (!pending_head.ok() && !IsAbsent(pending_head.status())) {
    return AsUnavailable(pending_head.status());
  }
  auto content = ReadKeptFile(counted);
  if (content.ok() && IsOf(content->head, job, counted_step)) {
    found.content = *std::move(content);
    return found;
  }
  if (!content.ok() && !IsAbsent(content.status())) {
    return AsUnavailable(content.status());
  }
  found.lost = content.ok() ? absl::StrCat("what is there is of step ", content->head.next_step(),
                                           ", and the last that counted is ", counted_step)
                            : std::string(content.status().message());
  return found;
}

absl::Status KeptStore::Keep(const v1::KeptHead& head, absl::Span<const uint8_t> numbers) {
  MakeRoom(head.job_id(), head.num_numbers());
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

bool KeptStore::SettlePending(const std::string& job_id, std::optional<uint32_t> counted_step) {
  const std::string pending = PathOf(job_id, kPending);
  const auto last = ReadKeptHead(pending);
  if (absl::IsNotFound(last.status())) return true;
  absl::Status settled = last.status();
  if (last.ok() && (last->round() == 0 || counted_step == last->next_step())) {
    // The evaluation at the end changes no layer of this site's own: whether its sum counted is all one.
    settled = Rename(pending, PathOf(job_id, kCounted));
  } else if (last.ok() && last->has_layout() && !counted_step.has_value()) {
    settled =
        absl::UnavailableError("the coordinator does not know whether it counted; it stays beside the one before");
    spdlog::warn("job {} is over: {}: {}", job_id, pending, std::string(settled.message()));
    return true;
  } else if (last.ok() || IsAbsent(last.status())) {
    settled = absl::OkStatus();
    if (unlink(pending.c_str()) != 0) settled = ErrnoError("remove", pending);
  }
  if (settled.ok()) return true;
  spdlog::error("job {} is over, and what this site keeps of it stays as it is: {}", job_id,
                std::string(settled.message()));
  return false;
}

void KeptStore::SettleCounted(const std::string& job_id) {
  const std::string counted = PathOf(job_id, kCounted);
  const auto head = ReadKeptHead(counted);
  if (absl::IsNotFound(head.status())) return;
  absl::Status settled = head.status();
  if (head.ok() && head->has_layout()) {
    settled = Rename(counted, PathOf(job_id, kModel));
  } else if (head.ok() && unlink(counted.c_str()) != 0) {
    settled = ErrnoError("remove", counted);
  }
  if (!settled.ok()) {
    spdlog::error("job {} is over, and {} stays, which may be a model of this site's own: {}", job_id, counted,
                  std::string(settled.message()));
  }
}

void KeptStore::JobOver(const std::string& job_id, std::optional<uint32_t> counted_step) {
  if (!secure::IsJobId(job_id)) return;
  if (SettlePending(job_id, counted_step)) SettleCounted(job_id);
  Release(job_id);
}

std::vector<std::string> KeptStore::OpenJobs() const {
  std::set<std::string> jobs;
  for (const StoredFile& file : FilesIn(folder_)) {
    if (file.kind != kModel && secure::IsJobId(file.job_id)) jobs.insert(file.job_id);
  }
  return {jobs.begin(), jobs.end()};
}

namespace {

// Looks at both places of a job's model, by `read`, which tells of a file what it holds. A daemon at work may move it
// meanwhile, and only from the first place to the second: who looks in this order finds it.
template <typename Content>
absl::StatusOr<Content> FindKeptModel(const std::string& folder, const std::string& job_id,
                                      absl::FunctionRef<absl::StatusOr<Content>(const std::string& path)> read) {
  for (const char* kind : {kCounted, kModel}) {
    absl::StatusOr<Content> content = read(absl::StrCat(folder, "/", job_id, ".", kind));
    if (!absl::IsNotFound(content.status())) return content;
  }
  return absl::NotFoundError(absl::StrCat("this site keeps no model of its own of job ", job_id,
                                          " (fedbn, fedper, fedrep and ditto make one, and so does local_gain)"));
}

const char kNoModel[] = "no model";

}  // namespace

absl::StatusOr<std::string> KeptModelFile(const std::string& folder, const std::string& job_id) {
  return FindKeptModel<std::string>(folder, job_id, [](const std::string& path) -> absl::StatusOr<std::string> {
    ACCORD_ASSIGN_OR_RETURN(const v1::KeptHead head, ReadKeptHead(path));
    if (!IsOwnModel(head)) return absl::NotFoundError(kNoModel);
    return path;
  });
}

absl::StatusOr<KeptContent> ReadKeptModel(const std::string& folder, const std::string& job_id) {
  return FindKeptModel<KeptContent>(folder, job_id, [](const std::string& path) -> absl::StatusOr<KeptContent> {
    ACCORD_ASSIGN_OR_RETURN(KeptContent content, ReadKeptFile(path));
    if (!IsOwnModel(content.head)) return absl::NotFoundError(kNoModel);
    return content;
  });
}

std::vector<std::string> KeptModelFiles(const std::string& folder) {
  std::vector<std::string> paths;
  for (const StoredFile& file : FilesIn(folder)) {
    if (file.kind == kModel || file.kind == kCounted) paths.push_back(file.path);
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

bool IsOwnModel(const v1::KeptHead& head) {
  return head.has_layout() && (head.strategy() != kTrainedAlone || head.alone_rounds() > 0);
}

bool IsOfJobThatIsOver(const std::string& path) { return absl::EndsWith(path, absl::StrCat(".", kModel)); }

}  // namespace accord
