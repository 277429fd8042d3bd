#include "trust/roster/roster_draft.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace accord {
namespace {

const std::string& IdOf(const RosterEntry& entry) { return entry.site; }
const std::string& IdOf(const RosterPerson& person) { return person.id; }

template <typename Entry>
typename std::vector<Entry>::iterator Named(std::vector<Entry>& entries, const std::string& id) {
  return std::find_if(entries.begin(), entries.end(), [&](const Entry& entry) { return IdOf(entry) == id; });
}

template <typename Entry>
void Put(const Entry& entry, std::vector<Entry>& entries) {
  const auto found = Named(entries, IdOf(entry));
  if (found == entries.end()) {
    entries.push_back(entry);
  } else {
    *found = entry;
  }
}

template <typename Entry>
void Remove(const std::vector<std::string>& ids, absl::string_view kind, std::vector<Entry>& entries,
            std::vector<std::string>& faults) {
  for (const std::string& id : ids) {
    if (const auto found = Named(entries, id); found != entries.end()) {
      entries.erase(found);
    } else {
      faults.push_back(absl::StrCat(kind, " ", id, " is not listed"));
    }
  }
}

template <typename Entry>
void Revoke(const RosterChanges::Revocation& revocation, std::vector<Entry>& entries, RosterTerms& terms,
            std::vector<std::string>& faults) {
  const auto found = Named(entries, revocation.id);
  if (found == entries.end()) {
    faults.push_back(absl::StrCat(revocation.of_site ? "site " : "person ", revocation.id, " is not listed"));
    return;
  }
  terms.revoked.push_back({revocation.of_site, revocation.id, found->public_key_der, revocation.reason});
  entries.erase(found);
}

}  // namespace

uint32_t LeastQuorum(size_t organisations) { return static_cast<uint32_t>(organisations / 2 + 1); }

absl::StatusOr<std::string> DraftNextRoster(const Roster& previous, const RosterChanges& changes) {
  RosterTerms terms = previous.terms();
  std::vector<std::string> faults;
  terms.version = previous.version() + 1;
  terms.previous = previous.hash();
  terms.valid_until = changes.valid_until;
  // Revoked first: who is revoked and listed again comes back with another key.
  for (const RosterChanges::Revocation& revocation : changes.revocations) {
    if (revocation.of_site) {
      Revoke(revocation, terms.sites, terms, faults);
    } else {
      Revoke(revocation, terms.people, terms, faults);
    }
  }
  Remove(changes.removed_sites, "site", terms.sites, faults);
  Remove(changes.removed_people, "person", terms.people, faults);
  if (!faults.empty()) return absl::FailedPreconditionError(absl::StrJoin(faults, "; "));
  for (const RosterEntry& site : changes.sites) Put(site, terms.sites);
  for (const RosterPerson& person : changes.people) Put(person, terms.people);
  std::set<std::string> organisations, with_sites;
  for (const RosterEntry& site : terms.sites) with_sites.insert(site.organisation);
  organisations = with_sites;
  for (const RosterPerson& person : terms.people) organisations.insert(person.organisation);
  terms.organisations.assign(organisations.begin(), organisations.end());
  const uint32_t least = LeastQuorum(with_sites.size());
  const auto most = std::max(least, static_cast<uint32_t>(with_sites.size()));
  // The earlier format asks for all.
  const bool was_named = previous.valid_until() != absl::InfiniteFuture();
  terms.quorum = changes.quorum.value_or(was_named ? std::clamp(previous.quorum(), least, most) : least);
  return Roster::Write(terms);
}

}  // namespace accord
