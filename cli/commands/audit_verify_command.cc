// `accord audit verify`: a transparency log, or a proof about one, offline.
#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/printable.h"
#include "base/status.h"
#include "cli/audit/log_reader.h"
#include "cli/audit/log_words.h"
#include "cli/audit/stamp_words.h"
#include "cli/commands/audit_provenance.h"
#include "cli/commands/commands.h"
#include "cli/numbers.h"
#include "trust/charter/utc_time.h"
#include "trust/timestamp/stamp_authority.h"
#include "trust/timestamp/stamped_log.h"

namespace accord {
namespace {

using nlohmann::json;

struct VerifyOptions {
  std::string file;
  std::string log_id;
  std::vector<std::string> against;
  std::string names;
  std::string model, log;             // of a provenance
  std::vector<std::string> postures;  // likewise, with roster and order
  std::string charter, former, job;   // likewise
  std::vector<std::string> approvals;
  std::string roster, order;
  std::string authority;  // for time stamps
  int stamped_within_hours = 0;
  std::string as_of;  // when the file was taken; empty: now
};

// Is it the log that was asked for?
absl::Status CheckLogId(const LogIdentity& identity, const VerifyOptions& options) {
  if (options.log_id.empty() || options.log_id == HexDigest(identity.id())) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat(options.file, ": its log is ", HexDigest(identity.id()),
                                                    ", not the one that you trust (", options.log_id,
                                                    "): its signatures say nothing about your project"));
}

// A file of --against.
struct KnownFile {
  std::string path;
  ShownFile shown;
};

absl::StatusOr<std::vector<KnownFile>> ReadKnownFiles(const std::vector<std::string>& paths) {
  std::vector<KnownFile> known;
  for (const std::string& path : paths) {
    ACCORD_ASSIGN_OR_RETURN(const LogFileKind kind, KindOfLogFile(path));
    if (kind == LogFileKind::kWholeLog) {
      return absl::InvalidArgumentError(absl::StrCat(path, ": is a whole log; `accord audit compare` compares two"));
    }
    ACCORD_ASSIGN_OR_RETURN(ShownFile shown, ReadShownFile(path, kind));
    known.push_back({path, std::move(shown)});
  }
  return known;
}

std::vector<KnownHead> HeadsOf(const std::vector<KnownFile>& files) {
  std::vector<KnownHead> heads;
  for (const KnownFile& file : files) {
    for (const SignedLogHead& head : file.shown.signed_heads) heads.push_back({file.path, head});
  }
  return heads;
}

// Holds openings of names against the entries as they come by.
class NameCheck {
 public:
  // An empty path: no names.
  static absl::StatusOr<NameCheck> Read(const std::string& path) {
    NameCheck check;
    if (path.empty()) return check;
    ACCORD_ASSIGN_OR_RETURN(const std::string text, ReadFile(path, kMaxLogNamesFileBytes));
    auto openings = ParseNameOpenings(text);
    if (!openings.ok()) return Annotate(openings.status(), path);
    check.openings_ = *std::move(openings);
    return check;
  }

  void See(const LogEntry& entry) {
    const auto [begin, end] = openings_.equal_range(entry.index);
    for (auto opening = begin; opening != end; ++opening) {
      const CommittedName committed = opening->second.Commit();
      if (std::find(entry.names.begin(), entry.names.end(), committed) != entry.names.end()) opened_.insert(*opening);
    }
  }
  const NameOpenings& opened() const { return opened_; }
  size_t num_that_open_nothing() const { return openings_.size() - opened_.size(); }

