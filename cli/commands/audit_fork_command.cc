// `accord audit fork`: two rosters that follow the same one, and who signed both.
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "absl/strings/str_cat.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/printable.h"
#include "base/status.h"
#include "cli/commands/commands.h"
#include "trust/roster/roster_fork.h"

namespace accord {
namespace {

struct ForkOptions {
  std::string file;
  std::string roster_hash;
};

nlohmann::json ForkToJson(const RosterFork& fork) {
  nlohmann::json signers = nlohmann::json::array();
  for (const DoubleSigner& signer : fork.signers) {
    signers.push_back({{"organisation", signer.organisation},
                       {"site_of_first", signer.site_of_first},
                       {"site_of_second", signer.site_of_second}});
  }
  return {{"federation", fork.federation},
          {"version", fork.version},
          {"previous", HexDigest(fork.previous)},
          {"first", HexDigest(fork.first)},
          {"second", HexDigest(fork.second)},
          {"both_hold", fork.both_hold},
          {"signers", signers}};
}

std::string ForkInWords(const RosterFork& fork) {
  std::string text =
      absl::StrCat("Two rosters of ", Printable(fork.federation), ", both version ", fork.version, ", follow ",
                   HexDigest(fork.previous), "\n  (compare with the hash of that version at your site):\n  ",
                   HexDigest(fork.first), "\n  ", HexDigest(fork.second), "\n");
  for (const DoubleSigner& signer : fork.signers) {
    absl::StrAppend(&text, "SIGNED BOTH: ", Printable(signer.organisation), ", with the keys of site ",
                    signer.site_of_first, " and site ", signer.site_of_second, "\n");
  }
  return absl::StrCat(text,
                      fork.both_hold
                          ? "Each has the signatures that it needs: sites can have gone over to either, and the "
                            "federation can be in two. Call the other sites and compare hashes.\n"
                          : "At most one has the signatures that it needs: no site goes over to the other as it is.\n",
                      "Does not prove: that somebody meant to deceive. Who signs a draft again after the first one was "
                      "given up has signed two as well.\n");
}

absl::StatusOr<ExitCode> CheckFork(CommandTree& tree, const ForkOptions& options) {
  if (!options.roster_hash.empty() && !IsHexDigest(options.roster_hash)) {
    return absl::InvalidArgumentError("--roster-hash: 64 digits of 0-9 and a-f");
  }
  ACCORD_ASSIGN_OR_RETURN(const std::string bytes, ReadFile(options.file, kMaxRosterForkBytes));
  const auto fork = CheckRosterFork(bytes);
  if (!fork.ok()) return Annotate(fork.status(), options.file);
  if (!options.roster_hash.empty() && options.roster_hash != HexDigest(fork->previous)) {
    return absl::FailedPreconditionError(absl::StrCat(options.file, ": both rosters follow ", HexDigest(fork->previous),
                                                      ", not the one that you trust (", options.roster_hash,
                                                      "): their signatures say nothing about your federation"));
  }
  if (tree.json()) {
    tree.environment().out << ForkToJson(*fork).dump(2, ' ', false, nlohmann::json::error_handler_t::replace) << "\n";
  } else {
    tree.environment().out << ForkInWords(*fork);
  }
  return kExitOk;
}

}  // namespace

void AddForkCommand(CommandTree& tree, CLI::App& group) {
  const auto options = std::make_shared<ForkOptions>();
  CLI::App& leaf =
      tree.AddLeaf(group,
                   {.name = "fork",
                    .description = "Check a file that shows two rosters of one version, offline: who signed both.",
                    .example = "accord audit fork 3b1f00c2a97d4e56.roster-fork\n"
                               "accord audit fork 3b1f00c2a97d4e56.roster-fork --roster-hash 9f86d081...0f00a08"},
                   [&tree, options] { return CheckFork(tree, *options); });
  leaf.add_option("FILE", options->file, "the file, from a site's folder of evidence")->required();
  leaf.add_option("--roster-hash", options->roster_hash, "refuse rosters that follow any other one")->type_name("HEX");
}

}  // namespace accord
