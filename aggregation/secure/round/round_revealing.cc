// Revealing: t signatures are there and have been shown to the signers. Each answers with its self-mask seed and the
// pair seeds that it shares with missing sites; each seed is checked against what its site committed to when it
// uploaded. Ends when every seed is here.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "aggregation/secure/round/round_impl.h"
#include "base/status.h"

namespace accord::secure {

using Impl = SecureRound::Impl;

void Impl::EnterRevealing() {
  state = State::kRevealing;
  auto shown = std::make_shared<std::vector<SignedBytes>>();
  for (const auto& [site, statement] : tally->counted()) {
    if (shown->size() < terms.quorum.required_signatures) shown->push_back(statement);
  }
  statements = std::move(shown);
  actions.push_back(KeepProof{{transcript, tally->set().survivors_hash, statements}});
  for (const Member& member : members) {
    if (member.has_signed) SendSignaturesTo(member);
  }
}

void Impl::SendSignaturesTo(const Member& member) {
  if (!member.gone && !IsComplete(member)) actions.push_back(SendSignatures{member.site, statements});
}

absl::Status Impl::CheckSurvivorReveal(const Member& member, const RevealStatement& statement) {
  if (!member.has_signed) return absl::FailedPreconditionError("a reveal of a site that has not signed");
  // Every missing neighbour, in order, and nobody else.
  const bool complete =
      std::equal(statement.pairs.begin(), statement.pairs.end(), member.missing.begin(), member.missing.end(),
                 [this](const RevealedCommitment& pair, Index missing) { return pair.site == members[missing].site; });
  if (statement.self.has_value() ? !complete : !statement.pairs.empty()) {
    return absl::InvalidArgumentError("a reveal of other pair seeds than those with all missing neighbours");
  }
  for (const RevealedCommitment& share : statement.shares) {
    if (!SharesAreMade() || SurvivingNeighbour(member, share.site) == nullptr) {
      return absl::InvalidArgumentError(absl::StrCat("a share of ", share.site, ", which gave it none for this sum"));
    }
  }
  return absl::OkStatus();
}

absl::Status Impl::CheckRevealShape(const Member& member, const RevealStatement& statement) {
  if (statement.site != member.site)
    return absl::InvalidArgumentError(absl::StrCat("a reveal in the name of ", statement.site));
  if (statement.transcript != transcript || statement.survivors_hash != tally->set().survivors_hash) {
    return absl::InvalidArgumentError("a reveal for another attempt or other survivors");
  }
  if (member.survivor) return CheckSurvivorReveal(member, statement);
  if (statement.self.has_value() || !statement.shares.empty()) {
    return absl::InvalidArgumentError("a site that is missing may reveal pair seeds only");
  }
  for (const RevealedCommitment& pair : statement.pairs) {
    if (SurvivingNeighbour(member, pair.site) == nullptr) {
      return absl::InvalidArgumentError(
          absl::StrCat("a pair seed with ", pair.site, ", which is no surviving neighbour"));
    }
  }
  return absl::OkStatus();
}

void Impl::TakeReveal(Member& member, RevealArrived& event) {
  if (Ended()) return;
  if (statements == nullptr) return Reject(member.site, "a reveal, and nobody has been shown enough signatures");
  absl::StatusOr<RevealStatement> statement =
      VerifyRevealStatement(event.statement, [this](absl::string_view site) { return KeyOf(site); });
  if (!statement.ok()) return Reject(member.site, statement.status().message());
  if (absl::Status shape = CheckRevealShape(member, *statement); !shape.ok())
    return Reject(member.site, shape.message());
  absl::StatusOr<RevealedSeeds> seeds = ParseSeeds(*statement, event.seeds.RevealAsText());
  if (!seeds.ok()) return Reject(member.site, seeds.status().message());
  const auto position = [&](absl::string_view maker) { return PositionOf(member, *Find(maker)); };
  if (absl::Status same = CheckSeeds(*statement, *seeds, position); !same.ok())
    return Reject(member.site, same.message());
  if (!member.survivor) {
    KeepMissingSeeds(member, *statement, event, *std::move(seeds));
  } else if (CheckCommitments(member, *statement, event.statement)) {
    KeepSurvivorSeeds(member, *statement, *std::move(seeds));
  }
  if (seeds_needed == 0) Open();
}

bool Impl::CheckCommitments(Member& member, const RevealStatement& statement, const SignedBytes& message) {
  if (statement.self.has_value() && *statement.self != member.upload->header.self_commitment) {
    Convict(member, "revealed another self-mask seed than it had committed to", WrongReveal(message, member, member));
    return false;
  }
  for (const RevealedCommitment& pair : statement.pairs) {
    const Member& peer = *Find(pair.site);
    if (pair.commitment == OfferTo(member, IndexOf(peer)).pair_commitment) continue;
    Convict(member, absl::StrCat("revealed another pair seed with ", pair.site, " than it had committed to"),
            WrongReveal(message, member, peer));
    return false;
  }
  for (const RevealedCommitment& share : statement.shares) {
    const Member& maker = *Find(share.site);
    if (share.commitment == OfferTo(maker, IndexOf(member)).share->commitment) continue;
    Convict(member, absl::StrCat("revealed another share of the seed of ", share.site, " than it had been given"),
            WrongReveal(message, maker, member));
    return false;
  }
  return true;
}

void Impl::KeepSelfSeed(Member& survivor, SecretBytes seed) {
  if (!survivor.self_seed.empty()) return;
  survivor.self_seed = std::move(seed);
  survivor.shares.clear();
  --seeds_needed;
}

void Impl::KeepPairSeed(Member& survivor, Index missing, SecretBytes seed) {
  const auto place = std::lower_bound(survivor.missing.begin(), survivor.missing.end(), missing);
  SecretBytes& kept = survivor.pair_seeds[place - survivor.missing.begin()];
  if (!kept.empty()) return;
  kept = std::move(seed);
  --seeds_needed;
}

void Impl::KeepSurvivorSeeds(Member& survivor, const RevealStatement& statement, RevealedSeeds seeds) {
  if (seeds.self.has_value()) KeepSelfSeed(survivor, *std::move(seeds.self));
  for (size_t i = 0; i < seeds.pairs.size(); ++i) {
    KeepPairSeed(survivor, IndexOf(*Find(statement.pairs[i].site)), std::move(seeds.pairs[i]));
  }
  for (size_t i = 0; i < seeds.shares.size(); ++i) {
    KeepShare(*Find(statement.shares[i].site), IndexOf(survivor), std::move(seeds.shares[i]));
  }
}

}  // namespace accord::secure
