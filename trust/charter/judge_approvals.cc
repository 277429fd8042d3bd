// The approvals: which of them count, whether they are enough, and what four eyes have loosened.
#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "trust/charter/approval_checks.h"
#include "trust/charter/judged_case.h"
#include "trust/charter/loosened_floor.h"

namespace accord {
namespace {

// The approvals that count, by who gave them.
class CountedApprovals {
 public:
  explicit CountedApprovals(JudgedCase& judged) : judged_(judged), checks_(judged) {}

  void Take(const SignedStatement& statement) {
    const auto approval = ParseApproval(statement.bytes);
    if (!approval.ok()) return checks_.Note("an approval", std::string(approval.status().message()));
    if (!checks_.IsAboutTheOrder(*approval)) return;
    const std::optional<ApprovalChecks::Maker> maker = checks_.MakerOf(*approval);
    if (!maker.has_value() || !checks_.IsSignedBy(*maker, *approval, statement) ||
        !checks_.HasItsRole(*maker, *approval)) {
      return;
    }
    if (!approval->approves) return Refusal(*approval, maker->person);
    judged_.ChangesAt(approval->not_before);
    if (!checks_.IsInTime(*approval)) return;
    judged_.ChangesAt(approval->expires);
    if (maker->person == nullptr) {
      absl::Time& until = sites_until_.try_emplace(approval->by, absl::InfinitePast()).first->second;
      until = std::max(until, approval->expires);
    } else {
      Count(*approval, *maker->person);
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

  void HoldUntil(absl::Time until) {
    absl::Time& valid_until = judged_.verdict.terms.valid_until;
    valid_until = std::min(valid_until, until);
  }

  void TellSites(OrderFindings& findings) const {
    findings.approving_sites.emplace();
    for (const auto& [site, until] : sites_until_) findings.approving_sites->insert(site.substr(site.find('/') + 1));
  }

  // Also of one whose time is over: who wants to take it back signs another order.
  void Refusal(const Approval& approval, const v1::Person* person) {
    if (!checks_.MayRefuse(approval, person)) return;
    if (person == nullptr && judged_.findings != nullptr) {
      judged_.findings->refusing_sites.insert(approval.by.substr(approval.by.find('/') + 1));
      return;
    }
    // A refusal comes with the papers and again as what the site has kept of it.
    if (refused_by_.insert(approval.by).second) judged_.Refuse(absl::StrCat(approval.by, " refused this order"));
  }

  void Count(const Approval& approval, const v1::Person& person) {
    if (!checks_.MayCount(approval, person)) return;
    const auto [found, is_new] =
        people_.try_emplace(person.id(), Counted{&person, approval.as, approval.loosens, approval.expires});
    if (is_new) return;
    Counted& earlier = found->second;
    if (earlier.as != approval.as) return checks_.NoteOtherRole(approval, earlier.as);
    // Given twice: the one that holds for longer.
    if (approval.expires > earlier.until) earlier = {&person, approval.as, approval.loosens, approval.expires};
  }

  static bool MayLoosen(const Counted& counted, const v1::Loosening& entry) {
    return NamesRole(entry.by(), counted.as) &&
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
  ApprovalChecks checks_;
  std::map<std::string, Counted> people_;
  std::set<std::string> refused_by_;
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
