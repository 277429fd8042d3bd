#include "client/daemon/run/order_commands.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "base/printable.h"
#include "base/status.h"
#include "client/daemon/control/control_server.h"
#include "client/daemon/governance/order_summary.h"
#include "client/daemon/governance/refusal_file.h"
#include "client/daemon/run/orders_at_site.h"
#include "client/daemon/run/running_rules.h"
#include "client/daemon/signing/own_key.h"
#include "client/daemon/work/own_floors.h"
#include "nlohmann/json.hpp"
#include "proto/validation/job_validation.h"
#include "trust/charter/approval.h"
#include "trust/charter/policy_words.h"
#include "trust/charter/utc_time.h"

namespace accord {
namespace {

constexpr size_t kShownDigits = 12;
constexpr absl::Duration kPokePatience = absl::Seconds(10);

std::string ShortOrder(const Sha256Digest& hash) { return HexDigest(hash).substr(0, kShownDigits); }

std::string JobOfOrder(const KeptOrder& kept) { return kept.job_id.empty() ? kept.brought_as : kept.job_id; }

std::string OwnWordOf(const KeptOrder& kept) {
  if (!kept.own.has_value()) return "";
  const auto approval = ParseApproval(kept.own->bytes);
  if (!approval.ok()) return "cannot be read";
  return approval->approves ? absl::StrCat("approved, until ", FormatUtc(approval->expires)) : "refused";
}

std::vector<KeptRefusal> RefusalsOf(const OrdersAtSite& at, const JudgedOrder& order) {
  std::vector<KeptRefusal> refusals = ReadRefusals(at.folder.RefusalFolder());
  std::erase_if(refusals, [&](const KeptRefusal& refusal) { return refusal.statement.order != order.kept.hash; });
  return refusals;
}

std::vector<std::string> ChangesSinceLast(const OrdersAtSite& at, const JudgedOrder& order) {
  const JudgedOrder* last = at.LastApproved(order);
  if (last == nullptr) return {"this site has approved no other job"};
  const auto before = ParseJobSpec(last->kept.job_bytes);
  const auto after = ParseJobSpec(order.kept.job_bytes);
  if (!before.ok() || !after.ok()) return {"cannot be said: one of the two jobs cannot be read"};
  std::vector<std::string> changes = ChangesOfJob(*before, *after);
  if (last->order.purpose != order.order.purpose) {
    changes.insert(changes.begin(),
                   absl::StrCat("purpose of the order: ", order.order.purpose, ", before ", last->order.purpose));
  }
  if (changes.empty())
    changes.push_back(absl::StrCat("nothing: the same job as under order ", ShortOrder(last->kept.hash)));
  return changes;
}

// By its config, whatever people decide.
std::vector<std::string> RefusedHere(const OrdersAtSite& at, const JudgedOrder& order) {
  const auto spec = ParseJobSpec(order.kept.job_bytes);
  if (order.kept.job_bytes.empty() || !spec.ok()) return {};
  return RefusedByConfig(*spec, at.config, &at.rules.charter->roster());
}

nlohmann::json OrderToJson(const JudgedOrder& order) {
  return {{"order", HexDigest(order.kept.hash)},        {"job", JobOfOrder(order.kept)},
          {"state", OrderStateName(order.state)},       {"purpose", order.order.purpose},
          {"data_set", order.order.data_set},           {"engineer", order.order.engineer},
          {"organisation", order.verdict.organisation}, {"not_before", FormatUtc(order.order.not_before)},
          {"expires", FormatUtc(order.order.expires)},  {"own_word", OwnWordOf(order.kept)},
          {"reasons", order.verdict.reasons},           {"notes", order.verdict.notes}};
}

void PrintOrderJson(const nlohmann::json& json, std::ostream& out) {
  out << json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) << "\n";
}

std::string VerdictInWords(const JudgedOrder& order) {
  std::string text = absl::StrCat("This site's verdict: ", OrderStateName(order.state), "\n");
  for (const std::string& reason : order.verdict.reasons) absl::StrAppend(&text, "  ", Printable(reason), "\n");
  for (const std::string& note : order.verdict.notes) absl::StrAppend(&text, "  note: ", Printable(note), "\n");
  if (!order.verdict.allowed()) return text;
  const JobTerms& terms = order.verdict.terms;
  absl::StrAppend(&text, "  until ", FormatUtc(terms.valid_until), ", in rounds of ", terms.min_sites, " sites of ",
                  terms.min_organisations, " organisations or more, with ", terms.min_rows, " training rows or more\n");
  return text;
}

// What the site's own files ask for besides the charter, and what they refuse in any case; a line feed behind each.
std::string OwnRulesInWords(const OrdersAtSite& at, const JudgedOrder& order) {
  std::string text = absl::StrCat("This site's own floors: ", OwnFloorsInWords(at.config.floors()), "\n");
  if (at.rules.policy != nullptr && at.rules.policy->rules().has_floors()) {
    absl::StrAppend(&text, "Its policy's: ", absl::StrJoin(PolicyFloorLines(at.rules.policy->rules().floors()), ", "),
                    "\n");
  }
  const std::vector<std::string> refused = RefusedHere(at, order);
  if (!refused.empty()) {
    absl::StrAppend(&text, "THIS SITE WILL REFUSE IT IN ANY CASE, approved or not:\n  ",
                    PrintableLines(absl::StrJoin(refused, "\n  ")), "\n");
  }
  return text;
}

std::string DaemonInWords(const std::string& differs) {
  return differs.empty() ? "" : absl::StrCat("NOT WHAT THE DAEMON GOES BY: ", Printable(differs), "\n");
}

// The order that is meant, for a word of this site's own.
absl::StatusOr<const JudgedOrder*> ToDecide(const OrdersAtSite& at, const OrderOptions& options) {
  if (!options.as_site) {
    return absl::InvalidArgumentError(
        "say --as-site: this signs with the site's own key, for the site as a whole. A person approves with "
        "`accord order approve`");
  }
  return at.Find(options.order);
}

absl::Status CheckOwnKey(const OrdersAtSite& at, const Signer& signer) {
  const RosterSite* self = at.rules.charter->roster().Find(at.config.site());
  if (self != nullptr && self->public_key_der == signer.public_key_der()) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat(
      "the roster that this site has pinned ", self == nullptr ? "does not list it" : "lists it with another key",
      ", so that nobody would take its word; see accord-client roster show"));
}

