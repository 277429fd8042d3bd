#include "aggregation/secure/site/revealing.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "aggregation/secure/messages/seed_commitment.h"

namespace accord::secure {
namespace {

SecretBytes CopyOf(const SecretBytes& seed) { return SecretBytes(seed.Reveal()); }

// Puts commitment and seed where `site` belongs in ascending order.
void Insert(const std::string& site, const Sha256Digest& commitment, const SecretBytes& seed,
            std::vector<RevealedCommitment>& commitments, std::vector<SecretBytes>& seeds) {
  const auto place =
      std::lower_bound(commitments.begin(), commitments.end(), site,
                       [](const RevealedCommitment& entry, const std::string& id) { return entry.site < id; });
  if (place != commitments.end() && place->site == site) return;
  const auto index = place - commitments.begin();
  commitments.insert(place, RevealedCommitment{site, commitment});
  seeds.insert(seeds.begin() + index, CopyOf(seed));
}

}  // namespace

void RevealMaker::AddSelf(const SecretBytes& seed) {
  statement_.self = SelfCommitment(set_.transcript, context_.site(), seed);
  seeds_.self = CopyOf(seed);
}

void RevealMaker::AddPair(const std::string& peer, const SecretBytes& seed) {
  Insert(peer, PairCommitment(set_.transcript, context_.site(), peer, seed), seed, statement_.pairs, seeds_.pairs);
}

void RevealMaker::AddShare(const std::string& maker, uint8_t position, const SecretBytes& share) {
  const Sha256Digest commitment = ShareCommitment(set_.transcript, ShareName{maker, context_.site(), position}, share);
  Insert(maker, commitment, share, statement_.shares, seeds_.shares);
}

SiteStep RevealMaker::Send() && {
  statement_.transcript = set_.transcript;
  statement_.survivors_hash = set_.survivors_hash;
  statement_.site = context_.site();
  SiteStep step;
  const Revealed* last = context_.record.LastRevealed(set_.job_id);
  if (last == nullptr || last->transcript != set_.transcript) {
    const Revealed entry{set_.job_id, set_.attempt, set_.transcript, set_.survivors_hash};
    step.actions.push_back(AppendRecord{context_.record.Append(entry)});
  }
  context_.NoteProven(set_);
  absl::StatusOr<SignedBytes> message = Sign(statement_, context_.signer);
  if (!message.ok()) {  // with what was recorded: the record must never be ahead of its file
    step.actions.push_back(Refuse{SiteRefusal::kInternal, std::string(message.status().message()), false, {}});
    return step;
  }
  step.actions.push_back(SendReveal{*std::move(message), SerializeSeeds(seeds_)});
  // What the survivors signed: after the last round of a job nothing else would write it down.
  if (context_.record.peers().TakeChanged()) step.actions.push_back(KeepPeers{});
  return step;
}

}  // namespace accord::secure
