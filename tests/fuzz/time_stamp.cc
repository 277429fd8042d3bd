// What a time-stamp authority, or somebody in its place, answers. The first byte of the input says what it is: 't' a
// token, 'a' an answer to a request of known nonce.
#include "trust/timestamp/time_stamp.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/hash.h"
#include "base/seeded_entropy.h"
#include "tests/fuzz/support/frames.h"
#include "tests/fuzz/support/fuzz_target.h"
#include "tests/trust/timestamp/test_authority.h"
#include "trust/timestamp/stamp_authority.h"
#include "trust/timestamp/stamp_request.h"

namespace accord::fuzz::time_stamp {
namespace {

const absl::Time kAt = absl::FromUnixSeconds(1'750'000'000);

const TestStampAuthority& Tsa() {
  static const auto& tsa = *new TestStampAuthority();
  return tsa;
}

const StampAuthority& Believed() {
  static const auto& believed = *new StampAuthority(Tsa().Believed());
  return believed;
}

Sha256Digest Imprint() { return Sha256("a head"); }

StampRequest Request() {
  SeededEntropy entropy(1);
  return StampRequest::Create(Imprint(), Believed(), entropy).value();
}

bool TakeToken(absl::string_view bytes) {
  const absl::StatusOr<TimeStamp> says = ReadTimeStamp(bytes);
  const absl::StatusOr<TimeStamp> stamp = Believed().Check(bytes, Imprint());
  Require(!stamp.ok() || (says.ok() && stamp->imprint == Imprint()),
          "what holds can be read, and is on what it is for");
  Require(!stamp.ok() || stamp->time == kAt, "nobody else gives this authority's stamps");
  return stamp.ok();
}

bool TakeAnswer(absl::string_view bytes) {
  const absl::StatusOr<StampRequest::Granted> granted = Request().Accept(bytes);
  Require(!granted.ok() || Believed().Check(granted->token, Imprint()).ok(), "what was granted holds later too");
  return granted.ok();
}

}  // namespace

std::vector<std::string> Seeds() {
  return {absl::StrCat("t", Tsa().Token(Imprint(), kAt)), absl::StrCat("a", Tsa().Answer(Request().der(), kAt))};
}

bool Take(absl::string_view bytes) {
  switch (TakeSelector(bytes)) {
    case 't':
      return TakeToken(bytes);
    case 'a':
      return TakeAnswer(bytes);
    default:
      return false;
  }
}

const FuzzTarget kTarget("time_stamp", &Seeds, &Take);

}  // namespace accord::fuzz::time_stamp
