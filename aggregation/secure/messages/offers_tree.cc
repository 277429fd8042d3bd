// The Merkle tree over a site's offers (RFC 6962, section 2.1).
#include <algorithm>
#include <bit>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "aggregation/secure/messages/domains.h"
#include "aggregation/secure/messages/offer_fields.h"
#include "aggregation/secure/messages/offers.h"

namespace accord::secure {
namespace {

using Digests = absl::Span<const Sha256Digest>;

Sha256Digest Leaf(absl::string_view maker, uint32_t position, const PeerOffer& offer) {
  FieldWriter writer;
  writer.U8(0).String(maker).U32(position);
  AppendOffer(offer, writer);
  return HashUnder(kOffersDomain, writer.bytes());
}

Sha256Digest Node(const Sha256Digest& left, const Sha256Digest& right) {
  FieldWriter writer;
  writer.U8(1).Digest(left).Digest(right);
  return HashUnder(kOffersDomain, writer.bytes());
}

Sha256Digest Root(uint32_t count, const Sha256Digest& top) {
  FieldWriter writer;
  writer.U8(2).U32(count).Digest(top);
  return HashUnder(kOffersDomain, writer.bytes());
}

// The left subtree of `size` > 1 leaves holds the largest power of two below `size`.
size_t LeftSize(size_t size) { return std::bit_floor(size - 1); }

std::vector<Sha256Digest> LevelAbove(const std::vector<Sha256Digest>& level) {
  std::vector<Sha256Digest> above;
  for (size_t i = 0; i + 1 < level.size(); i += 2) above.push_back(Node(level[i], level[i + 1]));
  if (level.size() % 2 == 1) above.push_back(level.back());
  return above;
}

// The top of a tree of `size` leaves that has `leaf` at `index`; nullopt when the path has another length than it must.
std::optional<Sha256Digest> Climb(const Sha256Digest& leaf, size_t index, size_t size, Digests path) {
  if (size == 1) return path.empty() ? std::make_optional(leaf) : std::nullopt;
  if (path.empty()) return std::nullopt;
  const size_t left = LeftSize(size);
  const bool goes_left = index < left;
  const auto below =
      Climb(leaf, goes_left ? index : index - left, goes_left ? left : size - left, path.subspan(0, path.size() - 1));
  if (!below) return std::nullopt;
  return goes_left ? Node(*below, path.back()) : Node(path.back(), *below);
}

}  // namespace

OfferTree::OfferTree(std::string maker, Offers offers) : maker_(std::move(maker)), offers_(std::move(offers)) {
  std::vector<Sha256Digest>& leaves = levels_.emplace_back();
  for (size_t i = 0; i < offers_.offers.size(); ++i) {
    leaves.push_back(Leaf(maker_, static_cast<uint32_t>(i + 1), offers_.offers[i]));
  }
  while (levels_.back().size() > 1) levels_.push_back(LevelAbove(levels_.back()));
  const auto count = static_cast<uint32_t>(offers_.offers.size());
  root_ = Root(count, count == 0 ? Sha256Digest{} : levels_.back()[0]);
}

absl::StatusOr<ShownOffer> OfferTree::Show(absl::string_view peer) const {
  const auto found = std::lower_bound(offers_.offers.begin(), offers_.offers.end(), peer,
                                      [](const PeerOffer& offer, absl::string_view id) { return offer.peer < id; });
  if (found == offers_.offers.end() || found->peer != peer) {
    return absl::NotFoundError(absl::StrCat(peer, " is no neighbour of ", maker_));
  }
  size_t index = static_cast<size_t>(found - offers_.offers.begin());
  ShownOffer shown{maker_, static_cast<uint32_t>(index + 1), static_cast<uint32_t>(offers_.offers.size()), *found, {}};
  for (const std::vector<Sha256Digest>& level : levels_) {
    const size_t sibling = index ^ 1;
    if (sibling < level.size()) shown.path.push_back(level[sibling]);
    index /= 2;
  }
  return shown;
}

Sha256Digest OffersRoot(absl::string_view maker, const Offers& offers) {
  return OfferTree(std::string(maker), offers).root();
}

absl::StatusOr<Sha256Digest> ImpliedRoot(const ShownOffer& shown) {
  const bool placed = shown.position >= 1 && shown.position <= shown.num_neighbours;
  const auto top = placed ? Climb(Leaf(shown.maker, shown.position, shown.offer), shown.position - 1,
                                  shown.num_neighbours, shown.path)
                          : std::nullopt;
  if (!top) {
    return absl::InvalidArgumentError(
        absl::StrCat("the offer of ", shown.maker, " to ", shown.offer.peer, " comes with an impossible path"));
  }
  return Root(shown.num_neighbours, *top);
}

absl::Status CheckShownOffer(const ShownOffer& shown, const Sha256Digest& offers_root) {
  const auto implied = ImpliedRoot(shown);
  if (implied.ok() && *implied == offers_root) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("the offer of ", shown.maker, " to ", shown.offer.peer,
                   " is not the one that its signed header binds: it was altered on the way"));
}

}  // namespace accord::secure
