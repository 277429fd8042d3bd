// For whom an attempt waits, and the same in words for people.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "aggregation/secure/round/round_impl.h"

namespace accord::secure {

using Impl = SecureRound::Impl;

// Whatever the attempt needs and does not have comes from one of these, as long as it is not hopeless: that is why it
// always ends once they are given up.
std::vector<Impl::Index> Impl::AwaitedMembers() const {
  std::set<Index> awaited;
  for (Index u = 0; u < members.size(); ++u) {
    const Member& member = members[u];
    if (state == State::kCollecting && !member.upload.has_value()) awaited.insert(u);
    if (state == State::kSigning && member.survivor && !member.has_signed) awaited.insert(u);
    if (statements == nullptr || Ended() || !member.survivor || IsComplete(member)) continue;
    awaited.insert(u);
    if (!member.absent()) continue;
    for (const Index peer : member.neighbours) {
      if (member.self_seed.empty() && !member.unsharable && CanGiveShare(members[peer], member)) awaited.insert(peer);
    }
    for (const Index peer : member.missing) {
      if (NeedsPairSeed(member, peer) && !members[peer].bad_pairs.contains(u)) awaited.insert(peer);
    }
  }
  std::vector<Index> waiting;
  std::copy_if(awaited.begin(), awaited.end(), std::back_inserter(waiting),
               [this](Index u) { return !members[u].lost; });
  return waiting;
}

std::string Impl::Words() const {
  if (Ended()) return "";
  std::vector<std::string> sites;
  for (const Index index : AwaitedMembers()) sites.push_back(members[index].site);
  std::string words = absl::StrCat("waits for ", absl::StrJoin(sites, ", "));
  const size_t n = members.size();
  switch (state) {
    case State::kCollecting:
      absl::StrAppend(&words, " to upload.");
      break;
    case State::kSigning:
      absl::StrAppend(&words, ": ", tally->counted().size(), " of the ", terms.quorum.required_signatures,
                      " signatures needed are there.");
      break;
    default:
      absl::StrAppend(&words, " to reveal what takes the masks off the sum.");
  }
  if (!SharesAreMade())
    absl::StrAppend(&words, " With ", n, " sites all must answer, else sums would expose single sites.");
  return absl::StrCat(words, " Nothing has been opened.");
}

}  // namespace accord::secure