absl::Status Decide(const OrdersAtSite& at, const JudgedOrder& order, Approval approval, bool json, std::ostream& out) {
  ACCORD_ASSIGN_OR_RETURN(const std::unique_ptr<Signer> signer, MakeOwnSigner(at.config, IfTokenFails::kRefuse));
  ACCORD_RETURN_IF_ERROR(CheckOwnKey(at, *signer));
  approval.order = order.kept.hash;
  approval.charter = at.rules.charter->charter().hash();
  approval.by = absl::StrCat("site/", at.config.site());
  ACCORD_ASSIGN_OR_RETURN(std::string bytes, WriteApproval(approval));
  ACCORD_ASSIGN_OR_RETURN(const SignedStatement statement,
                          SignedStatement::Sign(std::move(bytes), kApprovalDomain, *signer));
  ACCORD_RETURN_IF_ERROR(OrderStore(at.folder.OrderFolder()).KeepOwn(order.kept.hash, statement));
  v1::ControlRequest request;
  request.mutable_orders_changed();
  const auto told = AskDaemon(at.folder.ControlSocket(), request, kPokePatience);
  const std::string differs = told.ok() ? WhyDaemonDiffers(at.config, told->status(), /*rules_hold=*/true) : "";
  const std::string path = absl::StrCat(at.folder.OrderFolder(), "/", HexDigest(order.kept.hash), "/own");
  if (json) {
    PrintOrderJson({{"order", HexDigest(order.kept.hash)},
                    {"decision", approval.approves ? "approve" : "refuse"},
                    {"expires", FormatUtc(approval.expires)},
                    {"file", path},
                    {"daemon_was_told", told.ok()},
                    {"why_not_now", differs}},
                   out);
    return absl::OkStatus();
  }
  out << (approval.approves ? "approved" : "REFUSED, for good") << " as site " << at.config.site()
      << (approval.approves ? absl::StrCat(", until ", FormatUtc(approval.expires)) : "") << ": " << path << "\n"
      << (!told.ok()        ? "no daemon runs here now; it goes by it when it starts\n"
          : differs.empty() ? "the daemon goes by it now\n"
                            : DaemonInWords(differs));
  return absl::OkStatus();
}

absl::Time WholeSecond(absl::Time time) { return absl::FromUnixSeconds(absl::ToUnixSeconds(time)); }

bool RefusedBySite(const KeptOrder& kept) {
  if (!kept.own.has_value()) return false;
  const auto approval = ParseApproval(kept.own->bytes);
  return !approval.ok() || !approval->approves;
}

}  // namespace

absl::Status ListOrders(const OrderOptions& options, std::ostream& out) {
  ACCORD_ASSIGN_OR_RETURN(const OrdersAtSite at, ReadOrders(options.config_path, options.clock->Now()));
  if (options.json) {
    nlohmann::json list = nlohmann::json::array();
    for (const JudgedOrder& order : at.orders) list.push_back(OrderToJson(order));
    PrintOrderJson(list, out);
    return absl::OkStatus();
  }
  out << DaemonInWords(WhyRunningDaemonDiffers(at.config));
  if (at.orders.empty()) out << "No job with an order was brought to this site yet.\n";
  for (const JudgedOrder& order : at.orders) {
    out << absl::StrFormat("%s  %-19s  job %s: for %s, by %s, until %s\n", ShortOrder(order.kept.hash),
                           OrderStateName(order.state), Printable(JobOfOrder(order.kept)), order.order.purpose,
                           order.order.engineer, FormatUtc(order.order.expires));
    for (const std::string& reason : order.verdict.reasons) out << "    " << Printable(reason) << "\n";
  }
  return absl::OkStatus();
}

