#include "cli/governance/release_writing.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "base/file.h"
#include "base/status.h"
#include "trust/charter/release_check.h"
#include "trust/charter/statement_lines.h"
#include "trust/charter/utc_time.h"

namespace accord {
namespace {

absl::Status NotAboutEachOther(absl::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat("the files are not about each other: ", what));
}

absl::Status CheckOrderIsSigned(const Charter& charter, const ReadOrder& order) {
  const VerifyingKey* key = charter.KeyOf(order.order.engineer);
  if (key != nullptr && key->Verify(kJobOrderDomain, order.statement.bytes, order.statement.signature).ok()) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(
      absl::StrCat("the order is not signed with the key that the charter lists for ", order.order.engineer));
}

absl::Status CheckRefusalFits(const RefusalStatement& refusal, const Release& release, const ReadOrder& order) {
  if (refusal.site != release.site) {
    return NotAboutEachOther(
        absl::StrCat("the refusal is of the site ", refusal.site, ", and the release of ", release.site));
  }
  if (refusal.order != order.hash) return NotAboutEachOther("the refusal names another order");
  if (refusal.charter != release.charter) return NotAboutEachOther("the refusal names another charter");
  if (refusal.time < release.time) {
    return NotAboutEachOther(absl::StrCat("the refusal is of ", FormatUtc(refusal.time), ", before the release, of ",
                                          FormatUtc(release.time)));
  }
  return absl::OkStatus();
}

// Why the release demands that the site refused; empty: it does not.
std::string DemandOf(const Release& release, const ReadOrder& order, const RefusalStatement& refusal) {
  if (!release.Names(order.order.purpose)) return "it is not for the order's purpose";
  if (refusal.time >= release.expires) {
    return absl::StrCat("it expired at ", FormatUtc(release.expires), ", before the refusal by the site's clock");
  }
  if (TellsOfTheVersion(release, refusal.reasons)) {
    return "it names one version of the data set, and that the content was not of it is the site's signed word";
  }
  return "";
}

}  // namespace

absl::StatusOr<SignedStatement> SignRelease(const ReleaseRequest& request, const Charter& charter, const Roster& roster,
                                            const PersonWithKey& person, absl::Time now) {
  Release release;
  release.charter = charter.hash();
  release.site = request.site;
  if (const RosterSite* site = roster.Find(request.site); site != nullptr) release.organisation = site->organisation;
  if (release.organisation.empty()) {
    return absl::InvalidArgumentError(absl::StrCat("the roster lists no site ", request.site));
  }
  release.data_set = request.data_set;
  if (request.version != "any") {
    ACCORD_ASSIGN_OR_RETURN(release.version, ParseHexDigest(request.version));
  }
  release.purposes = request.purposes;
  std::sort(release.purposes.begin(), release.purposes.end());
  release.steward = std::string(absl::StripPrefix(person.identity, "person/"));
  release.time = absl::FromUnixSeconds(absl::ToUnixSeconds(now));
  release.expires = release.time + absl::Hours(24) * request.days;
  ACCORD_ASSIGN_OR_RETURN(std::string bytes, WriteRelease(release));
  ACCORD_ASSIGN_OR_RETURN(SignedStatement statement,
                          SignedStatement::Sign(std::move(bytes), kReleaseDomain, person.signer));
  ACCORD_RETURN_IF_ERROR(CheckRelease(charter, roster, statement).status());
  return statement;
}

absl::StatusOr<RefusalStatement> ReadRefusalOf(const std::string& path, const Roster& roster) {
  ACCORD_ASSIGN_OR_RETURN(const std::string text, ReadFile(path, kMaxStatementBytes + 256));
  const auto statement = SignedStatement::Parse(text);
  if (!statement.ok()) return Annotate(statement.status(), path);
  auto refusal = ParseRefusalStatement(statement->bytes);
  if (!refusal.ok()) return Annotate(refusal.status(), path);
  const RosterSite* site = roster.Find(refusal->site);
  if (site != nullptr && site->key.Verify(kRefusalDomain, statement->bytes, statement->signature).ok()) return refusal;
  return absl::FailedPreconditionError(
      absl::StrCat(path, " is not signed with the key that the roster lists for site ", refusal->site));
}

absl::StatusOr<ReleaseConclusion> HoldOrderAgainstRelease(const Charter& charter, const Roster& roster,
                                                          const SignedStatement& release, const ReadOrder& order,
                                                          const std::optional<RefusalStatement>& refusal) {
  ACCORD_ASSIGN_OR_RETURN(const Release released, CheckRelease(charter, roster, release));
  ACCORD_RETURN_IF_ERROR(CheckOrderIsSigned(charter, order));
  if (order.order.data_set != released.data_set) {
    return NotAboutEachOther(absl::StrCat("the order is of the data set ",
                                          order.order.data_set.empty() ? "none" : order.order.data_set,
                                          ", and the release of ", released.data_set));
  }
  if (order.order.charter != released.charter) return NotAboutEachOther("the order names another charter");
  if (refusal.has_value()) ACCORD_RETURN_IF_ERROR(CheckRefusalFits(*refusal, released, order));
  ReleaseConclusion conclusion;
  conclusion.is_released = released.Names(order.order.purpose);
  conclusion.lines.push_back(absl::StrCat("the order ", HexDigest(order.hash).substr(0, 12), " of ",
                                          order.order.engineer, " is for the purpose ", order.order.purpose,
                                          conclusion.is_released ? ", which is released" : ", which is NOT RELEASED"));
  conclusion.is_in_order = conclusion.is_released;
  if (!refusal.has_value()) return conclusion;
  conclusion.lines.push_back(absl::StrCat("the site ", refusal->site, " refused this order ",
                                          refusal->for_good ? "for good" : "for then", " at ", FormatUtc(refusal->time),
                                          ": ", absl::StrJoin(refusal->reasons, "; ")));
  const std::string demand = DemandOf(released, order, *refusal);
  conclusion.is_in_order = !demand.empty();
  conclusion.lines.push_back(demand.empty()
                                 ? "the refusal does not follow from the release: its purposes name the "
                                   "order's, it had not expired, and of the version the site says nothing"
                                 : absl::StrCat("the refusal is what the owner's release demands: ", demand));
  return conclusion;
}

}  // namespace accord
