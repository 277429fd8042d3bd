#include "client/daemon/governance/refusal_file.h"

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/printable.h"
#include "base/status.h"
#include "client/daemon/governance/count_files.h"
#include "trust/charter/signed_statement.h"
#include "trust/charter/statement_lines.h"
#include "trust/roster/readable_text.h"

namespace accord {
namespace {

constexpr absl::string_view kRefusalExtension = ".refusal";
constexpr size_t kNameDigits = 16;
// Begins the names of those of jobs without an order that is kept: they are counted apart.
constexpr absl::string_view kWithoutOrder = "without-order-";

// Fit for one line of a statement, whatever a peer put into it.
std::string OneLine(absl::string_view reason) {
  std::string line = Printable(reason);
  if (line.size() > kMaxTextLineBytes) {
    size_t end = kMaxTextLineBytes;  // not within a character
    while (end > 0 && (static_cast<unsigned char>(line[end]) & 0xC0) == 0x80) --end;
    line.resize(end);
  }
  return !line.empty() && CheckReadableText(line).ok() ? line : "a reason that cannot be written on one line";
}

// What makes it another refusal than one before. Of those that wait, reasons name times, which do not count. Of a job
// without an order that is kept, its id, hash and order are what the coordinator makes up, and do not count either.
std::string KeyOfRefusal(const RefusalStatement& refusal, bool order_is_kept) {
  const auto hex = [](const std::optional<Sha256Digest>& digest) { return digest ? HexDigest(*digest) : "-"; };
  std::string reasons = absl::StrJoin(refusal.reasons, "\n");
  std::string hour;
  if (!refusal.for_good) {
    std::erase_if(reasons, absl::ascii_isdigit);
    hour = absl::StrCat(absl::ToUnixSeconds(refusal.time) / 3600);
  }
  if (!order_is_kept) {
    const int64_t day = absl::ToUnixSeconds(refusal.time) / (24 * 3600);
    return absl::StrCat(HexDigest(refusal.charter), " ", refusal.for_good, " ", day, "\n", reasons);
  }
  return absl::StrCat(hex(refusal.order), " ", hex(refusal.job), " ", refusal.job_id, " ", HexDigest(refusal.charter),
                      " ", hour, "\n", reasons);
}

// Begins the names of those of jobs with an order that is kept: they are counted by it. Apart are those that wait, of
// which a job that nobody approves makes one an hour, so that they leave room for the word that is for good.
std::string PrefixOfOrder(const RefusalStatement& refusal) {
  const std::string order = refusal.order.has_value() ? HexDigest(*refusal.order).substr(0, kNameDigits) : "";
  return absl::StrCat(order, refusal.for_good ? "-for-good-" : "-for-now-");
}

// Whoever reads the files learns that what is missing after it was not written down.
void SayThatItIsTheLast(RefusalStatement& refusal) {
  if (refusal.reasons.size() == kMaxTextLines) refusal.reasons.pop_back();
  refusal.reasons.push_back(
      absl::StrCat("this is number ", kMostRefusalsOfOrder,
                   " of the refusals of jobs with this order: further ones are not written down"));
}

}  // namespace

absl::StatusOr<size_t*> RefusalFiles::CountOf(bool order_is_kept) {
  if (!counts_.has_value()) {
    ACCORD_ASSIGN_OR_RETURN(const size_t all, CountFiles(folder_));
    ACCORD_ASSIGN_OR_RETURN(const size_t without_order, CountFiles(folder_, kWithoutOrder));
    counts_ = Counts{all - std::min(all, without_order), without_order};
  }
  size_t& count = order_is_kept ? counts_->with_order : counts_->without_order;
  const size_t most = order_is_kept ? kMostRefusalFiles : kMostRefusalsWithoutOrder;
  if (count < most) return &count;
  return absl::ResourceExhaustedError(absl::StrCat(
      folder_, " holds ", most, " refusals of jobs ", order_is_kept ? "with" : "without",
      " an order that is kept already: put old ones away, and restart the daemon, which counts them when it begins"));
}

absl::StatusOr<size_t*> RefusalFiles::CountOfOrder(const std::string& prefix) {
  auto found = counts_of_orders_.find(prefix);
  if (found == counts_of_orders_.end()) {
    ACCORD_ASSIGN_OR_RETURN(const size_t count, CountFiles(folder_, prefix));
    found = counts_of_orders_.emplace(prefix, count).first;
  }
  if (found->second < kMostRefusalsOfOrder) return &found->second;
  return absl::ResourceExhaustedError(
      absl::StrCat(folder_, " holds ", kMostRefusalsOfOrder,
                   " refusals of jobs with this order already: they stand for the further ones"));
}

absl::StatusOr<std::string> RefusalFiles::Write(RefusalStatement refusal, bool order_is_kept) {
  if (refusal.reasons.size() > kMaxTextLines) refusal.reasons.resize(kMaxTextLines);
  for (std::string& reason : refusal.reasons) reason = OneLine(reason);
  refusal.time = absl::FromUnixSeconds(absl::ToUnixSeconds(refusal.time));
  const std::string prefix = order_is_kept ? PrefixOfOrder(refusal) : std::string(kWithoutOrder);
  const std::string path = absl::StrCat(
      folder_, "/", prefix, Sha256Hex(KeyOfRefusal(refusal, order_is_kept)).substr(0, kNameDigits), kRefusalExtension);
  if (access(path.c_str(), F_OK) == 0) return path;
  ACCORD_RETURN_IF_ERROR(MakeFolders(folder_, 0700));
  ACCORD_ASSIGN_OR_RETURN(size_t* const count, CountOf(order_is_kept));
  size_t* of_order = nullptr;
  if (order_is_kept) {
    ACCORD_ASSIGN_OR_RETURN(of_order, CountOfOrder(prefix));
    if (*of_order + 1 == kMostRefusalsOfOrder) SayThatItIsTheLast(refusal);
  }
  ACCORD_ASSIGN_OR_RETURN(std::string bytes, WriteRefusalStatement(refusal));
  ACCORD_ASSIGN_OR_RETURN(const SignedStatement statement,
                          SignedStatement::Sign(std::move(bytes), kRefusalDomain, signer_));
  ACCORD_RETURN_IF_ERROR(WriteFileAtomically(path, statement.Text(), 0600));
  ++*count;
  if (of_order != nullptr) ++*of_order;
  return path;
}

std::vector<KeptRefusal> ReadRefusals(const std::string& folder) {
  std::vector<KeptRefusal> refusals;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    const std::string path = entry.path().string();
    if (!absl::EndsWith(path, kRefusalExtension)) continue;
    const auto text = ReadFile(path, kMaxStatementBytes + 256);
    const auto statement = text.ok() ? SignedStatement::Parse(*text) : absl::StatusOr<SignedStatement>(text.status());
    if (!statement.ok()) continue;
    auto refusal = ParseRefusalStatement(statement->bytes);
    if (refusal.ok()) refusals.push_back({path, *std::move(refusal)});
  }
  std::sort(refusals.begin(), refusals.end(), [](const KeptRefusal& a, const KeptRefusal& b) {
    return a.statement.time != b.statement.time ? a.statement.time > b.statement.time : a.path < b.path;
  });
  return refusals;
}

}  // namespace accord
