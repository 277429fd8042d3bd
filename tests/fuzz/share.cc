// Shares of seeds on their way between sites. The first byte of the input: 'p' a packet behind the position that it is
// opened for; 'r' points of a polynomial, 33 bytes each.
#include <map>
#include <string>
#include <vector>

#include "aggregation/secure/shamir.h"
#include "aggregation/secure/share_packet.h"
#include "base/seeded_entropy.h"
#include "tests/fuzz/support/frames.h"
#include "tests/fuzz/support/fuzz_target.h"

namespace accord::fuzz::share {
namespace {

constexpr size_t kPointBytes = 33;

SecretBytes Secret(absl::string_view bytes) {
  return SecretBytes(absl::MakeConstSpan(reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()));
}

SecretBytes FixedSecret(char filling) { return Secret(std::string(32, filling)); }

PacketAddress Address(uint8_t position) { return {Sha256("transcript"), "site-a", "site-b", position}; }

bool TakePacket(absl::string_view bytes) {
  const uint8_t position = static_cast<uint8_t>(TakeSelector(bytes));
  const absl::StatusOr<SecretBytes> share = OpenShare(FixedSecret('k'), Address(position), bytes);
  if (!share.ok()) return false;
  Require(share->Reveal().size() == 32 && bytes.size() == 60 && position > 0, "a share has 32 bytes, its packet 60");
  return true;
}

bool TakePoints(absl::string_view bytes) {
  std::map<uint8_t, SecretBytes> distinct;
  std::vector<SecretBytes> shares;
  std::vector<uint8_t> places;
  for (; bytes.size() >= kPointBytes; bytes.remove_prefix(kPointBytes)) {
    places.push_back(static_cast<uint8_t>(bytes[0]));
    shares.push_back(Secret(bytes.substr(1, kPointBytes - 1)));
    distinct.emplace(places.back(), SecretBytes());
  }
  std::vector<SharePoint> points;
  for (size_t i = 0; i < places.size(); ++i) points.push_back({places[i], &shares[i]});
  const bool sound = !points.empty() && distinct.size() == points.size() && !distinct.contains(0);
  const absl::StatusOr<SecretBytes> secret = RebuildSecret(points);
  Require(secret.ok() == sound, "different points other than zero make a secret, others an error");
  Require(!sound || secret->Reveal().size() == 32, "a secret has 32 bytes");
  return sound;
}

}  // namespace

std::vector<std::string> Seeds() {
  SeededEntropy entropy(1);
  const std::string packet = SealShare(FixedSecret('k'), Address(3), FixedSecret('s'), entropy).value();
  std::string points = "r";
  const std::vector<SecretBytes> shares = SplitSecret(FixedSecret('s'), 3, 5, entropy).value();
  for (char x = 1; x <= 5; x += 2) points += x + std::string(shares[static_cast<size_t>(x) - 1].RevealAsText());
  return {"p\x03" + packet, points};
}

bool Take(absl::string_view bytes) {
  switch (TakeSelector(bytes)) {
    case 'p':
      return TakePacket(bytes);
    case 'r':
      return TakePoints(bytes);
    default:
      return false;
  }
}

const FuzzTarget kTarget("share", &Seeds, &Take);

}  // namespace accord::fuzz::share
