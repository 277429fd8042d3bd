#include "cli/governance/order_summary.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "base/status.h"
#include "cli/governance/governed_files.h"
#include "trust/charter/order_words.h"
#include "trust/charter/utc_time.h"

namespace accord {
namespace {

absl::Status ReadSources(const SummarySources& sources, OrderSummary& summary) {
  ACCORD_ASSIGN_OR_RETURN(summary.order, ReadOrderFile(sources.order));
  ACCORD_ASSIGN_OR_RETURN(summary.approvals, ReadApprovalFiles(sources.approvals));
  if (!sources.charter.empty()) {
    ACCORD_ASSIGN_OR_RETURN(SignedCharter charter, ReadCharter(sources.charter));
    summary.charter = std::move(charter);
  }
  if (!sources.job.empty()) {
    ACCORD_ASSIGN_OR_RETURN(summary.job, ReadOrderedJob(sources.job));
  }
  return absl::OkStatus();
}

void AppendSection(absl::string_view title, const std::vector<std::string>& lines, std::string& text) {
  if (lines.empty()) return;
  absl::StrAppend(&text, "\n", title, "\n");
  for (const std::string& line : lines) absl::StrAppend(&text, "  ", line, "\n");
}

// What changed since `last`, in words and as JSON.
absl::Status CompareWithLast(const SummarySources& sources, OrderSummary& summary) {
  if (sources.last.empty()) return absl::OkStatus();
  ACCORD_ASSIGN_OR_RETURN(const ReadOrder last, ReadOrderFile(sources.last));
  std::vector<std::string> changes = OrderDifferences(last.order, summary.order.order);
  const bool same_job = last.order.job == summary.order.order.job;
  if (!same_job && !sources.last_job.empty() && summary.job.has_value()) {
    ACCORD_ASSIGN_OR_RETURN(const ReadJob last_job, ReadOrderedJob(sources.last_job));
    if (Sha256(last_job.bytes) != last.order.job) {
      return absl::InvalidArgumentError(absl::StrCat(sources.last_job, " is not the job of ", sources.last,
                                                     ", which names ", HexDigest(last.order.job), "; its own hash is ",
                                                     HexDigest(Sha256(last_job.bytes))));
    }
    for (std::string& change : JobDifferences(last_job.spec, summary.job->spec)) changes.push_back(std::move(change));
  } else if (!same_job) {
    changes.emplace_back("the job is another one; what differs is told where both jobs are given (--job, --last-job)");
  }
  summary.json["changes"] = changes;
  if (changes.empty()) changes.emplace_back("nothing but times");
  AppendSection(absl::StrCat("CHANGED since the order ", HexDigest(last.hash), ":"), changes, summary.text);
  return absl::OkStatus();
}

// Whether the job is the order's. Without a charter Foresee does not say it.
void HoldJobAgainstOrder(OrderSummary& summary) {
  if (!summary.job.has_value() || Sha256(summary.job->bytes) == summary.order.order.job) return;
  summary.sound = false;
  AppendSection("THIS IS NOT THE JOB OF THE ORDER:",
                {absl::StrCat("the order names ", HexDigest(summary.order.order.job)),
                 absl::StrCat("the job's hash is ", HexDigest(Sha256(summary.job->bytes)))},
                summary.text);
}

void AppendApprovals(OrderSummary& summary) {
  std::vector<std::string> lines;
  summary.json["approvals"] = nlohmann::json::array();
  for (const ReadApproval& read : summary.approvals) {
    lines.push_back(DescribeApproval(read.approval));
    summary.json["approvals"].push_back({{"by", read.approval.by},
                                         {"approves", read.approval.approves},
                                         {"expires", FormatUtc(read.approval.expires)}});
  }
  AppendSection("Statements that were given:", lines, summary.text);
}

void AppendForesight(absl::Time now, OrderSummary& summary) {
  if (!summary.charter.has_value()) {
    absl::StrAppend(&summary.text,
                    "\nWithout --charter NOBODY CHECKED WHO SIGNED this order, or whether it may be one.\n");
    return;
  }
  summary.json["charter_signatures"] = summary.charter->signatures().size();
  if (summary.charter->signatures().empty()) {
    absl::StrAppend(&summary.text, "\nNOBODY HAS SIGNED THIS CHARTER YET: it is a draft, and no site goes by it.\n");
  }
  const std::vector<SignedStatement> approvals = StatementsOf(summary.approvals);
  const std::optional<absl::string_view> job_bytes =
      summary.job.has_value() ? std::optional<absl::string_view>(summary.job->bytes) : std::nullopt;
  summary.foresight = Foresee(*summary.charter->charter(), summary.order.statement, approvals, job_bytes, now);
  const Foresight& foresight = *summary.foresight;
  summary.json["reasons"] = foresight.reasons;
  summary.json["awaited"] = foresight.awaited;
  summary.json["notes"] = foresight.notes;
  AppendSection("Does not count:", foresight.notes, summary.text);
  AppendSection("Still lacking:", foresight.awaited, summary.text);
  if (foresight.hopeless()) {
    summary.sound = false;
    AppendSection("NO SITE WILL RUN IT:", foresight.reasons, summary.text);
  } else {
    absl::StrAppend(&summary.text, "\nThe order is signed by ", foresight.engineer,
                    foresight.awaited.empty() ? "; besides the sites' own approvals nothing is lacking.\n" : ".\n");
  }
}

nlohmann::json OrderAsJson(const ReadOrder& read) {
  const JobOrder& order = read.order;
  nlohmann::json loosens = nlohmann::json::array();
  for (const v1::Rule rule : order.loosens) loosens.push_back(RuleName(rule));
  nlohmann::json json = {{"order", HexDigest(read.hash)},       {"charter", HexDigest(order.charter)},
                         {"job", HexDigest(order.job)},         {"purpose", order.purpose},
                         {"engineer", order.engineer},          {"not_before", FormatUtc(order.not_before)},
                         {"expires", FormatUtc(order.expires)}, {"loosens", loosens}};
  if (!order.data_set.empty()) json["data_set"] = order.data_set;
  if (order.torchscript.has_value()) json["torchscript"] = HexDigest(*order.torchscript);
  if (order.start.has_value()) json["start"] = HexDigest(*order.start);
  for (const auto& [site, hash] : order.mappings) json["mappings"][site] = HexDigest(hash);
  return json;
}

}  // namespace

absl::StatusOr<OrderSummary> SummariseOrder(const SummarySources& sources, absl::Time now) {
  if (!sources.last_job.empty() && sources.last.empty()) {
    return absl::InvalidArgumentError("--last-job is the job of the order that --last names; give both");
  }
  OrderSummary summary;
  ACCORD_RETURN_IF_ERROR(ReadSources(sources, summary));
  const ReadOrder& order = summary.order;
  summary.json = OrderAsJson(order);
  summary.text = DescribeOrder(order.order, order.hash, summary.job.has_value() ? &summary.job->spec : nullptr,
                               summary.charter.has_value() ? summary.charter->charter().get() : nullptr);
  HoldJobAgainstOrder(summary);
  ACCORD_RETURN_IF_ERROR(CompareWithLast(sources, summary));
  AppendApprovals(summary);
  AppendForesight(now, summary);
  summary.json["sound"] = summary.sound;
  return summary;
}

}  // namespace accord
