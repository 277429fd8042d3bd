// The approvals: which of them count, whether they are enough, and what four eyes have loosened.
#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "trust/charter/judged_case.h"
#include "trust/charter/loosened_floor.h"
#include "trust/charter/utc_time.h"

namespace accord {
namespace {

bool Names(const google::protobuf::RepeatedField<int>& roles, v1::Role role) {
  return std::find(roles.begin(), roles.end(), role) != roles.end();
}

// The approvals that count, by who gave them.
class CountedApprovals {
 public:
  explicit CountedApprovals(JudgedCase& judged) : judged_(judged) {}

  void Take(const SignedStatement& statement) {
    const auto approval = ParseApproval(statement.bytes);
    if (!approval.ok()) return Note("an approval", std::string(approval.status().message()));
    if (approval->order != judged_.verdict.order) return Note(approval->by, "is about another order");
    if (approval->charter != judged_.charter().hash()) return Note(approval->by, "is under another charter");
    const v1::Person* person = nullptr;
    if (!IsSignedByItsMaker(*approval, statement, person)) return;
    if (!approval->approves) return Refusal(*approval, person);
    judged_.ChangesAt(approval->not_before);
    if (!IsInTime(*approval)) return;
    judged_.ChangesAt(approval->expires);
    if (person == nullptr) {
      absl::Time& until = sites_until_.try_emplace(approval->by, absl::InfinitePast()).first->second;
      until = std::max(until, approval->expires);
    } else {
      Count(*approval, *person);
    }
  }

  void DemandAll() {
    const v1::Charter& terms = judged_.charter().terms();
    const v1::Purpose* purpose = judged_.charter().FindPurpose(judged_.order.purpose);
    for (int i = 0; i < terms.approvals().by_size(); ++i) {
      if (AppliesTo(terms.approvals().by(i), purpose)) Demand(terms.approvals().by(i), ItemPath("approvals.by", i));
    }
    if (!terms.approvals().each_site()) return;
    if (judged_.findings != nullptr) TellSites(*judged_.findings);
    if (judged_.site == nullptr) return;
    const auto own = sites_until_.find(absl::StrCat("site/", judged_.site->site));
    if (own != sites_until_.end()) return HoldUntil(own->second);
    judged_.AwaitApproval(absl::StrCat("site ", judged_.site->site, " has not approved the order, which ",
                                       judged_.charter().Clause("approvals.each_site"), " demands"),
                          judged_.site->site);
  }

  // Whether two people of two organisations who may have loosened the rule. Where no site asks it is taken that they
  // will, so that what else is wrong is told at once.
  void DemandFourEyes(const v1::Loosening& entry) {
    std::optional<absl::Time> until;
    for (const auto& [id, one] : people_) {
      for (const auto& [other_id, other] : people_) {
        if (id >= other_id || one.person->organisation() == other.person->organisation()) continue;
        if (!MayLoosen(one, entry) || !MayLoosen(other, entry)) continue;
        const absl::Time both = std::min(one.until, other.until);
        if (!until.has_value() || both > *until) until = both;
      }
    }
    if (!until.has_value()) {
      judged_.AwaitApproval(
          absl::StrCat("the order asks to loosen ", RuleName(entry.rule()),
                       ", which needs approvals that name it, of two people of two organisations in the roles of ",
                       judged_.charter().Clause("loosening")),
          absl::StrCat("two people of two organisations who loosen ", RuleName(entry.rule())));
      if (judged_.site != nullptr) return;
    } else {
      HoldUntil(*until);
    }
    judged_.loosened.push_back(entry.rule());
    LowerFloor(entry.rule(), entry.least(), judged_.floors);
  }

 private:
  struct Counted {
    const v1::Person* person = nullptr;
    v1::Role as = v1::ROLE_UNSPECIFIED;
    std::vector<v1::Rule> loosens;
    absl::Time until;
  };

  void Note(absl::string_view whose, absl::string_view why) {
    judged_.verdict.notes.push_back(absl::StrCat("approval of ", whose, " does not count: it ", why));
  }

  void HoldUntil(absl::Time until) {
    absl::Time& valid_until = judged_.verdict.terms.valid_until;
    valid_until = std::min(valid_until, until);
  }

  void TellSites(OrderFindings& findings) const {
    findings.approving_sites.emplace();
    for (const auto& [site, until] : sites_until_) findings.approving_sites->insert(site.substr(site.find('/') + 1));
  }

