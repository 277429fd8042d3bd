// Whether this site's state folder is the newest that there was. A folder that was put back from an older copy is whole
// and consistent; only other sites know more. So after each start of the daemon, before anything is computed or sent
// for a job, this site asks others for the newest of its own signed messages that they have seen (docs/secure-sum.md,
// "A state folder of yesterday").
//
//   asking     fewer than half of the asked sites have answered, or fewer than half of those asked ones that were in
//              the last cohort that the record has a signature for: no job is taken part in, for now
//   settled    both have, and nobody showed more than the record has. For good; late answers are still looked at
//   restored   somebody showed this site's own signature on more, or on another past: no job is taken part in until
//              the operator settles it (`accord-client egress settle`) and starts the daemon again
//
// Whom it asks: the other sites of the roster that it has pinned; of more than 32 as many, drawn at random once. It
// asks by the roster and not by a plan's cohort, since a coordinator chooses the cohort, and would choose sites that
// have seen nothing. An answer needs no settled witness: sites that start together answer each other. A coordinator
// that passes on no answers keeps this site waiting.
//
// What that finds out: an older copy, where at least one honest site that has seen the newer word is among those whose
// answers come, or among the members of the next epoch, who sign in their keys what they have seen (CheckOwnPast).
// Where cohorts are the whole roster and all are asked, that holds: fewer than a third of the others have not seen
// what t have signed. Where a cohort is smaller than the roster, a coordinator that lies can pass on the answers of
// those alone that were in none, and choose the next cohort among them; then only the last known cohort is in its way,
// half of which must answer, and a folder so old that it knows another cohort, or none, is not found out.
//
// Where no roster is pinned nobody's key can be checked, and nothing is asked: such a site does plain sums alone, and
// none at all where its record shows that there was a roster. Once one is pinned, while the daemon runs too, no job is
// taken part in before its sites have answered: so a copy of before the pin is found out no later than that.
//
// Adversary: the coordinator, and witnesses. Neither can make up this site's signature, nor show an answer of an
// earlier start: it has another nonce. A witness can keep silent, or say that it has seen nothing; a coordinator can
// choose whose answers it passes on. Used on the daemon's
// decision thread only.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "aggregation/secure/messages/witness_statement.h"
#include "base/clock.h"
#include "base/entropy.h"
#include "client/daemon/secure/record_file.h"
#include "proto/accord/v1/wire.pb.h"
#include "trust/identity/signing.h"
#include "trust/roster/roster.h"

namespace accord {

inline constexpr size_t kMaxWitnesses = 32;

class OwnPast {
 public:
  // Everything outlives it.
  struct Surroundings {
    std::string site;
    const Signer& signer;
    RecordFile& record;
    // That is pinned, whatever the coordinator publishes; nullptr: none is. An error: it is, and is not here.
    std::function<absl::StatusOr<std::shared_ptr<const Roster>>()> roster;
    std::string evidence_folder;
    EntropySource& entropy = EntropySource::System();
    Clock& clock = Clock::System();
  };
  explicit OwnPast(Surroundings surroundings);

  // What is to be sent in a session that has just begun; nullopt: nobody is left to
  // be asked.
  std::optional<v1::WitnessRequest> Ask();
  void Take(const v1::WitnessReport& report);
  // Lines for the operator since the last call.
  std::vector<std::string> News() { return std::exchange(news_, {}); }

  // May anything be done for a job? UNAVAILABLE: not yet. FAILED_PRECONDITION: restored, with both numbers of entries
  // and what to do.
  absl::Status MayTakePart();
  // One line for the operator.
  std::string InWords();

  // This site as the witness of another: nullopt where it does not answer, because it was asked by nobody that its
  // roster lists, or more often in ten minutes by that site than is its share: 256 by the number of the roster's other
  // sites, at least 4 and at most 16. Of the first such site in ten minutes the operator is told. So members that ask
  // without end, and be they all but one, are answered no more, and the others are.
  std::optional<v1::WitnessAnswer> Answer(const v1::WitnessQuestion& question);

 private:
  // Counts the answer to this site. False: it is one too many.
  bool MayAnswer(const std::string& asker);
  // Draws nonce and witnesses when it is first asked, and again where another roster lists others than those asked.
  absl::Status Prepare();
  absl::Status DrawWitnesses(const Roster& roster);
  size_t needed() const { return (witnesses_.size() + 1) / 2; }
  absl::Status MayGoWithoutRoster() const;
  // Half of the witnesses have, and half of those of the last cohort.
  bool EnoughHaveAnswered() const;
  bool LastCohortHasAnswered() const;
  // Those that have not answered, sorted.
  std::vector<std::string> Missing() const;
  bool IsKnown(const secure::SignedPosition& shown) const;
  // The site's own signed word is not in its record.
  void Found(const secure::SignedPosition& shown, const secure::RecordPosition& position, const std::string& witness);

  const Surroundings around_;
  std::optional<secure::WitnessNonce> nonce_;
  std::shared_ptr<const Roster> roster_;  // by which witnesses were drawn; shared with whoever goes by it
  std::vector<std::string> witnesses_;    // sorted
  std::set<std::string> answered_;
  bool settled_ = false;
  absl::Status restored_;  // unless OK
  std::vector<std::string> news_;
  absl::Duration answers_since_ = -absl::InfiniteDuration();
  std::map<std::string, size_t> answers_;  // since then, by who asked: sites of the roster
  bool told_of_asker_ = false;             // since then, that one has asked too often
};

}  // namespace accord
