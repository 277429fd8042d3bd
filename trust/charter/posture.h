// What a site's daemon says of the machine that trains, in one round: which software, in which sandbox, by which clock,
// on which disk, over which version of which data set. Signed by the site, written down before anything of the round is
// sent, and held against what the charter demands; a site whose own posture does not meet it takes no part.
//
//   accord-posture-v1
//   site: ID
//   charter: HEX            hash of the charter that the site goes by
//   order: HEX              hash of the order that the job runs under
//   data set: NAME|none     none: a drill, which reads no rows
//   data version: HEX|none  hash of its version (data_version.h); none: nobody demanded that it be known
//   release: HEX|none       hash of the release by which it is read (release.h)
//   policy: HEX             hash of the text of the site's policy (policy_statement.h); no line where it has none
//   software: TEXT          as `accord-client --version` says
//   sandbox: required|off   as it was applied to the trainer
//   clock behind: N         seconds that the site's clock was behind at least, by the time of the newest log head that
//                           it has; 0: not found to be
//   disk encryption: declared|not declared   by the site's operator; nothing checks it
//   former: HEX|none        hash of the posture before this one, of whatever job
//   time: TIME              by the site's clock
//   nonce: HEX              16 random bytes
//
// Signed in the domain accord/v1/posture. The hash of the bytes is a commitment to them: the nonce keeps whoever has
// the hash alone from guessing the version of a small data set. Whoever is shown the text checks hash and signature.
// It is the site's word: of the machine's owner nothing is proven. Adversary: whoever handed over the bytes; and the
// site itself, which later would rather have said something else.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/hash.h"
#include "proto/accord/v1/charter.pb.h"

namespace accord {

inline constexpr char kPostureDomain[] = "accord/v1/posture";
inline constexpr uint32_t kMostClockBehindS = 1'000'000'000;

struct Posture {
  std::string site;
  Sha256Digest charter{};
  Sha256Digest order{};
  std::string data_set;  // empty: none
  std::optional<Sha256Digest> data_version;
  std::optional<Sha256Digest> release;
  std::optional<Sha256Digest> policy;
  std::string software;
  bool sandboxed = true;
  uint32_t clock_behind_s = 0;
  bool disk_encryption_declared = false;
  std::optional<Sha256Digest> former;
  absl::Time time;
  std::string nonce;  // 32 hexadecimal digits

  friend bool operator==(const Posture&, const Posture&) = default;
};

// INVALID_ARGUMENT: what ParsePosture would not take.
absl::StatusOr<std::string> WritePosture(const Posture& posture);
// INVALID_ARGUMENT with the number of the line for whatever is not the format above.
absl::StatusOr<Posture> ParsePosture(absl::string_view bytes);
// SHA-256(kPostureDomain || 0x00 || bytes): what is shown to the coordinator.
Sha256Digest PostureHash(absl::string_view bytes);

// Whether both say the same of the machine and of the job: all but time, nonce and what came before. A clock counts as
// the same where both are behind or neither is.
bool SaysTheSame(const Posture& a, const Posture& b);

// Seconds that a clock which shows `now` is behind at least, when somebody else's showed `seen` before: 0 within
// `tolerance`. One-sided: a clock that is ahead, or a head that is old, cannot be told from an idle federation.
uint32_t ClockBehindS(absl::Time now, absl::Time seen, absl::Duration tolerance);

// A sentence for each demand that is not met, for the site's own refusal; empty: it meets them. `clause`: where they
// are written, "the charter's floors.posture (line 40)".
std::vector<std::string> JudgePosture(const Posture& posture, const v1::PostureFloor& floor, absl::string_view clause);

}  // namespace accord
