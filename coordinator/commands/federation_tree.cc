// accord-coordinator federation-tree: what an institution runs that keeps a federation tree.
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/logging.h"
#include "base/status.h"
#include "coordinator/commands/commands.h"
#include "coordinator/commands/end_signals.h"
#include "coordinator/commands/log_export_file.h"
#include "coordinator/federation_tree/tree_keeper.h"
#include "coordinator/federation_tree/tree_store.h"
#include "spdlog/spdlog.h"
#include "trust/charter/utc_time.h"

namespace accord {
namespace {

absl::StatusOr<std::unique_ptr<TreeStore>> OpenTree(const TreeOptions& options) {
  return TreeStore::Open(TreeStateDir(options.folder), *options.clock);
}

absl::Status SetTreeProject(const TreeOptions& options, bool is_present, const char* words, std::ostream& out) {
  ACCORD_ASSIGN_OR_RETURN(const std::unique_ptr<TreeStore> store, OpenTree(options));
  ACCORD_RETURN_IF_ERROR(store->SetPresent(options.project, is_present));
  out << options.project << words << "\n";
  return absl::OkStatus();
}

std::string TickInWords(uint64_t tick_us) { return FormatUtc(absl::FromUnixMicros(static_cast<int64_t>(tick_us))); }

TickGap GapOf(const TreeOptions& options) { return options.after_gap ? TickGap::kAllow : TickGap::kRefuse; }

// A tick that is made already is nothing to be told of by a program that runs. The first that is made ends the gap that
// somebody allowed: a clock that goes wrong later is not meant by it.
void TickAndLog(TreeKeeper& keeper, TickGap& gap) {
  const auto made = keeper.Tick(gap);
  if (absl::IsAlreadyExists(made.status())) return;
  if (!made.ok()) {
    spdlog::error("{}", std::string(made.status().message()));
    return;
  }
  gap = TickGap::kRefuse;
  spdlog::info("tick of {}: {} committed to", TickInWords(made->tick_us), made->num_committed);
  for (const std::string& refused : made->refused) spdlog::warn("{}", refused);
}

}  // namespace

absl::Status InitTree(const TreeOptions& options, std::ostream& out) {
  ACCORD_ASSIGN_OR_RETURN(const std::unique_ptr<TreeStore> store,
                          TreeStore::Create(TreeStateDir(options.folder), options.name,
                                            {options.slots, options.cadence_s}, *options.clock));
  out << "The federation tree " << options.name << " is in " << options.folder << ", with " << options.slots
      << " slots, all filled once in " << options.cadence_s << " s; neither ever changes.\n"
      << "Keep state/log.key safe: without it the tree cannot go on. Its id, which every project's members want to "
         "know:\n"
      << "  " << HexDigest(store->log().identity().id()) << "\n\nNext:\n"
      << "  accord-coordinator federation-tree add " << options.folder << " --project heart --head heart.head\n"
      << "  accord-coordinator federation-tree run " << options.folder << "\n";
  return absl::OkStatus();
}

absl::Status AddTreeProject(const TreeOptions& options, std::ostream& out) {
  ACCORD_ASSIGN_OR_RETURN(const std::string text, ReadFile(options.head, kMaxLogProofFileBytes));
  const auto head = HeadOfLog::Parse(text);
  if (!head.ok()) return Annotate(head.status(), options.head);
  ACCORD_ASSIGN_OR_RETURN(const std::unique_ptr<TreeStore> store, OpenTree(options));
  ACCORD_RETURN_IF_ERROR(TreeKeeper(options.folder, *store, *options.clock).AddProject(options.project, *head));
  out << "added " << options.project << ", the log " << HexDigest(LogIdOf(head->first_entry))
      << "\n  (compare with the id that the project's members have pinned)\n"
      << "It hands in   " << options.folder << "/in/" << options.project << "/hand-in\n"
      << "and fetches   " << options.folder << "/out/" << options.project << "/\n"
      << "Let it see those two alone: who may look into the folders above them can try names.\n";
  return absl::OkStatus();
}

absl::Status RemoveTreeProject(const TreeOptions& options, std::ostream& out) {
  return SetTreeProject(options, false, ": nothing of it is committed to until it is restored; its slot stays its own",
                        out);
}

absl::Status RestoreTreeProject(const TreeOptions& options, std::ostream& out) {
  return SetTreeProject(options, true, ": its heads are taken again, from the one that was taken last", out);
}

absl::Status TickTree(const TreeOptions& options, std::ostream& out) {
  ACCORD_ASSIGN_OR_RETURN(const std::unique_ptr<TreeStore> store, OpenTree(options));
  TreeKeeper keeper(options.folder, *store, *options.clock);
  ACCORD_ASSIGN_OR_RETURN(const MadeTick made, keeper.Tick(GapOf(options)));
  out << "tick of " << TickInWords(made.tick_us) << ": " << made.num_committed << " committed to\n";
  for (const std::string& refused : made.refused) out << "REFUSED " << refused << "\n";
  return absl::OkStatus();
}

absl::Status RunTree(const TreeOptions& options, std::ostream& out) {
  EndSignals end_signals;
  ACCORD_RETURN_IF_ERROR(StartLogging({"accord-coordinator", "info", ""}));
  ACCORD_ASSIGN_OR_RETURN(const std::unique_ptr<TreeStore> store, OpenTree(options));
  TreeKeeper keeper(options.folder, *store, *options.clock);
  out << "the next tick is at " << FormatUtc(keeper.NextTick()) << "\n" << std::flush;
  // Begun within a tick's time it makes that tick too.
  TickGap gap = GapOf(options);
  do {
    TickAndLog(keeper, gap);
  } while (!end_signals.WaitFor(keeper.NextTick() - options.clock->Now()));
  return absl::OkStatus();
}

absl::Status ExportTree(const TreeOptions& options, std::ostream& out) {
  ACCORD_ASSIGN_OR_RETURN(const std::unique_ptr<TreeStore> store, OpenTree(options));
  ACCORD_RETURN_IF_ERROR(WriteLogFile(store->log(), options.out));
  out << "wrote " << options.out << ". It is for everybody; a project's member checks its log against it:\n"
      << "  accord audit federation-tree " << options.out << " --project LOG --tree-id "
      << HexDigest(store->log().identity().id()) << "\n";
  return absl::OkStatus();
}

absl::Status ShowTree(const TreeOptions& options, std::ostream& out) {
  ACCORD_ASSIGN_OR_RETURN(const std::unique_ptr<TreeStore> store, OpenTree(options));
  ACCORD_ASSIGN_OR_RETURN(const std::vector<TreeProject> projects, store->Projects());
  ACCORD_ASSIGN_OR_RETURN(const uint64_t size, store->log().rows().Size(store->log().project()));
  ACCORD_ASSIGN_OR_RETURN(const uint64_t last_us, store->LastUs());
  const TreeTerms& terms = store->terms();
  out << "id " << HexDigest(store->log().identity().id()) << "\nname " << store->log().project() << "\n"
      << terms.slots << " slots, once in " << terms.cadence_s << " s; " << (size - 1) / terms.slots << " ticks";
  if (size > 1) out << ", the last of " << TickInWords(last_us);
  out << "\n" << projects.size() << " slots are taken. What follows is for nobody else:\n";
  for (const TreeProject& project : projects) {
    ACCORD_ASSIGN_OR_RETURN(const LogHead head, ParseLogHead(project.head.head.bytes));
    out << "  " << project.name << (project.is_present ? "" : " (away)") << ": log " << HexDigest(head.log_id) << ", "
        << head.tree_size << " entries taken\n";
  }
  return absl::OkStatus();
}

}  // namespace accord
