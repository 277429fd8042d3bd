// When a roster follows another one: the rule by which a site goes over to it without anybody pinning it.
//
// `next` follows `previous` when it names the hash of `previous` and the same federation, has its version and one more,
// keeps every revocation, and is signed by
//   - at least `previous.quorum()` organisations of `previous`, each by the key of one of its sites there. One site
//     speaks for its organisation, so that ten stolen keys of one hospital are one voice. A key that `next` revokes is
//     not counted: who is shut out does not help to shut out others;
//   - every site that is new in `next`, or has another key or organisation there: a key that its owner did not sign for
//     is nobody's;
//   - for a person who is new in `next`, or has another key, organisation or roles there, and for a site that is new in
//     its organisation: a site that this organisation has in `previous`, by its key there, if `next` does not revoke
//     that. Where it has none such, a site of its own in `next`, if it has one: nobody else hires people for it.
//
// So a quorum cannot speak for an organisation whose sites it lists as before. It can revoke all of that one's keys, or
// give its site another key, and list what it likes from then on; every site that goes over says so in its log.
//
// A single bad signature in the file refuses it: the file was tampered with, whatever else it holds.
//
// Whether `previous` has expired makes no difference: else a federation that renews late could not go on at all.
//
// Adversary: whoever made or forwards `next`, the coordinator above all, and the holders of the keys of fewer than
// `quorum` organisations. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "trust/roster/roster.h"
#include "trust/roster/signed_roster.h"

namespace accord {

// What a step from one roster to the next has and lacks, for people.
struct StepFindings {
  std::vector<std::string> faults;          // why it could never follow, whoever signs
  std::vector<std::string> bad;             // whose signature is not good
  uint32_t quorum = 0;                      // organisations that are needed
  std::vector<std::string> organisations;   // that have signed and count
  std::vector<std::string> others;          // that could sign as well
  std::vector<std::string> unsigned_sites;  // that must sign for their own key
  std::vector<std::string> unsigned_words;  // a sentence for each new site or person that nobody vouches for

  bool holds() const {
    return faults.empty() && bad.empty() && organisations.size() >= quorum && unsigned_sites.empty() &&
           unsigned_words.empty();
  }
};

// About 0.1 ms a signature.
StepFindings ExamineStep(const Roster& previous, const SignedRoster& next);
// FAILED_PRECONDITION says all that is wrong, and whose signatures are wanted.
absl::Status CheckStep(const Roster& previous, const SignedRoster& next);

}  // namespace accord