absl::Status ShowOrder(const OrderOptions& options, std::ostream& out) {
  ACCORD_ASSIGN_OR_RETURN(const OrdersAtSite at, ReadOrders(options.config_path, options.clock->Now()));
  ACCORD_ASSIGN_OR_RETURN(const JudgedOrder* order, at.Find(options.order));
  const std::vector<std::string> changes = ChangesSinceLast(at, *order);
  const std::vector<KeptRefusal> refusals = RefusalsOf(at, *order);
  const std::string summary = SummaryOfOrder(order->kept, at.rules.charter->charter());
  const std::string differs = WhyRunningDaemonDiffers(at.config);
  if (options.json) {
    nlohmann::json json = OrderToJson(*order);
    json["summary"] = summary;
    json["refused_by_config"] = RefusedHere(at, *order);
    json["daemon_differs"] = differs;
    json["changes_since_last_approved"] = changes;
    json["refusals"] = nlohmann::json::array();
    for (const KeptRefusal& refusal : refusals) {
      json["refusals"].push_back({{"file", refusal.path},
                                  {"time", FormatUtc(refusal.statement.time)},
                                  {"for_good", refusal.statement.for_good},
                                  {"reasons", refusal.statement.reasons}});
    }
    PrintOrderJson(json, out);
    return absl::OkStatus();
  }
  out << summary << OwnRulesInWords(at, *order) << "Since the job that this site approved last:\n  "
      << absl::StrJoin(changes, "\n  ") << "\n";
  if (const std::string own = OwnWordOf(order->kept); !own.empty()) out << "This site's own word: " << own << "\n";
  out << VerdictInWords(*order) << DaemonInWords(differs);
  if (!refusals.empty()) out << "Refused to the coordinator, in signed files:\n";
  for (const KeptRefusal& refusal : refusals) {
    out << "  " << FormatUtc(refusal.statement.time) << (refusal.statement.for_good ? ", for good" : ", for now")
        << ": " << refusal.path << "\n";
    for (const std::string& reason : refusal.statement.reasons) out << "    " << Printable(reason) << "\n";
  }
  return absl::OkStatus();
}

absl::Status ApproveOrder(const OrderOptions& options, std::ostream& out) {
  const absl::Time now = WholeSecond(options.clock->Now());
  ACCORD_ASSIGN_OR_RETURN(const OrdersAtSite at, ReadOrders(options.config_path, now));
  ACCORD_ASSIGN_OR_RETURN(const JudgedOrder* order, ToDecide(at, options));
  if (order->kept.job_bytes.empty()) {
    return absl::FailedPreconditionError(
        "the job itself is not here yet, and nobody approves what cannot be read; the daemon fetches it while it is "
        "connected");
  }
  if (RefusedBySite(order->kept)) {
    return absl::FailedPreconditionError(
        "this site refused the order before, which is for good; have a new order signed");
  }
  if (!order->verdict.allowed() && !order->verdict.waits()) {
    return absl::FailedPreconditionError(absl::StrCat("nothing was signed, for the order can never run here:\n  ",
                                                      absl::StrJoin(order->verdict.reasons, "\n  ")));
  }
  const uint32_t longest_days = at.rules.charter->charter().terms().approvals().longest_days();
  if (options.days > longest_days) {
    return absl::InvalidArgumentError(absl::StrCat("--days ", options.days, ": the most of ",
                                                   at.rules.charter->charter().Clause("approvals.longest_days"), " is ",
                                                   longest_days));
  }
  Approval approval;
  approval.approves = true;
  approval.not_before = now;
  approval.expires =
      std::min(now + absl::Hours(24) * (options.days == 0 ? longest_days : options.days), order->order.expires);
  if (!options.json) {
    out << SummaryOfOrder(order->kept, at.rules.charter->charter()) << OwnRulesInWords(at, *order)
        << "Since the job that this site approved last:\n  " << absl::StrJoin(ChangesSinceLast(at, *order), "\n  ")
        << "\n";
  }
  return Decide(at, *order, std::move(approval), options.json, out);
}

absl::Status DenyOrder(const OrderOptions& options, std::ostream& out) {
  const absl::Time now = WholeSecond(options.clock->Now());
  ACCORD_ASSIGN_OR_RETURN(const OrdersAtSite at, ReadOrders(options.config_path, now));
  ACCORD_ASSIGN_OR_RETURN(const JudgedOrder* order, ToDecide(at, options));
  Approval approval;
  approval.approves = false;
  approval.not_before = now;
  approval.expires = now + absl::Hours(24) * at.rules.charter->charter().terms().approvals().longest_days();
  return Decide(at, *order, std::move(approval), options.json, out);
}

}  // namespace accord
