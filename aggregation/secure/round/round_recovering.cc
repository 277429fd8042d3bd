// Recovering: survivors are gone before they revealed. The others' shares rebuild their self-mask seeds; their pair
// seeds with missing sites come from these, as far as they are in reach. Each comes from its owner as well, if it is
// back. Ends when every seed is here, or one can never come.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "aggregation/secure/messages/seed_commitment.h"
#include "aggregation/secure/round/round_impl.h"
#include "aggregation/secure/shamir.h"

namespace accord::secure {

using Impl = SecureRound::Impl;

bool Impl::IsComplete(const Member& survivor) {
  return !survivor.self_seed.empty() && std::none_of(survivor.pair_seeds.begin(), survivor.pair_seeds.end(),
                                                     [](const SecretBytes& seed) { return seed.empty(); });
}

uint8_t Impl::PositionOf(const Member& holder, const Member& maker) const {
  return terms.graph->PositionOf(IndexOf(maker), IndexOf(holder)).value_or(0);
}

bool Impl::CanGiveShare(const Member& holder, const Member& maker) const {
  const Index index = IndexOf(holder);
  return holder.survivor && SharesAreMade() && !maker.complainers.contains(index) && !maker.shares.contains(index);
}

bool Impl::NeedsPairSeed(const Member& survivor, Index missing) const {
  const auto place = std::lower_bound(survivor.missing.begin(), survivor.missing.end(), missing);
  return survivor.pair_seeds[place - survivor.missing.begin()].empty();
}

void Impl::AskForSeedsOfTheGone() {
  const bool needed = std::any_of(members.begin(), members.end(), [](const Member& member) {
    return member.survivor && member.absent() && !IsComplete(member);
  });
  state = needed ? State::kRecovering : State::kRevealing;
  if (!needed) return;
  for (Member& member : members) {
    if (member.gone) continue;
    if (member.has_signed) AskForShares(member);
    if (!member.survivor) AskForPairSeeds(member);
  }
}

void Impl::AskForShares(Member& holder) {
  RequestShares request{holder.site, {}};
  for (const Index index : holder.neighbours) {
    const Member& maker = members[index];
    if (!maker.survivor || !maker.absent() || !maker.self_seed.empty() || maker.unsharable) continue;
    if (!CanGiveShare(holder, maker) || !holder.asked_shares.insert(index).second) continue;
    request.gone.push_back(maker.site);
  }
  if (!request.gone.empty()) actions.push_back(std::move(request));
}

void Impl::AskForPairSeeds(Member& missing) {
  RequestPairSeeds request{missing.site, headers, statements, {}};
  for (const Index index : missing.neighbours) {
    const Member& survivor = members[index];
    if (!survivor.survivor || !survivor.absent() || missing.bad_pairs.contains(index)) continue;
    if (!NeedsPairSeed(survivor, IndexOf(missing)) || !missing.asked_pairs.insert(index).second) continue;
    request.gone.push_back(survivor.site);
  }
  if (!request.gone.empty()) actions.push_back(std::move(request));
}

// A survivor's header says which seed it masked with. If the missing site has another one, either of them lies.
void Impl::KeepMissingSeeds(Member& missing, const RevealStatement& statement, const RevealArrived& event,
                            RevealedSeeds seeds) {
  for (size_t i = 0; i < seeds.pairs.size(); ++i) {
    Member& survivor = *Find(statement.pairs[i].site);
    if (statement.pairs[i].commitment == OfferTo(survivor, IndexOf(missing)).pair_commitment) {
      KeepPairSeed(survivor, IndexOf(missing), std::move(seeds.pairs[i]));
    } else if (missing.bad_pairs.insert(IndexOf(survivor)).second) {
      worse = true;
      const std::string what =
          absl::StrCat(missing.site, " revealed another pair seed than ", survivor.site, " had committed to");
      Accuse({survivor.site, missing.site}, what, WrongReveal(event.statement, survivor, missing));
    }
  }
}

void Impl::KeepShare(Member& maker, Index holder, SecretBytes share) {
  if (!maker.self_seed.empty() || maker.unsharable) return;
  maker.shares.insert_or_assign(holder, std::move(share));
  if (maker.shares.size() >= terms.fields.share_threshold) RebuildSelfSeed(maker);
}

void Impl::RebuildSelfSeed(Member& maker) {
  std::vector<SharePoint> points;
  for (const auto& [holder, share] : maker.shares) points.push_back({PositionOf(members[holder], maker), &share});
  absl::StatusOr<SecretBytes> seed = RebuildSecret(points);
  if (seed.ok() && SelfCommitment(transcript, maker.site, *seed) == maker.upload->header.self_commitment) {
    return KeepSelfSeed(maker, *std::move(seed));
  }
  // Every share is the one that its maker committed to. It may still come back with the seed itself.
  maker.unsharable = true;
  worse = true;
  Accuse({maker.site}, "made shares that do not rebuild the seed that it had committed to", BadShares(maker));
  maker.shares.clear();
}

std::optional<std::string> Impl::WhyASeedCannotCome() const {
  for (const Member& maker : members) {
    if (!maker.survivor || !maker.lost) continue;
    for (const Index missing : maker.missing) {
      if (!NeedsPairSeed(maker, missing)) continue;
      if (!members[missing].lost && !members[missing].bad_pairs.contains(IndexOf(maker))) continue;
      return absl::StrCat(maker.site, " is gone before it gave the pair seed that it shares with ",
                          members[missing].site, ", which is missing, and ", members[missing].site,
                          " cannot give it either");
    }
    if (!maker.self_seed.empty()) continue;
    const size_t can =
        maker.shares.size() + std::count_if(maker.neighbours.begin(), maker.neighbours.end(), [&](Index holder) {
          return !members[holder].lost && CanGiveShare(members[holder], maker);
        });
    if (maker.unsharable) return absl::StrCat(maker.site, " is gone, and its shares do not rebuild its seed");
    if (!SharesAreMade())
      return absl::StrCat(maker.site, " is gone, and with ", members.size(), " sites all must answer");
    if (can >= terms.fields.share_threshold) continue;
    return absl::StrCat(maker.site, " is gone, and only ", can, " of the ", terms.fields.share_threshold,
                        " shares that rebuild its seed can still come");
  }
  return std::nullopt;
}

}  // namespace accord::secure
