// The seeds that travel beside a reveal statement.
#include <utility>

#include "aggregation/secure/messages/limits.h"
#include "aggregation/secure/messages/reveal_statement.h"
#include "aggregation/secure/messages/seed_commitment.h"
#include "base/status.h"

namespace accord::secure {
namespace {

// Cuts one seed off the front.
SecretBytes TakeSeed(absl::string_view& bytes) {
  const absl::string_view seed = bytes.substr(0, kSeedBytes);
  bytes.remove_prefix(kSeedBytes);
  return SecretBytes(absl::MakeConstSpan(reinterpret_cast<const uint8_t*>(seed.data()), seed.size()));
}

absl::Status Unlike(absl::string_view which) {
  return absl::InvalidArgumentError(absl::StrCat(which, " is not the one that the statement commits to"));
}

}  // namespace

SecretBytes SerializeSeeds(const RevealedSeeds& seeds) {
  std::string bytes;
  // Reserved at once: growing would leave copies of the first seeds behind.
  bytes.reserve((1 + seeds.pairs.size() + seeds.shares.size()) * kSeedBytes);
  const auto append = [&](const SecretBytes& seed) { bytes.append(seed.RevealAsText().data(), seed.size()); };
  if (seeds.self) append(*seeds.self);
  for (const SecretBytes& seed : seeds.pairs) append(seed);
  for (const SecretBytes& share : seeds.shares) append(share);
  SecretBytes secret(absl::MakeConstSpan(reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()));
  WipeString(bytes);
  return secret;
}

absl::StatusOr<RevealedSeeds> ParseSeeds(const RevealStatement& statement, absl::string_view bytes) {
  if (bytes.size() != statement.num_seeds() * kSeedBytes) {
    return absl::InvalidArgumentError(absl::StrCat("the statement of ", statement.site, " reveals ",
                                                   statement.num_seeds(), " seeds, but ", bytes.size(),
                                                   " bytes came with it"));
  }
  RevealedSeeds seeds;
  if (statement.self) seeds.self = TakeSeed(bytes);
  for (size_t i = 0; i < statement.pairs.size(); ++i) seeds.pairs.push_back(TakeSeed(bytes));
  for (size_t i = 0; i < statement.shares.size(); ++i) seeds.shares.push_back(TakeSeed(bytes));
  return seeds;
}

absl::Status CheckSeeds(const RevealStatement& statement, const RevealedSeeds& seeds, SharePositions positions) {
  if (statement.self.has_value() != seeds.self.has_value() || statement.pairs.size() != seeds.pairs.size() ||
      statement.shares.size() != seeds.shares.size()) {
    return absl::InvalidArgumentError("the seeds are not those of the statement");
  }
  if (seeds.self && SelfCommitment(statement.transcript, statement.site, *seeds.self) != *statement.self) {
    return Unlike("the self-mask seed");
  }
  for (size_t i = 0; i < seeds.pairs.size(); ++i) {
    const RevealedCommitment& pair = statement.pairs[i];
    if (PairCommitment(statement.transcript, statement.site, pair.site, seeds.pairs[i]) != pair.commitment) {
      return Unlike(absl::StrCat("the pair seed with ", pair.site));
    }
  }
  for (size_t i = 0; i < seeds.shares.size(); ++i) {
    const RevealedCommitment& share = statement.shares[i];
    const ShareName name{share.site, statement.site, positions(share.site)};
    if (ShareCommitment(statement.transcript, name, seeds.shares[i]) != share.commitment) {
      return Unlike(absl::StrCat("the share of ", share.site, "'s seed"));
    }
  }
  return absl::OkStatus();
}

}  // namespace accord::secure
