#include "trust/roster/roster_lines.h"

#include <algorithm>
#include <optional>
#include <set>
#include <tuple>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "base/base64.h"
#include "base/status.h"
#include "trust/charter/charter.h"
#include "trust/charter/names_alike.h"
#include "trust/charter/utc_time.h"
#include "trust/identity/certificate_authority.h"
#include "trust/roster/display_name.h"

namespace accord {
namespace {

constexpr absl::string_view kFirstFormat = "accord-roster-v1";
constexpr absl::string_view kSecondFormat = "accord-roster-v2";
constexpr absl::string_view kFederation = "federation: ";
constexpr absl::string_view kVersion = "version: ";
constexpr absl::string_view kPrevious = "previous: ";
constexpr absl::string_view kQuorum = "quorum: ";
constexpr absl::string_view kValidUntil = "valid until: ";
constexpr absl::string_view kOrganisationLine = "organisation: ";
constexpr absl::string_view kSite = "site: ";
constexpr absl::string_view kPerson = "person: ";
constexpr absl::string_view kRevokedSite = "revoked site: ";
constexpr absl::string_view kRevokedPerson = "revoked person: ";
constexpr absl::string_view kName = " | name: ";
constexpr absl::string_view kOrganisation = " | organisation: ";
constexpr absl::string_view kRoles = " | roles: ";
constexpr absl::string_view kKey = " | key: ";
constexpr absl::string_view kReason = " | reason: ";

absl::Status RosterFault(absl::string_view what) { return absl::InvalidArgumentError(what); }

// What stands before `mark`; `text` goes on behind it.
bool TakeUntil(absl::string_view mark, absl::string_view& text, absl::string_view& taken) {
  const size_t end = text.find(mark);
  if (end == absl::string_view::npos) return false;
  taken = text.substr(0, end);
  text.remove_prefix(end + mark.size());
  return true;
}

absl::StatusOr<std::string> ReadKey(absl::string_view text) {
  auto public_key_der = ParseBase64(text);
  if (!public_key_der.ok()) return RosterFault("has a key that is not in base64");
  return public_key_der;
}

absl::Status CheckId(absl::string_view kind, absl::string_view id) {
  if (IsValidIdentity(absl::StrCat(kind, "/", id))) return absl::OkStatus();
  return RosterFault(absl::StrCat("has a ", kind, " id that is not 1 to 63 lower-case letters, digits and hyphens"));
}

std::string RoleNames(const std::vector<v1::Role>& roles) {
  return absl::StrJoin(roles, ", ", [](std::string* out, v1::Role role) { out->append(RoleName(role)); });
}

// In the order of the schema, each once: one spelling.
absl::StatusOr<std::vector<v1::Role>> ReadRoles(absl::string_view text) {
  std::vector<v1::Role> roles;
  for (int number = 1; v1::Role_IsValid(number); ++number) {
    const auto role = static_cast<v1::Role>(number);
    for (const absl::string_view name : absl::StrSplit(text, ", ")) {
      if (name == RoleName(role)) roles.push_back(role);
    }
  }
  if (!roles.empty() && RoleNames(roles) == text && std::adjacent_find(roles.begin(), roles.end()) == roles.end()) {
    return roles;
  }
  return RosterFault(
      "has roles that are not some of 'engineer, operator, lead, steward, auditor, ombudsman', in this order and each "
      "once");
}

auto PlaceOf(const RevokedKey& key) { return std::tie(key.id, key.public_key_der); }
bool IsBefore(const RevokedKey& a, const RevokedKey& b) {
  return a.of_site != b.of_site ? a.of_site : PlaceOf(a) < PlaceOf(b);
}

}  // namespace

// ---- one line ----

bool RosterLines::NextIs(absl::string_view prefix) const { return absl::StartsWith(rest_, prefix); }

absl::string_view RosterLines::TakeLine() {
  const size_t end = rest_.find('\n');
  const absl::string_view line = rest_.substr(0, end);
  rest_.remove_prefix(end == absl::string_view::npos ? rest_.size() : end + 1);
  ++line_;
  return line;
}

absl::StatusOr<absl::string_view> RosterLines::TakeValue(absl::string_view prefix) {
  absl::string_view line = TakeLine();
  if (absl::ConsumePrefix(&line, prefix)) return line;
  return Annotated(RosterFault(absl::StrCat("is not of the form '", prefix, "...'")));
}

absl::StatusOr<uint32_t> RosterLines::TakeNumber(absl::string_view prefix) {
  ACCORD_ASSIGN_OR_RETURN(const absl::string_view text, TakeValue(prefix));
  uint32_t number = 0;
  if (absl::SimpleAtoi(text, &number) && number >= 1 && number <= kMaxRosterVersion && text == absl::StrCat(number)) {
    return number;
  }
  return Annotated(RosterFault(absl::StrCat("does not have a number from 1 to ", kMaxRosterVersion)));
}

absl::Status RosterLines::Annotated(const absl::Status& status) const {
  return Annotate(status, absl::StrCat("line ", line_, " of the roster"));
}

// ---- the whole ----

absl::Status RosterLines::CheckWhole() const {
  if (rest_.size() > kMaxRosterBytes) {
    return RosterFault(absl::StrCat("the roster has ", rest_.size(), " bytes; expected at most ", kMaxRosterBytes));
  }
  if (rest_.find('\r') != absl::string_view::npos) {
    return RosterFault(
        "the roster has carriage returns: a mail program or an editor changed its line ends; have it sent as an "
        "attachment that nothing converts");
  }
  if (rest_.empty() || rest_.back() != '\n')
    return RosterFault("the roster does not end with a whole line: it was cut off");
  return absl::OkStatus();
}

absl::Status RosterLines::Read() {
  ACCORD_RETURN_IF_ERROR(CheckWhole());
  const absl::string_view first = TakeLine();
  if (first == kFirstFormat) return ReadFirstFormat();
  if (first == kSecondFormat) return ReadSecondFormat();
  return RosterFault(absl::StrCat("the roster's first line is neither ", kFirstFormat, " nor ", kSecondFormat));
}

absl::Status RosterLines::ReadPeople() {
  ACCORD_RETURN_IF_ERROR(CheckWhole());
  while (!rest_.empty()) {
    const absl::string_view line = TakeLine();
    ACCORD_RETURN_IF_ERROR(Annotate(AddPerson(line), absl::StrCat("line ", line_)));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<RosterPerson>> ReadPeople(absl::string_view text) {
  RosterTerms terms;
  std::vector<RosterSite> sites;
  ACCORD_RETURN_IF_ERROR(RosterLines(text, terms, sites).ReadPeople());
  return std::move(terms.people);
}

absl::Status RosterLines::ReadFirstFormat() {
  ACCORD_RETURN_IF_ERROR(ReadFederation());
  if (rest_.empty()) return RosterFault("the roster lists no site");
  std::set<std::string> organisations;
  while (!rest_.empty()) {
    ACCORD_RETURN_IF_ERROR(Annotated(AddSite(TakeLine())));
    organisations.insert(sites_.back().organisation);
  }
  terms_.organisations.assign(organisations.begin(), organisations.end());
  terms_.quorum = static_cast<uint32_t>(organisations.size());
  terms_.valid_until = absl::InfiniteFuture();
  return absl::OkStatus();
}

absl::Status RosterLines::ReadSecondFormat() {
  ACCORD_RETURN_IF_ERROR(ReadFederation());
  ACCORD_RETURN_IF_ERROR(ReadHead());
  while (NextIs(kOrganisationLine)) {
    ACCORD_RETURN_IF_ERROR(Annotated(AddOrganisation(*TakeValue(kOrganisationLine))));
  }
  while (NextIs(kSite)) ACCORD_RETURN_IF_ERROR(Annotated(AddSite(TakeLine())));
  while (NextIs(kPerson)) ACCORD_RETURN_IF_ERROR(Annotated(AddPerson(TakeLine())));
  while (NextIs(kRevokedSite) || NextIs(kRevokedPerson)) ACCORD_RETURN_IF_ERROR(Annotated(AddRevoked(TakeLine())));
  if (!rest_.empty()) {
    TakeLine();
    return Annotated(
        RosterFault("is not expected here; the lines behind 'valid until' begin with organisation, site, person, "
                    "revoked site and revoked person, in this order"));
  }
  if (sites_.empty()) return RosterFault("the roster lists no site");
  return CheckQuorum();
}

absl::Status RosterLines::ReadFederation() {
  absl::string_view name = TakeLine();
  if (!absl::ConsumePrefix(&name, kFederation))
    return RosterFault("the roster's second line is not 'federation: NAME'");
  ACCORD_RETURN_IF_ERROR(Annotate(CheckDisplayName(name), "the federation's name, on line 2 of the roster"));
  terms_.federation = std::string(name);
  return absl::OkStatus();
}

absl::Status RosterLines::ReadHead() {
  ACCORD_ASSIGN_OR_RETURN(terms_.version, TakeNumber(kVersion));
  if (NextIs(kPrevious)) {
    ACCORD_ASSIGN_OR_RETURN(const absl::string_view hash, TakeValue(kPrevious));
    const auto previous = ParseHexDigest(hash);
    if (!previous.ok()) return Annotated(RosterFault("does not have a hash of 64 lower-case hexadecimal digits"));
    terms_.previous = *previous;
  }
  if (terms_.previous.has_value() != (terms_.version > 1)) {
    return RosterFault(terms_.version > 1
                           ? "the roster has no line 'previous: HEX': every version but the first names the one before"
                           : "the roster's version is 1, and it has a line 'previous': the first one follows none");
  }
  ACCORD_ASSIGN_OR_RETURN(terms_.quorum, TakeNumber(kQuorum));
  ACCORD_ASSIGN_OR_RETURN(const absl::string_view time, TakeValue(kValidUntil));
  const auto valid_until = ParseUtc(time);
  if (!valid_until.ok()) return Annotated(valid_until.status());
  terms_.valid_until = *valid_until;
  return absl::OkStatus();
}

absl::Status RosterLines::CheckQuorum() const {
  std::set<absl::string_view> with_sites;
  for (const RosterSite& site : sites_) with_sites.insert(site.organisation);
  if (terms_.quorum <= with_sites.size() && 2 * size_t{terms_.quorum} > with_sites.size()) return absl::OkStatus();
  return RosterFault(absl::StrCat("the roster's quorum is ", terms_.quorum, ", and ", with_sites.size(),
                                  " organisations have sites; expected more than half of them and at most all, so that "
                                  "no two rosters can follow this one unless some organisation signs both"));
}

// ---- what lines say ----

absl::Status RosterLines::AddOrganisation(absl::string_view name) {
  ACCORD_RETURN_IF_ERROR(Annotate(CheckDisplayName(name), "the organisation's name"));
  ACCORD_RETURN_IF_ERROR(Annotate(CheckOneScript(name), "the organisation's name"));
  if (terms_.organisations.size() == kMaxRosterSites) {
    return RosterFault(absl::StrCat("is beyond ", kMaxRosterSites, " organisations"));
  }
  if (!terms_.organisations.empty() && terms_.organisations.back() >= name) {
    return RosterFault(
        absl::StrCat("lists ", name, " behind ", terms_.organisations.back(), "; expected ascending order, each once"));
  }
  const auto [other, is_new] = alike_.emplace(LookAlikeKey(name), name);
  if (!is_new) {
    return RosterFault(absl::StrCat("has an organisation that looks like ", other->second,
                                    ": whoever counts organisations would read one name for both"));
  }
  terms_.organisations.emplace_back(name);
  return absl::OkStatus();
}

// In the earlier format an organisation is listed by its sites alone.
absl::Status RosterLines::CheckMember(absl::string_view organisation) const {
  const bool first_format = terms_.quorum == 0;
  if (first_format) return Annotate(CheckDisplayName(organisation), "the organisation's name");
  if (std::binary_search(terms_.organisations.begin(), terms_.organisations.end(), organisation)) {
    return absl::OkStatus();
  }
  return RosterFault("names an organisation that has no line of its own, to the letter");
}

absl::Status RosterLines::TakeKey(absl::string_view public_key_der, const std::string& owner) {
  const auto [other, is_new] = owners_.emplace(public_key_der, owner);
  if (is_new) return absl::OkStatus();
  return RosterFault(absl::StrCat("has the key of ", other->second, " a second time"));
}

absl::Status RosterLines::AddSite(absl::string_view line) {
  if (sites_.size() == kMaxRosterSites) return RosterFault(absl::StrCat("is beyond ", kMaxRosterSites, " sites"));
  absl::string_view site, organisation, key = line;
  if (!absl::ConsumePrefix(&key, kSite) || !TakeUntil(kOrganisation, key, site) ||
      !TakeUntil(kKey, key, organisation)) {
    return RosterFault("is not of the form 'site: ID | organisation: NAME | key: BASE64'");
  }
  ACCORD_ASSIGN_OR_RETURN(std::string public_key_der, ReadKey(key));
  ACCORD_RETURN_IF_ERROR(CheckId("site", site));
  if (!sites_.empty() && sites_.back().site >= site) {
    return RosterFault(absl::StrCat("lists site ", site, " behind ", sites_.back().site,
                                    "; expected each site once, in ascending order"));
  }
  ACCORD_RETURN_IF_ERROR(CheckMember(organisation));
  auto verifying = VerifyingKey::FromDer(public_key_der);
  if (!verifying.ok()) return Annotate(verifying.status(), absl::StrCat("the key of site ", site));
  ACCORD_RETURN_IF_ERROR(TakeKey(public_key_der, absl::StrCat("site ", site)));
  sites_.push_back({std::string(site), std::string(organisation), std::move(public_key_der), *std::move(verifying)});
  return absl::OkStatus();
}

absl::Status RosterLines::AddPerson(absl::string_view line) {
  std::vector<RosterPerson>& people = terms_.people;
  if (people.size() == kMaxRosterPeople) return RosterFault(absl::StrCat("is beyond ", kMaxRosterPeople, " people"));
  absl::string_view id, name, organisation, roles, key = line;
  if (!absl::ConsumePrefix(&key, kPerson) || !TakeUntil(kName, key, id) || !TakeUntil(kOrganisation, key, name) ||
      !TakeUntil(kRoles, key, organisation) || !TakeUntil(kKey, key, roles)) {
    return RosterFault(
        "is not of the form 'person: ID | name: NAME | organisation: NAME | roles: ROLE, ROLE | key: BASE64'");
  }
  ACCORD_RETURN_IF_ERROR(CheckId("person", id));
  if (!people.empty() && people.back().id >= id) {
    return RosterFault(absl::StrCat("lists person ", id, " behind ", people.back().id,
                                    "; expected each person once, in ascending order"));
  }
  ACCORD_RETURN_IF_ERROR(Annotate(CheckDisplayName(name), "the person's name"));
  ACCORD_RETURN_IF_ERROR(CheckMember(organisation));
  RosterPerson person{std::string(id), std::string(name), std::string(organisation), {}, ""};
  ACCORD_ASSIGN_OR_RETURN(person.roles, ReadRoles(roles));
  ACCORD_ASSIGN_OR_RETURN(person.public_key_der, ReadKey(key));
  const auto verifying = VerifyingKey::FromDer(person.public_key_der);
  if (!verifying.ok()) return Annotate(verifying.status(), absl::StrCat("the key of person ", id));
  ACCORD_RETURN_IF_ERROR(TakeKey(person.public_key_der, absl::StrCat("person ", id)));
  people.push_back(std::move(person));
  return absl::OkStatus();
}

absl::Status RosterLines::AddRevoked(absl::string_view line) {
  std::vector<RevokedKey>& revoked = terms_.revoked;
  if (revoked.size() == kMaxRevokedKeys)
    return RosterFault(absl::StrCat("is beyond ", kMaxRevokedKeys, " revocations"));
  RevokedKey entry;
  entry.of_site = absl::StartsWith(line, kRevokedSite);
  const absl::string_view kind = entry.of_site ? "site" : "person";
  absl::string_view id, key, reason = line.substr((entry.of_site ? kRevokedSite : kRevokedPerson).size());
  if (!TakeUntil(kKey, reason, id) || !TakeUntil(kReason, reason, key)) {
    return RosterFault(absl::StrCat("is not of the form 'revoked ", kind, ": ID | key: BASE64 | reason: TEXT'"));
  }
  ACCORD_RETURN_IF_ERROR(CheckId(kind, id));
  ACCORD_RETURN_IF_ERROR(Annotate(CheckDisplayName(reason), "the reason"));
  ACCORD_ASSIGN_OR_RETURN(entry.public_key_der, ReadKey(key));
  const auto verifying = VerifyingKey::FromDer(entry.public_key_der);
  if (!verifying.ok()) return Annotate(verifying.status(), absl::StrCat("the revoked key of ", kind, " ", id));
  entry.id = std::string(id);
  entry.reason = std::string(reason);
  if (!revoked.empty() && !IsBefore(revoked.back(), entry)) {
    return RosterFault(
        "is out of order: expected revoked sites, then people, by ascending bytes of id and key, each once");
  }
  ACCORD_RETURN_IF_ERROR(TakeKey(entry.public_key_der, absl::StrCat(kind, " ", id)));
  revoked.push_back(std::move(entry));
  return absl::OkStatus();
}

// ---- writing ----

namespace {

void SortSites(std::vector<RosterEntry>& sites) {
  std::sort(sites.begin(), sites.end(), [](const RosterEntry& a, const RosterEntry& b) { return a.site < b.site; });
}

void AppendSites(const std::vector<RosterEntry>& sites, std::string& bytes) {
  for (const RosterEntry& entry : sites) {
    absl::StrAppend(&bytes, kSite, entry.site, kOrganisation, entry.organisation, kKey,
                    absl::Base64Escape(entry.public_key_der), "\n");
  }
}

}  // namespace

std::string WriteFirstFormat(absl::string_view federation, std::vector<RosterEntry> entries) {
  SortSites(entries);
  std::string bytes = absl::StrCat(kFirstFormat, "\n", kFederation, federation, "\n");
  AppendSites(entries, bytes);
  return bytes;
}

std::string WriteSecondFormat(RosterTerms terms) {
  std::sort(terms.organisations.begin(), terms.organisations.end());
  SortSites(terms.sites);
  std::sort(terms.people.begin(), terms.people.end(),
            [](const RosterPerson& a, const RosterPerson& b) { return a.id < b.id; });
  std::sort(terms.revoked.begin(), terms.revoked.end(), IsBefore);
  std::string bytes =
      absl::StrCat(kSecondFormat, "\n", kFederation, terms.federation, "\n", kVersion, terms.version, "\n");
  if (terms.previous.has_value()) absl::StrAppend(&bytes, kPrevious, HexDigest(*terms.previous), "\n");
  absl::StrAppend(&bytes, kQuorum, terms.quorum, "\n", kValidUntil, FormatUtc(terms.valid_until), "\n");
  for (const std::string& name : terms.organisations) absl::StrAppend(&bytes, kOrganisationLine, name, "\n");
  AppendSites(terms.sites, bytes);
  for (const RosterPerson& person : terms.people) {
    absl::StrAppend(&bytes, kPerson, person.id, kName, person.name, kOrganisation, person.organisation, kRoles,
                    RoleNames(person.roles), kKey, absl::Base64Escape(person.public_key_der), "\n");
  }
  for (const RevokedKey& key : terms.revoked) {
    absl::StrAppend(&bytes, key.of_site ? kRevokedSite : kRevokedPerson, key.id, kKey,
                    absl::Base64Escape(key.public_key_der), kReason, key.reason, "\n");
  }
  return bytes;
}

}  // namespace accord
