#include "trust/roster/roster.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/escaping.h"
#include "absl/strings/strip.h"
#include "base/base64.h"
#include "base/domain_hash.h"
#include "base/status.h"
#include "trust/identity/certificate_authority.h"
#include "trust/roster/display_name.h"

namespace accord {
namespace {

constexpr absl::string_view kFirstLine = "accord-roster-v1";
constexpr absl::string_view kFederation = "federation: ";
constexpr absl::string_view kSite = "site: ";
constexpr absl::string_view kOrganisation = " | organisation: ";
constexpr absl::string_view kKey = " | key: ";

absl::Status RosterFault(absl::string_view what) { return absl::InvalidArgumentError(what); }

absl::Status CheckWhole(absl::string_view bytes) {
  if (bytes.size() > kMaxRosterBytes) {
    return RosterFault(absl::StrCat("the roster has ", bytes.size(), " bytes; expected at most ", kMaxRosterBytes));
  }
  if (bytes.find('\r') != absl::string_view::npos) {
    return RosterFault(
        "the roster has carriage returns: a mail program or an editor changed its line ends; have it sent as an "
        "attachment that nothing converts");
  }
  if (bytes.empty() || bytes.back() != '\n')
    return RosterFault("the roster does not end with a whole line: it was cut off");
  return absl::OkStatus();
}

// Without its LF; `text` goes on behind that.
absl::string_view TakeLine(absl::string_view& text) {
  const size_t end = text.find('\n');
  const absl::string_view line = text.substr(0, end);
  text.remove_prefix(end == absl::string_view::npos ? text.size() : end + 1);
  return line;
}

// What stands before `mark`; `text` goes on behind it.
bool TakeUntil(absl::string_view mark, absl::string_view& text, absl::string_view& taken) {
  const size_t end = text.find(mark);
  if (end == absl::string_view::npos) return false;
  taken = text.substr(0, end);
  text.remove_prefix(end + mark.size());
  return true;
}

absl::StatusOr<RosterEntry> ReadSite(absl::string_view line) {
  absl::string_view site, organisation, key = line;
  if (!absl::ConsumePrefix(&key, kSite) || !TakeUntil(kOrganisation, key, site) ||
      !TakeUntil(kKey, key, organisation)) {
    return RosterFault("is not of the form 'site: ID | organisation: NAME | key: BASE64'");
  }
  auto public_key_der = ParseBase64(key);
  if (!public_key_der.ok()) return RosterFault("has a key that is not in base64");
  return RosterEntry{std::string(site), std::string(organisation), *std::move(public_key_der)};
}

}  // namespace

absl::StatusOr<Roster> Roster::Parse(std::string bytes) {
  ACCORD_RETURN_IF_ERROR(CheckWhole(bytes));
  Roster roster;
  roster.bytes_ = std::move(bytes);
  ACCORD_RETURN_IF_ERROR(roster.ReadLines());
  roster.hash_ = HashUnder(kRosterDomain, roster.bytes_);
  return roster;
}

absl::Status Roster::ReadLines() {
  absl::string_view text = bytes_;
  if (TakeLine(text) != kFirstLine) return RosterFault(absl::StrCat("the roster's first line is not ", kFirstLine));
  absl::string_view name = TakeLine(text);
  if (!absl::ConsumePrefix(&name, kFederation))
    return RosterFault("the roster's second line is not 'federation: NAME'");
  ACCORD_RETURN_IF_ERROR(Annotate(CheckDisplayName(name), "the federation's name, on line 2 of the roster"));
  federation_ = std::string(name);
  if (text.empty()) return RosterFault("the roster lists no site");
  absl::flat_hash_map<std::string, std::string> owners;  // of keys
  while (!text.empty()) {
    const std::string where = absl::StrCat("line ", sites_.size() + 3, " of the roster");
    ACCORD_RETURN_IF_ERROR(Annotate(AddSite(TakeLine(text)), where));
    const RosterSite& site = sites_.back();
    const auto [owner, is_new] = owners.emplace(site.public_key_der, site.site);
    if (!is_new) return RosterFault(absl::StrCat(where, ": has the key of site ", owner->second, " a second time"));
  }
  return absl::OkStatus();
}

absl::Status Roster::AddSite(absl::string_view line) {
  if (sites_.size() == kMaxRosterSites) return RosterFault(absl::StrCat("is beyond ", kMaxRosterSites, " sites"));
  ACCORD_ASSIGN_OR_RETURN(RosterEntry entry, ReadSite(line));
  if (!IsValidIdentity(absl::StrCat("site/", entry.site))) {
    return RosterFault("has a site id that is not 1 to 63 lower-case letters, digits and hyphens");
  }
  if (!sites_.empty() && sites_.back().site >= entry.site) {
    return RosterFault(absl::StrCat("lists site ", entry.site, " behind ", sites_.back().site,
                                    "; expected each site once, in ascending order"));
  }
  ACCORD_RETURN_IF_ERROR(Annotate(CheckDisplayName(entry.organisation), "the organisation's name"));
  auto key = VerifyingKey::FromDer(entry.public_key_der);
  if (!key.ok()) return Annotate(key.status(), absl::StrCat("the key of site ", entry.site));
  sites_.push_back(
      {std::move(entry.site), std::move(entry.organisation), std::move(entry.public_key_der), *std::move(key)});
  return absl::OkStatus();
}

absl::StatusOr<std::string> Roster::Write(absl::string_view federation, std::vector<RosterEntry> entries) {
  std::sort(entries.begin(), entries.end(), [](const RosterEntry& a, const RosterEntry& b) { return a.site < b.site; });
  std::string bytes = absl::StrCat(kFirstLine, "\n", kFederation, federation, "\n");
  for (const RosterEntry& entry : entries) {
    absl::StrAppend(&bytes, kSite, entry.site, kOrganisation, entry.organisation, kKey,
                    absl::Base64Escape(entry.public_key_der), "\n");
  }
  ACCORD_ASSIGN_OR_RETURN(const Roster roster, Parse(std::move(bytes)));
  return roster.bytes();
}

const RosterSite* Roster::Find(absl::string_view site) const {
  const auto found = std::lower_bound(sites_.begin(), sites_.end(), site,
                                      [](const RosterSite& a, absl::string_view b) { return a.site < b; });
  return found != sites_.end() && found->site == site ? &*found : nullptr;
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