  // `person` stays nullptr for a site.
  bool IsSignedByItsMaker(const Approval& approval, const SignedStatement& statement, const v1::Person*& person) {
    absl::string_view id = approval.by;
    const VerifyingKey* key = nullptr;
    if (absl::ConsumePrefix(&id, "person/")) {
      person = judged_.charter().FindPerson(id);
      key = judged_.charter().KeyOf(id);
    } else if (absl::ConsumePrefix(&id, "site/")) {
      // Each site decides for itself; whoever is none takes the word of all that are listed.
      if (judged_.roster == nullptr || (judged_.site != nullptr && id != judged_.site->site)) return false;
      const RosterSite* listed = judged_.roster->Find(id);
      key = listed == nullptr ? nullptr : &listed->key;
    }
    if (key == nullptr) {
      Note(approval.by, "is by nobody that charter and roster list");
    } else if (!judged_.IsSigned(statement, kApprovalDomain, *key)) {
      Note(approval.by, "is not signed with that one's key: somebody else made it, or a byte of it was changed");
    } else if (person != nullptr && !HasRole(*person, approval.as)) {
      Note(approval.by, absl::StrCat("is given as ", RoleName(approval.as), ", a role that the charter does not give"));
    } else {
      return true;
    }
    return false;
  }

  bool IsInTime(const Approval& approval) {
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

  bool MayApprove(v1::Role role) const {
    const v1::Charter& terms = judged_.charter().terms();
    return std::any_of(terms.approvals().by().begin(), terms.approvals().by().end(),
                       [&](const v1::ApprovalRule& rule) { return rule.role() == role; }) ||
           std::any_of(terms.loosening().begin(), terms.loosening().end(),
                       [&](const v1::Loosening& entry) { return Names(entry.by(), role); });
  }

  // Also of one whose time is over: who wants to take it back signs another order.
  void Refusal(const Approval& approval, const v1::Person* person) {
    if (person != nullptr && person != judged_.engineer && !MayApprove(approval.as)) {
      return Note(approval.by, absl::StrCat("is a refusal, and nothing asks for the role ", RoleName(approval.as)));
    }
    if (person == nullptr && judged_.findings != nullptr) {
      judged_.findings->refusing_sites.insert(approval.by.substr(approval.by.find('/') + 1));
      return;
    }
    judged_.Refuse(absl::StrCat(approval.by, " refused this order"));
  }

  void Count(const Approval& approval, const v1::Person& person) {
    if (&person == judged_.engineer) return Note(approval.by, "is by the order's own engineer");
    if (!MayApprove(approval.as)) {
      return Note(approval.by, absl::StrCat("is given as ", RoleName(approval.as), ", and nothing asks for that role"));
    }
    const auto [found, is_new] =
        people_.try_emplace(person.id(), Counted{&person, approval.as, approval.loosens, approval.expires});
    if (is_new) return;
    Counted& earlier = found->second;
    if (earlier.as != approval.as) {
      return Note(approval.by, absl::StrCat("is given as ", RoleName(approval.as), ", and there is one as ",
                                            RoleName(earlier.as), "; a person counts once"));
    }
    // Given twice: the one that holds for longer.
    if (approval.expires > earlier.until) earlier = {&person, approval.as, approval.loosens, approval.expires};
  }

  static bool MayLoosen(const Counted& counted, const v1::Loosening& entry) {
    return Names(entry.by(), counted.as) &&
           std::find(counted.loosens.begin(), counted.loosens.end(), entry.rule()) != counted.loosens.end();
  }

  void Demand(const v1::ApprovalRule& rule, const std::string& path) {
    std::vector<absl::Time> until;
    for (const auto& [id, counted] : people_) {
      if (counted.as == rule.role()) until.push_back(counted.until);
    }
    std::sort(until.rbegin(), until.rend());
    if (until.size() < rule.count()) {
      judged_.AwaitApproval(absl::StrCat("the order has ", until.size(), " of ", rule.count(), " approvals as ",
                                         RoleName(rule.role()), " that ", judged_.charter().Clause(path), " demands"),
                            absl::StrCat(RoleName(rule.role()), " ", until.size(), " of ", rule.count()));
    } else {
      HoldUntil(until[rule.count() - 1]);
    }
  }

  JudgedCase& judged_;
  std::map<std::string, Counted> people_;
  std::map<std::string, absl::Time> sites_until_;  // by "site/ID"; at a site its own alone
};

}  // namespace

void JudgeApprovals(JudgedCase& judged) {
  if (judged.job.approvals.size() > kMaxApprovals) {
    return judged.Refuse(absl::StrCat("the order comes with ", judged.job.approvals.size(),
                                      " approvals; expected at most ", kMaxApprovals));
  }
  CountedApprovals approvals(judged);
  for (const SignedStatement& statement : judged.job.approvals) approvals.Take(statement);
  approvals.DemandAll();
  for (const v1::Rule rule : judged.order.loosens) {
    if (const v1::Loosening* entry = judged.charter().FindLoosening(rule); entry != nullptr) {
      approvals.DemandFourEyes(*entry);
    } else {
      judged.Refuse(absl::StrCat("the order asks to loosen ", RuleName(rule), ", which ",
                                 judged.charter().Clause("loosening"), " does not name"));
    }
  }
}

}  // namespace accord
