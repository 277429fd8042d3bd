#include "trust/roster/roster_words.h"

#include <algorithm>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "trust/charter/charter.h"
#include "trust/charter/utc_time.h"
#include "trust/roster/succession.h"

namespace accord {
namespace {

std::string Counted(size_t count, absl::string_view what) {
  return absl::StrCat(count, " ", what, count == 1 ? "" : "s");
}

bool Has(const std::vector<std::string>& sites, const std::string& site) {
  return std::find(sites.begin(), sites.end(), site) != sites.end();
}

void Compare(const RosterSite& before, const RosterSite& after, std::vector<std::string>& lines) {
  if (before.organisation != after.organisation) {
    lines.push_back(
        absl::StrCat("site ", after.site, " belongs to ", after.organisation, ", before to ", before.organisation));
  }
  if (before.public_key_der != after.public_key_der) {
    lines.push_back(absl::StrCat("site ", after.site, " has another key: ", KeyFingerprint(after.public_key_der),
                                 ", before ", KeyFingerprint(before.public_key_der)));
  }
}

void AppendHead(const Roster& roster, std::string& text) {
  if (roster.valid_until() == absl::InfiniteFuture()) return;
  absl::StrAppend(&text, "version ", roster.version(),
                  roster.previous().has_value() ? absl::StrCat(", follows ", HexDigest(*roster.previous())) : "",
                  "\nvalid until ", FormatUtc(roster.valid_until()), "; the next one needs signatures of ",
                  Counted(roster.quorum(), "organisation"), "\n");
}

std::string RolesInWords(const RosterPerson& person) {
  return absl::StrJoin(person.roles, ", ", [](std::string* out, v1::Role role) { out->append(RoleName(role)); });
}

void AppendPeople(const Roster& roster, std::string& text) {
  for (const RosterPerson& person : roster.people()) {
    absl::StrAppend(&text, "  person ", person.id, ", ", person.name, " of ", person.organisation, ": ",
                    RolesInWords(person), "\n    key ", KeyFingerprint(person.public_key_der), "\n");
  }
  for (const RevokedKey& key : roster.revoked()) {
    absl::StrAppend(&text, "  REVOKED ", key.of_site ? "site " : "person ", key.id, ": ", key.reason, "\n    key ",
                    KeyFingerprint(key.public_key_der), "\n");
  }
}

std::string StepInWords(const StepFindings& step) {
  std::string text;
  for (const std::string& fault : step.faults) absl::StrAppend(&text, "It CANNOT follow: ", fault, ".\n");
  for (const std::string& site : step.bad) absl::StrAppend(&text, "SIGNATURE NOT GOOD of ", site, ".\n");
  absl::StrAppend(&text, step.organisations.size(), " of ", step.quorum, " organisations that are needed have signed",
                  step.organisations.empty() ? "" : ": ", absl::StrJoin(step.organisations, ", "), ".\n");
  if (step.organisations.size() < step.quorum) {
    absl::StrAppend(&text, "Still to sign, ", step.quorum - step.organisations.size(),
                    " of: ", step.others.empty() ? "none is left" : absl::StrJoin(step.others, ", "), ".\n");
  }
  if (!step.unsigned_sites.empty()) {
    absl::StrAppend(&text, "Must sign for their own keys: ", absl::StrJoin(step.unsigned_sites, ", "), ".\n");
  }
  for (const std::string& words : step.unsigned_words) absl::StrAppend(&text, "Not yet: ", words, ".\n");
  return absl::StrCat(
      text, step.holds() ? "It holds: sites go over to it once it is published.\n" : "It does not hold yet.\n");
}

void ComparePeople(const Roster& before, const Roster& after, std::vector<std::string>& lines) {
  for (const RosterPerson& person : after.people()) {
    const RosterPerson* known = before.FindPerson(person.id);
    if (known != nullptr && *known == person) continue;
    lines.push_back(absl::StrCat("person ", person.id, known == nullptr ? " is new: " : " is now ", person.name, " of ",
                                 person.organisation, ", ", RolesInWords(person), ", key ",
                                 KeyFingerprint(person.public_key_der)));
  }
  for (const RosterPerson& person : before.people()) {
    if (after.FindPerson(person.id) == nullptr) lines.push_back(absl::StrCat("person ", person.id, " is gone"));
  }
}

void CompareRevocations(const Roster& before, const Roster& after, std::vector<std::string>& lines) {
  for (const RevokedKey& key : after.revoked()) {
    if (before.FindRevoked(key.public_key_der) != nullptr) continue;
    lines.push_back(
        absl::StrCat("the key of ", key.of_site ? "site " : "person ", key.id, " is REVOKED: ", key.reason));
  }
}

void CompareHeads(const Roster& before, const Roster& after, std::vector<std::string>& lines) {
  const bool both_are_of_the_earlier_format =
      before.valid_until() == absl::InfiniteFuture() && after.valid_until() == absl::InfiniteFuture();
  if (both_are_of_the_earlier_format) return;
  if (before.quorum() != after.quorum()) {
    lines.push_back(absl::StrCat("the next roster will need signatures of ", after.quorum(), " organisations, before ",
                                 before.quorum()));
  }
  if (before.valid_until() != after.valid_until()) {
    const auto end = [](absl::Time time) { return time == absl::InfiniteFuture() ? "no end" : FormatUtc(time); };
    lines.push_back(
        absl::StrCat("it is valid until ", end(after.valid_until()), ", before ", end(before.valid_until())));
  }
}

}  // namespace

std::string KeyFingerprint(absl::string_view public_key_der) { return Sha256Hex(public_key_der); }

std::string RosterSize(const Roster& roster) {
  std::set<absl::string_view> organisations;
  for (const RosterSite& site : roster.sites()) organisations.insert(site.organisation);
  return absl::StrCat(Counted(roster.sites().size(), "site"), " of ", Counted(organisations.size(), "organisation"));
}

std::string RosterInShort(const Roster& roster) {
  if (roster.valid_until() == absl::InfiniteFuture()) return RosterSize(roster);
  return absl::StrCat("version ", roster.version(), ", ", RosterSize(roster), ", until ",
                      FormatUtc(roster.valid_until()));
}

std::string DescribeRoster(const SignedRoster& signed_roster, const Roster* previous) {
  const Roster& roster = *signed_roster.roster();
  const SignedRoster::Findings findings = signed_roster.Examine();
  std::string text = absl::StrCat("Roster of ", roster.federation(), ": ", RosterSize(roster), "\nhash ",
                                  HexDigest(roster.hash()), "\n");
  AppendHead(roster, text);
  absl::StrAppend(&text, "\n");
  for (const RosterSite& site : roster.sites()) {
    const char* state = Has(findings.missing, site.site) ? "has not signed"
                        : Has(findings.bad, site.site)   ? "SIGNATURE NOT GOOD"
                                                         : "has signed";
    absl::StrAppend(&text, "  ", site.site, " of ", site.organisation, ", ", state, "\n    key ",
                    KeyFingerprint(site.public_key_der), "\n");
  }
  for (const auto& [site, signature] : signed_roster.former()) {
    absl::StrAppend(&text, "  ", site, " has signed with its key of the roster before\n");
  }
  AppendPeople(roster, text);
  if (roster.previous().has_value()) {
    return absl::StrCat(text, "\n",
                        previous != nullptr ? StepInWords(ExamineStep(*previous, signed_roster))
                                            : "Whether it follows the roster before cannot be said "
                                              "without that one.\n");
  }
  const size_t good = roster.sites().size() - findings.missing.size() - findings.bad.size();
  absl::StrAppend(&text, "\n",
                  good == roster.sites().size() ? "All have signed."
                                                : absl::StrCat(good, " of ", roster.sites().size(), " have signed."),
                  "\n");
  return text;
}

std::vector<std::string> RosterDifferences(const Roster& before, const Roster& after) {
  std::vector<std::string> lines;
  if (before.federation() != after.federation()) {
    lines.push_back(absl::StrCat("the federation is named ", after.federation(), ", before ", before.federation()));
  }
  for (const RosterSite& site : after.sites()) {
    if (const RosterSite* known = before.Find(site.site); known != nullptr) {
      Compare(*known, site, lines);
    } else {
      lines.push_back(absl::StrCat("site ", site.site, " of ", site.organisation, " is new, key ",
                                   KeyFingerprint(site.public_key_der)));
    }
  }
  for (const RosterSite& site : before.sites()) {
    if (after.Find(site.site) == nullptr) {
      lines.push_back(absl::StrCat("site ", site.site, " of ", site.organisation, " is gone"));
    }
  }
  ComparePeople(before, after, lines);
  CompareRevocations(before, after, lines);
  CompareHeads(before, after, lines);
  return lines;
}

}  // namespace accord
