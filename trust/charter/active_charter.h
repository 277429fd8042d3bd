// A charter that has the signatures it needs: the only kind by which anything is judged.
//
// Needed are, of the sites of the roster that this site has pinned: all, unless the charter (`signatures`) and, for an
// amendment, the version before it (`amendments`) are both content with fewer, of which there must be more than half,
// so that of two amendments of one version at most one can become active unless a site signs both. And people: the
// co-signers of the tags of its purposes and `signatures.people` under this charter's keys, `amendments.people` under
// the keys of the version before it: a new version cannot itself make the people who let it pass. Without the version
// before it an amendment needs every site. No person counts twice within one demand.
//
// Adversary: whoever handed over the file, and up to half of the sites. Pure.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "trust/charter/charter.h"
#include "trust/charter/signed_charter.h"
#include "trust/roster/roster.h"

namespace accord {

// What a charter has and lacks, for people.
struct CharterFindings {
  std::vector<std::string> signed_by;  // identities whose signature is good
  std::vector<std::string> bad;        // identities that the roster or the charter lists, whose signature is not good
  std::vector<std::string> lacking;    // a sentence for each demand that is not met; empty: the charter is active
  std::vector<std::string> warnings;   // a sentence for each person whose key here the roster is against
};

// `former`: the version before; nullptr where it is not at hand or there is none.
CharterFindings ExamineCharter(const SignedCharter& charter, const Roster& roster, const Charter* former);

// Copies share charter and roster, which are immutable. Thread-safe.
class ActiveCharter {
 public:
  // FAILED_PRECONDITION lists all that is lacking and all bad signatures. Says nothing about the time: a charter is
  // active before its not_before, and nothing runs under it then.
  static absl::StatusOr<ActiveCharter> Create(const SignedCharter& charter, std::shared_ptr<const Roster> roster,
                                              const Charter* former);

  const Charter& charter() const { return *charter_; }
  const Roster& roster() const { return *roster_; }

 private:
  ActiveCharter(std::shared_ptr<const Charter> charter, std::shared_ptr<const Roster> roster)
      : charter_(std::move(charter)), roster_(std::move(roster)) {}

  std::shared_ptr<const Charter> charter_;
  std::shared_ptr<const Roster> roster_;
};

}  // namespace accord