 private:
  NameOpenings openings_;
  NameOpenings opened_;
};

ExitCode Print(CommandTree& tree, const json& as_json, const std::string& as_text) {
  if (tree.json()) {
    tree.environment().out << as_json.dump(2, ' ', false, json::error_handler_t::replace) << "\n";
  } else {
    tree.environment().out << as_text;
  }
  return as_json["holds"].get<bool>() ? kExitOk : kExitFailed;
}

void TellNames(const NameCheck& names, json& as_json, std::string& text) {
  for (const auto& [index, opening] : names.opened()) {
    const std::string role(NameRoleWord(opening.role));
    absl::StrAppend(&text, "entry ", index, ": ", role, " ", Printable(opening.name), "\n");
    as_json["names"].push_back({{"index", index}, {"role", role}, {"name", opening.name}});
  }
  if (names.num_that_open_nothing() == 0) return;
  as_json["holds"] = false;
  as_json["names_that_open_nothing"] = names.num_that_open_nothing();
  absl::StrAppend(&text, "\n", Plural(names.num_that_open_nothing(), "name"),
                  " of the file open nothing in the log: made up, changed, or of another log\n");
}

absl::StatusOr<StampedLog> StampsToCheck(const VerifyOptions& options) {
  if (options.authority.empty()) return StampedLog(std::nullopt, std::nullopt);
  ACCORD_ASSIGN_OR_RETURN(StampAuthority authority, StampAuthority::FromFile(options.authority, ""));
  std::optional<absl::Duration> within;
  if (options.stamped_within_hours > 0) within = absl::Hours(options.stamped_within_hours);
  return StampedLog(std::move(authority), within);
}

absl::StatusOr<absl::Time> CheckedAsOf(const VerifyOptions& options, absl::Time now) {
  if (options.as_of.empty()) return now;
  const auto as_of = ParseUtc(options.as_of);
  if (!as_of.ok()) return Annotate(as_of.status(), absl::StrCat("--as-of ", options.as_of));
  if (*as_of <= now) return *as_of;
  return absl::InvalidArgumentError(absl::StrCat("--as-of ", options.as_of,
                                                 " is to come; expected when the file was "
                                                 "taken"));
}

// Only the end of the file shows that no stamp comes any more.
void TellStamps(StampedLog& stamped, const LogFacts& facts, absl::Time as_of, json& as_json, std::string& text) {
  as_json["time_stamps"] = ToJson(stamped);
  absl::StrAppend(&text, StampsInWords(stamped));
  const absl::Status covered = stamped.Finish(*facts.last_head, as_of);
  if (covered.ok()) return;
  const uint64_t first = *stamped.first_uncovered();
  const LogFault fault{first, facts.num_entries, 0, std::string(covered.message())};
  as_json["holds"] = false;
  as_json["fault"] = ToJson(fault);
  absl::StrAppend(&text, "\n", FaultInWords(fault));
}

absl::StatusOr<ExitCode> VerifyWholeLog(CommandTree& tree, const VerifyOptions& options) {
  ACCORD_ASSIGN_OR_RETURN(const std::vector<KnownFile> known, ReadKnownFiles(options.against));
  ACCORD_ASSIGN_OR_RETURN(NameCheck names, NameCheck::Read(options.names));
  ACCORD_ASSIGN_OR_RETURN(StampedLog stamped, StampsToCheck(options));
  ACCORD_ASSIGN_OR_RETURN(const absl::Time as_of, CheckedAsOf(options, tree.environment().clock.Now()));
  const auto see_entry = [&names, &stamped](const LogEntry& entry) {
    names.See(entry);
    stamped.See(entry);
  };
  const auto see_stamp = [&stamped](const SignedLogHead& head, const std::string& token) {
    return stamped.Take(head, token);
  };
  ACCORD_ASSIGN_OR_RETURN(const std::unique_ptr<LogReader> reader,
                          LogReader::Open(options.file, HeadsOf(known), see_entry, see_stamp));
  while (reader->NextEntry().has_value()) {
  }
  const LogFacts& facts = reader->check().facts();
  const std::optional<LogFault>& fault = reader->check().fault();
  if (facts.identity.has_value()) ACCORD_RETURN_IF_ERROR(CheckLogId(*facts.identity, options));

  json as_json = ToJson(facts);
  as_json["form"] = "log";
  as_json["holds"] = !fault.has_value();
  std::string text;
  if (facts.identity.has_value()) absl::StrAppend(&text, IdentityInWords(*facts.identity));
  if (fault.has_value()) {
    as_json["fault"] = ToJson(*fault);
    absl::StrAppend(&text, "\n", FaultInWords(*fault));
    return Print(tree, as_json, text);
  }
  absl::StrAppend(&text, FactsInWords(facts));
  if (options.stamped_within_hours > 0) as_json["as_of_unix_s"] = absl::ToUnixSeconds(as_of);
  TellStamps(stamped, facts, as_of, as_json, text);
  if (as_json["holds"].get<bool>()) {
    TellNames(names, as_json, text);
    absl::StrAppend(&text, "\nThe log holds", options.as_of.empty() ? "" : absl::StrCat(" as of ", FormatUtc(as_of)),
                    as_json["holds"].get<bool>() ? ".\n" : "; the file of names does not.\n");
  }
  return Print(tree, as_json, text);
}

std::string ShownInWords(const ShownFile& shown, LogFileKind kind) {
  switch (kind) {
    case LogFileKind::kEntryProof:
      return absl::StrCat("The log has this entry: ", shown.entry->index, ", ", LogEntryKindName(shown.entry->kind),
                          shown.entry->subject.empty() ? "" : " ", shown.entry->subject, ", ",
                          LogTimeInWords(shown.entry->unix_us), "\n");
    case LogFileKind::kConsistency:
      return absl::StrCat("The log of ", EntriesInWords(shown.heads[1].tree_size), " begins with the one of ",
                          CountInWords(shown.heads[0].tree_size), ".\n");
    case LogFileKind::kTreeReceipt:
      return absl::StrCat(
          "The federation tree ", shown.receipt->tree.project(), ", id ", HexDigest(shown.receipt->tree.id()),
          ",\n  (compare with the id that its institution gave out)\ncommitted to this head at its tick of ",
          LogTimeInWords(shown.receipt->slot.tick_us), ", in slot ", shown.receipt->slot.slot, ".\n");
    default:
      return "The head is signed by the log's key.\n";
  }
}

// What the files of --against have to say against this one.
struct Objections {
  std::string fork;
  std::string unknown;  // lines about files that this one cannot be compared with
};

absl::StatusOr<Objections> FindObjections(const ShownFile& shown, const std::vector<KnownFile>& known) {
  Objections found;
  for (const KnownFile& other : known) {
    if (other.shown.identity.id() != shown.identity.id()) {
      return absl::FailedPreconditionError(
          absl::StrCat(other.path, ": its log is ", HexDigest(other.shown.identity.id()), ", another one"));
    }
    const ComparedHeads compared = CompareHeads(shown.heads, other.shown.heads);
    if (compared.kind == ComparedHeads::Kind::kForked) {
      found.fork = absl::StrCat("FORKED: ", other.path, " has a head of ", EntriesInWords(compared.size),
                                " with another root, signed by the same key.\n"
                                "Keep the files: they convict whoever holds the log's key.\n");
    } else if (compared.kind == ComparedHeads::Kind::kUnknown) {
      absl::StrAppend(&found.unknown, "NOT KNOWN: ", other.path, " ends with a head of ",
                      EntriesInWords(other.shown.heads.back().tree_size),
                      ", which heads of other sizes say nothing about. Hold the whole log against it.\n");
    }
  }
  return found;
}

absl::StatusOr<ExitCode> VerifyShownFile(CommandTree& tree, const VerifyOptions& options, LogFileKind kind) {
  if (!options.names.empty()) return absl::InvalidArgumentError("--names is for a whole log; this file is none");
  if (!options.authority.empty()) {
    return absl::InvalidArgumentError("--authority is for the time stamps of a whole log; this file is none");
  }
  ACCORD_ASSIGN_OR_RETURN(const ShownFile shown, ReadShownFile(options.file, kind));
  ACCORD_RETURN_IF_ERROR(CheckLogId(shown.identity, options));
  ACCORD_ASSIGN_OR_RETURN(const std::vector<KnownFile> known, ReadKnownFiles(options.against));
  ACCORD_ASSIGN_OR_RETURN(const Objections objections, FindObjections(shown, known));
  const bool is_fork = !objections.fork.empty(), is_unknown = !objections.unknown.empty();
  json as_json = {{"holds", !is_fork && !is_unknown},
                  {"form", kind == LogFileKind::kEntryProof    ? "entry"
                           : kind == LogFileKind::kConsistency ? "consistency"
                           : kind == LogFileKind::kTreeReceipt ? "receipt"
                                                               : "head"},
                  {"project", shown.identity.project()},
                  {"log_id", HexDigest(shown.identity.id())}};
  std::string text = IdentityInWords(shown.identity);
  for (const LogHead& head : shown.heads) {
    as_json["heads"].push_back(ToJson(head));
    absl::StrAppend(&text, HeadInWords(head));
  }
  if (shown.entry.has_value()) as_json["entry"] = ToJson(*shown.entry);
  if (shown.receipt.has_value()) {
    as_json["tree_id"] = HexDigest(shown.receipt->tree.id());
    as_json["tick_unix_us"] = shown.receipt->slot.tick_us;
    as_json["slot"] = shown.receipt->slot.slot;
  }
  if (is_fork) as_json["is_fork"] = true;
  if (is_unknown) as_json["is_unknown"] = true;
  absl::StrAppend(&text, "\n", is_fork ? objections.fork : ShownInWords(shown, kind), objections.unknown);
  return Print(tree, as_json, text);
}

absl::StatusOr<ExitCode> Verify(CommandTree& tree, const VerifyOptions& options) {
  if (!options.log_id.empty() && !IsHexDigest(options.log_id)) {
    return absl::InvalidArgumentError("--log-id: 64 digits of 0-9 and a-f");
  }
  ACCORD_ASSIGN_OR_RETURN(const LogFileKind kind, KindOfLogFile(options.file));
  if (kind == LogFileKind::kNames) {
    return absl::InvalidArgumentError(
        absl::StrCat(options.file, ": holds names, which are checked with their log: accord audit verify LOG --names ",
                     options.file));
  }
  if (kind == LogFileKind::kProvenance) {
    if (options.charter.empty() && options.postures.empty() && !(options.roster.empty() && options.order.empty())) {
      return absl::InvalidArgumentError(
          "--roster and --order say with --posture on which data the sites worked, and with --charter by whose word");
    }
    if (!options.names.empty() || !options.against.empty() || !options.authority.empty()) {
      return absl::InvalidArgumentError(
          "--names, --against and --authority are for logs; a provenance is held against one by --log");
    }
    return VerifyProvenance(tree,
                            {options.file, options.model, options.log, options.log_id, options.postures, options.roster,
                             options.order, options.charter, options.former, options.job, options.approvals});
  }
  if (!options.model.empty() || !options.log.empty() || !options.postures.empty() || !options.charter.empty()) {
    return absl::InvalidArgumentError(absl::StrCat(
        "--model, --log, --posture and --charter are for a model's provenance; ", options.file, " is none"));
  }
  return kind == LogFileKind::kWholeLog ? VerifyWholeLog(tree, options) : VerifyShownFile(tree, options, kind);
}

}  // namespace

