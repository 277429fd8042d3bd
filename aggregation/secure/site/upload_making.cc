#include "aggregation/secure/site/upload_making.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "aggregation/secure/key_schedule.h"
#include "aggregation/secure/messages/offers.h"
#include "aggregation/secure/messages/seed_commitment.h"
#include "aggregation/secure/shamir.h"
#include "aggregation/secure/share_packet.h"
#include "base/status.h"

namespace accord::secure {
namespace {

Refusal NotMade(absl::string_view action, const absl::Status& status) {
  return Refusal(SiteRefusal::kInternal, absl::StrCat("cannot ", action, ": ", status.message()));
}

absl::StatusOr<SecretBytes> PairSeed(const JoinedEpoch& epoch, const JoinedAttempt& attempt, uint32_t peer) {
  const uint32_t self = static_cast<uint32_t>(epoch.self);
  const KeyStatement& lower = epoch.list.members[std::min(self, peer)];
  const KeyStatement& higher = epoch.list.members[std::max(self, peer)];
  return DeriveMaskSeed(epoch.pair_keys[peer], MaskSeedInfo{attempt.transcript(), lower.site, higher.site,
                                                            lower.public_key, higher.public_key});
}

absl::StatusOr<std::shared_ptr<const MaskSet>> MakeMasks(const JoinedEpoch& epoch, const JoinedAttempt& attempt,
                                                         const OwnUpload& upload) {
  auto masks = std::make_shared<MaskSet>();
  ACCORD_RETURN_IF_ERROR(masks->Add(upload.self_seed, MaskSign::kPlus));
  for (size_t i = 0; i < attempt.neighbours.size(); ++i) {
    const MaskSign sign = epoch.self < attempt.neighbours[i] ? MaskSign::kPlus : MaskSign::kMinus;
    ACCORD_RETURN_IF_ERROR(masks->Add(upload.pair_seeds[i], sign));
  }
  return masks;
}

// The share for this site's neighbour number `index`, at x = index + 1.
absl::StatusOr<OfferedShare> SealFor(const ParticipantContext& context, const JoinedEpoch& epoch,
                                     const JoinedAttempt& attempt, size_t index, const SecretBytes& share) {
  const uint32_t self = static_cast<uint32_t>(epoch.self);
  const uint32_t peer = attempt.neighbours[index];
  const std::string& holder = epoch.sites[peer];
  const auto position = static_cast<uint8_t>(index + 1);
  ACCORD_ASSIGN_OR_RETURN(const SecretBytes key, PacketKeyOf(epoch, attempt, self, peer));
  ACCORD_ASSIGN_OR_RETURN(
      const std::string packet,
      SealShare(key, PacketAddress{attempt.transcript(), context.site(), holder, position}, share, context.entropy));
  OfferedShare offered;
  offered.commitment = ShareCommitment(attempt.transcript(), ShareName{context.site(), holder, position}, share);
  std::copy(packet.begin(), packet.end(), offered.packet.begin());
  return offered;
}

absl::StatusOr<Offers> MakeOffers(const ParticipantContext& context, const JoinedEpoch& epoch,
                                  const JoinedAttempt& attempt, const OwnUpload& upload) {
  std::vector<SecretBytes> shares;
  if (attempt.makes_shares()) {
    ACCORD_ASSIGN_OR_RETURN(shares, SplitSecret(upload.self_seed, attempt.agreement.fields.share_threshold,
                                                static_cast<uint32_t>(attempt.neighbours.size()), context.entropy));
  }
  Offers offers;
  for (size_t i = 0; i < attempt.neighbours.size(); ++i) {
    const uint32_t peer = attempt.neighbours[i];
    PeerOffer offer;
    offer.peer = epoch.sites[peer];
    offer.pair_commitment = PairCommitment(attempt.transcript(), context.site(), offer.peer, upload.pair_seeds[i]);
    if (attempt.makes_shares()) {
      ACCORD_ASSIGN_OR_RETURN(offer.share, SealFor(context, epoch, attempt, i, shares[i]));
    }
    offers.offers.push_back(std::move(offer));
  }
  return offers;
}

// The least set that this site signs: its own floors and the job's.
void AddFloors(const ParticipantContext& context, const JoinedAttempt& attempt, UploadHeader& header) {
  const Floors floors = FloorsFor(context.config.floors, attempt.terms.two_sites);
  header.floor_survivors = std::max(floors.sites, attempt.terms.min_sites);
  header.floor_organisations = floors.organisations;
}

}  // namespace

absl::StatusOr<SecretBytes> PacketKeyOf(const JoinedEpoch& epoch, const JoinedAttempt& attempt, uint32_t from,
                                        uint32_t to) {
  const uint32_t peer = from == epoch.self ? to : from;
  return DerivePacketKey(epoch.pair_keys[peer], PacketInfo{attempt.transcript(), epoch.sites[from], epoch.sites[to]});
}

Verdict<std::vector<SecretBytes>> DerivePairSeeds(const JoinedEpoch& epoch, const JoinedAttempt& attempt) {
  std::vector<SecretBytes> seeds;
  seeds.reserve(attempt.neighbours.size());
  for (const uint32_t peer : attempt.neighbours) {
    absl::StatusOr<SecretBytes> seed = PairSeed(epoch, attempt, peer);
    if (!seed.ok()) return NotMade("derive a mask seed", seed.status());
    seeds.push_back(*std::move(seed));
  }
  return seeds;
}

Verdict<OwnUpload> MakeUpload(const ParticipantContext& context, const JoinedEpoch& epoch, const JoinedAttempt& attempt,
                              const Sha256Digest& vector_name) {
  OwnUpload upload;
  upload.vector_name = vector_name;
  absl::StatusOr<SecretBytes> self_seed = context.entropy.Secret(kSeedBytes);
  if (!self_seed.ok()) return NotMade("draw a mask seed", self_seed.status());
  upload.self_seed = *std::move(self_seed);
  ACCORD_ASSIGN_OR_RETURN(upload.pair_seeds, DerivePairSeeds(epoch, attempt));
  absl::StatusOr<std::shared_ptr<const MaskSet>> masks = MakeMasks(epoch, attempt, upload);
  if (!masks.ok()) return NotMade("set up the masks", masks.status());
  upload.masks = *std::move(masks);
  absl::StatusOr<Offers> offers = MakeOffers(context, epoch, attempt, upload);
  if (!offers.ok()) return NotMade("seal the shares", offers.status());
  upload.offers = Serialize(*offers);
  upload.offers_root = OffersRoot(context.site(), *offers);
  return upload;
}

Verdict<SignedBytes> MakeHeader(const ParticipantContext& context, const JoinedAttempt& attempt,
                                const OwnUpload& upload) {
  UploadHeader header;
  header.parts = attempt.agreement.parts;
  header.site = context.site();
  header.payload_digest = *upload.payload_digest;
  header.offers_root = upload.offers_root;
  AddFloors(context, attempt, header);
  header.self_commitment = SelfCommitment(attempt.transcript(), context.site(), upload.self_seed);
  header.ledger_sequence = context.record.sequence();
  header.ledger_head = context.record.head();
  absl::StatusOr<SignedBytes> message = Sign(header, context.signer);
  if (!message.ok()) return NotMade("sign the upload", message.status());
  return *std::move(message);
}

}  // namespace accord::secure
