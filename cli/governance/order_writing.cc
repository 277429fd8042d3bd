#include "cli/governance/order_writing.h"

#include <algorithm>
#include <map>
#include <set>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "base/file.h"
#include "base/secret.h"
#include "base/status.h"
#include "trust/charter/foresight.h"
#include "trust/charter/statement_lines.h"

namespace accord {
namespace {

constexpr uint32_t kUsualDays = 14;  // time to gather approvals; not so long that a forgotten one lies around
constexpr size_t kMaxMappingBytes = size_t{1} << 20;  // as of YAML files

absl::Duration DaysOf(uint32_t asked, uint32_t longest) {
  return absl::Hours(24) * (asked == 0 ? std::min(kUsualDays, longest) : asked);
}

// Statements tell time to the second.
absl::Time WholeSecond(absl::Time time) { return absl::FromUnixSeconds(absl::ToUnixSeconds(time)); }

absl::Status FaultsToStatus(absl::string_view what, const std::vector<std::string>& faults) {
  if (faults.empty()) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat(what, ":\n  ", absl::StrJoin(faults, "\n  ")));
}

absl::StatusOr<std::map<std::string, Sha256Digest>> ReadMappings(const std::vector<std::string>& texts) {
  std::map<std::string, Sha256Digest> mappings;
  std::vector<std::string> faults;
  for (const std::string& text : texts) {
    const size_t equals = text.find('=');
    if (equals == std::string::npos || equals == 0) {
      faults.push_back(absl::StrCat("--mapping ", text, ": write SITE=FILE"));
      continue;
    }
    const auto content = ReadFile(text.substr(equals + 1), kMaxMappingBytes);
    if (!content.ok()) {
      faults.push_back(absl::StrCat("--mapping ", text, ": ", content.status().message()));
    } else if (!mappings.try_emplace(text.substr(0, equals), Sha256(*content)).second) {
      faults.push_back(absl::StrCat("--mapping ", text, ": the site has one already"));
    }
  }
  if (!faults.empty()) return absl::InvalidArgumentError(absl::StrJoin(faults, "\n"));
  return mappings;
}

absl::StatusOr<JobOrder> MakeOrder(const OrderRequest& request, const ReadJob& job, const Charter& charter,
                                   const PersonWithKey& person, absl::Time now) {
  JobOrder order;
  order.charter = charter.hash();
  order.job = Sha256(job.bytes);
  if (job.spec.model().has_torchscript()) {
    ACCORD_ASSIGN_OR_RETURN(order.torchscript, ParseHexDigest(job.spec.model().torchscript().sha256()));
  }
  if (job.spec.model().has_start_from()) {
    ACCORD_ASSIGN_OR_RETURN(order.start, ParseHexDigest(job.spec.model().start_from().model_digest()));
  }
  order.data_set = job.spec.data().name();
  ACCORD_ASSIGN_OR_RETURN(order.mappings, ReadMappings(request.mappings));
  order.purpose = request.purpose;
  order.engineer = std::string(absl::StripPrefix(person.identity, "person/"));
  order.not_before = WholeSecond(now);
  order.expires = order.not_before + DaysOf(request.days, charter.terms().job_orders().longest_days());
  order.loosens = request.loosens;
  ACCORD_ASSIGN_OR_RETURN(const SecretBytes nonce, SecretBytes::Random(kNonceBytes));
  order.nonce = absl::BytesToHexString(nonce.RevealAsText());
  return order;
}

bool NamesRole(const google::protobuf::RepeatedField<int>& roles, v1::Role role) {
  return std::find(roles.begin(), roles.end(), role) != roles.end();
}

// Whose word about an order counts, by the charter.
class Entitlement {
 public:
  Entitlement(const ApprovalRequest& request, const JobOrder& order, const Charter& charter,
              const PersonWithKey& person)
      : request_(request), order_(order), charter_(charter), id_(absl::StripPrefix(person.identity, "person/")) {
    const v1::Person* listed = charter.FindPerson(id_);
    if (listed == nullptr) {
      Fault(id_, " is not in ", charter.Clause("people"));
      return;
    }
    if (listed->key() != absl::Base64Escape(person.signer.public_key_der())) {
      Fault(charter.Clause("people"), " lists ", id_, " with another key than that of this login");
    }
    if (!HasRole(*listed, request.as)) Fault(charter.Clause("people"), " does not give ", id_, " the role ", Role());
    request.approves ? CheckApproval() : CheckRefusal();
  }

  const std::vector<std::string>& faults() const { return faults_; }

 private:
  template <typename... Parts>
  void Fault(const Parts&... parts) {
    faults_.push_back(absl::StrCat(parts...));
  }
  std::string Role() const { return RoleName(request_.as); }
  // "a lead", "an ombudsman".
  std::string ARole() const {
    const std::string role = Role();
    return absl::StrCat(absl::string_view("aeiou").find(role[0]) == absl::string_view::npos ? "a " : "an ", role);
  }

  void CheckApproval() {
    if (id_ == order_.engineer) Fault(id_, " ordered the job; nobody approves the own order");
    const v1::Purpose* purpose = charter_.FindPurpose(order_.purpose);
    const auto& rules = charter_.terms().approvals().by();
    bool is_asked = std::any_of(rules.begin(), rules.end(), [&](const v1::ApprovalRule& rule) {
      return rule.role() == request_.as && AppliesTo(rule, purpose);
    });
    for (const v1::Rule rule : order_.loosens) {
      const v1::Loosening* entry = charter_.FindLoosening(rule);
      is_asked |= entry != nullptr && NamesRole(entry->by(), request_.as);
    }
    if (!is_asked) Fault(charter_.Clause("approvals.by"), " asks for no approval as ", Role(), " of this order");
    for (const v1::Rule rule : request_.loosens) CheckLoosened(rule);
  }

