// What a site offers each neighbour along with its upload, and how one offer is shown to be part of the signed header.
//
// The header's `offers_root` is a Merkle root over the offers in neighbour order (cohort order without the site itself
// in a complete graph). A neighbour is shown its own offer and the path, so it can tell an offer that its maker signed
// from one that the coordinator altered, without receiving everybody's offers.
//
//   offers   u8 version = 1 | list of offers, peers ascending
//   shown    u8 version = 1 | string maker | u32 position | u32 num_neighbours | offer | list of digests (path)
//   offer    string peer | digest pair_commitment | flag has_share | digest share_commitment, packet[60] if has_share
//   leaf     SHA-256("accord/v1/offers" 00 u8 0 | string maker | u32 position | offer)     position from 1
//   node     SHA-256("accord/v1/offers" 00 u8 1 | left | right)                            tree of RFC 6962 section 2.1
//   root     SHA-256("accord/v1/offers" 00 u8 2 | u32 count | top node)                    top of no offers: 32 zeros
// Shares are made for all neighbours or for none.
//
// Source: RFC 6962, section 2.1 (tree and audit path; leaves and nodes cannot be mistaken for each other).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "aggregation/secure/messages/limits.h"
#include "base/hash.h"

namespace accord::secure {

struct OfferedShare {
  Sha256Digest commitment{};                        // seed_commitment.h
  std::array<uint8_t, kSharePacketBytes> packet{};  // the share, sealed to the peer
  friend bool operator==(const OfferedShare&, const OfferedShare&) = default;
};

struct PeerOffer {
  std::string peer;
  Sha256Digest pair_commitment{};  // of s_uv; both ends must commit to the same
  std::optional<OfferedShare> share;
  friend bool operator==(const PeerOffer&, const PeerOffer&) = default;
};

struct Offers {
  std::vector<PeerOffer> offers;  // at most kMaxNeighbours, peers ascending
  friend bool operator==(const Offers&, const Offers&) = default;
};

std::string Serialize(const Offers& offers);
// INVALID_ARGUMENT also when peers are not ascending or only some have a share.
absl::StatusOr<Offers> ParseOffers(absl::string_view bytes);

// One offer of `maker` with the proof that it stands in its header.
struct ShownOffer {
  std::string maker;
  uint32_t position = 0;        // of the peer among the maker's neighbours, from 1: the share's x
  uint32_t num_neighbours = 0;  // of the maker
  PeerOffer offer;
  std::vector<Sha256Digest> path;  // from the leaf's sibling upwards
  friend bool operator==(const ShownOffer&, const ShownOffer&) = default;
};

std::string Serialize(const ShownOffer& shown);
absl::StatusOr<ShownOffer> ParseShownOffer(absl::string_view bytes);

// The tree over all offers of one maker, hashed once. Immutable; thread-safe.
class OfferTree {
 public:
  OfferTree(std::string maker, Offers offers);

  const Sha256Digest& root() const { return root_; }
  const std::vector<PeerOffer>& offers() const { return offers_.offers; }
  // NOT_FOUND when `peer` is no neighbour of the maker.
  absl::StatusOr<ShownOffer> Show(absl::string_view peer) const;

 private:
  std::string maker_;
  Offers offers_;
  // levels_[0] are the leaves; a last node without a sibling is carried up unchanged, so the top level has one.
  std::vector<std::vector<Sha256Digest>> levels_;
  Sha256Digest root_{};
};

// The root alone: what the maker signs.
Sha256Digest OffersRoot(absl::string_view maker, const Offers& offers);

// The root of the tree in which this offer stands, if its path is to be believed. INVALID_ARGUMENT for a position or a
// path that no tree of so many offers has.
absl::StatusOr<Sha256Digest> ImpliedRoot(const ShownOffer& shown);

// INVALID_ARGUMENT: the offer is not the one that the maker's header binds. Whoever passed it on altered it. That the
// maker has so many neighbours and the peer is the one at that position, the caller compares with its own graph.
absl::Status CheckShownOffer(const ShownOffer& shown, const Sha256Digest& offers_root);

}  // namespace accord::secure
