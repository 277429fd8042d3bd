#include "aggregation/secure/site/seen_peers.h"

#include <cstring>
#include <iterator>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "aggregation/secure/messages/fields.h"
#include "aggregation/secure/messages/limits.h"
#include "base/hash.h"
#include "base/status.h"
#include "trust/identity/signing.h"

namespace accord::secure {
namespace {

constexpr absl::string_view kTitle = "accord peers 1\n";
constexpr size_t kMinPeerBytes = 1 + 4 + kSignatureSize;

absl::Status Damaged(absl::string_view fault) {
  return absl::DataLossError(absl::StrCat("what this site has seen of other sites' records is damaged: ", fault));
}

}  // namespace

absl::StatusOr<SeenPeers> SeenPeers::Parse(absl::string_view site, absl::string_view file) {
  Sha256Digest check;
  if (file.size() < kTitle.size() + check.size()) return Damaged("the file is cut short");
  const absl::string_view covered = file.substr(0, file.size() - check.size());
  std::memcpy(check.data(), file.data() + covered.size(), check.size());
  if (Sha256(covered) != check) return Damaged("its SHA-256 is another");
  absl::string_view fields = covered;
  if (!absl::ConsumePrefix(&fields, kTitle)) return Damaged("it is of another version");
  FieldReader reader(fields, "seen peers");
  SeenPeers seen{std::string(site)};
  const uint32_t count = reader.Count("peers", kMaxSeenPeers, kMinPeerBytes);
  for (uint32_t i = 0; i < count && !reader.failed(); ++i) {
    SignedPosition message;
    const uint8_t kind = reader.U8("kind");
    message.kind = kind == 1 ? PositionKind::kUploadHeader : PositionKind::kSurvivorStatement;
    message.message.bytes = reader.String("message", kMaxMessageBytes);
    message.message.signature = std::string(reader.Raw("signature", kSignatureSize));
    const auto position = ParsePosition(message);
    const bool ascends = position.ok() && (seen.peers_.empty() || seen.peers_.rbegin()->first < position->site);
    if (!reader.failed() && (kind < 1 || kind > 2 || !ascends)) reader.Fail("peers", "has an entry out of place");
    if (ascends) seen.peers_.emplace(position->site, Peer{*position, std::move(message)});
  }
  if (const absl::Status end = reader.Finish(); !end.ok()) return Damaged(end.message());
  return seen;
}

std::string SeenPeers::Serialize() const {
  FieldWriter writer;
  writer.Raw(kTitle).U32(static_cast<uint32_t>(peers_.size()));
  for (const auto& [site, peer] : peers_) {
    writer.U8(static_cast<uint8_t>(peer.message.kind)).String(peer.message.message.bytes);
    writer.Raw(absl::string_view(peer.message.message.signature));
  }
  writer.Digest(Sha256(writer.bytes()));
  return std::move(writer).Take();
}

std::optional<SignedPosition> SeenPeers::Note(const RecordPosition& position, const SignedPosition& message) {
  if (position.site == site_) return std::nullopt;
  const auto known = peers_.find(position.site);
  if (known != peers_.end()) {
    if (Contradict(known->second.position, position)) return known->second.message;
    if (position.sequence <= known->second.position.sequence) return std::nullopt;
  }
  peers_.insert_or_assign(position.site, Peer{position, message});
  changed_ = true;
  if (peers_.size() > kMaxSeenPeers) ForgetFarthest();
  return std::nullopt;
}

// The one right before this site's own id, cyclically.
void SeenPeers::ForgetFarthest() {
  const auto after = peers_.lower_bound(site_);
  peers_.erase(after == peers_.begin() ? std::prev(peers_.end()) : std::prev(after));
}

const SignedPosition* SeenPeers::Find(absl::string_view site) const {
  const auto found = peers_.find(site);
  return found == peers_.end() ? nullptr : &found->second.message;
}

}  // namespace accord::secure