  void CheckLoosened(v1::Rule rule) {
    const v1::Loosening* entry = charter_.FindLoosening(rule);
    if (std::find(order_.loosens.begin(), order_.loosens.end(), rule) == order_.loosens.end()) {
      Fault("--loosens ", RuleName(rule), ": the order does not ask for it");
    } else if (entry != nullptr && !NamesRole(entry->by(), request_.as)) {
      Fault("--loosens ", RuleName(rule), ": ", charter_.Clause("loosening"), " does not let ", ARole(), " do it");
    }
  }

  void CheckRefusal() {
    if (id_ == order_.engineer) return;
    const v1::Charter& terms = charter_.terms();
    const bool may = std::any_of(terms.approvals().by().begin(), terms.approvals().by().end(),
                                 [&](const v1::ApprovalRule& rule) { return rule.role() == request_.as; }) ||
                     std::any_of(terms.loosening().begin(), terms.loosening().end(),
                                 [&](const v1::Loosening& entry) { return NamesRole(entry.by(), request_.as); });
    if (!may)
      Fault(charter_.Clause("approvals.by"), " asks nothing of ", ARole(), ", whose refusal counts for nothing");
  }

  const ApprovalRequest& request_;
  const JobOrder& order_;
  const Charter& charter_;
  const std::string id_;
  std::vector<std::string> faults_;
};

}  // namespace

absl::StatusOr<v1::Role> ParseRole(const std::string& name) {
  std::vector<std::string> known;
  for (int number = 1; v1::Role_IsValid(number); ++number) {
    known.push_back(RoleName(static_cast<v1::Role>(number)));
    if (known.back() == name) return static_cast<v1::Role>(number);
  }
  return absl::InvalidArgumentError(absl::StrCat("--as ", name, ": expected one of ", absl::StrJoin(known, ", ")));
}

absl::StatusOr<std::vector<v1::Rule>> ParseRules(const std::vector<std::string>& names) {
  std::set<v1::Rule> rules;
  std::vector<std::string> faults;
  for (const std::string& name : names) {
    std::vector<std::string> known;
    v1::Rule found = v1::RULE_UNSPECIFIED;
    for (int number = 1; v1::Rule_IsValid(number); ++number) {
      known.push_back(RuleName(static_cast<v1::Rule>(number)));
      if (known.back() == name) found = static_cast<v1::Rule>(number);
    }
    if (found == v1::RULE_UNSPECIFIED) {
      faults.push_back(absl::StrCat("--loosens ", name, ": expected one of ", absl::StrJoin(known, ", ")));
    } else {
      rules.insert(found);
    }
  }
  if (!faults.empty()) return absl::InvalidArgumentError(absl::StrJoin(faults, "\n"));
  return std::vector<v1::Rule>(rules.begin(), rules.end());
}

absl::StatusOr<ReadOrder> SignOrder(const OrderRequest& request, const ReadJob& job, const Charter& charter,
                                    const PersonWithKey& person, absl::Time now) {
  ACCORD_ASSIGN_OR_RETURN(JobOrder order, MakeOrder(request, job, charter, person, now));
  ACCORD_ASSIGN_OR_RETURN(std::string bytes, WriteJobOrder(order));
  ACCORD_ASSIGN_OR_RETURN(SignedStatement statement,
                          SignedStatement::Sign(std::move(bytes), kJobOrderDomain, person.signer));
  ACCORD_RETURN_IF_ERROR(FaultsToStatus("no site under this charter would run it, so it was not signed",
                                        Foresee(charter, statement, {}, job.bytes, now).reasons));
  const Sha256Digest hash = JobOrderHash(statement.bytes);
  return ReadOrder{std::move(statement), std::move(order), hash};
}

absl::StatusOr<ReadApproval> SignApproval(const ApprovalRequest& request, const OrderSummary& order,
                                          const Charter& charter, const PersonWithKey& person, absl::Time now) {
  std::vector<std::string> faults = Entitlement(request, order.order.order, charter, person).faults();
  if (request.approves && !order.sound) {
    faults.emplace_back("the order itself is none that a site would run:");
    if (order.foresight.has_value()) {
      faults.insert(faults.end(), order.foresight->reasons.begin(), order.foresight->reasons.end());
    }
  }
  ACCORD_RETURN_IF_ERROR(FaultsToStatus("this would not count, so it was not signed", faults));
  Approval approval;
  approval.order = order.order.hash;
  approval.charter = charter.hash();
  approval.approves = request.approves;
  approval.by = person.identity;
  approval.as = request.as;
  approval.loosens = request.loosens;
  approval.not_before = WholeSecond(now);
  approval.expires = approval.not_before + DaysOf(request.days, charter.terms().approvals().longest_days());
  ACCORD_ASSIGN_OR_RETURN(std::string bytes, WriteApproval(approval));
  ACCORD_ASSIGN_OR_RETURN(SignedStatement statement,
                          SignedStatement::Sign(std::move(bytes), kApprovalDomain, person.signer));
  return ReadApproval{std::move(statement), std::move(approval)};
}

}  // namespace accord
