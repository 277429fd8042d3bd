#include "trust/charter/seats.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/status.h"
#include "trust/charter/roster_people.h"
#include "trust/charter/utc_time.h"

namespace accord {
namespace {

constexpr absl::Duration kDay = absl::Hours(24);
constexpr int kMostAnswerDays = 366;

// What every statement of a person under a charter must be.
struct Claim {
  absl::string_view what;  // "the stop"
  absl::string_view domain;
  const Sha256Digest& charter;
  absl::string_view person;
  v1::Role role;
};

absl::Status CheckClaim(const Charter& charter, const Roster* roster, const SignedStatement& statement,
                        const Claim& claim) {
  if (claim.charter != charter.hash()) {
    return absl::InvalidArgumentError(absl::StrCat(claim.what, " is under the charter ", HexDigest(claim.charter),
                                                   "; expected the one in force, ", HexDigest(charter.hash()),
                                                   ": have it signed anew under that one"));
  }
  const v1::Person* person = charter.FindPerson(claim.person);
  if (person == nullptr || !HasRole(*person, claim.role)) {
    return absl::InvalidArgumentError(absl::StrCat(claim.what, " is by ", claim.person,
                                                   ", whom the charter does not list as ", RoleName(claim.role),
                                                   ": it counts for nothing"));
  }
  const std::string against = roster == nullptr ? "" : WhatRosterHasAgainst(*person, *roster);
  if (!against.empty()) {
    return absl::InvalidArgumentError(absl::StrCat(
        claim.what, " is by ", claim.person, ", ", against,
        ": it counts for nothing; amend the charter, and have it signed with the key that is listed then"));
  }
  const VerifyingKey* key = charter.KeyOf(claim.person);
  if (key != nullptr && key->Verify(claim.domain, statement.bytes, statement.signature).ok()) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(claim.what, " is not signed with the key that the charter lists for ",
                                                 claim.person, ": somebody else made it, or a byte of it was changed"));
}

absl::Status CheckIsOfNow(absl::string_view what, absl::Time time, absl::Time now) {
  if (absl::AbsDuration(now - time) <= kMostStatementSkew) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(what, " says that it was made at ", FormatUtc(time), ", and it is ",
                                                 FormatUtc(now),
                                                 "; expected at most a day between: set the clock and sign it anew"));
}

}  // namespace

bool IsWatcher(const v1::Person& person) {
  return HasRole(person, v1::ROLE_AUDITOR) || HasRole(person, v1::ROLE_OMBUDSMAN);
}

absl::Status CheckActsNot(const Charter& charter, absl::string_view person, absl::string_view what) {
  const v1::Person* listed = charter.FindPerson(person);
  if (listed == nullptr || !IsWatcher(*listed)) return absl::OkStatus();
  return absl::PermissionDeniedError(
      absl::StrCat("the charter lists ", person, " as ", HasRole(*listed, v1::ROLE_OMBUDSMAN) ? "ombudsman" : "auditor",
                   ", a seat that sees everything and does not ", what,
                   HasRole(*listed, v1::ROLE_OMBUDSMAN) ? "; an ombudsman ends a job with `accord job stop`" : ""));
}

absl::Status CheckHasOneOf(const Charter& charter, absl::string_view person, absl::Span<const v1::Role> roles,
                           absl::string_view what) {
  const v1::Person* listed = charter.FindPerson(person);
  const auto has = [&](v1::Role role) { return listed != nullptr && HasRole(*listed, role); };
  if (std::any_of(roles.begin(), roles.end(), has)) return absl::OkStatus();
  return absl::PermissionDeniedError(
      absl::StrCat(what, " is for people whom the charter lists as ",
                   absl::StrJoin(roles, " or ", [](std::string* out, v1::Role role) { out->append(RoleName(role)); }),
                   ", and ", person, " is none"));
}

absl::StatusOr<JobStop> CheckStop(const Charter& charter, const Roster* roster, const SignedStatement& statement) {
  ACCORD_ASSIGN_OR_RETURN(JobStop stop, ParseJobStop(statement.bytes));
  ACCORD_RETURN_IF_ERROR(CheckClaim(charter, roster, statement,
                                    {"the stop", kStopDomain, stop.charter, stop.ombudsman, v1::ROLE_OMBUDSMAN}));
  return stop;
}

absl::StatusOr<JobStop> CheckStopOf(const Charter& charter, const Roster* roster, const SignedStatement& statement,
                                    const Sha256Digest& job) {
  ACCORD_ASSIGN_OR_RETURN(JobStop stop, CheckStop(charter, roster, statement));
  if (stop.job == job) return stop;
  return absl::InvalidArgumentError(absl::StrCat("the stop is of the job with the hash ", HexDigest(stop.job),
                                                 ", and this one has ", HexDigest(job), ": it stops nothing here"));
}

absl::StatusOr<Complaint> CheckComplaint(const Charter& charter, const Roster* roster, const SignedStatement& statement,
                                         absl::Time now) {
  ACCORD_ASSIGN_OR_RETURN(Complaint complaint, ParseComplaint(statement.bytes));
  ACCORD_RETURN_IF_ERROR(
      CheckClaim(charter, roster, statement,
                 {"the complaint", kComplaintDomain, complaint.charter, complaint.ombudsman, v1::ROLE_OMBUDSMAN}));
  ACCORD_RETURN_IF_ERROR(CheckIsOfNow("the complaint", complaint.time, now));
  const absl::Duration gives = complaint.answer_by - complaint.time;
  const uint32_t days = AnswerDays(charter.terms());
  if (gives >= days * kDay && gives <= kMostAnswerDays * kDay) return complaint;
  return absl::InvalidArgumentError(absl::StrCat(
      "the complaint is to be answered by ", FormatUtc(complaint.answer_by), "; expected ", days,
      " days or more after it was made",
      charter.terms().has_complaints() ? absl::StrCat(", by ", charter.Clause("complaints.answer_days")) : "",
      ", and at most ", kMostAnswerDays));
}

absl::StatusOr<ComplaintAnswer> CheckAnswer(const Charter& charter, const Roster* roster,
                                            const SignedStatement& statement, const Sha256Digest& complaint,
                                            absl::Time now) {
  ACCORD_ASSIGN_OR_RETURN(ComplaintAnswer answer, ParseAnswer(statement.bytes));
  ACCORD_RETURN_IF_ERROR(CheckClaim(charter, roster, statement,
                                    {"the answer", kAnswerDomain, answer.charter, answer.lead, v1::ROLE_LEAD}));
  ACCORD_RETURN_IF_ERROR(CheckIsOfNow("the answer", answer.time, now));
  if (answer.complaint == complaint) return answer;
  return absl::InvalidArgumentError(absl::StrCat("the answer is to the complaint ", HexDigest(answer.complaint),
                                                 ", and this one is ", HexDigest(complaint)));
}

}  // namespace accord
