// What the coordinator brings of orders, jobs and approvals: looked at, and kept where it is worth it.
#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "aggregation/secure/messages/fields.h"
#include "base/hash.h"
#include "base/status.h"
#include "client/daemon/governance/job_gate.h"
#include "client/daemon/governance/kept_case.h"
#include "trust/charter/job_order.h"
#include "trust/charter/judge.h"
#include "trust/charter/seats.h"
#include "trust/charter/statement_lines.h"

namespace accord {
namespace {

constexpr size_t kMaxInlineJobBytes = size_t{64} << 10;
constexpr size_t kMaxSignedOrderBytes = kMaxStatementBytes + 256;
constexpr size_t kMaxPapersBytes = size_t{2} << 20;
// Jobs of which papers are known; orders that nobody of the charter signed are held in memory, and fewer of them.
constexpr size_t kMaxBrought = 1000;
constexpr size_t kMaxHeld = 32;
// Stops of one job that are looked at: one is enough.
constexpr int kMaxStops = 16;

std::string ShortHash(const Sha256Digest& hash) { return HexDigest(hash).substr(0, 12); }

}  // namespace

// Sizes and form; what they are worth is found out later. Words: what is wrong with them.
std::string JobGate::TakeForm(const v1::JobPapers& papers, KeptOrder& handed) const {
  if (!IsHexDigest(papers.job_sha256())) return "the papers do not name the job by its SHA-256";
  if (papers.order().empty()) return "the coordinator brought papers without an order";
  if (papers.order().size() > kMaxSignedOrderBytes || papers.job_inline().size() > kMaxInlineJobBytes ||
      papers.approvals_size() > static_cast<int>(kMaxApprovals) || papers.ByteSizeLong() > kMaxPapersBytes) {
    return absl::StrCat("the papers are too large: an order of ", papers.order().size(), " bytes, a job of ",
                        papers.job_inline().size(), ", ", papers.approvals_size(), " approvals");
  }
  auto order = SignedStatement::Parse(papers.order());
  if (!order.ok()) return absl::StrCat("the order cannot be read: ", order.status().message());
  if (!papers.job_inline().empty() && Sha256Hex(papers.job_inline()) != papers.job_sha256()) {
    return "the job inside the papers is not the one that they name";
  }
  const auto named = ParseJobOrder(order->bytes);
  if (!named.ok()) return absl::StrCat("the order cannot be read: ", named.status().message());
  if (HexDigest(named->job) != papers.job_sha256()) {
    return absl::StrCat("the papers are of the job ", papers.job_sha256(), ", and their order names ",
                        HexDigest(named->job), ": these are not the bytes that were signed for");
  }
  handed.order = *std::move(order);
  handed.hash = JobOrderHash(handed.order.bytes);
  handed.job_bytes = papers.job_inline();
  for (const std::string& text : papers.approvals()) {
    if (text.size() > kMaxApprovalBytes + 256) continue;
    auto approval = SignedStatement::Parse(text);
    if (approval.ok()) handed.approvals.push_back(*std::move(approval));
  }
  return "";
}

std::string JobGate::KeepStops(const ActiveCharter& charter, const std::string& job_id, const std::string& job_sha256,
                               const std::vector<std::string>& files) const {
  std::string words;
  const auto job = ParseHexDigest(job_sha256);
  for (const std::string& file : files) {
    const auto statement = file.size() <= kMaxStatementBytes + 256
                               ? SignedStatement::Parse(file)
                               : absl::InvalidArgumentError("it is longer than a statement can be");
    // One of another job stops nothing here, and is not kept for whoever has that one's papers.
    absl::Status kept = job.ok() && statement.ok()
                            ? CheckStopOf(charter.charter(), &charter.roster(), *statement, *job).status()
                            : (job.ok() ? statement.status() : job.status());
    if (kept.ok()) kept = self_.stops.Keep(charter, *statement).status();
    if (kept.ok() || !words.empty()) continue;
    words = absl::StrCat("job ", job_id, ": a stop that came with its papers does not count: ", kept.message());
  }
  return words;
}

std::string JobGate::Take(const v1::JobPapers& papers) {
  const std::string& job_id = papers.job_id();
  if (!secure::IsJobId(job_id)) return "the coordinator brought papers without a proper job id; they were dropped";
  const int num_stops = std::min(papers.stops_size(), kMaxStops);
  std::vector<std::string> stops(papers.stops().begin(), papers.stops().begin() + num_stops);
  std::string words;
  // At once, whatever else is wrong with the papers.
  if (const auto charter = charter_.Pinned(); charter.ok() && *charter != nullptr) {
    words = KeepStops(**charter, job_id, papers.job_sha256(), stops);
    stops.clear();
  }
  size_t held = 0;
  for (const auto& [id, brought] : brought_) held += brought.held.has_value() ? 1 : 0;
  if (!brought_.contains(job_id) && (brought_.size() >= kMaxBrought || held >= kMaxHeld)) {
    return absl::StrCat("job ", job_id, ": its papers were dropped, for those of too many jobs came before");
  }
  Brought& brought = brought_[job_id];
  KeptOrder handed;
  brought.fault = TakeForm(papers, handed);
  if (brought.held.has_value() && brought.fault.empty() && brought.held->hash == handed.hash) {
    // They could not be kept when they came: what was seen counts on, a refusal most of all.
    std::vector<SignedStatement>& seen = brought.held->approvals;
    for (const SignedStatement& one : handed.approvals) {
      if (seen.size() >= kMaxApprovals) break;
      if (std::find(seen.begin(), seen.end(), one) == seen.end()) seen.push_back(one);
    }
    handed.approvals = std::move(seen);
  }
  brought.order = handed.hash;
  brought.held.reset();
  if (brought.fault.empty()) brought.held = std::move(handed);
  brought.job_sha256 = papers.job_sha256();
  brought.stops = std::move(stops);
  const std::string news = LookAgain(job_id);
  return absl::StrCat(words, words.empty() || news.empty() ? "" : "; ", news);
}

std::string JobGate::LookAgain(const std::string& job_id) {
  const auto found = brought_.find(job_id);
  if (found == brought_.end()) return "";
  Brought& brought = found->second;
  // Without a charter they are held until one is pinned.
  const auto charter = charter_.Pinned();
  if (!brought.stops.empty() && charter.ok() && *charter != nullptr) {
    KeepStops(**charter, job_id, brought.job_sha256, brought.stops);
    brought.stops.clear();
  }
  if (brought.held.has_value() && charter.ok() && *charter != nullptr) {
    const absl::Status kept = Keep(**charter, brought, job_id);
    if (!kept.ok()) return absl::StrCat("job ", job_id, ": ", kept.message());
  }
  return WordsOf(job_id, brought);
}

std::string JobGate::JobToFetch(const std::string& job_id) const {
  const auto brought = brought_.find(job_id);
  if (brought == brought_.end() || !brought->second.fault.empty() || brought->second.held.has_value()) return "";
  const auto kept = orders_.Find(brought->second.order);
  if (!kept.ok() || !kept->has_value() || !(*kept)->job_bytes.empty()) return "";
  const auto order = ParseJobOrder((*kept)->order.bytes);
  return order.ok() ? HexDigest(order->job) : "";
}

// Keeps what was brought where the order may ever hold (kept_case.h); else it stays held.
absl::Status JobGate::Keep(const ActiveCharter& charter, Brought& brought, const std::string& job_id) {
  KeptOrder& held = *brought.held;
  if (!MayEverHold(charter, held.order, clock_.Now())) return absl::OkStatus();
  ACCORD_ASSIGN_OR_RETURN(std::optional<KeptOrder> kept, orders_.Find(held.hash));
  if (!kept.has_value()) {
    ACCORD_RETURN_IF_ERROR(orders_.KeepOrder(held.order, clock_.Now()));
    kept.emplace();
  }
  const auto order = ParseJobOrder(held.order.bytes);
  // Other bytes than the order names are not the job that people here are to read.
  if (!held.job_bytes.empty() && order.ok() && Sha256(held.job_bytes) == order->job) {
    ACCORD_RETURN_IF_ERROR(orders_.KeepJob(held.hash, held.job_bytes, clock_.Now()));
  }
  const std::vector<SignedStatement> merged =
      MergeApprovals(charter, config_.site(), held.hash, std::move(kept->approvals), held.approvals);
  if (!merged.empty()) ACCORD_RETURN_IF_ERROR(orders_.KeepApprovals(held.hash, merged));
  ACCORD_RETURN_IF_ERROR(orders_.BroughtAs(held.hash, job_id));
  brought.held.reset();
  return absl::OkStatus();
}

bool JobGate::TakeJobBytes(const std::string& job_sha256, const std::string& bytes) {
  bool needed = false;
  for (auto& [job_id, brought] : brought_) {
    const auto kept = orders_.Find(brought.order);
    if (!kept.ok() || !kept->has_value() || !(*kept)->job_bytes.empty()) continue;
    const auto order = ParseJobOrder((*kept)->order.bytes);
    if (!order.ok() || HexDigest(order->job) != job_sha256 || Sha256(bytes) != order->job) continue;
    needed = orders_.KeepJob(brought.order, bytes, clock_.Now()).ok() || needed;
  }
  return needed;
}

void JobGate::JobOver(const std::string& job_id) { brought_.erase(job_id); }

std::string JobGate::WordsOf(const std::string& job_id, Brought& brought) {
  JobPermit permit;
  std::string words;
  const auto rules = charter_.Current();
  if (!rules.ok() || rules->charter == nullptr) return "";
  if (!brought.fault.empty()) {
    words = brought.fault;
  } else if (const auto kept = CaseOf(job_id, &brought, brought.order); kept.ok()) {
    const Verdict verdict = JudgeKept(*rules, *kept, self_, clock_.Now(), MemoryUnder(*rules));
    words = absl::StrCat("order ", ShortHash(brought.order), ", ",
                         verdict.allowed() ? "allowed"
                                           : absl::StrCat(verdict.waits() ? "waits: " : "refused: ",
                                                          absl::StrJoin(verdict.reasons, "; ")),
                         " (accord-client show ", ShortHash(brought.order), ")");
  } else {
    words = std::string(kept.status().message());
  }
  if (words == brought.words) return "";
  brought.words = words;
  return absl::StrCat("job ", job_id, ": ", words);
}

}  // namespace accord
