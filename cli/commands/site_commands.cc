#include "absl/strings/str_join.h"
#include "base/printable.h"
#include "base/status.h"
#include "cli/commands/commands.h"
#include "cli/commands/watching.h"
#include "cli/complaint_words.h"
#include "cli/numbers.h"
#include "cli/operations/client.h"
#include "cli/terminal_text.h"

namespace accord {
namespace {

std::string StateOf(const v1::SiteStatus& site) {
  if (!site.connected()) return "away";
  if (site.paused()) return "paused";
  return site.waiting_for().empty() ? "connected" : "waits";
}

absl::StatusOr<ExitCode> ListSites(CommandTree& tree) {
  CliEnvironment& environment = tree.environment();
  ACCORD_ASSIGN_OR_RETURN(OperationsClient client, OperationsClient::Connect(environment, tree.profile()));
  ACCORD_ASSIGN_OR_RETURN(const v1::ListSitesResponse sites, client.ListSites());
  auto complaints = client.ListComplaints("", "");
  if (absl::IsUnimplemented(complaints.status())) complaints.emplace();  // an older coordinator knows none
  ACCORD_RETURN_IF_ERROR(complaints.status());
  if (tree.json()) return PrintJson(sites, environment);
  if (sites.sites().empty()) {
    environment.out << "no sites yet; whoever runs the coordinator invites one with `accord-coordinator token`\n";
    return kExitOk;
  }
  environment.out << Padded("SITE", 24) << Padded("STATE", 12) << Padded("LAST SEEN", 26) << Padded("VERSION", 10)
                  << Padded("SANDBOX", 10) << "DATA SETS\n";
  for (const v1::SiteStatus& site : sites.sites()) {
    const std::string datasets = absl::StrJoin(site.datasets(), ", ");
    const bool known = !site.facts().software_version().empty();
    environment.out << Padded(Printable(site.site()), 23) << " " << Padded(StateOf(site), 12)
                    << Padded(TimeInWords(site.last_seen_unix_ms()), 26)
                    << Padded(Printable(site.facts().software_version()), 9) << " "
                    << Padded(!known                     ? ""
                              : site.facts().sandboxed() ? "on"
                                                         : "OFF",
                              10)
                    << Printable(datasets);
    google::protobuf::RepeatedPtrField<v1::Complaint> about;
    for (const v1::Complaint& complaint : complaints->complaints()) {
      if (complaint.site() == site.site()) *about.Add() = complaint;
    }
    if (const std::string words = ComplaintsInShort(about); !words.empty()) {
      environment.out << "  " << InRed(words, environment.out_is_terminal && AnyOverdue(about));
    }
    environment.out << "\n";
    // Under its line: a site says in a sentence what keeps it from taking part, a state put back from a copy above all.
    if (!site.waiting_for().empty()) {
      environment.out << "  takes no plans: " << Printable(site.waiting_for()) << "\n";
    }
  }
  return kExitOk;
}

}  // namespace

void AddSiteCommands(CommandTree& tree) {
  CLI::App& group = tree.AddGroup("site", "See the federation's sites.");
  tree.AddLeaf(
      group,
      {.name = "list",
       .description =
           "List the sites: connected, paused, waiting (and for what) or away; of those that are connected, which "
           "data sets they release.",
       .example = "accord site list"},
      [&tree] { return ListSites(tree); });
}

}  // namespace accord
