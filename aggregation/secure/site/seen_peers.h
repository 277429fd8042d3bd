// The newest signed message of each other site that this one has seen, as that site signed it: what it shows a site
// that has just started and asks (messages/witness_statement.h), and what a message of a record that went backwards is
// held against.
//
// The shell keeps it in one file, which is replaced whenever something newer was seen and is on the disk before the
// signature leaves that this site gives for the same round (site_actions.h, KeepPeers):
//
//   "accord peers 1" LF | u32 count | for each, ascending by site: u8 kind | string bytes | signature[64]
//   | 32 bytes SHA-256 of everything before
//
// Bounded: 1,024 sites, about 0.7 MiB. Beyond, those are kept whose ids follow this site's own, cyclically: so each
// site of a large federation is remembered by as many others as any other one. Not thread-safe.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "aggregation/secure/messages/record_position.h"

namespace accord::secure {

inline constexpr size_t kMaxSeenPeers = 1024;

class SeenPeers {
 public:
  // `site`: whose memory this is.
  explicit SeenPeers(std::string site) : site_(std::move(site)) {}

  // What the file holds. DATA_LOSS: it is not as it was written. Signatures are not checked again: whoever is shown one
  // of these messages checks it.
  static absl::StatusOr<SeenPeers> Parse(absl::string_view site, absl::string_view file);
  std::string Serialize() const;

  // A message of another site whose signature was checked; of this site itself it is passed over. What contradicts it
  // (Contradict) is given back, and stays; else the one with more entries is kept.
  std::optional<SignedPosition> Note(const RecordPosition& position, const SignedPosition& message);
  // nullptr: none was seen.
  const SignedPosition* Find(absl::string_view site) const;
  size_t size() const { return peers_.size(); }
  // Something was kept since this was asked last.
  bool TakeChanged() { return std::exchange(changed_, false); }
  // It could not be written down: TakeChanged says so once more.
  void SetChanged() { changed_ = true; }

 private:
  struct Peer {
    RecordPosition position;
    SignedPosition message;
  };
  void ForgetFarthest();

  std::string site_;
  std::map<std::string, Peer, std::less<>> peers_;
  bool changed_ = false;
};

}  // namespace accord::secure
