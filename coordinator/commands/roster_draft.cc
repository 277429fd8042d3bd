// `accord-coordinator roster draft`: the first roster of a federation, or the version that follows the one in force.
#include "trust/roster/roster_draft.h"

#include <memory>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/status.h"
#include "coordinator/commands/commands.h"
#include "coordinator/store/database.h"
#include "coordinator/store/member_keys.h"
#include "coordinator/store/members.h"
#include "coordinator/store/roster_store.h"
#include "coordinator/store/store.h"
#include "proto/validation/config_validation.h"
#include "trust/roster/roster_lines.h"
#include "trust/roster/roster_words.h"
#include "trust/roster/signed_roster.h"

namespace accord {
namespace {

constexpr char kDefaultFederation[] = "Accord federation";

struct EnrolledSites {
  std::vector<SiteRecord> chosen;
  std::vector<std::string> revoked;  // shut out by `accord-coordinator revoke`, and not chosen
};

// The records of `wanted`, or of all that are not shut out where none is named.
absl::StatusOr<EnrolledSites> Chosen(Database& database, const std::vector<std::string>& wanted) {
  ACCORD_ASSIGN_OR_RETURN(std::vector<SiteRecord> all, Members(database).ListSites());
  if (all.empty()) {
    return absl::FailedPreconditionError("no site is enrolled yet: give out tokens (accord-coordinator token site ID)");
  }
  MemberKeys keys(database);
  ACCORD_RETURN_IF_ERROR(keys.Refresh());
  EnrolledSites sites;
  std::set<std::string> unknown(wanted.begin(), wanted.end());
  for (SiteRecord& site : all) {
    const bool is_wanted = unknown.erase(site.id) != 0;
    if (!wanted.empty() && !is_wanted) continue;
    if (keys.IsRevoked(absl::StrCat("site/", site.id))) {
      sites.revoked.push_back(site.id);
    } else {
      sites.chosen.push_back(std::move(site));
    }
  }
  if (!unknown.empty()) {
    return absl::FailedPreconditionError(absl::StrCat("not enrolled: ", absl::StrJoin(unknown, ", ")));
  }
  if (sites.chosen.empty() || (!wanted.empty() && !sites.revoked.empty())) {
    return absl::FailedPreconditionError(
        absl::StrCat("shut out (accord-coordinator revoke): ", absl::StrJoin(sites.revoked, ", "),
                     ". A site that is to be listed enrols again first, with a new token"));
  }
  return sites;
}

absl::StatusOr<std::vector<RosterEntry>> Entries(const std::vector<SiteRecord>& sites) {
  std::vector<RosterEntry> entries;
  std::vector<std::string> keyless;
  for (const SiteRecord& site : sites) {
    if (site.public_key_der.empty()) keyless.push_back(site.id);
    entries.push_back({site.id, site.organisation, site.public_key_der});
  }
  if (keyless.empty()) return entries;
  return absl::FailedPreconditionError(
      absl::StrCat("no key is on record of ", absl::StrJoin(keyless, ", "),
                   ": enrolled before the coordinator kept keys. Give each a new token and have it enrol again "
                   "(accord-client enroll --force), or leave it out by naming the others with --site"));
}

// "ID=REASON".
absl::StatusOr<std::vector<RosterChanges::Revocation>> Revocations(const RosterOptions& options) {
  std::vector<RosterChanges::Revocation> revocations;
  for (const auto& [texts, of_site] : {std::pair{&options.revoked_sites, true}, {&options.revoked_people, false}}) {
    for (const std::string& text : *texts) {
      const size_t equals = text.find('=');
      if (equals == std::string::npos || equals == 0 || equals + 1 == text.size()) {
        return absl::InvalidArgumentError(
            absl::StrCat(of_site ? "--revoke-site " : "--revoke-person ", text, ": expected ID=REASON"));
      }
      revocations.push_back({of_site, text.substr(0, equals), text.substr(equals + 1)});
    }
  }
  return revocations;
}

absl::StatusOr<std::vector<RosterPerson>> People(const RosterOptions& options) {
  if (options.people.empty()) return std::vector<RosterPerson>();
  ACCORD_ASSIGN_OR_RETURN(const std::string text, ReadFile(options.people, kMaxRosterBytes));
  auto people = ReadPeople(text);
  if (!people.ok()) return Annotate(people.status(), options.people);
  return people;
}

absl::Time EndOf(const RosterOptions& options) {
  return absl::FromUnixSeconds(absl::ToUnixSeconds(Clock::System().Now())) + absl::Hours(24) * options.valid_days;
}

absl::StatusOr<std::string> DraftFirst(const RosterOptions& options, std::vector<RosterEntry> sites,
                                       std::vector<RosterPerson> people) {
  if (!options.revoked_sites.empty() || !options.revoked_people.empty()) {
    return absl::InvalidArgumentError(
        "the first roster of a federation revokes nothing: leave out whom it should not list");
  }
  RosterTerms terms;
  terms.federation = options.federation.empty() ? kDefaultFederation : options.federation;
  std::set<std::string> organisations;
  for (const RosterEntry& site : sites) organisations.insert(site.organisation);
  terms.quorum = options.quorum == 0 ? LeastQuorum(organisations.size()) : options.quorum;
  for (const RosterPerson& person : people) organisations.insert(person.organisation);
  terms.organisations.assign(organisations.begin(), organisations.end());
  terms.valid_until = EndOf(options);
  terms.sites = std::move(sites);
  terms.people = std::move(people);
  return Roster::Write(terms);
}

// The enrolled sites as they are now, without those whose keys are revoked; whom the enrolled ones lack leaves.
absl::StatusOr<std::string> DraftNext(const RosterOptions& options, const Roster& in_force,
                                      std::vector<RosterEntry> sites, std::vector<RosterPerson> people) {
  if (!options.federation.empty() && options.federation != in_force.federation()) {
    return absl::InvalidArgumentError(
        absl::StrCat("the roster in force is of the federation ", in_force.federation(),
                     ", and its name does not change; another federation begins with --anew"));
  }
  RosterChanges changes;
  changes.valid_until = EndOf(options);
  if (options.quorum != 0) changes.quorum = options.quorum;
  ACCORD_ASSIGN_OR_RETURN(changes.revocations, Revocations(options));
  std::set<std::string> revoked_keys, revoked_sites, revoked_people;
  for (const RevokedKey& key : in_force.revoked()) revoked_keys.insert(key.public_key_der);
  for (const RosterChanges::Revocation& revocation : changes.revocations) {
    (revocation.of_site ? revoked_sites : revoked_people).insert(revocation.id);
    const RosterSite* listed = revocation.of_site ? in_force.Find(revocation.id) : nullptr;
    if (listed != nullptr) revoked_keys.insert(listed->public_key_der);
  }
  std::set<std::string> stay;
  for (RosterEntry& site : sites) {
    if (revoked_keys.contains(site.public_key_der)) continue;  // it comes back once it has enrolled with another key
    stay.insert(site.site);
    changes.sites.push_back(std::move(site));
  }
  for (const RosterSite& site : in_force.sites()) {
    if (!stay.contains(site.site) && !revoked_sites.contains(site.site)) changes.removed_sites.push_back(site.site);
  }
  if (!options.people.empty()) {
    std::set<std::string> named;
    for (const RosterPerson& person : people) named.insert(person.id);
    for (const RosterPerson& person : in_force.people()) {
      if (!named.contains(person.id) && !revoked_people.contains(person.id))
        changes.removed_people.push_back(person.id);
    }
    changes.people = std::move(people);
  }
  return DraftNextRoster(in_force, changes);
}

}  // namespace

absl::Status DraftRoster(const RosterOptions& options, std::ostream& out) {
  ACCORD_ASSIGN_OR_RETURN(const v1::CoordinatorConfig config, LoadCoordinatorConfig(options.config));
  ACCORD_ASSIGN_OR_RETURN(const std::unique_ptr<Database> database, Database::Open(DatabasePath(config.state_dir())));
  ACCORD_ASSIGN_OR_RETURN(const EnrolledSites enrolled, Chosen(*database, options.sites));
  ACCORD_ASSIGN_OR_RETURN(std::vector<RosterEntry> sites, Entries(enrolled.chosen));
  ACCORD_ASSIGN_OR_RETURN(std::vector<RosterPerson> people, People(options));
  ACCORD_ASSIGN_OR_RETURN(const auto in_force, RosterStore(*database).Latest());
  const Roster* previous = in_force == nullptr || options.anew ? nullptr : in_force->roster.get();
  ACCORD_ASSIGN_OR_RETURN(std::string bytes, previous == nullptr
                                                 ? DraftFirst(options, std::move(sites), std::move(people))
                                                 : DraftNext(options, *previous, std::move(sites), std::move(people)));
  ACCORD_ASSIGN_OR_RETURN(Roster roster, Roster::Parse(std::move(bytes)));
  const SignedRoster draft(std::move(roster));
  ACCORD_RETURN_IF_ERROR(WriteFileAtomically(options.out, draft.Text()));
  out << DescribeRoster(draft, previous);
  if (previous != nullptr) {
    out << "What would change:\n";
    for (const std::string& line : RosterDifferences(*previous, *draft.roster())) out << "  " << line << "\n";
  }
  if (!enrolled.revoked.empty()) {
    out << "Left out, shut out by accord-coordinator revoke: " << absl::StrJoin(enrolled.revoked, ", ") << "\n";
  }
  out << "\nwrote " << options.out << ". Next:\n"
      << (previous == nullptr ? "  each site    " : "  so many sites of so many organisations    ")
      << "accord-client roster sign " << options.out
      << "    (after its officer has compared organisations and keys with the other sites)\n"
      << "  then here    accord-coordinator roster publish " << options.out << " --config " << options.config << "\n"
      << "Files that sites have signed apart may be given to publish together.\n";
  return absl::OkStatus();
}

}  // namespace accord
