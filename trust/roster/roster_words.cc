#include "trust/roster/roster_words.h"

#include <algorithm>
#include <set>

#include "absl/strings/str_cat.h"

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

}  // namespace

std::string KeyFingerprint(absl::string_view public_key_der) { return Sha256Hex(public_key_der); }

std::string RosterSize(const Roster& roster) {
  std::set<absl::string_view> organisations;
  for (const RosterSite& site : roster.sites()) organisations.insert(site.organisation);
  return absl::StrCat(Counted(roster.sites().size(), "site"), " of ", Counted(organisations.size(), "organisation"));
}

std::string DescribeRoster(const SignedRoster& signed_roster) {
  const Roster& roster = *signed_roster.roster();
  const SignedRoster::Findings findings = signed_roster.Examine();
  std::string text = absl::StrCat("Roster of ", roster.federation(), ": ", RosterSize(roster), "\nhash ",
                                  HexDigest(roster.hash()), "\n\n");
  for (const RosterSite& site : roster.sites()) {
    const char* state = Has(findings.missing, site.site) ? "has not signed"
                        : Has(findings.bad, site.site)   ? "SIGNATURE NOT GOOD"
                                                         : "has signed";
    absl::StrAppend(&text, "  ", site.site, " of ", site.organisation, ", ", state, "\n    key ",
                    KeyFingerprint(site.public_key_der), "\n");
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
  return lines;
}

}  // namespace accord
