#include "client/daemon/governance/order_store.h"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "base/file.h"
#include "base/status.h"
#include "proto/validation/job_validation.h"
#include "trust/charter/job_order.h"
#include "trust/charter/judge.h"
#include "trust/charter/statement_lines.h"

namespace accord {
namespace {

constexpr absl::string_view kSignatureLine = "\nsignature: ";
constexpr size_t kMaxOwnBytes = kMaxStatementBytes + 256;
constexpr size_t kMaxApprovalsBytes = kMaxApprovals * size_t{8192};
// An order that this site decided about or that served a job is kept so long after its end, for whoever asks.
constexpr absl::Duration kKeepDecided = absl::Hours(24 * 400);

struct EndedOrder {
  absl::Time expires;
  std::string path;
};

// Empty for a file that is not there.
absl::StatusOr<std::string> ReadIfThere(const std::string& path, size_t max_bytes) {
  auto text = ReadFile(path, max_bytes);
  if (absl::IsNotFound(text.status())) return std::string();
  return text;
}

absl::Status Damaged(const std::string& path, absl::string_view why) {
  return absl::DataLossError(absl::StrCat(path, " is damaged (", why,
                                          "): the order stays stopped here; move its folder away to have it brought "
                                          "and decided about anew"));
}

// The disk's error: a folder that cannot be read is not an empty one.
absl::Status CannotList(const std::string& folder, const std::error_code& error) {
  return absl::UnavailableError(absl::StrCat("cannot list ", folder, ": ", error.message()));
}

absl::StatusOr<uint64_t> BytesIn(const std::string& folder) {
  uint64_t bytes = 0;
  std::error_code error;
  // Not in a range-based loop, whose step throws what the disk says.
  std::filesystem::recursive_directory_iterator next(folder, error);
  for (; !error && next != std::filesystem::recursive_directory_iterator(); next.increment(error)) {
    std::error_code gone;
    const uint64_t size = next->is_regular_file(gone) ? next->file_size(gone) : 0;
    if (!gone) bytes += size;
  }
  if (error && error != std::errc::no_such_file_or_directory) return CannotList(folder, error);
  return bytes;
}

absl::StatusOr<std::vector<std::string>> FoldersIn(const std::string& folder) {
  std::vector<std::string> names;
  std::error_code error;
  std::filesystem::directory_iterator next(folder, error);
  for (; !error && next != std::filesystem::directory_iterator(); next.increment(error)) {
    if (IsHexDigest(next->path().filename().string())) names.push_back(next->path().filename().string());
  }
  if (error && error != std::errc::no_such_file_or_directory) return CannotList(folder, error);
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace

absl::StatusOr<std::vector<SignedStatement>> ReadStatements(absl::string_view text) {
  std::vector<SignedStatement> statements;
  while (!text.empty()) {
    const size_t signature = text.find(kSignatureLine);
    const size_t end =
        signature == absl::string_view::npos ? signature : text.find('\n', signature + kSignatureLine.size());
    if (end == absl::string_view::npos) return absl::InvalidArgumentError("a statement in it was cut off");
    ACCORD_ASSIGN_OR_RETURN(statements.emplace_back(), SignedStatement::Parse(text.substr(0, end + 1)));
    text.remove_prefix(end + 1);
  }
  return statements;
}

std::string OrderStore::PathOf(const Sha256Digest& hash, absl::string_view file) const {
  return absl::StrCat(folder_, "/", HexDigest(hash), "/", file);
}

OrderStore::Stamps OrderStore::StampsOf(const Sha256Digest& hash) const {
  Stamps stamps;
  for (size_t i = 0; i < kFiles.size(); ++i) stamps[i] = StampOf(PathOf(hash, kFiles[i]));
  return stamps;
}

// A daemon asks several times in each round.
absl::StatusOr<std::optional<KeptOrder>> OrderStore::Find(const Sha256Digest& hash) const {
  const absl::Time now = absl::Now();  // by the clock that the file system goes by
  const Stamps stamps = StampsOf(hash);
  if (last_.has_value() && last_->order.hash == hash && last_->stamps == stamps) return last_->order;
  last_.reset();
  auto kept = Read(hash);
  const bool settled = std::all_of(stamps.begin(), stamps.end(), [&](const auto& one) { return IsSettled(one, now); });
  // And nothing came or went while it was read.
  if (settled && kept.ok() && kept->has_value() && StampsOf(hash) == stamps) last_ = Found{**kept, stamps};
  return kept;
}

absl::StatusOr<std::optional<KeptOrder>> OrderStore::Read(const Sha256Digest& hash) const {
  const std::string path = PathOf(hash, "order");
  const auto text = ReadFile(path, kMaxOwnBytes);
  if (absl::IsNotFound(text.status())) return std::optional<KeptOrder>();
  ACCORD_RETURN_IF_ERROR(text.status());
  KeptOrder kept;
  kept.hash = hash;
  auto order = SignedStatement::Parse(*text);
  if (!order.ok()) return Damaged(path, order.status().message());
  if (JobOrderHash(order->bytes) != hash) return Damaged(path, "it is another order");
  kept.order = *std::move(order);
  ACCORD_ASSIGN_OR_RETURN(kept.job_bytes, ReadIfThere(PathOf(hash, "job"), kMaxJobBytes));
  ACCORD_ASSIGN_OR_RETURN(const std::string approvals, ReadIfThere(PathOf(hash, "approvals"), kMaxApprovalsBytes));
  auto statements = ReadStatements(approvals);
  if (!statements.ok()) return Damaged(PathOf(hash, "approvals"), statements.status().message());
  kept.approvals = *std::move(statements);
  ACCORD_ASSIGN_OR_RETURN(const std::string own, ReadIfThere(PathOf(hash, "own"), kMaxOwnBytes));
  if (!own.empty()) {
    auto decided = SignedStatement::Parse(own);
    if (!decided.ok()) return Damaged(PathOf(hash, "own"), decided.status().message());
    kept.own = *std::move(decided);
  }
  ACCORD_ASSIGN_OR_RETURN(const std::string job_id, ReadIfThere(PathOf(hash, "job-id"), 128));
  ACCORD_ASSIGN_OR_RETURN(const std::string brought_as, ReadIfThere(PathOf(hash, "brought-as"), 128));
  kept.job_id = std::string(absl::StripSuffix(job_id, "\n"));
  kept.brought_as = std::string(absl::StripSuffix(brought_as, "\n"));
  static std::atomic<uint64_t> readings = 0;
  kept.reading = ++readings;
  return std::optional<KeptOrder>(std::move(kept));
}

std::vector<KeptOrder> OrderStore::All() const {
  std::vector<KeptOrder> orders;
  for (const std::string& name : FoldersIn(folder_).value_or(std::vector<std::string>())) {
    auto kept = Find(*ParseHexDigest(name));
    if (kept.ok() && kept->has_value()) orders.push_back(**std::move(kept));
  }
  return orders;
}

absl::StatusOr<std::map<std::string, Sha256Digest>> OrderStore::BoundJobs() const {
  std::map<std::string, Sha256Digest> jobs;
  ACCORD_ASSIGN_OR_RETURN(const std::vector<std::string> names, FoldersIn(folder_));
  for (const std::string& name : names) {
    ACCORD_ASSIGN_OR_RETURN(const std::string bound, ReadIfThere(absl::StrCat(folder_, "/", name, "/job-id"), 128));
    if (!bound.empty()) jobs.emplace(absl::StripSuffix(bound, "\n"), *ParseHexDigest(name));
  }
  return jobs;
}

absl::Status OrderStore::CheckShare(const SignedStatement& next, absl::Time now) const {
  const auto order = ParseJobOrder(next.bytes);
  if (!order.ok()) return order.status();
  ACCORD_ASSIGN_OR_RETURN(const std::vector<std::string> names, FoldersIn(folder_));
  if (names.size() < limits_.undecided_of_one) return absl::OkStatus();
  size_t undecided = 0;
  for (const std::string& name : names) {
    const auto kept = Read(*ParseHexDigest(name));
    if (!kept.ok() || !kept->has_value() || (*kept)->own.has_value() || !(*kept)->job_id.empty()) continue;
    const auto other = ParseJobOrder((*kept)->order.bytes);
    undecided += other.ok() && other->engineer == order->engineer && now < other->expires;
  }
  if (undecided < limits_.undecided_of_one) return absl::OkStatus();
  return absl::ResourceExhaustedError(
      absl::StrCat("this site keeps ", undecided, " orders of ", order->engineer,
                   " about which nobody has decided, and takes no more of one person: decide about them "
                   "(`accord-client jobs` lists them; approve or deny), and ask whether that is still the person who "
                   "holds the key"));
}

absl::Status OrderStore::MakeRoom(size_t num_orders, uint64_t num_bytes, absl::Time now) const {
  ACCORD_ASSIGN_OR_RETURN(const std::vector<std::string> names, FoldersIn(folder_));
  ACCORD_ASSIGN_OR_RETURN(uint64_t bytes, BytesIn(folder_));
  size_t count = names.size();
  const auto fits = [&] { return count + num_orders <= limits_.orders && bytes + num_bytes <= limits_.bytes; };
  if (fits()) return absl::OkStatus();
  std::vector<EndedOrder> ended;
  for (const std::string& name : names) {
    const auto kept = Find(*ParseHexDigest(name));
    if (kept.ok() && !kept->has_value()) ended.push_back({absl::InfinitePast(), absl::StrCat(folder_, "/", name)});
    if (!kept.ok() || !kept->has_value()) continue;
    const auto order = ParseJobOrder((*kept)->order.bytes);
    const bool decided = (*kept)->own.has_value() || !(*kept)->job_id.empty();
    if (!order.ok() || now < order->expires + (decided ? kKeepDecided : absl::ZeroDuration())) continue;
    ended.push_back({order->expires, absl::StrCat(folder_, "/", name)});
  }
  std::sort(ended.begin(), ended.end(), [](const EndedOrder& a, const EndedOrder& b) { return a.expires < b.expires; });
  for (const EndedOrder& order : ended) {
    if (fits()) break;
    bytes -= std::min(bytes, BytesIn(order.path).value_or(0));
    --count;
    std::error_code error;
    std::filesystem::remove_all(order.path, error);
    if (error) return absl::UnavailableError(absl::StrCat("cannot remove ", order.path, ": ", error.message()));
  }
  if (fits()) return absl::OkStatus();
  return absl::ResourceExhaustedError(absl::StrCat("this site keeps ", count, " orders of ", bytes >> 20,
                                                   " MiB, and none of them has ended; at most ", limits_.orders, " of ",
                                                   limits_.bytes >> 20, " MiB are kept: move some out of ", folder_));
}

absl::Status OrderStore::Replace(const Sha256Digest& hash, absl::string_view file, absl::string_view content) const {
  ACCORD_RETURN_IF_ERROR(MakeFolders(absl::StrCat(folder_, "/", HexDigest(hash)), 0700));
  const std::string path = PathOf(hash, file);
  const auto before = ReadFile(path);
  if (before.ok() && *before == content) return absl::OkStatus();
  return WriteFileAtomically(path, content, 0600);
}

absl::Status OrderStore::KeepOrder(const SignedStatement& order, absl::Time now) {
  const Sha256Digest hash = JobOrderHash(order.bytes);
  if (access(PathOf(hash, "order").c_str(), F_OK) == 0) return absl::OkStatus();
  const std::string text = order.Text();
  ACCORD_RETURN_IF_ERROR(CheckShare(order, now));
  ACCORD_RETURN_IF_ERROR(MakeRoom(1, text.size(), now));
  return Replace(hash, "order", text);
}

absl::Status OrderStore::KeepJob(const Sha256Digest& hash, absl::string_view job_bytes, absl::Time now) {
  if (access(PathOf(hash, "job").c_str(), F_OK) == 0) return absl::OkStatus();
  ACCORD_RETURN_IF_ERROR(MakeRoom(0, job_bytes.size(), now));
  return Replace(hash, "job", job_bytes);
}

absl::Status OrderStore::KeepApprovals(const Sha256Digest& hash, const std::vector<SignedStatement>& approvals) {
  std::string text;
  for (const SignedStatement& approval : approvals) absl::StrAppend(&text, approval.Text());
  return Replace(hash, "approvals", text);
}

absl::Status OrderStore::KeepOwn(const Sha256Digest& hash, const SignedStatement& own) {
  return Replace(hash, "own", own.Text());
}

absl::Status OrderStore::BroughtAs(const Sha256Digest& hash, absl::string_view job_id) {
  return Replace(hash, "brought-as", absl::StrCat(job_id, "\n"));
}

absl::Status OrderStore::Bind(const Sha256Digest& hash, absl::string_view job_id) {
  ACCORD_ASSIGN_OR_RETURN(const std::string bound, ReadIfThere(PathOf(hash, "job-id"), 128));
  if (bound.empty()) return Replace(hash, "job-id", absl::StrCat(job_id, "\n"));
  if (absl::StripSuffix(bound, "\n") == job_id) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat("the order served the job ", absl::StripSuffix(bound, "\n"),
                                                    " already, and one order serves one job; have a new one signed"));
}

}  // namespace accord
