// The order: whose it is, and whether it may be one.
#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/hash.h"
#include "trust/charter/judged_case.h"
#include "trust/charter/roster_people.h"
#include "trust/charter/utc_time.h"

namespace accord {
namespace {

std::string RoleNames(const google::protobuf::RepeatedField<int>& roles) {
  return absl::StrJoin(roles, ", ",
                       [](std::string* out, int role) { out->append(RoleName(static_cast<v1::Role>(role))); });
}

// The engineer, whose key signed these bytes; nullptr with the reason.
const v1::Person* SignerOfOrder(JudgedCase& judged) {
  const Charter& charter = judged.charter();
  const v1::Person* person = charter.FindPerson(judged.order.engineer);
  if (person == nullptr) {
    judged.Refuse(
        absl::StrCat("the order is by ", judged.order.engineer, ", who is not in ", charter.Clause("people")));
    return nullptr;
  }
  const std::string against = judged.roster == nullptr ? "" : WhatRosterHasAgainst(*person, *judged.roster);
  if (!against.empty()) {
    judged.Refuse(absl::StrCat("the order is by ", person->id(), ", ", against,
                               "; amend the charter, and have somebody else sign the order"));
    return nullptr;
  }
  if (!judged.IsSigned(judged.job.order, kJobOrderDomain, *charter.KeyOf(person->id()))) {
    judged.Refuse(absl::StrCat("the order is not signed with the key of ", person->id(), " in ",
                               charter.Clause("people"),
                               ": it was made by somebody else, or a byte of it was changed"));
    return nullptr;
  }
  return person;
}

void JudgeOrderTimes(JudgedCase& judged) {
  const JobOrder& order = judged.order;
  const v1::JobOrders& rules = judged.charter().terms().job_orders();
  if (judged.now < order.not_before) {
    judged.Wait(absl::StrCat("the order begins to hold at ", FormatUtc(order.not_before)));
  }
  judged.ChangesAt(order.not_before);
  judged.ChangesAt(order.expires);
  if (judged.now >= order.expires) {
    judged.Refuse(absl::StrCat("the order expired at ", FormatUtc(order.expires), "; have it signed anew"));
  }
  if (order.expires - order.not_before > absl::Hours(24) * rules.longest_days()) {
    judged.Refuse(absl::StrCat("the order is to hold for longer than ", rules.longest_days(), " days, the most of ",
                               judged.charter().Clause("job_orders.longest_days")));
  }
  judged.verdict.terms.valid_until = std::min(judged.verdict.terms.valid_until, order.expires);
}

}  // namespace

void JudgeOrder(JudgedCase& judged) {
  auto order = ParseJobOrder(judged.job.order.bytes);
  if (!order.ok()) return judged.Refuse(std::string(order.status().message()));
  judged.order = *std::move(order);
  const Charter& charter = judged.charter();
  if (judged.order.charter != charter.hash()) {
    judged.Refuse(absl::StrCat("the order is under the charter ", HexDigest(judged.order.charter),
                               judged.site == nullptr ? ", and it is held against " : ", and this site goes by ",
                               HexDigest(charter.hash())));
  }
  const v1::Person* engineer = SignerOfOrder(judged);
  if (engineer == nullptr) return;
  const auto& roles = charter.terms().job_orders().defined_by();
  const bool may_define = std::any_of(roles.begin(), roles.end(),
                                      [&](int role) { return HasRole(*engineer, static_cast<v1::Role>(role)); });
  if (!may_define) {
    judged.Refuse(absl::StrCat(engineer->id(), " has the role ", RoleNames(engineer->roles()), ", and by ",
                               charter.Clause("job_orders.defined_by"), " jobs are defined by ", RoleNames(roles)));
  }
  JudgeOrderTimes(judged);
  judged.engineer = engineer;
  judged.verdict.engineer = absl::StrCat("person/", engineer->id());
  judged.verdict.organisation = engineer->organisation();
}

}  // namespace accord
