// What an anchor is worth, held against a roster of the federation whose it is said to be. It holds when it is signed
// by
//   - as many organisations of that roster as make its next one hold, each by the key of one of its sites: whoever can
//     change a federation's roster can bind it to another federation, and nobody with less;
//   - every site that it names as a member, by its key of that roster: a key that its owner did not sign for is
//     nobody's.
// A single signature that is not good refuses it: the file was tampered with, whatever else it holds. Held against a
// later roster than the one that it names, such a signature may as well be an honest one by a key that its site has
// changed since, and nothing at hand tells the two apart: it is passed over, which gives whoever forges one nothing,
// since it counts neither for the quorum nor for a member.
//
// Adversary: whoever made or forwards the file, both coordinators, and the holders of the keys of fewer organisations
// than the roster's quorum. Whether the roster itself is that federation's, the caller has to know. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "trust/joint/anchor.h"
#include "trust/roster/roster.h"

namespace accord {

// Which roster an anchor is held against.
enum class AnchorRoster {
  kNamed,  // the one that it names, to the hash: of another federation
  kNewer,  // that one, or a later one of the same federation that is in force by now: of one's own, whose roster goes
           // on without a new anchor. Then keys of the later one count, so that whoever was shut out is out.
};

// What it has and lacks, for people.
struct AnchorFindings {
  std::vector<std::string> faults;         // why it could never hold, whoever signs
  std::vector<std::string> bad;            // whose signature is not good
  std::vector<std::string> passed_over;    // whose signature is by no key of the later roster; never refuses it
  uint32_t quorum = 0;                     // organisations that are needed
  std::vector<std::string> organisations;  // that have signed
  std::vector<std::string> others;         // that could sign as well
  std::vector<std::string> unsigned_members;

  bool holds() const {
    return faults.empty() && bad.empty() && organisations.size() >= quorum && unsigned_members.empty();
  }
};

// About 0.1 ms a signature. Says nothing about the time.
AnchorFindings ExamineAnchor(const SignedAnchor& anchor, const Roster& roster, AnchorRoster which);
// FAILED_PRECONDITION says all that is wrong, and whose signatures are wanted.
absl::Status CheckAnchor(const SignedAnchor& anchor, const Roster& roster, AnchorRoster which);
// FAILED_PRECONDITION: it is not valid any more, or not yet.
absl::Status CheckAnchorTime(const Anchor& anchor, absl::Time now);
// Whether `next` may take the place of `known`. FAILED_PRECONDITION: it is of another federation or for another joint
// one; or it is an older one, shown again to bring back what has been changed since.
absl::Status CheckAnchorFollows(const Anchor& known, const Anchor& next);

// Several lines: whose, for what, until when, members with fingerprints of their keys, and what `findings` say.
std::string DescribeAnchor(const Anchor& anchor);
std::string DescribeAnchorFindings(const AnchorFindings& findings);

}  // namespace accord
