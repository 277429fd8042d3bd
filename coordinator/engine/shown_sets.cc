#include "coordinator/engine/shown_sets.h"

#include <algorithm>
#include <utility>

namespace accord {

void ShownSets::Begin(std::vector<StoredShownSet> stored) {
  std::vector<Entry> before = std::exchange(sets_, {});
  for (StoredShownSet& shown : stored) {
    const auto known = std::find_if(before.begin(), before.end(), [&shown](const Entry& entry) {
      return entry.stored.set.transcript == shown.set.transcript;
    });
    if (known != before.end() && shown.voids.empty()) {
      sets_.push_back(std::move(*known));
    } else {
      Add(shown);
    }
  }
}

void ShownSets::Add(const StoredShownSet& shown) {
  sets_.push_back(Entry{shown, secure::VoidTally(shown.set, shown.voids), {}});
}

void ShownSets::NoteSigners(uint32_t attempt, const std::vector<std::string>& sites) {
  for (Entry& entry : sets_) {
    if (entry.stored.job_id == job_id_ && entry.stored.attempt == attempt) {
      entry.signers.insert(sites.begin(), sites.end());
    }
  }
}

std::optional<Bound> ShownSets::Holding(const Sha256Digest* live) const {
  const auto held = std::find_if(sets_.begin(), sets_.end(), [live](const Entry& entry) {
    return !entry.tally.released() && (live == nullptr || entry.stored.set.transcript != *live);
  });
  if (held == sets_.end()) return std::nullopt;
  return Bound{held->stored.set.survivors, held->stored.set.encoding_sites};
}

std::vector<v1::VoidRequest> ShownSets::RequestsFor(const std::string& site, const Sha256Digest* live) const {
  std::vector<v1::VoidRequest> requests;
  for (const Entry& entry : sets_) {
    const Sha256Digest& transcript = entry.stored.set.transcript;
    if (!entry.tally.Awaits(site) || entry.signers.contains(site) || (live != nullptr && transcript == *live)) continue;
    v1::VoidRequest& request = requests.emplace_back();
    // Another job may be over for the site, so it is asked in this one's name: with a number that no attempt has.
    request.mutable_plan()->set_job_id(job_id_);
    request.mutable_plan()->set_step(entry.stored.step);
    request.mutable_plan()->set_attempt(entry.stored.job_id == job_id_ ? entry.stored.attempt : 0);
    request.set_transcript(transcript.data(), transcript.size());
  }
  return requests;
}

std::set<std::string> ShownSets::Members() const {
  std::set<std::string> members;
  for (const Entry& entry : sets_) members.insert(entry.stored.set.cohort.begin(), entry.stored.set.cohort.end());
  return members;
}

std::optional<StoredShownSet> ShownSets::Take(const secure::SignedBytes& statement, secure::SiteKeys keys) {
  for (Entry& entry : sets_) {
    if (entry.tally.released() || !entry.tally.Add(statement, keys).ok() || !entry.tally.released()) continue;
    entry.stored.voids = entry.tally.voids();
    return entry.stored;
  }
  return std::nullopt;
}

std::vector<secure::SignedBytes> ShownSets::Voids() const {
  std::vector<secure::SignedBytes> voids;
  for (const Entry& entry : sets_) {
    voids.insert(voids.end(), entry.tally.voids().begin(), entry.tally.voids().end());
  }
  return voids;
}

}  // namespace accord
