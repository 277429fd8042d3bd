// `accord order judge`: what one site would say, at anybody's desk.
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/status.h"
#include "cli/commands/order_options.h"
#include "cli/commands/printing.h"
#include "cli/governance/governed_files.h"
#include "cli/governance/statement_files.h"
#include "trust/charter/active_charter.h"
#include "trust/charter/judge.h"
#include "trust/charter/order_words.h"
#include "trust/charter/policy_check.h"
#include "trust/charter/policy_statement.h"
#include "trust/charter/utc_time.h"

namespace accord {
namespace {

struct JudgeOptions {
  std::string order;
  std::string charter;
  std::string former;
  std::string job;
  std::vector<std::string> approvals;
  std::string roster;
  std::string site;
  std::string policy;
  std::string signed_policy;  // what people signed of it; empty: not at hand
  std::string mapping;
  std::string at;
};

struct PolicySignatures {
  std::string words;  // a line; empty: there is nothing to say
  bool hold = true;   // as far as it is known
};

// Where the charter asks for signatures under a site's policy, the site runs nothing under one that has too few.
absl::StatusOr<PolicySignatures> SignaturesUnder(const JudgeOptions& options, const ActiveCharter& active,
                                                 const SitePolicy* policy) {
  if (!active.charter().terms().has_site_policies()) return PolicySignatures{};
  if (options.signed_policy.empty()) {
    if (policy == nullptr) return PolicySignatures{};
    return PolicySignatures{.words =
                                absl::StrCat(active.charter().Clause("site_policies"), " asks for signatures under ",
                                             options.policy, ", which were NOT LOOKED AT: --signed-policy FILE\n")};
  }
  ACCORD_ASSIGN_OR_RETURN(const std::string text, ReadFile(options.signed_policy, kMaxSignedPolicyBytes));
  const auto parsed = SignedPolicy::Parse(text);
  if (!parsed.ok()) return Annotate(parsed.status(), options.signed_policy);
  const auto statement = CheckSignedPolicy(active.charter(), active.roster(), options.site, *parsed);
  std::string why;
  if (!statement.ok()) {
    why = std::string(statement.status().message());
  } else if (statement->policy != (policy == nullptr ? std::nullopt : std::make_optional(policy->text_hash()))) {
    why = absl::StrCat(policy == nullptr ? "no policy" : options.policy,
                       " is not what was signed: ", PolicyStatementInWords(*statement));
  }
  if (!why.empty()) return PolicySignatures{absl::StrCat("NO JOB RUNS UNDER THIS POLICY: ", why, "\n"), false};
  return PolicySignatures{absl::StrCat(
      "The policy is signed as ", active.charter().Clause("site_policies"), " asks, by ",
      absl::StrJoin(SignersOfPolicy(active.charter(), active.roster(), options.site, *parsed), ", "), ".\n")};
}

nlohmann::json VerdictAsJson(const JudgeOptions& options, const Verdict& verdict, absl::Time at) {
  return {{"site", options.site},
          {"at", FormatUtc(at)},
          {"allowed", verdict.allowed()},
          {"reasons", verdict.reasons},
          {"notes", verdict.notes},
          {"order", HexDigest(verdict.order)},
          {"engineer", verdict.engineer},
          {"organisation", verdict.organisation},
          {"terms",
           {{"min_sites", verdict.terms.min_sites},
            {"min_organisations", verdict.terms.min_organisations},
            {"min_colluding_organisations", verdict.terms.min_colluding_organisations},
            {"minimum_cell", verdict.terms.minimum_cell},
            {"min_rows", verdict.terms.min_rows},
            {"secure_sum", verdict.terms.secure_sum},
            {"valid_until", FormatUtc(verdict.terms.valid_until)}}}};
}

absl::StatusOr<ExitCode> JudgeAsSite(CommandTree& tree, const JudgeOptions& options) {
  absl::Time at = tree.environment().clock.Now();
  if (!options.at.empty()) {
    const auto said = ParseUtc(options.at);
    if (!said.ok()) return Annotate(said.status(), absl::StrCat("--at ", options.at));
    at = *said;
  }
  ACCORD_ASSIGN_OR_RETURN(const ActiveCharter active,
                          ReadActiveCharter(options.charter, options.former, options.roster));
  ACCORD_ASSIGN_OR_RETURN(ReadOrder order, ReadOrderFile(options.order));
  ACCORD_ASSIGN_OR_RETURN(const ReadJob job, ReadOrderedJob(options.job));
  ACCORD_ASSIGN_OR_RETURN(const std::vector<ReadApproval> approvals, ReadApprovalFiles(options.approvals));
  std::optional<SitePolicy> policy;
  if (!options.policy.empty()) {
    ACCORD_ASSIGN_OR_RETURN(policy, ReadPolicy(options.policy, active.charter(), options.site));
  }
  OwnSite site{.site = options.site, .mapping = std::nullopt};
  if (!options.mapping.empty()) {
    ACCORD_ASSIGN_OR_RETURN(const std::string mapping, ReadFile(options.mapping));
    site.mapping = Sha256(mapping);
  }
  const HandedJob handed{
      .job_bytes = job.bytes, .order = std::move(order.statement), .approvals = StatementsOf(approvals)};
  const Verdict verdict = Judge(active, policy.has_value() ? &*policy : nullptr, handed, site, at);
  ACCORD_ASSIGN_OR_RETURN(const PolicySignatures signatures,
                          SignaturesUnder(options, active, policy.has_value() ? &*policy : nullptr));
  nlohmann::json json = VerdictAsJson(options, verdict, at);
  json["policy_signatures"] = signatures.words;
  json["allowed"] = verdict.allowed() && signatures.hold;
  PrintFound(tree, json, absl::StrCat(DescribeVerdict(verdict, options.site, at), signatures.words));
  return verdict.allowed() && signatures.hold ? kExitOk : kExitFailed;
}

}  // namespace

void AddJudgeOrder(CommandTree& tree, CLI::App& group) {
  const auto options = std::make_shared<JudgeOptions>();
  CLI::App& leaf = tree.AddLeaf(
      group,
      {.name = "judge",
       .description = "Judge an order as one site's daemon would, with all reasons and the clauses that they break. "
                      "Ends with 0 where the site would run the job, else with 1.",
       .example = "accord order judge risk.order --charter charter.signed --roster roster.txt --site va "
                  "--job heart-risk.yaml --approval risk-lead.approval --approval risk-steward.approval"},
      [&tree, options] { return JudgeAsSite(tree, *options); });
  leaf.add_option("FILE", options->order, "the order")->required();
  leaf.add_option("--charter", options->charter, "the charter, with the signatures that make it active")
      ->required()
      ->type_name("FILE");
  leaf.add_option("--former", options->former, "of an amended charter: the version before it")->type_name("FILE");
  leaf.add_option("--roster", options->roster, "file of the signed roster")->required()->type_name("FILE");
  leaf.add_option("--site", options->site, "the site as which to judge")->required()->type_name("ID");
  leaf.add_option("--job", options->job, "the job: a job file, or the bytes that were sent")
      ->required()
      ->type_name("FILE");
  leaf.add_option("--approval", options->approvals, "an approval or a refusal (repeatable)")
      ->allow_extra_args(false)
      ->type_name("FILE");
  leaf.add_option("--policy", options->policy, "the site's policy, where it has one")->type_name("FILE");
  leaf.add_option("--signed-policy", options->signed_policy,
                  "what people of the site's organisation signed of it, where the charter asks for that")
      ->type_name("FILE");
  leaf.add_option("--mapping", options->mapping, "the site's mapping file of the data set")->type_name("FILE");
  leaf.add_option("--at", options->at, "judge as of this moment, such as 2027-03-01T10:00:00Z; without it now")
      ->type_name("TIME");
}

}  // namespace accord
