// `accord audit entry`: one entry out of a log, with the proof that it is in it.
#include <cstdint>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "base/hash.h"
#include "base/status.h"
#include "cli/audit/line_file.h"
#include "cli/audit/log_reader.h"
#include "cli/audit/log_words.h"
#include "cli/commands/commands.h"
#include "cli/commands/printing.h"
#include "cli/governance/governed_files.h"
#include "trust/log/log_check.h"
#include "trust/log/log_file.h"
#include "trust/log/merkle_tree.h"

namespace accord {
namespace {

struct EntryOptions {
  std::string log;
  uint64_t index = 0;
  std::string out;
};

// A proof from a log that does not hold would be found out by whoever gets it; better here, with the place.
absl::Status CheckWholeLog(const std::string& path) {
  ACCORD_ASSIGN_OR_RETURN(const std::unique_ptr<LogReader> reader, LogReader::Open(path));
  while (reader->NextEntry().has_value()) {
  }
  const std::optional<LogFault>& fault = reader->check().fault();
  if (!fault.has_value()) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat(path, " does not hold, nothing was written: ", FaultInWords(*fault)));
}

// Of the entry at `index` under the last head of the file. Reads all of it, and keeps 64 bytes of each entry.
absl::StatusOr<EntryProof> ProofOf(const std::string& path, uint64_t index) {
  ACCORD_ASSIGN_OR_RETURN(LineFile file, LineFile::Open(path, kMaxLogLineBytes));
  EntryProof proof;
  MerkleFrontier tree;
  std::vector<std::vector<Sha256Digest>> nodes;  // of each level, in order
  const auto keep = [&nodes](const MerkleNode& node, const Sha256Digest& hash) {
    if (nodes.size() <= node.level) nodes.resize(node.level + 1);
    nodes[node.level].push_back(hash);
  };
  for (absl::string_view line;;) {
    ACCORD_ASSIGN_OR_RETURN(const bool more, file.Next(line));
    if (!more) break;
    if (absl::ConsumePrefix(&line, "head: ")) {
      ACCORD_ASSIGN_OR_RETURN(proof.head, ReadLogHeadValue(line));
    } else if (absl::ConsumePrefix(&line, "entry: ")) {
      ACCORD_ASSIGN_OR_RETURN(LogEntryOnLine entry, ReadLogEntryValue(line));
      if (tree.size() == 0) proof.first_entry = entry.bytes;
      if (tree.size() == index) proof.entry = std::move(entry.bytes);
      ACCORD_RETURN_IF_ERROR(tree.Append(entry.leaf, keep));
    }
  }
  if (index >= tree.size()) {
    return absl::OutOfRangeError(
        absl::StrCat(path, " has ", EntriesInWords(tree.size()), ", counted from 0; none is ", index));
  }
  ACCORD_ASSIGN_OR_RETURN(proof.path, ProveInclusion(index, tree.size(), [&nodes](const MerkleNode& node) {
                            return absl::StatusOr<Sha256Digest>(nodes.at(node.level).at(node.index));
                          }));
  return proof;
}

absl::StatusOr<ExitCode> WriteEntry(CommandTree& tree, const EntryOptions& options) {
  ACCORD_ASSIGN_OR_RETURN(const LogFileKind kind, KindOfLogFile(options.log));
  if (kind != LogFileKind::kWholeLog) {
    return absl::InvalidArgumentError(
        absl::StrCat(options.log, ": is no whole log; expected what `accord-coordinator log export` wrote"));
  }
  ACCORD_RETURN_IF_ERROR(CheckWholeLog(options.log));
  ACCORD_ASSIGN_OR_RETURN(const EntryProof proof, ProofOf(options.log, options.index));
  ACCORD_ASSIGN_OR_RETURN(const ShownEntry shown, CheckEntryProof(proof));
  ACCORD_RETURN_IF_ERROR(WriteNewFile(options.out, proof.Write()));
  PrintFound(tree,
             {{"file", options.out},
              {"log_id", HexDigest(shown.identity.id())},
              {"entry", ToJson(shown.entry)},
              {"head", ToJson(shown.head)}},
             absl::StrCat("wrote ", options.out, ": entry ", shown.entry.index, " and that it is in the log's first ",
                          EntriesInWords(shown.head.tree_size), ". Whoever gets it needs nothing else of the log:\n",
                          "  accord audit verify ", options.out, " --log-id ", HexDigest(shown.identity.id()), "\n"));
  return kExitOk;
}

}  // namespace

void AddEntryCommand(CommandTree& tree, CLI::App& group) {
  const auto options = std::make_shared<EntryOptions>();
  CLI::App& leaf = tree.AddLeaf(
      group,
      {.name = "entry",
       .description = "Write one entry of a whole exported log to a file, with the proof that the log has it: for "
                      "somebody who is to see that entry and no other. `accord audit verify` checks it.",
       .example = "accord audit entry heart.log 17 -o entry-17"},
      [&tree, options] { return WriteEntry(tree, *options); });
  leaf.add_option("LOG", options->log, "the whole log, as accord-coordinator log export wrote it")->required();
  leaf.add_option("INDEX", options->index, "which entry, counted from 0")->required();
  leaf.add_option("-o,--out", options->out, "file to write; one that is there is not written over")
      ->required()
      ->type_name("FILE");
}

}  // namespace accord
