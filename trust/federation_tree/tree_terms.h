// What a federation tree shows of itself: how many slots it has, and how often it fills all of them.
//
// A federation tree is a log (trust/log) of an institution, kept apart from every project's. Once in each cadence, at a
// multiple of it since 1970, it grows by exactly one entry for each slot, of kind `project-head`:
//
//   project-head  u8 version = 1 | u32 slots | u32 cadence_s | digest commitment
//   commitment    H("accord/v1/project-head", salt[32] | head)   to a signed head's bytes (trust/log/log_head.h); of a
//                 slot without one the same over a salt alone, which nobody keeps
//
// A project has one secret slot for ever. Whoever has the opening of a commitment can show that the head was there;
// whoever has not cannot tell a slot with a project from one without.
//
// Adversary: whoever hands over the bytes; a member of one project who wants to count, name or time another, and knows
// everything of the tree but the openings; the tree's keeper, who could give a project two slots and two stories.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/entropy.h"
#include "base/hash.h"
#include "trust/log/log_entry.h"

namespace accord {

inline constexpr uint32_t kMinTreeSlots = 2;
inline constexpr uint32_t kMaxTreeSlots = 4096;
inline constexpr uint32_t kMinTreeCadenceS = 60;
inline constexpr uint32_t kMaxTreeCadenceS = 31 * 24 * 3600;

struct TreeTerms {
  uint32_t slots = 0;
  uint32_t cadence_s = 0;

  // INVALID_ARGUMENT: a number out of its range.
  absl::Status Check() const;
  uint64_t cadence_us() const { return uint64_t{cadence_s} * 1'000'000; }

  friend bool operator==(const TreeTerms&, const TreeTerms&) = default;
};

// The last moment of the cadence that is not after `now`, in microseconds since 1970.
uint64_t TickAt(const TreeTerms& terms, absl::Time now);

using CommitmentSalt = std::array<uint8_t, 32>;
absl::StatusOr<CommitmentSalt> DrawCommitmentSalt(EntropySource& entropy);

struct SlotPayload {
  TreeTerms terms;
  Sha256Digest commitment = {};

  // Of a slot that has this head, of a project's log.
  static SlotPayload OfHead(const TreeTerms& terms, const CommitmentSalt& salt, absl::string_view head_bytes);
  // Of a slot that has none. INTERNAL: no random bytes.
  static absl::StatusOr<SlotPayload> OfNothing(const TreeTerms& terms, EntropySource& entropy);

  std::string Write() const;
  // INVALID_ARGUMENT with field and place.
  static absl::StatusOr<SlotPayload> Parse(absl::string_view bytes);

  friend bool operator==(const SlotPayload&, const SlotPayload&) = default;
};

// What an entry of a tree, not its first, says about its place.
struct SlotEntry {
  SlotPayload payload;
  uint32_t slot = 0;
  uint64_t tick_us = 0;
};
// INVALID_ARGUMENT: no entry of a tree: another kind, a subject or names, a time that is not of the cadence.
absl::StatusOr<SlotEntry> ReadSlotEntry(const LogEntry& entry);

// Holds a tree's entries, as they come by, against the shape that every tree has: each tick has all slots, ticks follow
// each other, and the terms never change. Not thread-safe.
class TreeShape {
 public:
  // In order, from the first entry of the log on. Once it failed it says the same again.
  absl::Status Take(const LogEntry& entry);
  // There is no entry more. INVALID_ARGUMENT: also where the last tick is not whole.
  absl::Status Finish();

  // nullopt: there was no tick yet.
  const std::optional<TreeTerms>& terms() const { return terms_; }
  // Moments of the ticks so far; ascending.
  const std::vector<uint64_t>& ticks_us() const { return ticks_us_; }

 private:
  absl::Status Check(const LogEntry& entry);

  std::optional<TreeTerms> terms_;
  std::vector<uint64_t> ticks_us_;
  uint64_t next_index_ = 0;
  absl::Status status_;
};

// Moments from `first` on in even steps: ticks that are alike in something.
struct TickRange {
  uint64_t first_us = 0, last_us = 0;
  uint64_t count = 0;

  friend bool operator==(const TickRange&, const TickRange&) = default;
};
// Ticks between the first and the last of `ticks_us` that are not there: the keeper was down.
std::vector<TickRange> MissingTicks(const TreeTerms& terms, const std::vector<uint64_t>& ticks_us);
// Ticks of the tree from the first of `committed_us` on that are not among those. Both ascending.
std::vector<TickRange> TicksWithout(const std::vector<uint64_t>& ticks_us, const std::vector<uint64_t>& committed_us);

}  // namespace accord
