#include "trust/charter/approval_checks.h"

#include <algorithm>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/time/time.h"
#include "trust/charter/roster_people.h"
#include "trust/charter/utc_time.h"
#include "trust/roster/roster.h"

namespace accord {

bool NamesRole(const google::protobuf::RepeatedField<int>& roles, v1::Role role) {
  return std::find(roles.begin(), roles.end(), role) != roles.end();
}

void ApprovalChecks::Note(absl::string_view whose, absl::string_view why) {
  judged_.verdict.notes.push_back(absl::StrCat("approval of ", whose, " does not count: it ", why));
}

bool ApprovalChecks::IsAboutTheOrder(const Approval& approval) {
  if (approval.order != judged_.verdict.order) {
    Note(approval.by, "is about another order");
  } else if (approval.charter != judged_.charter().hash()) {
    Note(approval.by, "is under another charter");
  } else {
    return true;
  }
  return false;
}

std::optional<ApprovalChecks::Maker> ApprovalChecks::MakerOf(const Approval& approval) {
  absl::string_view id = approval.by;
  Maker maker;
  if (absl::ConsumePrefix(&id, "person/")) {
    maker = {judged_.charter().FindPerson(id), judged_.charter().KeyOf(id)};
    const bool is_known = maker.person != nullptr && judged_.roster != nullptr;
    const std::string against = is_known ? WhatRosterHasAgainst(*maker.person, *judged_.roster) : "";
    if (!against.empty()) {
      Note(approval.by, absl::StrCat("is by somebody ", against));
      return std::nullopt;
    }
  } else if (absl::ConsumePrefix(&id, "site/")) {
    // Whoever is none takes the word of all that are listed.
    if (judged_.roster == nullptr || (judged_.site != nullptr && id != judged_.site->site)) return std::nullopt;
    const RosterSite* listed = judged_.roster->Find(id);
    maker.key = listed == nullptr ? nullptr : &listed->key;
  }
  if (maker.key != nullptr) return maker;
  Note(approval.by, "is by nobody that charter and roster list");
  return std::nullopt;
}

bool ApprovalChecks::IsSignedBy(const Maker& maker, const Approval& approval, const SignedStatement& statement) {
  if (judged_.IsSigned(statement, kApprovalDomain, *maker.key)) return true;
  Note(approval.by, "is not signed with that one's key: somebody else made it, or a byte of it was changed");
  return false;
}

bool ApprovalChecks::HasItsRole(const Maker& maker, const Approval& approval) {
  if (maker.person == nullptr || HasRole(*maker.person, approval.as)) return true;
  Note(approval.by, absl::StrCat("is given as ", RoleName(approval.as), ", a role that the charter does not give"));
  return false;
}

bool ApprovalChecks::IsInTime(const Approval& approval) {
  const uint32_t longest_days = judged_.charter().terms().approvals().longest_days();
  if (judged_.now < approval.not_before) {
    Note(approval.by, absl::StrCat("begins to hold at ", FormatUtc(approval.not_before)));
  } else if (judged_.now >= approval.expires) {
    Note(approval.by, absl::StrCat("expired at ", FormatUtc(approval.expires)));
  } else if (approval.expires - approval.not_before > absl::Hours(24) * longest_days) {
    Note(approval.by, absl::StrCat("is to hold for longer than ", longest_days, " days, the most of ",
                                   judged_.charter().Clause("approvals.longest_days")));
  } else {
    return true;
  }
  return false;
}

bool ApprovalChecks::MayApprove(v1::Role role) const {
  const v1::Charter& terms = judged_.charter().terms();
  return std::any_of(terms.approvals().by().begin(), terms.approvals().by().end(),
                     [&](const v1::ApprovalRule& rule) { return rule.role() == role; }) ||
         std::any_of(terms.loosening().begin(), terms.loosening().end(),
                     [&](const v1::Loosening& entry) { return NamesRole(entry.by(), role); });
}

bool ApprovalChecks::MayRefuse(const Approval& approval, const v1::Person* person) {
  if (person == nullptr || person == judged_.engineer || MayApprove(approval.as)) return true;
  Note(approval.by, absl::StrCat("is a refusal, and nothing asks for the role ", RoleName(approval.as)));
  return false;
}

bool ApprovalChecks::MayCount(const Approval& approval, const v1::Person& person) {
  if (&person == judged_.engineer) {
    Note(approval.by, "is by the order's own engineer");
  } else if (!MayApprove(approval.as)) {
    Note(approval.by, absl::StrCat("is given as ", RoleName(approval.as), ", and nothing asks for that role"));
  } else {
    return true;
  }
  return false;
}

void ApprovalChecks::NoteOtherRole(const Approval& approval, v1::Role earlier) {
  Note(approval.by, absl::StrCat("is given as ", RoleName(approval.as), ", and there is one as ", RoleName(earlier),
                                 "; a person counts once"));
}

void JudgeOneApproval(JudgedCase& judged, const Approval& approval, const SignedStatement& statement,
                      absl::Span<const Approval> given) {
  ApprovalChecks checks(judged);
  if (!checks.IsAboutTheOrder(approval)) return;
  const std::optional<ApprovalChecks::Maker> maker = checks.MakerOf(approval);
  if (!maker.has_value() || !checks.HasItsRole(*maker, approval)) return;
  if (!approval.approves) {
    if (!checks.MayRefuse(approval, maker->person)) return;
  } else {
    if (!checks.IsInTime(approval)) return;
    if (maker->person != nullptr && !checks.MayCount(approval, *maker->person)) return;
    for (const Approval& other : given) {
      const bool counts =
          other.by == approval.by && other.approves && judged.now >= other.not_before && judged.now < other.expires;
      if (counts && other.as != approval.as) return checks.NoteOtherRole(approval, other.as);
    }
  }
  checks.IsSignedBy(*maker, approval, statement);  // what costs most comes last
}

}  // namespace accord
