#include "coordinator/engine/shown_log.h"

#include <algorithm>
#include <utility>

#include "base/status.h"
#include "spdlog/spdlog.h"
#include "trust/log/log_head.h"

namespace accord {
namespace {

constexpr size_t kProofsKept = 8;

// 0: it is none.
uint64_t SizeOf(const v1::SignedLogHead& head) {
  const auto parsed = ParseLogHead(head.head());
  return parsed.ok() ? parsed->tree_size : 0;
}

}  // namespace

absl::StatusOr<v1::SignedLogHead> ShownLog::Last() {
  ACCORD_ASSIGN_OR_RETURN(SignedLogHead last, log_.rows().LastHead(log_.project()));
  last_.set_head(std::move(last.bytes));
  last_.set_signature(std::move(last.signature));
  last_size_ = SizeOf(last_);
  return last_;
}

uint64_t ShownLog::Greet(uint64_t kept, v1::Welcome& welcome) {
  welcome.set_log_first_entry(log_.identity().first_entry());
  if (last_size_ == 0 || last_size_ < kept) {
    if (const auto last = Last(); !last.ok()) {
      spdlog::error("{}", std::string(last.status().message()));
      return kept;
    }
  }
  *welcome.mutable_log_head() = last_;
  const uint64_t size = last_size_;
  if (kept > size) {
    spdlog::error(
        "site {} has seen {} entries of the federation's log, and this coordinator has {}: was state_dir restored from "
        "an older copy? The site takes no plan. Stop this coordinator at once, before its log has grown as far, and "
        "put "
        "the newer state_dir back (docs/log.md)",
        welcome.site(), kept, size);
    return kept;
  }
  if (const auto proof = Proof(kept, size); proof != nullptr) *welcome.mutable_log_proof() = proof->log_proof();
  return size;
}

bool ShownLog::Reaches(uint64_t kept) {
  if (last_size_ < kept) Last().status().IgnoreError();
  return last_size_ >= kept;
}

std::shared_ptr<const v1::CoordinatorMessage> ShownLog::AheadOf(const v1::Plan& plan, uint64_t& kept) {
  const uint64_t size = SizeOf(plan.log_head());
  auto proof = Proof(kept, size);
  kept = std::max(kept, size);
  return proof;
}

std::optional<v1::LogStamp> ShownLog::Shown(const KeptStamp& stamp, const v1::SignedLogHead& head) {
  v1::LogStamp shown;
  shown.mutable_head()->set_head(stamp.head.bytes);
  shown.mutable_head()->set_signature(stamp.head.signature);
  shown.set_token(stamp.token);
  const uint64_t stamped = SizeOf(shown.head()), named = SizeOf(head);
  if (stamped == named) return shown;
  const auto proof = Proof(stamped, named);
  if (proof == nullptr) return std::nullopt;
  *shown.mutable_proof() = proof->log_proof();
  return shown;
}

std::shared_ptr<const v1::CoordinatorMessage> ShownLog::Proof(uint64_t one, uint64_t other) {
  const auto [first, second] = std::minmax(one, other);
  if (first == 0 || first == second) return nullptr;
  for (const auto& known : proofs_) {
    if (known->log_proof().first() == first && known->log_proof().second() == second) return known;
  }
  const auto path = log_.rows().ProveGrowth(log_.project(), first, second);
  if (!path.ok()) {
    // More than there is: the site has seen another log than this one, and says so itself.
    if (!absl::IsOutOfRange(path.status())) spdlog::error("{}", std::string(path.status().message()));
    return nullptr;
  }
  auto message = std::make_shared<v1::CoordinatorMessage>();
  v1::LogProof& proof = *message->mutable_log_proof();
  proof.set_first(first);
  proof.set_second(second);
  for (const Sha256Digest& hash : *path) proof.add_hashes(hash.data(), hash.size());
  proofs_.push_front(message);
  if (proofs_.size() > kProofsKept) proofs_.pop_back();
  return message;
}

}  // namespace accord
