#include "trust/charter/release_check.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/status.h"
#include "trust/charter/roster_people.h"
#include "trust/charter/utc_time.h"

namespace accord {
namespace {

absl::Status NoRelease(absl::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat("the release ", what));
}

absl::Status CheckOwner(const Charter& charter, const Roster& roster, const SignedStatement& statement,
                        const Release& release) {
  const RosterSite* site = roster.Find(release.site);
  if (site == nullptr) {
    return NoRelease(absl::StrCat("is of the site ", release.site, ", which the roster does not list"));
  }
  if (site->organisation != release.organisation) {
    return NoRelease(absl::StrCat("names ", release.organisation, " as the organisation of ", release.site,
                                  ", and the roster lists ", site->organisation));
  }
  const v1::Person* steward = charter.FindPerson(release.steward);
  if (steward == nullptr || !HasRole(*steward, v1::ROLE_STEWARD) || steward->organisation() != release.organisation) {
    return NoRelease(absl::StrCat("is by ", release.steward, ", whom ", charter.Clause("people"),
                                  " does not list as steward of ", release.organisation,
                                  ": only the owner of the rows releases them"));
  }
  if (const std::string against = WhatRosterHasAgainst(*steward, roster); !against.empty()) {
    return NoRelease(absl::StrCat("is by ", release.steward, ", ", against));
  }
  const VerifyingKey* key = charter.KeyOf(release.steward);
  if (key != nullptr && key->Verify(kReleaseDomain, statement.bytes, statement.signature).ok()) return absl::OkStatus();
  return NoRelease(absl::StrCat("is not signed with the key of ", release.steward, " in ", charter.Clause("people"),
                                ": somebody else made it, or a byte of it was changed"));
}

absl::Status CheckWithinCharter(const Charter& charter, const Release& release) {
  const v1::CharterDataSet* data_set = charter.FindDataSet(release.data_set);
  if (data_set == nullptr) {
    return NoRelease(
        absl::StrCat("is of the data set ", release.data_set, ", which is not in ", charter.Clause("data_sets")));
  }
  const auto& sites = data_set->sites();
  if (!sites.empty() && std::find(sites.begin(), sites.end(), release.site) == sites.end()) {
    return NoRelease(absl::StrCat("is of the site ", release.site, ", which by ", charter.Clause("data_sets"),
                                  " may not release ", release.data_set));
  }
  for (const std::string& purpose : release.purposes) {
    const auto& allowed = data_set->purposes();
    if (std::find(allowed.begin(), allowed.end(), purpose) != allowed.end()) continue;
    return NoRelease(absl::StrCat("names the purpose ", purpose, ", for which by ", charter.Clause("data_sets"), " ",
                                  release.data_set, " may not be read"));
  }
  return absl::OkStatus();
}

std::string ShortReleaseName(const SignedStatement& statement) {
  return HexDigest(ReleaseHash(statement.bytes)).substr(0, 12);
}

// How the two reasons begin of a release that names a version.
std::string OtherVersionWords(const Release& release) {
  return absl::StrCat("the content of ", release.data_set, " is another version than ", release.steward, " released");
}
std::string UnknownVersionWords(const Release& release) {
  return absl::StrCat("the release of ", release.data_set, " is of one version, and ");
}

// What time or other bytes would heal.
void JudgeTimeAndVersion(const Release& release, const absl::StatusOr<Sha256Digest>& version, absl::Time now,
                         std::vector<std::string>& reasons) {
  if (now < release.time) {
    reasons.push_back(
        absl::StrCat("the release of ", release.data_set, " holds from ", FormatUtc(release.time), " on"));
  }
  if (now >= release.expires) {
    reasons.push_back(absl::StrCat("the release of ", release.data_set, " expired at ", FormatUtc(release.expires),
                                   "; have ", release.steward, " sign another one"));
  }
  if (!release.version.has_value()) return;
  if (!version.ok()) {
    reasons.push_back(absl::StrCat(UnknownVersionWords(release), version.status().message()));
  } else if (*version != *release.version) {
    // Without the two hashes: these words leave the site, and who has the hash of a small file can guess the file.
    reasons.push_back(absl::StrCat(OtherVersionWords(release),
                                   "; the site's operator sees which (accord-client release version ", release.data_set,
                                   ") and can have it released too"));
  }
}

}  // namespace

absl::StatusOr<Release> CheckRelease(const Charter& charter, const Roster& roster, const SignedStatement& statement) {
  ACCORD_ASSIGN_OR_RETURN(Release release, ParseRelease(statement.bytes));
  if (release.charter != charter.hash()) {
    return NoRelease(absl::StrCat("is under the charter ", HexDigest(release.charter), "; expected ",
                                  HexDigest(charter.hash()), ": have it signed anew under that one"));
  }
  ACCORD_RETURN_IF_ERROR(CheckOwner(charter, roster, statement, release));
  ACCORD_RETURN_IF_ERROR(CheckWithinCharter(charter, release));
  return release;
}

ReleaseVerdict JudgeRelease(const Charter& charter, const Roster& roster, const SignedStatement& statement,
                            const ReleaseQuestion& question, const absl::StatusOr<Sha256Digest>& version,
                            absl::Time now) {
  ReleaseVerdict verdict;
  const auto release = CheckRelease(charter, roster, statement);
  if (!release.ok()) {
    verdict.reasons = {
        absl::StrCat("the data set ", question.data_set, " is not released: ", release.status().message())};
    return verdict;
  }
  verdict.release = ReleaseHash(statement.bytes);
  if (release->site != question.site || release->data_set != question.data_set) {
    verdict.reasons = {absl::StrCat("the release ", ShortReleaseName(statement), " is of ", release->data_set, " at ",
                                    release->site, ", and not of ", question.data_set, " at ", question.site)};
    return verdict;
  }
  if (!release->Names(question.purpose)) {
    verdict.for_good = true;
    verdict.reasons = {release->purposes.empty()
                           ? absl::StrCat(release->steward, " of ", release->organisation, " withdrew the data set ",
                                          release->data_set, " at ", FormatUtc(release->time), " (release ",
                                          ShortReleaseName(statement), ")")
                           : absl::StrCat("the job is for the purpose ", question.purpose, ", and ", release->steward,
                                          " of ", release->organisation, " released ", release->data_set, " for ",
                                          absl::StrJoin(release->purposes, ", "), " alone (release ",
                                          ShortReleaseName(statement), ")")};
    return verdict;
  }
  JudgeTimeAndVersion(*release, version, now, verdict.reasons);
  verdict.version = release->version;
  verdict.expires = release->expires;
  return verdict;
}

bool TellsOfTheVersion(const Release& release, const std::vector<std::string>& reasons) {
  if (!release.version.has_value()) return false;
  return std::any_of(reasons.begin(), reasons.end(), [&release](const std::string& reason) {
    return absl::StartsWith(reason, OtherVersionWords(release)) ||
           absl::StartsWith(reason, UnknownVersionWords(release));
  });
}

}  // namespace accord
