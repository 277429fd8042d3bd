#include "coordinator/engine/witness_desk.h"

#include <algorithm>
#include <functional>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "aggregation/secure/messages/fields.h"
#include "aggregation/secure/messages/limits.h"
#include "base/hash.h"
#include "base/status.h"

namespace accord {
namespace {

absl::Status CheckRequest(const std::string& site, const v1::WitnessRequest& request) {
  if (request.nonce().size() != std::tuple_size_v<Sha256Digest>) {
    return absl::InvalidArgumentError("the nonce of a request for witnesses does not have 32 bytes");
  }
  const auto& names = request.witnesses();
  if (names.empty() || names.size() > WitnessDesk::kMaxWitnesses) {
    return absl::InvalidArgumentError(
        absl::StrCat("a request names ", names.size(), " witnesses, expected 1 to ", WitnessDesk::kMaxWitnesses));
  }
  const bool sorted = std::adjacent_find(names.begin(), names.end(), std::greater_equal<>()) == names.end();
  const bool proper = std::all_of(names.begin(), names.end(),
                                  [&site](const std::string& name) { return secure::IsSiteId(name) && name != site; });
  if (sorted && proper) return absl::OkStatus();
  return absl::InvalidArgumentError("the witnesses of a request are not other sites, each once, in their order");
}

}  // namespace

absl::Status WitnessDesk::Ask(const std::string& site, const v1::WitnessRequest& request) {
  ACCORD_RETURN_IF_ERROR(CheckRequest(site, request));
  Inquiry& inquiry = inquiries_[site];
  const std::map<std::string, bool> before = std::exchange(inquiry.witnesses, {});
  const bool same = inquiry.nonce == request.nonce();
  inquiry.nonce = request.nonce();
  for (const std::string& name : request.witnesses()) {
    const auto open = before.find(name);
    // Asked again, or too often by now: the answer to the first time still counts.
    bool& awaited = inquiry.witnesses[name] = same && open != before.end() && open->second;
    Question(site, inquiry, name, awaited);
  }
  return absl::OkStatus();
}

void WitnessDesk::Question(const std::string& site, Inquiry& inquiry, const std::string& name, bool& awaited) {
  const absl::Duration now = clock_.Monotonic();
  if (now - inquiry.since >= kWindow) {
    inquiry.since = now;
    inquiry.questions = 0;
    inquiry.asked.clear();
  }
  const auto asked = inquiry.asked.find(name);
  if (asked != inquiry.asked.end() && asked->second >= kMostRepeats) return;
  if (inquiry.questions >= kMostQuestions) return;
  auto message = std::make_shared<v1::CoordinatorMessage>();
  message->mutable_witness_question()->set_site(site);
  message->mutable_witness_question()->set_nonce(inquiry.nonce);
  if (!send_(name, std::move(message))) return;
  awaited = true;
  ++inquiry.asked[name];
  ++inquiry.questions;
}

void WitnessDesk::Answer(const std::string& witness, const v1::WitnessAnswer& answer) {
  const auto inquiry = inquiries_.find(answer.site());
  if (inquiry == inquiries_.end()) return;
  const auto asked = inquiry->second.witnesses.find(witness);
  if (asked == inquiry->second.witnesses.end() || !asked->second) return;
  if (answer.statement().bytes().size() > secure::kMaxMessageBytes) return;
  auto message = std::make_shared<v1::CoordinatorMessage>();
  *message->mutable_witness_report()->mutable_statement() = answer.statement();
  if (send_(answer.site(), std::move(message))) inquiry->second.witnesses.erase(asked);
}

void WitnessDesk::Connected(const std::string& witness) {
  for (auto& [site, inquiry] : inquiries_) {
    const auto open = inquiry.witnesses.find(witness);
    if (open != inquiry.witnesses.end()) Question(site, inquiry, witness, open->second);
  }
}

void WitnessDesk::Gone(const std::string& site) {
  const auto inquiry = inquiries_.find(site);
  if (inquiry != inquiries_.end()) inquiry->second.witnesses.clear();
}

}  // namespace accord
