#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "trust/charter/charter_words.h"
#include "trust/charter/oversight.h"
#include "trust/joint/join_steps.h"

namespace accord {
namespace {

class DecisionJoiner : private JoinSteps {
 public:
  using JoinSteps::JoinSteps;

  void Join() {
    JoinOrders();
    JoinCoSigners();
    JoinDemands("signatures", a_.signatures(), b_.signatures(), [this] { return terms_.mutable_signatures(); });
    JoinDemands("amendments", a_.amendments(), b_.amendments(), [this] { return terms_.mutable_amendments(); });
    JoinLoosening();
    JoinSitePolicies();
  }

 private:
  // Whoever watches for one of the two does not act for both.
  static void LeaveOutWatchers(google::protobuf::RepeatedField<int>& roles) {
    roles.erase(
        std::remove_if(roles.begin(), roles.end(), [](int role) { return IsOversight(static_cast<v1::Role>(role)); }),
        roles.end());
  }

  void JoinOrders() {
    v1::JobOrders& orders = *terms_.mutable_job_orders();
    *orders.mutable_defined_by() = CommonTo(a_.job_orders().defined_by(), b_.job_orders().defined_by());
    LeaveOutWatchers(*orders.mutable_defined_by());
    if (orders.defined_by().empty()) {
      Clash("job_orders.defined_by", "no role may define jobs by both: ", RolesInWords(a_.job_orders().defined_by()),
            " in ", first_.name, ", ", RolesInWords(b_.job_orders().defined_by()), " in ", second_.name);
    }
    orders.set_longest_days(
        Fewer("job_orders.longest_days", a_.job_orders().longest_days(), b_.job_orders().longest_days()));
    v1::Approvals& approvals = *terms_.mutable_approvals();
    for (const auto* charter : {&a_, &b_}) {
      for (const v1::ApprovalRule& rule : charter->approvals().by()) AskForApproval(rule, approvals);
    }
    Note("approvals.by", "what either asks for");
    approvals.set_each_site(Demanded("approvals.each_site", a_.approvals().each_site(), b_.approvals().each_site()));
    approvals.set_longest_days(
        Fewer("approvals.longest_days", a_.approvals().longest_days(), b_.approvals().longest_days()));
  }

  static void AskForApproval(const v1::ApprovalRule& rule, v1::Approvals& approvals) {
    for (v1::ApprovalRule& known : *approvals.mutable_by()) {
      const bool same = known.role() == rule.role() &&
                        std::equal(known.tags().begin(), known.tags().end(), rule.tags().begin(), rule.tags().end());
      if (same) return known.set_count(std::max(known.count(), rule.count()));
    }
    *approvals.add_by() = rule;
  }

  void JoinCoSigners() {
    std::map<std::pair<v1::Tag, v1::Role>, uint32_t> counts;
    for (const auto* charter : {&a_, &b_}) {
      for (const v1::CoSigner& signer : charter->co_signers()) {
        uint32_t& count = counts[{signer.tag(), signer.role()}];
        count = std::max(count, signer.count());
      }
    }
    for (const auto& [who, count] : counts) {
      v1::CoSigner& signer = *terms_.add_co_signers();
      signer.set_tag(who.first);
      signer.set_role(who.second);
      signer.set_count(count);
    }
    if (!counts.empty()) Note("co_signers", "those whom either asks for");
  }

  // Sites: all, which is what a section without a number says.
  template <typename Section>
  void JoinDemands(absl::string_view field, const v1::SignaturesDemanded& a, const v1::SignaturesDemanded& b,
                   Section section) {
    Note(field, "of all sites of both federations, and of the people whom either asks for");
    std::map<v1::Role, uint32_t> counts;
    for (const auto* demanded : {&a, &b}) {
      for (const v1::RoleCount& people : demanded->people()) {
        counts[people.role()] = std::max(counts[people.role()], people.count());
      }
    }
    if (counts.empty()) return;
    v1::SignaturesDemanded& joined = *section();
    joined.set_sites(0);
    for (const auto& [role, count] : counts) {
      v1::RoleCount& people = *joined.add_people();
      people.set_role(role);
      people.set_count(count);
    }
  }

  // Whether people of two organisations have one of the roles; else nobody could loosen.
  bool AreFourEyes(const google::protobuf::RepeatedField<int>& roles) const {
    std::set<std::string> organisations;
    for (const v1::Person& person : terms_.people()) {
      for (const int role : person.roles()) {
        if (Holds(roles, role)) organisations.insert(person.organisation());
      }
    }
    return organisations.size() >= 2;
  }

  void JoinLoosening() {
    const auto rule_of = [](const v1::Loosening& entry) { return RuleName(entry.rule()); };
    NoteLeftOut("loosening", a_.loosening(), b_.loosening(), rule_of);
    for (const v1::Loosening& entry : a_.loosening()) {
      const v1::Loosening* other = second_.charter.FindLoosening(entry.rule());
      if (other == nullptr) continue;
      v1::Loosening joined = entry;
      *joined.mutable_by() = CommonTo(entry.by(), other->by());
      LeaveOutWatchers(*joined.mutable_by());
      if (!AreFourEyes(joined.by())) {
        Note("loosening", rule_of(entry), " is left out: no two people of two organisations may loosen it by both");
        continue;
      }
      joined.set_least(std::max(entry.least(), other->least()));
      Note("loosening", rule_of(entry), joined.least() > 0 ? absl::StrCat(" to ", joined.least()) : "", " by ",
           RolesInWords(joined.by()));
      *terms_.add_loosening() = joined;
    }
  }

  void JoinSitePolicies() {
    if (!a_.has_site_policies() && !b_.has_site_policies()) return;
    v1::SitePolicies& policies = *terms_.mutable_site_policies();
    if (!a_.has_site_policies() || !b_.has_site_policies()) {
      policies = a_.has_site_policies() ? a_.site_policies() : b_.site_policies();
      return Note("site_policies", "of ", NameOf(a_.has_site_policies()), "; the other has none");
    }
    policies.set_people(More("site_policies.people", a_.site_policies().people(), b_.site_policies().people()));
    *policies.mutable_roles() = CommonTo(a_.site_policies().roles(), b_.site_policies().roles());
    if (!policies.roles().empty()) return Note("site_policies.roles", RolesInWords(policies.roles()));
    Clash("site_policies.roles", "no role may sign a site's policy by both: ", RolesInWords(a_.site_policies().roles()),
          " in ", first_.name, ", ", RolesInWords(b_.site_policies().roles()), " in ", second_.name);
  }
};

}  // namespace

void JoinDecisions(const JoinSide& first, const JoinSide& second, CharterJoin& join) {
  DecisionJoiner(first, second, join).Join();
}

}  // namespace accord