void AddVerifyCommand(CommandTree& tree, CLI::App& group) {
  const auto options = std::make_shared<VerifyOptions>();
  CLI::App& leaf = tree.AddLeaf(
      group,
      {.name = "verify",
       .description = "Check a project's log offline: a whole exported log, one entry of it, or that a later log "
                      "continues an earlier one. Names the first entry that is wrong. Or check where a model comes "
                      "from, down to the versions of the data sets. Ends with 0 when all holds, else with 1.",
       .example = "accord audit verify heart.log --log-id 9f86d081...0f00a08\n"
                  "accord audit verify heart.log --against head-of-north --against head-of-south\n"
                  "accord audit verify heart.log --authority tsa-root.pem --stamped-within-hours 26\n"
                  "accord audit verify entry-17 --json\n"
                  "accord audit verify model.pt.provenance.json --model model.pt --log-id 9f86d081...0f00a08\n"
                  "accord audit verify model.pt.provenance.json --posture 000000012.posture --roster roster.txt "
                  "--order risk.order"},
      [&tree, options] { return Verify(tree, *options); });
  leaf.add_option("FILE", options->file,
                  "the file: a log, a proof, a head, a federation tree's receipt, or a model's provenance")
      ->required();
  leaf.add_option("--log-id", options->log_id, "refuse any other log")->type_name("HEX");
  leaf.add_option(
          "--against", options->against,
          "a head, a proof or a site's evidence that somebody else has; the log must agree with it (repeatable)")
      ->allow_extra_args(false)
      ->type_name("FILE");
  leaf.add_option("--model", options->model, "of a provenance: the model, which must be the one that was signed for")
      ->type_name("FILE");
  leaf.add_option("--log", options->log, "of a provenance: the whole exported log, which must agree with it")
      ->type_name("FILE");
  CLI::Option* posture =
      leaf.add_option("--posture", options->postures,
                      "of a provenance: files in which sites say on which data they worked; each must be one to which "
                      "its site committed itself in a round")
          ->type_name("FILE");
  CLI::Option* roster =
      leaf.add_option("--roster", options->roster,
                      "with it or --charter: the signed roster; compare its hash with the one that your site goes by")
          ->type_name("FILE");
  CLI::Option* order =
      leaf.add_option("--order", options->order, "with it or --charter: the order by which the job ran")
          ->type_name("FILE");
  roster->needs(order);
  order->needs(roster);
  posture->needs(roster)->needs(order);
  CLI::Option* charter =
      leaf.add_option("--charter", options->charter,
                      "of a provenance: the charter with its signatures; with --order and --approval it shows by whose "
                      "word the job ran, judged as of the first sum")
          ->type_name("FILE")
          ->needs(roster)
          ->needs(order);
  leaf.add_option("--former", options->former, "with --charter, of an amended one: the version before it")
      ->type_name("FILE")
      ->needs(charter);
  leaf.add_option("--approval", options->approvals,
                  "with --charter: approvals and refusals, as `accord job papers` fetches them")
      ->type_name("FILE")
      ->needs(charter);
  leaf.add_option("--job", options->job, "with --charter: the job, so that it is judged too")
      ->type_name("FILE")
      ->needs(charter);
  CLI::Option* authority =
      leaf.add_option(
              "--authority", options->authority,
              "root certificates (PEM) of the authority whose time stamps the log carries; each must be its own")
          ->type_name("FILE");
  CLI::Option* within =
      leaf.add_option(
              "--stamped-within-hours", options->stamped_within_hours,
              "each entry must have a time stamp so soon after its own time, by this machine's clock: finds a log that "
              "was rewritten later and dated back")
          ->check(CLI::Range(1, 87600))
          ->needs(authority);
  leaf.add_option("--as-of", options->as_of,
                  "with it, of a file from an archive: when you yourself took it, as in 2027-03-01T12:00:00Z")
      ->type_name("TIME")
      ->needs(within);
  leaf.add_option("--names", options->names, "open the names that the entries commit to")->type_name("FILE");
}

}  // namespace accord
