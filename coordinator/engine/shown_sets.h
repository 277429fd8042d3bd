// The survivor sets that bind a job's present step, and the promises that free it: of this attempt, of earlier ones, of
// other jobs where they sum the same columns. What the store knows of them outlives the coordinator
// (coordinator/store/shown_store.h); this is its copy while the step lasts.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "aggregation/secure/messages/signed_bytes.h"
#include "aggregation/secure/round/shown_set.h"
#include "coordinator/jobs/job_machine.h"
#include "coordinator/store/shown_store.h"
#include "proto/accord/v1/wire.pb.h"

namespace accord {

// Used on the event loop's thread only.
class ShownSets {
 public:
  explicit ShownSets(std::string job_id) : job_id_(std::move(job_id)) {}

  // What the store holds at the step's place. Promises that were counted meanwhile stay counted.
  void Begin(std::vector<StoredShownSet> stored);
  void Add(const StoredShownSet& shown);
  // The step is done.
  void Clear() { sets_.clear(); }
  // They can promise nothing any more.
  void NoteSigners(uint32_t attempt, const std::vector<std::string>& sites);

  // The set that holds the step: the first that is not released. `live`: the transcript of an attempt that is under
  // way, which holds nothing yet; nullptr: none is.
  std::optional<Bound> Holding(const Sha256Digest* live) const;
  // What may be asked of this site: to promise never to sign these.
  std::vector<v1::VoidRequest> RequestsFor(const std::string& site, const Sha256Digest* live) const;
  // Of whom something may be asked, ascending.
  std::set<std::string> Members() const;
  // Counts a promise. The set that it released, to be stored so.
  std::optional<StoredShownSet> Take(const secure::SignedBytes& statement, secure::SiteKeys keys);
  // For the next plan: they free whoever signed a set that is released.
  std::vector<secure::SignedBytes> Voids() const;

 private:
  struct Entry {
    StoredShownSet stored;
    secure::VoidTally tally;
    std::set<std::string> signers;  // as far as this coordinator knows
  };
  const std::string job_id_;
  std::vector<Entry> sets_;
};

}  // namespace accord
