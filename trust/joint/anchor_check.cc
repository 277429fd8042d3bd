#include "trust/joint/anchor_check.h"

#include <algorithm>
#include <iterator>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "trust/charter/utc_time.h"
#include "trust/roster/name_list.h"
#include "trust/roster/roster_words.h"

namespace accord {
namespace {

// Clocks of two federations' sites differ.
constexpr absl::Duration kAnchorSkew = absl::Hours(24);

void CheckAnchorPlace(const Anchor& anchor, const Roster& roster, AnchorRoster which,
                      std::vector<std::string>& faults) {
  if (anchor.federation != roster.federation()) {
    faults.push_back(
        absl::StrCat("it is of the federation ", anchor.federation, ", and the roster of ", roster.federation()));
  }
  const bool is_earlier = anchor.roster_version < roster.version();
  if (which == AnchorRoster::kNewer && is_earlier) return;
  if (anchor.roster_version != roster.version() || anchor.roster != roster.hash()) {
    faults.push_back(absl::StrCat("it names the roster ", HexDigest(anchor.roster), ", version ", anchor.roster_version,
                                  ", and the one at hand is ", HexDigest(roster.hash()), ", version ",
                                  roster.version()));
  } else if (anchor.valid_until > roster.valid_until()) {
    faults.push_back(absl::StrCat("it is valid until ", FormatUtc(anchor.valid_until), ", and the roster only until ",
                                  FormatUtc(roster.valid_until())));
  }
}

void CountAnchorSignatures(const SignedAnchor& anchor, const Roster& roster, AnchorRoster which,
                           AnchorFindings& findings) {
  const bool is_later = which == AnchorRoster::kNewer && anchor.anchor().roster_version < roster.version();
  std::set<std::string> signed_by, all;
  for (const RosterSite& site : roster.sites()) {
    all.insert(site.organisation);
    if (anchor.IsSignedBy(site.site, site.key)) signed_by.insert(site.organisation);
  }
  for (const auto& [identity, signature] : anchor.signatures()) {
    const RosterSite* site = roster.Find(absl::StripPrefix(identity, "site/"));
    if (site != nullptr && anchor.IsSignedBy(site->site, site->key)) continue;
    (is_later ? findings.passed_over : findings.bad).push_back(identity);
  }
  findings.organisations.assign(signed_by.begin(), signed_by.end());
  std::set_difference(all.begin(), all.end(), signed_by.begin(), signed_by.end(), std::back_inserter(findings.others));
}

}  // namespace

AnchorFindings ExamineAnchor(const SignedAnchor& signed_anchor, const Roster& roster, AnchorRoster which) {
  const Anchor& anchor = signed_anchor.anchor();
  AnchorFindings findings;
  findings.quorum = roster.quorum();
  CheckAnchorPlace(anchor, roster, which, findings.faults);
  CountAnchorSignatures(signed_anchor, roster, which, findings);
  for (const AnchorMember& member : anchor.members) {
    const RosterSite* site = roster.Find(member.site);
    if (site == nullptr) {
      findings.faults.push_back(absl::StrCat("its member ", member.site, " is not in the roster"));
    } else if (!signed_anchor.IsSignedBy(site->site, site->key)) {
      findings.unsigned_members.push_back(member.site);
    }
    if (roster.FindRevoked(member.public_key_der) != nullptr) {
      findings.faults.push_back(absl::StrCat("the key of its member ", member.site, " was revoked by the roster"));
    }
  }
  return findings;
}

absl::Status CheckAnchor(const SignedAnchor& anchor, const Roster& roster, AnchorRoster which) {
  const AnchorFindings findings = ExamineAnchor(anchor, roster, which);
  if (findings.holds()) return absl::OkStatus();
  std::vector<std::string> words = findings.faults;
  if (!findings.bad.empty()) words.push_back(absl::StrCat("a signature is not good of ", NameList(findings.bad)));
  if (findings.organisations.size() < findings.quorum) {
    words.push_back(absl::StrCat(findings.quorum, " organisations of the roster must sign it, and ",
                                 findings.organisations.size(), " did; it could still be signed by ",
                                 findings.others.empty() ? "none" : NameList(findings.others)));
  }
  if (!findings.unsigned_members.empty()) {
    words.push_back(
        absl::StrCat("named as members, and not signed by ", NameList(findings.unsigned_members), " itself"));
  }
  if (!findings.passed_over.empty()) {
    words.push_back(absl::StrCat("by no key of the roster's version ", roster.version(),
                                 ", and therefore not counted: ", NameList(findings.passed_over),
                                 "; have a new anchor signed (accord-client anchor write)"));
  }
  return absl::FailedPreconditionError(
      absl::StrCat("the anchor of ", anchor.anchor().federation, " does not hold: ", absl::StrJoin(words, "; ")));
}

absl::Status CheckAnchorTime(const Anchor& anchor, absl::Time now) {
  if (now >= anchor.valid_until) {
    return absl::FailedPreconditionError(absl::StrCat("the anchor of ", anchor.federation, " was valid until ",
                                                      FormatUtc(anchor.valid_until),
                                                      ": have a new one signed (accord-client anchor write)"));
  }
  if (anchor.made > now + kAnchorSkew) {
    return absl::FailedPreconditionError(absl::StrCat("the anchor of ", anchor.federation, " was made at ",
                                                      FormatUtc(anchor.made), ", which is yet to come"));
  }
  return absl::OkStatus();
}

absl::Status CheckAnchorFollows(const Anchor& known, const Anchor& next) {
  const auto refused = [&](const auto&... parts) {
    return absl::FailedPreconditionError(absl::StrCat("the anchor of ", next.federation, " ", parts...));
  };
  if (known.federation != next.federation || known.joint != next.joint) {
    return refused("for ", next.joint, " is not of the collaboration whose anchor is pinned: that one is of ",
                   known.federation, " for ", known.joint);
  }
  if (next.made < known.made || next.roster_version < known.roster_version) {
    return refused("is older than the one that is pinned: it was made at ", FormatUtc(next.made), " under version ",
                   next.roster_version, " of its roster, that one at ", FormatUtc(known.made), " under version ",
                   known.roster_version, "; an older one is not taken again");
  }
  if (next.roster_version == known.roster_version && next.roster != known.roster) {
    return refused("names ANOTHER roster of version ", next.roster_version, ", ", HexDigest(next.roster),
                   ", than the one that is pinned, ", HexDigest(known.roster),
                   ": that federation, or whoever speaks for it, shows two rosters; ask its sites by telephone");
  }
  return absl::OkStatus();
}

std::string DescribeAnchor(const Anchor& anchor) {
  std::string text = absl::StrCat("Anchor of ", anchor.federation, " for ", anchor.joint, "\nroster ",
                                  HexDigest(anchor.roster), ", version ", anchor.roster_version, "\ncharter ",
                                  HexDigest(anchor.charter), "\nmade ", FormatUtc(anchor.made), ", valid until ",
                                  FormatUtc(anchor.valid_until), "\nMembers, with their keys in ", anchor.joint, ":\n");
  for (const AnchorMember& member : anchor.members) {
    absl::StrAppend(&text, "  ", member.site, "\n    key ", KeyFingerprint(member.public_key_der), "\n");
  }
  return text;
}

std::string DescribeAnchorFindings(const AnchorFindings& findings) {
  std::string text;
  for (const std::string& fault : findings.faults) absl::StrAppend(&text, "  FAULT: ", fault, "\n");
  for (const std::string& identity : findings.bad) absl::StrAppend(&text, "  ", identity, ": SIGNATURE NOT GOOD\n");
  for (const std::string& identity : findings.passed_over) {
    absl::StrAppend(&text, "  ", identity, ": not counted, by a key that it has no more in the roster\n");
  }
  for (const std::string& member : findings.unsigned_members) {
    absl::StrAppend(&text, "  lacking: the signature of the member ", member, "\n");
  }
  absl::StrAppend(&text, "  signed by ", findings.organisations.size(), " organisations, of ", findings.quorum,
                  " that are needed",
                  findings.others.empty() ? "" : absl::StrCat("; not yet by ", NameList(findings.others)), "\n",
                  findings.holds() ? "It holds.\n" : "It does NOT hold.\n");
  return text;
}

}  // namespace accord
