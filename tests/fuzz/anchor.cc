// Anchors, as one federation hands its own to another.
#include "trust/joint/anchor.h"

#include <string>
#include <vector>

#include "base/hash.h"
#include "tests/fuzz/support/fuzz_target.h"
#include "trust/identity/key_pair.h"

namespace accord::fuzz::anchor {
namespace {

KeyPairSigner SomeSigner() { return KeyPairSigner::Create(*KeyPair::Generate()).value(); }

std::string ExampleAnchorBytes() {
  Anchor anchor;
  anchor.federation = "Heart Federation";
  anchor.joint = "Hearts and Lungs";
  anchor.roster_version = 3;
  anchor.roster = Sha256("roster");
  anchor.charter = Sha256("charter");
  anchor.made = absl::FromUnixSeconds(1'800'000'000);
  anchor.valid_until = anchor.made + absl::Hours(24 * 90);
  anchor.members = {{"site-a", SomeSigner().public_key_der()}, {"site-b", SomeSigner().public_key_der()}};
  return WriteAnchor(anchor).value();
}

}  // namespace

std::vector<std::string> Seeds() {
  const std::string bytes = ExampleAnchorBytes();
  SignedAnchor anchor = SignedAnchor::Parse(bytes).value();
  Require(anchor.Sign("site-a", SomeSigner()).ok(), "an anchor can be signed");
  Require(anchor.Sign("site-b", SomeSigner()).ok(), "an anchor can be signed");
  return {bytes, anchor.Text()};
}

bool Take(absl::string_view bytes) {
  const absl::StatusOr<SignedAnchor> anchor = SignedAnchor::Parse(bytes);
  if (!anchor.ok()) return false;
  Require(anchor->Text() == bytes || anchor->bytes() == bytes, "a file of an anchor has one spelling, signed or not");
  Require(WriteAnchor(anchor->anchor()).value() == anchor->bytes(), "an anchor has one spelling");
  return true;
}

const FuzzTarget kTarget("anchor", &Seeds, &Take);

}  // namespace accord::fuzz::anchor
