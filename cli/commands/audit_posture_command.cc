// `accord audit posture`: what a site said of its own machine, checked by somebody else.
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/status.h"
#include "cli/commands/commands.h"
#include "cli/commands/printing.h"
#include "cli/governance/governed_files.h"
#include "trust/charter/posture.h"
#include "trust/charter/statement_lines.h"
#include "trust/charter/utc_time.h"

namespace accord {
namespace {

struct PostureOptions {
  std::string file;
  std::string roster;
  std::string commitment;  // hexadecimal; empty: none is at hand
};

std::string HexOrNoHash(const std::optional<Sha256Digest>& digest) {
  return digest.has_value() ? HexDigest(*digest) : "none";
}

nlohmann::json PostureAsJson(const Posture& posture, const Sha256Digest& hash) {
  return {{"commitment", HexDigest(hash)},
          {"site", posture.site},
          {"charter", HexDigest(posture.charter)},
          {"order", HexDigest(posture.order)},
          {"data_set", posture.data_set.empty() ? "none" : posture.data_set},
          {"data_version", HexOrNoHash(posture.data_version)},
          {"release", HexOrNoHash(posture.release)},
          {"policy", HexOrNoHash(posture.policy)},
          {"software", posture.software},
          {"sandboxed", posture.sandboxed},
          {"clock_behind_s", posture.clock_behind_s},
          {"disk_encryption_declared", posture.disk_encryption_declared},
          {"former", HexOrNoHash(posture.former)},
          {"time", FormatUtc(posture.time)}};
}

std::string PostureInWords(const Posture& posture, const Sha256Digest& hash, const Roster& roster) {
  return absl::StrCat(
      "Site ", posture.site, " signed, with its key in the roster ", HexDigest(roster.hash()),
      "\n  (compare with the hash of the roster that your site signed),\nthat from ", FormatUtc(posture.time),
      " on it worked under the order ", HexDigest(posture.order), "\n  of the charter ", HexDigest(posture.charter),
      "\n  on ", posture.data_set.empty() ? "no data set" : posture.data_set, ", version ",
      HexOrNoHash(posture.data_version), ",\n  released by ", HexOrNoHash(posture.release),
      "\n  under the site's policy ", HexOrNoHash(posture.policy), "\n  with the software ", posture.software,
      posture.sandboxed ? ", in its sandbox" : ", WITHOUT A SANDBOX", "\n  on disks ",
      posture.disk_encryption_declared ? "declared as encrypted" : "not declared as encrypted", "\n  by a clock ",
      posture.clock_behind_s == 0 ? std::string("not found to be behind")
                                  : absl::StrCat("behind by ", posture.clock_behind_s, " s or more"),
      "\nIts commitment is ", HexDigest(hash), "\n",
      "Does not prove: that the machine was so. It is the site's word, which it cannot change any more.\n");
}

absl::StatusOr<ExitCode> CheckPosture(CommandTree& tree, const PostureOptions& options) {
  ACCORD_ASSIGN_OR_RETURN(const std::string text, ReadFile(options.file, kMaxStatementBytes + 256));
  ACCORD_ASSIGN_OR_RETURN(const std::shared_ptr<const Roster> roster, ReadRoster(options.roster));
  ACCORD_ASSIGN_OR_RETURN(const SaidPosture said, ReadSaidPosture(text, options.file, *roster));
  const Sha256Digest& hash = said.commitment;
  if (!options.commitment.empty() && options.commitment != HexDigest(hash)) {
    return absl::FailedPreconditionError(absl::StrCat(options.file, " does not open the commitment ",
                                                      options.commitment, ": its own is ", HexDigest(hash),
                                                      "; the site committed itself to another posture"));
  }
  PrintFound(tree, PostureAsJson(said.posture, hash), PostureInWords(said.posture, hash, *roster));
  return kExitOk;
}

}  // namespace

void AddPostureCommand(CommandTree& tree, CLI::App& group) {
  const auto options = std::make_shared<PostureOptions>();
  CLI::App& leaf = tree.AddLeaf(
      group,
      {.name = "posture",
       .description =
           "Check a file in which a site says what it was when it worked for a job: software, sandbox, clock, "
           "disks, version of the data set. Offline, under the federation's roster.",
       .example = "accord audit posture 000000012.posture --roster roster.txt"},
      [&tree, options] { return CheckPosture(tree, *options); });
  leaf.add_option("FILE", options->file, "the file, from the site's folder of postures")->required();
  leaf.add_option("--roster", options->roster,
                  "the signed roster; compare its hash with the one that your site goes by")
      ->required()
      ->type_name("FILE");
  leaf.add_option("--commitment", options->commitment, "refuse a file that is not what the site committed itself to")
      ->type_name("HEX");
}

}  // namespace accord
