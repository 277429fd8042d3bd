#include "tests/simulation/secure/liar.h"

#include <algorithm>
#include <utility>

#include "aggregation/secure/messages/offers.h"
#include "aggregation/secure/messages/reveal_statement.h"
#include "aggregation/secure/messages/seed_commitment.h"
#include "aggregation/secure/messages/survivor_statement.h"
#include "aggregation/secure/messages/upload_header.h"

namespace accord::secure::simulation {
namespace {

SecretBytes Another(const SecretBytes& seed) {
  std::vector<uint8_t> bytes(seed.Reveal().begin(), seed.Reveal().end());
  bytes[0] ^= 1;
  return SecretBytes(bytes);
}

// The x of a share is in its commitment alone.
uint8_t PositionIn(const RevealStatement& statement, const RevealedCommitment& share, const SecretBytes& seed) {
  for (uint8_t position = 1; position < 255; ++position) {
    const ShareName name{share.site, statement.site, position};
    if (ShareCommitment(statement.transcript, name, seed) == share.commitment) return position;
  }
  return 255;
}

void Falsify(RevealStatement& statement, RevealedSeeds& seeds, Lie lie) {
  if (lie == Lie::kWrongSelfSeed && seeds.self.has_value()) {
    seeds.self = Another(*seeds.self);
    statement.self = SelfCommitment(statement.transcript, statement.site, *seeds.self);
  }
  if (lie == Lie::kWrongPairSeed) {
    for (size_t i = 0; i < seeds.pairs.size(); ++i) {
      RevealedCommitment& pair = statement.pairs[i];
      seeds.pairs[i] = Another(seeds.pairs[i]);
      pair.commitment = PairCommitment(statement.transcript, statement.site, pair.site, seeds.pairs[i]);
    }
  }
  if (lie == Lie::kWrongShare) {
    for (size_t i = 0; i < seeds.shares.size(); ++i) {
      RevealedCommitment& share = statement.shares[i];
      const ShareName name{share.site, statement.site, PositionIn(statement, share, seeds.shares[i])};
      seeds.shares[i] = Another(seeds.shares[i]);
      share.commitment = ShareCommitment(statement.transcript, name, seeds.shares[i]);
    }
  }
}

template <typename Event>
std::vector<RoundEvent> Only(Event event) {
  std::vector<RoundEvent> events;
  events.push_back(std::move(event));
  return events;
}

}  // namespace

std::vector<RoundEvent> Liar::Alter(UploadVerified event, RandomStream& random) const {
  UploadHeader header = *ParseUploadHeader(event.header.bytes);
  Offers offers = *ParseOffers(event.offers);
  for (PeerOffer& offer : offers.offers) {
    if (random.NextBelow(3) == 0) continue;
    if (lie_ == Lie::kOddPairs) offer.pair_commitment[0] ^= 1;
    if (lie_ == Lie::kSealedNonsense && offer.share.has_value()) offer.share->commitment[0] ^= 1;
  }
  if (lie_ == Lie::kTwoUploads) ++header.ledger_sequence;
  if (lie_ == Lie::kNonsense) event.offers = "nonsense";
  header.offers_root = OffersRoot(header.site, offers);
  UploadVerified altered = event;
  altered.header = *Sign(header, signer_);
  if (lie_ != Lie::kNonsense) altered.offers = Serialize(offers);
  std::vector<RoundEvent> events;
  if (lie_ == Lie::kTwoUploads) events.push_back(event);
  events.push_back(altered);
  return events;
}

std::vector<RoundEvent> Liar::Alter(StatementArrived event, RandomStream& random) const {
  SurvivorStatement statement = *ParseSurvivorStatement(event.statement.bytes);
  std::vector<RoundEvent> events;
  if (lie_ == Lie::kOtherSet) {
    events.push_back(event);
    statement.set.survivors_hash[0] ^= 1;
  }
  if (lie_ == Lie::kFalseComplaint) {
    statement.complaints.clear();
    for (const RosterSite& other : roster_.sites()) {
      if (other.site != statement.site && random.NextBelow(2) == 0) statement.complaints.push_back(other.site);
    }
  }
  event.statement = *Sign(statement, signer_);
  if (lie_ == Lie::kNonsense) event.statement.bytes.resize(event.statement.bytes.size() / 2);
  events.push_back(std::move(event));
  if (events.size() == 2 && random.NextBelow(2) == 0) std::swap(events[0], events[1]);
  return events;
}

std::vector<RoundEvent> Liar::Alter(RevealArrived event, RandomStream&) const {
  RevealStatement statement = *ParseRevealStatement(event.statement.bytes);
  RevealedSeeds seeds = *ParseSeeds(statement, event.seeds.RevealAsText());
  Falsify(statement, seeds, lie_);
  event.statement = *Sign(statement, signer_);
  event.seeds = SerializeSeeds(seeds);
  if (lie_ == Lie::kNonsense) event.seeds = SecretBytes(event.seeds.Reveal().subspan(1));
  return Only(std::move(event));
}

std::vector<RoundEvent> Liar::Alter(RoundEvent event, RandomStream& random) const {
  if (auto* upload = std::get_if<UploadVerified>(&event)) return Alter(std::move(*upload), random);
  if (auto* statement = std::get_if<StatementArrived>(&event)) return Alter(std::move(*statement), random);
  if (auto* reveal = std::get_if<RevealArrived>(&event)) return Alter(std::move(*reveal), random);
  return Only(std::move(event));
}

RoundEvent Copy(const RoundEvent& event) {
  return std::visit(
      [](const auto& typed) -> RoundEvent {
        if constexpr (std::is_same_v<std::decay_t<decltype(typed)>, RevealArrived>) {
          return RevealArrived{typed.site, typed.statement, SecretBytes(typed.seeds.Reveal())};
        } else {
          return typed;
        }
      },
      event);
}

}  // namespace accord::secure::simulation
