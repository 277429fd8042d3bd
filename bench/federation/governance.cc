#include "bench/federation/governance.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "base/file.h"
#include "base/status.h"
#include "bench/federation/process.h"
#include "nlohmann/json.hpp"
#include "trust/charter/utc_time.h"

namespace accord::bench {
namespace {

constexpr absl::Duration kStepTimeout = absl::Seconds(60);
constexpr absl::Duration kLook = absl::Milliseconds(50);
constexpr absl::Duration kJobPatience = absl::Seconds(60);
constexpr char kPurpose[] = "measure-rounds";

}  // namespace

absl::StatusOr<std::unique_ptr<Governance>> Governance::Create(Federation& federation) {
  const absl::Time an_hour_ago = absl::FromUnixSeconds(absl::ToUnixSeconds(absl::Now() - absl::Hours(1)));
  std::unique_ptr<Governance> governance(new Governance(federation, an_hour_ago));
  for (const char* person : {"bela", "clara"}) ACCORD_RETURN_IF_ERROR(governance->LogIn(person));
  return governance;
}

absl::Status Governance::LogIn(const std::string& person) {
  ACCORD_ASSIGN_OR_RETURN(const std::string token, federation_.Coordinator({"token", "person", person}));
  return RunProgram({"/usr/bin/env", "ACCORD_PROFILE=" + Path(person), federation_.Binary("accord"), "login",
                     "--coordinator", federation_.address(), "--token", "-"},
                    kStepTimeout, token)
      .status();
}

absl::StatusOr<std::string> Governance::As(const std::string& person, const std::vector<std::string>& arguments) {
  std::vector<std::string> argv = {"/usr/bin/env", "ACCORD_PROFILE=" + Path(person), federation_.Binary("accord")};
  argv.insert(argv.end(), arguments.begin(), arguments.end());
  return RunProgram(argv, kStepTimeout);
}

absl::StatusOr<std::string> Governance::FieldOf(const std::string& person, const std::vector<std::string>& arguments,
                                                const std::string& field) {
  std::vector<std::string> as_json = arguments;
  as_json.emplace_back("--json");
  ACCORD_ASSIGN_OR_RETURN(const std::string output, As(person, as_json));
  const auto json = nlohmann::json::parse(output, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object() || !json.contains(field) || !json[field].is_string()) {
    return absl::InternalError(absl::StrCat("there is no ", field, " in ", output));
  }
  return json[field].get<std::string>();
}

absl::StatusOr<std::string> Governance::LineOf(const std::string& person, const std::string& role, size_t site) {
  ACCORD_ASSIGN_OR_RETURN(const std::string key, FieldOf(person, {"charter", "person"}, "key"));
  return absl::StrCat("  - {id: ", person, ", name: ", person, ", organisation: Organisation of ",
                      federation_.site_name(site), ", roles: [", role, "], key: ", key, "}\n");
}

absl::StatusOr<std::string> Governance::CharterText(int version, const std::string& former_sha256) {
  std::string text = absl::StrCat("name: trivial-network\nversion: ", version, "\n");
  if (!former_sha256.empty()) absl::StrAppend(&text, "former_sha256: ", former_sha256, "\n");
  absl::StrAppend(&text, "not_before: ", FormatUtc(not_before_),
                  "\nexpires: ", FormatUtc(not_before_ + absl::Hours(24 * 300)), "\npurposes:\n  - {name: ", kPurpose,
                  ", words: Measure rounds on made-up rows., tags: [quality]}\norganisations:\n");
  for (size_t i = 0; i < federation_.num_sites(); ++i) {
    absl::StrAppend(&text, "  - {name: Organisation of ", federation_.site_name(i), "}\n");
  }
  absl::StrAppend(&text, "people:\n");
  for (const auto& [person, role] : {std::pair("engineer", "engineer"), {"bela", "lead"}, {"clara", "steward"}}) {
    ACCORD_ASSIGN_OR_RETURN(const std::string line, LineOf(person, role));
    text += line;
  }
  absl::StrAppend(&text, "data_sets:\n  - {name: trivial, words: Made-up rows., purposes: [", kPurpose,
                  "]}\n"
                  "floors:\n  min_sites: 3\n  min_organisations: 3\n  min_colluding_organisations: 1\n"
                  "  secure_sum: true\n  minimum_cell: 10\n  min_rows: 50\n"
                  "job_orders: {defined_by: [engineer], longest_days: 60}\n"
                  "approvals:\n  by: [{role: lead, count: 1}, {role: steward, count: 1}]\n  each_site: true\n"
                  "  longest_days: 30\n"
                  "may_see:\n  - {what: reports, roles: [engineer, lead, steward]}\n"
                  "  - {what: models, roles: [engineer]}\n  - {what: status, roles: [engineer, lead, steward]}\n"
                  "  - {what: sites, roles: [engineer, lead, steward]}\n"
                  "retention: {uploads_days: 0, models_days: 365, reports_days: 3650}\n");
  return text;
}

absl::StatusOr<std::string> Governance::SignedBySites(const std::string& yaml, const std::string& name) {
  const std::string file = Path(name + ".yaml");
  ACCORD_RETURN_IF_ERROR(WriteFileAtomically(file, yaml));
  std::vector<std::string> merge = {"charter", "merge"};
  for (size_t site = 0; site < federation_.num_sites(); ++site) {
    merge.push_back(Path(absl::StrCat(name, "-", site, ".signed")));
    ACCORD_RETURN_IF_ERROR(federation_.Client(site, {"charter", "sign", file, "--out", merge.back()}).status());
  }
  const std::string merged = Path(name + ".signed");
  merge.insert(merge.end(), {"-o", merged});
  ACCORD_RETURN_IF_ERROR(As("engineer", merge).status());
  return merged;
}

absl::StatusOr<std::string> Governance::HashOfCharter(const std::string& file) {
  return FieldOf("engineer", {"charter", "show", file}, "hash");
}

absl::Status Governance::Publish(const std::string& charter_file) {
  return federation_.Coordinator({"charter", "publish", charter_file}).status();
}

absl::Status Governance::PinEverywhere(const std::string& charter_file, bool replaces) {
  std::vector<std::string> pin = {"charter", "pin", charter_file};
  if (replaces) pin.emplace_back("--replace");
  for (size_t site = 0; site < federation_.num_sites(); ++site) {
    ACCORD_RETURN_IF_ERROR(federation_.Client(site, pin).status());
  }
  return absl::OkStatus();
}

absl::StatusOr<OrderedJob> Governance::Order(const std::string& job_yaml, const std::string& charter_file) {
  const int number = ++num_files_;
  OrderedJob job{Path(absl::StrCat("ordered-", number, ".yaml")), Path(absl::StrCat("ordered-", number, ".order")), ""};
  ACCORD_RETURN_IF_ERROR(WriteFileAtomically(job.yaml, job_yaml));
  ACCORD_ASSIGN_OR_RETURN(
      job.hash, FieldOf("engineer",
                        {"order", "write", job.yaml, "--charter", charter_file, "--purpose", kPurpose, "-o", job.order},
                        "order"));
  return job;
}

absl::StatusOr<std::string> Governance::Submit(const OrderedJob& job, const std::vector<std::string>& approvals) {
  std::vector<std::string> arguments = {"job", "submit", job.yaml, "--order", job.order};
  for (const std::string& approval : approvals) arguments.insert(arguments.end(), {"--approval", approval});
  return FieldOf("engineer", arguments, "job_id");
}

absl::StatusOr<std::string> Governance::ApprovalBy(const std::string& person, const std::string& role,
                                                   const OrderedJob& job, const std::string& charter_file) {
  std::string out = Path(absl::StrCat("approval-", ++num_files_));
  ACCORD_RETURN_IF_ERROR(
      As(person, {"order", "approve", job.order, "--charter", charter_file, "--job", job.yaml, "--as", role, "-o", out})
          .status());
  return out;
}

absl::StatusOr<std::vector<std::string>> Governance::PeoplesApprovals(const OrderedJob& job,
                                                                      const std::string& charter_file) {
  ACCORD_ASSIGN_OR_RETURN(const std::string lead, ApprovalBy("bela", "lead", job, charter_file));
  ACCORD_ASSIGN_OR_RETURN(const std::string steward, ApprovalBy("clara", "steward", job, charter_file));
  return std::vector<std::string>{lead, steward};
}

absl::Status Governance::AwaitOrderAtSite(size_t site, const OrderedJob& job, absl::Duration patience) {
  const absl::Time deadline = absl::Now() + patience;
  std::string listed;
  while (absl::Now() < deadline) {
    listed = federation_.Client(site, {"jobs", "--json"}).value_or("");
    if (absl::StrContains(listed, job.hash)) return absl::OkStatus();
    absl::SleepFor(kLook);
  }
  return absl::DeadlineExceededError(
      absl::StrCat("the order ", job.hash, " was not brought to ", federation_.site_name(site), ":\n", listed));
}

absl::Status Governance::ApproveAtSite(size_t site, const OrderedJob& job) {
  ACCORD_RETURN_IF_ERROR(AwaitOrderAtSite(site, job));
  // The job's own bytes may come a moment after its order.
  const absl::Time deadline = absl::Now() + kJobPatience;
  while (true) {
    absl::Status approved = federation_.Client(site, {"approve", job.hash, "--as-site"}).status();
    if (approved.ok() || !absl::StrContains(approved.message(), "is not here yet") || absl::Now() >= deadline) {
      return approved;
    }
    absl::SleepFor(kLook);
  }
}

}  // namespace accord::bench
