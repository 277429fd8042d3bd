#include "trust/roster/roster.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "base/domain_hash.h"
#include "base/status.h"
#include "trust/roster/roster_lines.h"

namespace accord {

absl::StatusOr<Roster> Roster::Parse(std::string bytes) {
  Roster roster;
  ACCORD_RETURN_IF_ERROR(RosterLines(bytes, roster.terms_, roster.sites_).Read());
  for (size_t i = 0; i < roster.terms_.revoked.size(); ++i) {
    roster.revoked_.emplace(roster.terms_.revoked[i].public_key_der, i);
  }
  roster.bytes_ = std::move(bytes);
  roster.hash_ = HashUnder(kRosterDomain, roster.bytes_);
  return roster;
}

absl::StatusOr<std::string> Roster::Write(absl::string_view federation, std::vector<RosterEntry> entries) {
  ACCORD_ASSIGN_OR_RETURN(const Roster roster, Parse(WriteFirstFormat(federation, std::move(entries))));
  return roster.bytes();
}

absl::StatusOr<std::string> Roster::Write(const RosterTerms& terms) {
  ACCORD_ASSIGN_OR_RETURN(const Roster roster, Parse(WriteSecondFormat(terms)));
  return roster.bytes();
}

const RosterSite* Roster::Find(absl::string_view site) const {
  const auto found = std::lower_bound(sites_.begin(), sites_.end(), site,
                                      [](const RosterSite& a, absl::string_view b) { return a.site < b; });
  return found != sites_.end() && found->site == site ? &*found : nullptr;
}

const RosterPerson* Roster::FindPerson(absl::string_view id) const {
  const auto found = std::lower_bound(terms_.people.begin(), terms_.people.end(), id,
                                      [](const RosterPerson& a, absl::string_view b) { return a.id < b; });
  return found != terms_.people.end() && found->id == id ? &*found : nullptr;
}

const RevokedKey* Roster::FindRevoked(absl::string_view public_key_der) const {
  const auto found = revoked_.find(public_key_der);
  return found == revoked_.end() ? nullptr : &terms_.revoked[found->second];
}

const RevokedKey* Roster::ShutOut(absl::string_view site) const {
  const auto is_before = [](const RevokedKey& key, absl::string_view id) { return key.of_site && key.id < id; };
  const auto found = std::lower_bound(terms_.revoked.begin(), terms_.revoked.end(), site, is_before);
  const bool revoked = found != terms_.revoked.end() && found->of_site && found->id == site;
  return revoked && Find(site) == nullptr ? &*found : nullptr;
}

RosterTerms Roster::terms() const {
  RosterTerms terms = terms_;
  for (const RosterSite& site : sites_) terms.sites.push_back({site.site, site.organisation, site.public_key_der});
  return terms;
}

absl::StatusOr<std::vector<uint32_t>> Roster::SitesOfOrganisations(absl::Span<const std::string> sites) const {
  absl::flat_hash_map<absl::string_view, uint32_t> counts;
  for (const std::string& site : sites) {
    const RosterSite* listed = Find(site);
    if (listed == nullptr) return absl::NotFoundError(absl::StrCat("site ", site, " is not in the roster"));
    ++counts[listed->organisation];
  }
  std::vector<uint32_t> numbers;
  for (const auto& [organisation, count] : counts) numbers.push_back(count);
  std::sort(numbers.rbegin(), numbers.rend());
  return numbers;
}

absl::StatusOr<uint32_t> Roster::NumOrganisations(absl::Span<const std::string> sites) const {
  ACCORD_ASSIGN_OR_RETURN(const std::vector<uint32_t> numbers, SitesOfOrganisations(sites));
  return static_cast<uint32_t>(numbers.size());
}

absl::StatusOr<uint32_t> Roster::MostSitesOwnedBy(uint32_t num_organisations,
                                                  absl::Span<const std::string> sites) const {
  ACCORD_ASSIGN_OR_RETURN(const std::vector<uint32_t> numbers, SitesOfOrganisations(sites));
  const size_t counted = std::min<size_t>(num_organisations, numbers.size());
  return std::accumulate(numbers.begin(), numbers.begin() + static_cast<std::ptrdiff_t>(counted), uint32_t{0});
}

}  // namespace accord
