#include "aggregation/secure/site/offer_check.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "aggregation/secure/messages/offers.h"
#include "aggregation/secure/messages/seed_commitment.h"
#include "aggregation/secure/share_packet.h"
#include "aggregation/secure/site/upload_making.h"
#include "base/status.h"

namespace accord::secure {
namespace {

Refusal Tampered(absl::string_view maker, absl::string_view why) {
  return Refusal(SiteRefusal::kTamperedOffer,
                 absl::StrCat("what ", maker, " made for this site did not come as it was signed: ", why));
}

const UploadHeader& HeaderOf(const SurvivorList& list, absl::string_view site) {
  const auto found = std::lower_bound(list.sites.begin(), list.sites.end(), site);
  return list.headers[found - list.sites.begin()];
}

// The offer of the neighbour `maker`, if it is the very one that its header binds.
Verdict<ShownOffer> CheckOffer(const AttemptView& view, const SurvivorList& list, uint32_t maker,
                               absl::string_view bytes) {
  const std::string& name = view.epoch.sites[maker];
  absl::StatusOr<ShownOffer> shown = ParseShownOffer(bytes);
  if (!shown.ok()) return Tampered(name, shown.status().message());
  const NeighbourGraph& graph = *view.attempt.agreement.graph;
  const bool in_place = shown->maker == name && shown->offer.peer == view.context.site() &&
                        shown->num_neighbours == graph.degree() &&
                        shown->position == graph.PositionOf(maker, static_cast<uint32_t>(view.epoch.self));
  if (!in_place) return Tampered(name, "it stands at another place");
  const absl::Status bound = CheckShownOffer(*shown, HeaderOf(list, name).offers_root);
  if (!bound.ok()) return Tampered(name, bound.message());
  return *std::move(shown);
}

// The share inside, or empty: the maker signed something that does not hold.
absl::StatusOr<SecretBytes> OpenOffer(const AttemptView& view, uint32_t maker, const ShownOffer& shown) {
  const Sha256Digest& transcript = view.attempt.transcript();
  const auto position = static_cast<uint8_t>(shown.position);
  ACCORD_ASSIGN_OR_RETURN(const SecretBytes key,
                          PacketKeyOf(view.epoch, view.attempt, maker, static_cast<uint32_t>(view.epoch.self)));
  const auto& packet = shown.offer.share->packet;
  ACCORD_ASSIGN_OR_RETURN(SecretBytes share,
                          OpenShare(key, PacketAddress{transcript, shown.maker, view.context.site(), position},
                                    absl::string_view(reinterpret_cast<const char*>(packet.data()), packet.size())));
  if (ShareCommitment(transcript, ShareName{shown.maker, view.context.site(), position}, share) !=
      shown.offer.share->commitment) {
    return absl::InvalidArgumentError("the share is not the one that was committed to");
  }
  return share;
}

}  // namespace

Verdict<TakenOffers> TakeOffers(const AttemptView& view, const SurvivorList& list, absl::Span<const std::string> offers,
                                absl::Span<const SecretBytes> pair_seeds) {
  TakenOffers taken;
  taken.shares.resize(view.attempt.neighbours.size());
  size_t next = 0;
  for (size_t i = 0; i < view.attempt.neighbours.size(); ++i) {
    const uint32_t maker = view.attempt.neighbours[i];
    const std::string& name = view.epoch.sites[maker];
    if (!list.Contains(name)) continue;
    if (next == offers.size()) return Tampered(name, "it was left out");
    ACCORD_ASSIGN_OR_RETURN(const ShownOffer shown, CheckOffer(view, list, maker, offers[next++]));
    bool holds = shown.offer.pair_commitment ==
                 PairCommitment(view.attempt.transcript(), view.context.site(), name, pair_seeds[i]);
    holds = holds && shown.offer.share.has_value() == view.attempt.makes_shares();
    if (holds && view.attempt.makes_shares()) {
      absl::StatusOr<SecretBytes> share = OpenOffer(view, maker, shown);
      holds = share.ok();
      if (holds) taken.shares[i] = *std::move(share);
    }
    if (!holds) taken.complaints.push_back(name);
  }
  if (next != offers.size()) return Tampered("somebody", "there are more offers than neighbours among the survivors");
  return taken;
}

}  // namespace accord::secure
