#include "aggregation/secure/site/participant_context.h"

#include <algorithm>

#include "aggregation/secure/agreement/roster_view.h"

namespace accord::secure {

const VerifyingKey* ParticipantContext::Key(absl::string_view site) const { return RosterKey(roster(), site); }

void ParticipantContext::NoteProven(const SurvivorSet& set) {
  if (last_proven.has_value() && last_proven->attempt > set.attempt) return;
  last_proven = ProvenAttempt{set.attempt, set.transcript, set.survivors_hash};
}

std::optional<ProvenAttempt> ParticipantContext::LastProven() const {
  const Revealed* revealed = record.LastRevealed(job_id);
  if (revealed == nullptr) return last_proven;
  if (last_proven.has_value() && last_proven->attempt >= revealed->attempt) return last_proven;
  return ProvenAttempt{revealed->attempt, revealed->transcript, revealed->survivors_hash};
}

std::vector<Signed> JoinedAttempt::Binding(const ParticipantContext& context) const {
  std::vector<Signed> binding = BindingSignatures(context.record, place);
  for (const Freed& free : released) {
    std::erase_if(binding, [&free](const Signed& entry) { return entry.transcript == free.transcript; });
  }
  return binding;
}

bool SurvivorList::Contains(absl::string_view site) const {
  return std::binary_search(sites.begin(), sites.end(), site);
}

}  // namespace accord::secure
