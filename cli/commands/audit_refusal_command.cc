// `accord audit refusal`: what a site says that it refused, checked by somebody else.
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/printable.h"
#include "base/status.h"
#include "cli/commands/commands.h"
#include "trust/charter/refusal_statement.h"
#include "trust/charter/signed_statement.h"
#include "trust/charter/statement_lines.h"
#include "trust/charter/utc_time.h"
#include "trust/roster/signed_roster.h"

namespace accord {
namespace {

struct RefusalOptions {
  std::string file;
  std::string roster;
};

std::string HexOrNone(const std::optional<Sha256Digest>& digest) {
  return digest.has_value() ? HexDigest(*digest) : "none";
}

nlohmann::json RefusalToJson(const RefusalStatement& refusal, const Roster& roster) {
  return {{"site", refusal.site},
          {"charter", HexDigest(refusal.charter)},
          {"order", HexOrNone(refusal.order)},
          {"job", HexOrNone(refusal.job)},
          {"job_id", refusal.job_id},
          {"time", FormatUtc(refusal.time)},
          {"for_good", refusal.for_good},
          {"reasons", refusal.reasons},
          {"roster_hash", HexDigest(roster.hash())}};
}

std::string RefusalInWords(const RefusalStatement& refusal, const Roster& roster) {
  std::string text = absl::StrCat(
      "Site ", refusal.site, " signed, with its key in the roster of ", Printable(roster.federation()), ", ",
      HexDigest(roster.hash()), "\n  (compare with the hash of the roster that your site signed),\nthat at ",
      FormatUtc(refusal.time), " it refused ", refusal.for_good ? "for good" : "for now", ":\n  job ", refusal.job_id,
      ", SHA-256 ", HexOrNone(refusal.job), "\n  order ", HexOrNone(refusal.order), "\n  ",
      refusal.charter == Sha256Digest{} ? "without a charter that it could go by"
                                        : absl::StrCat("by the charter ", HexDigest(refusal.charter)),
      "\n");
  for (const std::string& reason : refusal.reasons) absl::StrAppend(&text, "  because ", Printable(reason), "\n");
  return absl::StrCat(text,
                      "Does not prove: that the coordinator asked for it, nor that the site's clock was right.\n");
}

absl::StatusOr<ExitCode> CheckRefusal(CommandTree& tree, const RefusalOptions& options) {
  ACCORD_ASSIGN_OR_RETURN(const std::string text, ReadFile(options.file, kMaxStatementBytes + 256));
  const auto statement = SignedStatement::Parse(text);
  if (!statement.ok()) return Annotate(statement.status(), options.file);
  const auto refusal = ParseRefusalStatement(statement->bytes);
  if (!refusal.ok()) return Annotate(refusal.status(), options.file);
  ACCORD_ASSIGN_OR_RETURN(const std::string roster_text, ReadFile(options.roster, kMaxSignedRosterBytes));
  const auto roster = SignedRoster::Parse(roster_text);
  if (!roster.ok()) return Annotate(roster.status(), options.roster);
  ACCORD_RETURN_IF_ERROR(Annotate(roster->VerifyPinned(), options.roster));
  const RosterSite* site = roster->roster()->Find(refusal->site);
  if (site == nullptr || !site->key.Verify(kRefusalDomain, statement->bytes, statement->signature).ok()) {
    return absl::FailedPreconditionError(
        absl::StrCat(options.file, " is not signed with the key that the roster lists for site ", refusal->site,
                     ": somebody else made it, a byte of it was changed, or it is of before this roster"));
  }
  if (tree.json()) {
    tree.environment().out
        << RefusalToJson(*refusal, *roster->roster()).dump(2, ' ', false, nlohmann::json::error_handler_t::replace)
        << "\n";
  } else {
    tree.environment().out << RefusalInWords(*refusal, *roster->roster());
  }
  return kExitOk;
}

}  // namespace

void AddRefusalCommand(CommandTree& tree, CLI::App& group) {
  const auto options = std::make_shared<RefusalOptions>();
  CLI::App& leaf = tree.AddLeaf(
      group,
      {.name = "refusal",
       .description = "Check a file in which a site says what it refused and why, offline, under the federation's "
                      "roster.",
       .example = "accord audit refusal 3b1f00c2a97d4e56.refusal --roster roster.txt"},
      [&tree, options] { return CheckRefusal(tree, *options); });
  leaf.add_option("FILE", options->file, "the file, from the site's folder of refusals")->required();
  leaf.add_option("--roster", options->roster,
                  "the signed roster; compare its hash with the one that your site goes by")
      ->required()
      ->type_name("FILE");
}

}  // namespace accord
