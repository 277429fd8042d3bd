#include "aggregation/secure/messages/offers.h"

#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "aggregation/secure/messages/fields.h"
#include "aggregation/secure/messages/offer_fields.h"
#include "base/status.h"

namespace accord::secure {
namespace {

constexpr size_t kMinOfferBytes = 4 + 1 + 32 + 1;

OfferedShare ReadShare(FieldReader& reader) {
  OfferedShare share;
  share.commitment = reader.Digest("share_commitment");
  const absl::string_view packet = reader.Raw("packet", share.packet.size());
  if (!reader.failed()) std::memcpy(share.packet.data(), packet.data(), packet.size());
  return share;
}

PeerOffer ReadOffer(absl::string_view previous, FieldReader& reader) {
  PeerOffer offer;
  offer.peer = reader.SiteAfter("peer", previous);
  offer.pair_commitment = reader.Digest("pair_commitment");
  if (reader.Flag("has_share")) offer.share = ReadShare(reader);
  return offer;
}

}  // namespace

void AppendOffer(const PeerOffer& offer, FieldWriter& writer) {
  writer.String(offer.peer).Digest(offer.pair_commitment).Flag(offer.share.has_value());
  if (offer.share) writer.Digest(offer.share->commitment).Raw(absl::MakeConstSpan(offer.share->packet));
}

std::string Serialize(const Offers& offers) {
  FieldWriter writer;
  writer.Version().U32(static_cast<uint32_t>(offers.offers.size()));
  for (const PeerOffer& offer : offers.offers) AppendOffer(offer, writer);
  return std::move(writer).Take();
}

absl::StatusOr<Offers> ParseOffers(absl::string_view bytes) {
  if (bytes.size() > kMaxOffersBytes) {
    return absl::InvalidArgumentError(
        absl::StrCat("offers of ", bytes.size(), " bytes; expected at most ", kMaxOffersBytes));
  }
  FieldReader reader(bytes, "offers");
  Offers offers;
  reader.Version();
  offers.offers.resize(reader.Count("offers", kMaxNeighbours, kMinOfferBytes));
  std::string previous;
  for (PeerOffer& offer : offers.offers) {
    offer = ReadOffer(previous, reader);
    previous = offer.peer;
    if (offer.share.has_value() != offers.offers.front().share.has_value()) {
      reader.Fail("has_share", "is not the same for all peers");
    }
  }
  ACCORD_RETURN_IF_ERROR(reader.Finish());
  return offers;
}

std::string Serialize(const ShownOffer& shown) {
  FieldWriter writer;
  writer.Version().String(shown.maker).U32(shown.position).U32(shown.num_neighbours);
  AppendOffer(shown.offer, writer);
  writer.U32(static_cast<uint32_t>(shown.path.size()));
  for (const Sha256Digest& sibling : shown.path) writer.Digest(sibling);
  return std::move(writer).Take();
}

absl::StatusOr<ShownOffer> ParseShownOffer(absl::string_view bytes) {
  FieldReader reader(bytes, "shown offer");
  ShownOffer shown;
  reader.Version();
  shown.maker = reader.Site("maker");
  shown.position = reader.U32("position");
  shown.num_neighbours = reader.U32("num_neighbours");
  shown.offer = ReadOffer("", reader);
  shown.path.resize(reader.Count("path", kMaxPathLength, sizeof(Sha256Digest)));
  for (Sha256Digest& sibling : shown.path) sibling = reader.Digest("path");
  if (shown.num_neighbours > kMaxNeighbours) reader.Fail("num_neighbours", "is above 255");
  if (shown.position == 0 || shown.position > shown.num_neighbours) reader.Fail("position", "is no neighbour's");
  if (shown.maker == shown.offer.peer) reader.Fail("peer", "is the maker itself");
  ACCORD_RETURN_IF_ERROR(reader.Finish());
  return shown;
}

}  // namespace accord::secure
