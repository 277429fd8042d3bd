// Sites and coordinator of secure sums in one process: the two state machines are the product's own, the shells around
// them are modelled in a few lines. How messages travel between the two is up to each test.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "aggregation/secure/agreement/agreement.h"
#include "aggregation/secure/round/epoch_builder.h"
#include "aggregation/secure/round/secure_round.h"
#include "tests/aggregation/secure/testing/test_site.h"
#include "tests/simulation/secure/coalition.h"

namespace accord::secure::simulation {

using testing::Outbox;
using testing::TestSite;

struct WorldOptions {
  size_t num_sites = 4;
  uint32_t colluding_organisations = 1;
  uint32_t min_sites = 2;  // of a cohort and of a sum
  GraphTerms graph = {};
  bool masks = true;  // off: sites send their plain vectors, and nothing is removed
  uint64_t seed = 1;
};

// What the coordinator's shell holds of one attempt, and what has come of it.
struct Attempt {
  AttemptPlanned plan;
  std::optional<SecureRound> round;
  std::vector<std::string> cohort;
  std::vector<uint32_t> sum;                             // of the accepted uploads; after Unmask without masks
  std::map<std::string, Sha256Digest> folded;            // by site: the hash of its masked vector
  std::map<Sha256Digest, std::vector<uint32_t>> staged;  // by that hash
  Sha256Digest arrived{};                                // of the upload at hand
  bool unmasked = false;
  bool released = false;
  std::optional<Opened> opened;
  std::optional<Dead> dead;
  std::vector<Blame> blamed;
  std::vector<std::string> rejected;
};

class SecureWorld {
 public:
  explicit SecureWorld(WorldOptions options);

  TestSite& site(const std::string& name) { return *sites_.at(name); }
  const std::vector<std::string>& names() const { return names_; }
  const WorldOptions& options() const { return options_; }
  const Roster& roster() const { return *roster_; }

  // Opens an epoch of `members`, all of whom answer. False when the coordinator or a site would not have it.
  bool OpenEpoch(const std::vector<std::string>& members);
  // Whether the job and the quorum rules take this cohort.
  bool CohortIsSound(const std::vector<std::string>& members) const;
  // Later attempts are about another model.
  void NextQuestion() { ++step_; }
  // A new attempt by the epoch's members; they are the survivors of an earlier one if `bound` has any. False when one
  // of those sent no key, or when the coordinator's machine refuses the terms.
  bool Begin(const Bound& bound = {});
  // The plan to a site: its upload, if it sends one.
  std::vector<RoundEvent> SendPlan(const std::string& site);
  // Hands an event to the coordinator's machine, carries out what its shell has to do, and gives what goes to sites.
  std::vector<RoundAction> Handle(RoundEvent event);
  // What a site answers to an action that goes to it.
  std::vector<RoundEvent> Deliver(const RoundAction& action);
  void End();  // to all members
  // The coordinator was killed: what it had only in memory is gone.
  void Forget() { voids.clear(); }

  Attempt attempt;
  std::string epoch_failure;                               // why the last epoch did not open
  std::vector<SignedBytes> previous;                       // of the last attempt that got enough signatures
  std::vector<SignedBytes> voids;                          // of all attempts that were given up
  std::vector<std::pair<std::string, Refuse>> refused;     // by site
  std::vector<std::pair<std::string, Evidence>> evidence;  // by site
  std::vector<std::string> violations;                     // promises broken
  Coalition coalition;                                     // what the coordinator, and who joined it, was given
  // What a coordinator that lies sends instead of an event, in order. None: it does not lie.
  std::function<std::vector<SiteEvent>(const std::string& site, SiteEvent event)> alter;
  // Hears every statement of an honest site.
  std::function<void(const SignedBytes&)> on_statement;

  std::vector<uint32_t> PlainSum(const std::vector<std::string>& sites) const;

 private:
  void Carry(RoundAction& action);
  std::vector<RoundEvent> SendTo(const std::string& site, const SiteEvent& event);
  void NameSet(const std::vector<SignedBytes>& headers);
  void NoteGiven(const std::string& site, const Outbox& outbox);
  std::vector<RoundEvent> EventsOf(const std::string& site, Outbox outbox);
  std::optional<PreviousOpened> Previous() const;

  const WorldOptions options_;
  std::vector<std::string> names_;
  std::map<std::string, std::unique_ptr<TestSite>> sites_;
  std::shared_ptr<const Roster> roster_;
  uint32_t next_number_ = 1;  // of epochs and attempts
  uint32_t epoch_ = 0;
  uint32_t step_ = 0;
  std::optional<EpochReady> ready_;
};

// The site that an action is addressed to; empty for what the shell itself does.
std::string AddresseeOf(const RoundAction& action);

}  // namespace accord::secure::simulation
